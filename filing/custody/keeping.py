"""Custody as people and operators ask for it: permissions, then the use case whose business it is.

Keeps the promises of filing.services.custody.Custody; decides nothing else itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filing.custody.auditing import Auditing
from filing.custody.catalogue import Catalogue
from filing.custody.draw import excluded_share
from filing.custody.ports import Book, StillOurs
from filing.custody.schedule import Meter, coverage
from filing.errors import BadRequest, ChangedMeanwhile, NotFound, WrongState
from filing.evidence.logged_event import LoggedEvent
from filing.model.custody import (
    Audit,
    AuditState,
    Finding,
    FindingState,
    Scope,
)
from filing.model.people import Person
from filing.model.promise import Coverage, Day, Policy
from filing.model.roles import Permission

_REASON = 2000


class Records(Book, Protocol):
    """The book, with what only readers ask of it."""

    def audits(self, before: str, limit: int) -> Sequence[Audit]: ...
    def findings(
        self, states: Sequence[FindingState], audit_id: str, before: str, limit: int
    ) -> Sequence[Finding]: ...
    def finding(self, finding_id: str) -> Finding: ...
    def accept(self, finding_id: str, who: str, reason: str, at: datetime) -> Finding: ...
    def history(
        self, subject: str, after: int, limit: int
    ) -> Sequence[tuple[int, LoggedEvent]]: ...
    def change_policy(self, location: str, policy: Policy, who: str, at: datetime) -> None: ...
    def days(self, location: str) -> Sequence[tuple[Day, int]]: ...
    def longest_unread(self, location: str) -> tuple[datetime | None, int]: ...


@dataclass(frozen=True, slots=True)
class Keeping:
    """Custody of one location.

    mine   see filing.custody.schedule.Schedule
    done   gives an audit back that ``mine`` took
    woken  says that an audit waits
    """

    auditing: Auditing
    book: Records
    known: Catalogue
    meter: Meter
    mine: Callable[[Audit], StillOurs | None]
    done: Callable[[Audit], None]
    woken: Callable[[], None]

    def begin(self, by: Person | None, scope: Scope) -> Audit:
        """See Custody."""
        audit = self.auditing.begin(scope, who_asks(by, Permission.AUDIT))
        self.woken()
        return audit

    def run(self, by: Person | None, audit_id: str, told: Callable[[Audit], None]) -> Audit:
        """See Custody."""
        who_asks(by, Permission.AUDIT)
        audit = self.book.audit(audit_id)
        self._known(audit.location)  # another location's audit is not carried out over this one
        mine = self.mine(audit)
        if mine is None:
            raise ChangedMeanwhile(
                "another process carries this audit on", "该检查正由其他进程进行"
            )
        self.meter.begin(None)
        try:
            # As it stands now: another may have carried it on until a moment ago.
            done = self.auditing.run(self.book.audit(audit_id), mine, told)
        finally:
            self.done(audit)
        if done.state is AuditState.RUNNING:
            raise ChangedMeanwhile("another process took this audit over", "该检查已由他人接手")
        return done

    def audit(self, by: Person | None, audit_id: str) -> Audit:
        """See Custody."""
        who_asks(by, Permission.SEE_CUSTODY)
        return self.book.audit(audit_id)

    def audits(self, by: Person | None, before: str, limit: int) -> Sequence[Audit]:
        """See Custody."""
        who_asks(by, Permission.SEE_CUSTODY)
        return self.book.audits(before, limit)

    def pause(self, by: Person | None, audit_id: str) -> Audit:
        """See Custody."""
        return self.auditing.move(audit_id, AuditState.PAUSED, who_asks(by, Permission.AUDIT))

    def resume(self, by: Person | None, audit_id: str) -> Audit:
        """See Custody."""
        resumed = self.auditing.move(audit_id, AuditState.RUNNING, who_asks(by, Permission.AUDIT))
        self.woken()
        return resumed

    def stop(self, by: Person | None, audit_id: str) -> Audit:
        """See Custody."""
        return self.auditing.move(audit_id, AuditState.STOPPED, who_asks(by, Permission.AUDIT))

    def excluded_share(self, audit: Audit) -> float:
        """See Custody."""
        population = self.auditing.tables.records_before(audit.log_size)
        return excluded_share(audit.intact, population)

    def findings(
        self,
        by: Person | None,
        states: Sequence[FindingState],
        audit_id: str,
        before: str,
        limit: int,
    ) -> Sequence[Finding]:
        """See Custody."""
        who_asks(by, Permission.SEE_CUSTODY)
        return self.book.findings(states, audit_id, before, limit)

    def finding(self, by: Person | None, finding_id: str) -> Finding:
        """See Custody."""
        who_asks(by, Permission.SEE_CUSTODY)
        return self.book.finding(finding_id)

    def accept(self, by: Person | None, finding_id: str, reason: str) -> Finding:
        """See Custody."""
        if self.book.finding(finding_id).state is FindingState.CONFIRMED:
            raise WrongState(
                "damage is accepted by two: ask for it, and a second person agrees",
                "接受损坏须经两人：请提出申请，由第二人同意",
            )
        return self.accept_agreed(by, finding_id, reason)

    def accept_agreed(self, by: Person | None, finding_id: str, reason: str) -> Finding:
        """As ``accept``, for what a second person has agreed to: filing.custody.acts_for_two."""
        who = who_asks(by, Permission.DECIDE_FINDINGS)
        reason = reason.strip()
        if not reason or len(reason) > _REASON:
            raise BadRequest(
                f"a reason of 1 to {_REASON} characters is needed", "请说明理由（不超过 2000 字）"
            )
        return self.book.accept(finding_id, who, reason, self.auditing.clock.now())

    def catalogue(self) -> Catalogue:
        """See Custody."""
        return self.known

    def coverage(self, by: Person | None, location: str) -> Coverage:
        """See Custody."""
        who_asks(by, Permission.SEE_CUSTODY)
        self._known(location)
        longest, unread = self.book.longest_unread(location)
        policy, days = self.book.policy(location), self.book.days(location)
        return coverage(location, policy, days, longest, unread, self.auditing.clock.now())

    def change_policy(self, by: Person | None, location: str, policy: Policy) -> None:
        """See Custody."""
        who = who_asks(by, Permission.DECIDE_FINDINGS)
        self._known(location)
        self.book.change_policy(location, policy, who, self.auditing.clock.now())

    def history(
        self, by: Person | None, subject: str, after: int, limit: int
    ) -> Sequence[tuple[int, LoggedEvent]]:
        """See Custody."""
        who_asks(by, Permission.SEE_CUSTODY)
        return self.book.history(subject, after, limit)

    def _known(self, location: str) -> None:
        if location != self.auditing.location:
            raise NotFound(f"there is no location {location}", f"没有存储位置 {location}")


def who_asks(by: Person | None, permission: Permission) -> str:
    """How events name who asks. Raises NotAllowed."""
    if by is None:
        return "system"
    by.need(permission)
    return by.who

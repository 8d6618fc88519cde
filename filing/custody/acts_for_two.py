"""What one person may not do alone: one asks, another agrees, then it is done.

Purging what a repair set aside, retiring a location, leaving damage as it is. The operator on
the machine may ask; to agree takes a person with an account who may approve and did not ask.
Agreed and not yet done is taken up again: each act may be done twice without harm.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from filing.custody.copy_ports import CopyBook, Place
from filing.custody.copying import Clock
from filing.custody.repair import tokens
from filing.errors import (
    BadRequest,
    FilingError,
    NotAllowed,
    OutsideUnavailable,
    WrongState,
)
from filing.model.copies import (
    Evidence,
    LocationState,
    RepairState,
    Request,
    RequestKind,
    RequestState,
)
from filing.model.custody import Finding, FindingStep, take
from filing.model.people import Person
from filing.model.roles import Permission

_log = logging.getLogger("filing.custody")
_REASON = 2000
_MOST = 100


@dataclass(frozen=True, slots=True)
class ActsForTwo:
    """Requests and what comes of them.

    place    a location's place, whatever its state
    finding  by its id; raises NotFound
    accept   answers for leaving damage as it is: (by, finding, reason)
    """

    book: CopyBook
    clock: Clock
    place: Callable[[str], Place]
    finding: Callable[[str], Finding]
    accept: Callable[[Person, str, str], object]

    def ask(self, who: str, kind: RequestKind, subject: str, reason: str) -> Request:
        """Raises BadRequest without a reason, NotFound, WrongState, also while the same waits."""
        reason = reason.strip()
        if not reason or len(reason) > _REASON:
            raise BadRequest("a reason of 1 to 2000 characters is needed", "请说明理由")
        self._check(kind, subject)
        one = Request(self.clock.new_id(), kind, subject, reason, who, self.clock.now())
        self.book.ask(one)
        return one

    def decide(self, by: Person, request_id: str, agreed: bool) -> Request:
        """Raises NotAllowed for whoever asked, WrongState, NotFound."""
        by.need(Permission.APPROVE)
        one = self.book.request(request_id)
        if one.asked_by == by.who:
            raise NotAllowed(
                "whoever asked may not agree: a second person must", "申请人不得自行复核"
            )
        if one.state is not RequestState.ASKED:
            raise WrongState(f"the request is {one.state}", "该申请已处理")
        if agreed:
            if one.kind is RequestKind.ACCEPT:
                # Before anything is decided: agreeing here is accepting it.
                by.need(Permission.DECIDE_FINDINGS)
            self._check(one.kind, one.subject)
        state = RequestState.APPROVED if agreed else RequestState.REFUSED
        at = self.clock.now()
        decided = self.book.decide(one, replace(one, state=state, decided_by=by.who, decided_at=at))
        return self._do(decided, by) if agreed else decided

    def evidence(self, one: Request) -> Evidence:
        """What it is about, to be seen before it is agreed to. Raises NotFound."""
        if one.kind is RequestKind.RETIRE:
            return Evidence(standing=self.book.standing(self.book.location(one.subject)))
        if one.kind is RequestKind.ACCEPT:
            return Evidence(finding=self.finding(one.subject))
        repair = self.book.repair(one.subject)
        try:
            place = self.place(repair.location)
            place.available()
            return Evidence(repair, tuple(place.set_aside(token) for token in tokens(repair)))
        except OutsideUnavailable:
            return Evidence(repair)  # said so on the page; the repair itself is known

    def finish(self) -> int:
        """Do what was agreed and not done; how many. Damage is accepted only by its person.

        What cannot be done now waits, and keeps nothing else waiting.
        """
        done, before = 0, ""
        while some := self.book.requests(RequestState.APPROVED, before, _MOST):
            before = some[-1].id
            for one in some:
                if one.kind is not RequestKind.ACCEPT:
                    try:
                        self._do(one, None)
                        done += 1
                    except FilingError as error:
                        _log.warning("event=act-waits request=%s why=%s", one.id, error)
        return done

    def _check(self, kind: RequestKind, subject: str) -> None:
        if kind is RequestKind.PURGE:
            repair = self.book.repair(subject)
            if repair.state is not RepairState.DONE or repair.purged_at is not None:
                raise WrongState(
                    "only what a finished repair set aside can be purged",
                    "该修复没有可清除的隔离文件",
                )
        elif kind is RequestKind.RETIRE:
            if self.book.location(subject).state is LocationState.RETIRED:
                raise WrongState(f"{subject} is retired already", f"{subject} 已停用")
            self._refuse_sole(subject)
        else:
            # Raises WrongState for what was put right or accepted meanwhile.
            take(self.finding(subject).state, FindingStep.ACCEPT)

    def _refuse_sole(self, subject: str) -> None:
        """A location that holds the only good copy of anything is not retired, by nobody."""
        others = [
            one.name
            for one in self.book.locations()
            if one.name != subject and one.state is LocationState.ACTIVE
        ]
        if count := self.book.sole_copies(subject, others):
            raise WrongState(
                f"{subject} holds the only good copy of {count} records: repair them first",
                f"{subject} 存有 {count} 件档案仅存的完好副本，请先修复",
            )

    def _do(self, one: Request, by: Person | None) -> Request:
        if one.kind is RequestKind.PURGE:
            repair = self.book.repair(one.subject)
            place = self.place(repair.location)
            # Of a mount that is gone nothing would be there, and nothing purged.
            place.available()
            for token in tokens(repair):
                place.purge(token)
            if repair.purged_at is None:
                self.book.purged(repair, one.decided_by, self.clock.now())
        elif one.kind is RequestKind.RETIRE:
            before = self.book.location(one.subject)
            if before.state is LocationState.ACTIVE:
                after = replace(before, state=LocationState.RETIRED, version=before.version + 1)
                self.book.change_location(before, after, one.decided_by, self.clock.now())
        elif by is not None:
            self.accept(by, one.subject, one.reason)
        return self.book.decide(one, replace(one, state=RequestState.DONE))

"""Audits in the database; keeps the promises of filing.custody.ports.Book.

What was found, how far the audit stands and what coverage says are one transaction, and
so is every event of it with its leaf in the log.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select

from filing.adapters.db import custody_coverage as coverage
from filing.adapters.db import custody_days as days
from filing.adapters.db import custody_findings as findings
from filing.adapters.db.custody_audits import audit_of, save, scope_json, values_of
from filing.adapters.db.custody_rows import audit as table
from filing.adapters.db.custody_rows import finding, seen
from filing.adapters.db.engine import Database
from filing.adapters.db.log_events import Said, Sign, events_about, log_events
from filing.adapters.db.log_tiles import Witness
from filing.adapters.db.submissions import add_events
from filing.custody.ports import Read
from filing.errors import NotFound, StoreDoubtful
from filing.evidence import logged_event
from filing.evidence.logged_event import LoggedEvent
from filing.model.custody import (
    Audit,
    AuditState,
    Depth,
    Fault,
    Finding,
    FindingState,
)
from filing.model.events import Event, Kind
from filing.model.promise import Day, Policy

_log = logging.getLogger("filing.custody")
_STATE_KINDS = {
    AuditState.RUNNING: Kind.AUDIT_RESUMED,
    AuditState.PAUSED: Kind.AUDIT_PAUSED,
    AuditState.STOPPED: Kind.AUDIT_STOPPED,
    AuditState.FINISHED: Kind.AUDIT_FINISHED,
}


class SqlBook:
    """Writes what audits do.

    sign      (leaves, root) -> the signed checkpoint
    witness   told each checkpoint once it is committed, and asked before the next
    """

    def __init__(
        self,
        database: Database,
        sign: Sign,
        witness: Witness,
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._sign = sign
        self._witness = witness
        self._new_id = new_id

    # audits

    def begin(self, audit: Audit) -> None:
        """See Book."""
        detail = {
            "audit": audit.id,
            "location": audit.location,
            "scope": scope_json(audit.scope),
            "scheduled": audit.scheduled,
            "log_size": audit.log_size,
            "planned": audit.planned,
        }
        said = Said(Event("", "", Kind.AUDIT_BEGUN, audit.begun_at, audit.who, detail), audit.id)

        def write(connection: Connection) -> list[Said]:
            coverage.add_location(connection, audit.location, Policy())
            connection.execute(insert(table).values(id=audit.id, **values_of(audit)))
            return [said]

        self._logged(write, audit.begun_at)

    def audit(self, audit_id: str) -> Audit:
        """See Book. Raises NotFound."""
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.id == audit_id)).mappings().first()
        if row is None:
            raise NotFound(f"there is no audit {audit_id}", f"没有检查 {audit_id}")
        return audit_of(row)

    def running(self) -> Sequence[Audit]:
        """See Book."""
        query = select(table).where(table.c.state == AuditState.RUNNING).order_by(table.c.id)
        with self._database.reading() as connection:
            return [audit_of(row) for row in connection.execute(query.limit(100)).mappings()]

    def audits(self, before: str, limit: int) -> Sequence[Audit]:
        """The newest first, beginning behind ``before`` ("" from the newest)."""
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        if before:
            query = query.where(table.c.id < before)
        with self._database.reading() as connection:
            return [audit_of(row) for row in connection.execute(query).mappings()]

    def advance(self, read: Read, at: datetime) -> Audit:
        """See Book."""
        after = replace(read.after, version=read.before.version + 1)

        def write(connection: Connection) -> list[Said]:
            save(connection, read.before, after)
            coverage.hold(connection, after.location)
            coverage.note_looks(connection, after.location, read.looks, read.begun_at, at)
            faults = findings.by_subject(read)
            return findings.note_faults(
                connection, after.location, after.id, faults, at, self._new_id
            )

        self._logged(write, at)
        return after

    def whole(
        self,
        audit: Audit,
        faults: Mapping[str, Sequence[Fault]],
        at: datetime,
        closing: bool = True,
    ) -> None:
        """See Book."""
        depth = Depth.WHOLE if closing else None

        def write(connection: Connection) -> list[Said]:
            told = {subject: (some, depth) for subject, some in faults.items()}
            return findings.note_faults(
                connection, audit.location, audit.id, told, at, self._new_id
            )

        self._logged(write, at)

    def move(self, before: Audit, after: Audit, at: datetime) -> Audit:
        """See Book."""
        saved = replace(after, version=before.version + 1)
        detail: dict[str, object] = {"audit": after.id, "location": after.location}
        if after.state is AuditState.FINISHED:
            detail |= {
                "looked": after.looked,
                "intact": after.intact,
                "damaged": after.damaged,
                "unknown": after.unknown,
                "opened": after.opened,
                "faults": after.faults,
                "doubts": after.doubts,
                "files": after.files,
                "bytes": after.size_bytes,
                "result": after.chain.hex(),
            }
        elif after.state is AuditState.STOPPED:
            detail["looked"] = after.looked
        event = Event("", "", _STATE_KINDS[after.state], at, after.who, detail)

        def write(connection: Connection) -> list[Said]:
            save(connection, before, saved)
            return [Said(event, after.id)]

        self._logged(write, at)
        return saved

    # findings

    def open_findings(self, location: str, subject: str) -> Sequence[Finding]:
        """See Book."""
        with self._database.reading() as connection:
            return findings.standing(connection, location, [subject]).get(subject, [])

    def findings(
        self, states: Sequence[FindingState], audit_id: str, before: str, limit: int
    ) -> Sequence[Finding]:
        """The newest first; of one audit, or of all ("")."""
        query = select(finding).where(finding.c.state.in_(list(states)))
        if audit_id:
            query = query.join(seen, seen.c.finding_id == finding.c.id)
            query = query.where(seen.c.audit_id == audit_id)
        if before:
            query = query.where(finding.c.id < before)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(finding.c.id.desc()).limit(limit))
            return [findings.finding_of(row) for row in found.mappings()]

    def finding(self, finding_id: str) -> Finding:
        """One finding. Raises NotFound."""
        query = select(finding).where(finding.c.id == finding_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise NotFound(f"there is no finding {finding_id}", f"没有问题 {finding_id}")
        return findings.finding_of(row)

    def accept(self, finding_id: str, who: str, reason: str, at: datetime) -> Finding:
        """Raises NotFound, WrongState, ChangedMeanwhile."""
        accepted: list[Finding] = []

        def write(connection: Connection) -> list[Said]:
            one, said = findings.accept(connection, finding_id, who, reason, at)
            accepted.append(one)
            return [said]

        self._logged(write, at)
        return accepted[0]

    def history(self, subject: str, after: int, limit: int) -> Sequence[tuple[int, LoggedEvent]]:
        """What the log says about a record, audit, finding's subject or location, in order."""
        with self._database.reading() as connection:
            found = events_about(connection, subject, after, limit)
        return [(int(one["number"]), logged_event.read(bytes(one["body"]))) for one in found]

    # coverage

    def policy(self, location: str) -> Policy:
        """See Book."""
        with self._database.reading() as connection:
            return coverage.policy_of(connection, location)

    def change_policy(self, location: str, policy: Policy, who: str, at: datetime) -> None:
        """Make another promise, with its event in the log."""
        detail: dict[str, object] = {
            "location": location,
            "within_days": policy.within_days,
            "bytes_per_second": policy.bytes_per_second,
            "percent": policy.percent,
            "from_hour": policy.from_hour,
            "to_hour": policy.to_hour,
        }
        said = Said(Event("", "", Kind.CUSTODY_POLICY_CHANGED, at, who, detail), location)

        def write(connection: Connection) -> list[Said]:
            coverage.change_policy(connection, location, policy)
            return [said]

        self._logged(write, at)

    def enrol(self, location: str, now: datetime, limit: int) -> int:
        """See Book."""
        with self._database.writing() as connection:
            coverage.add_location(connection, location, Policy())
            return coverage.enrol(connection, location, now, limit)

    def oldest(self, location: str, now: datetime, before: datetime, limit: int) -> Sequence[str]:
        """See Book."""
        with self._database.reading() as connection:
            return coverage.oldest(connection, location, now, before, limit)

    def read_on(self, location: str, now: datetime) -> tuple[int, int]:
        """See Book."""
        today = days.china_day(now)
        found = self.days(location)
        return (
            sum(one.size_bytes for one, _ in found),
            sum(read for one, read in found if one.day == today),
        )

    def days(self, location: str) -> Sequence[tuple[Day, int]]:
        """Copies and bytes by the day of their last reading, and what was read on it."""
        with self._database.reading() as connection:
            return days.days(connection, location)

    def longest_unread(self, location: str) -> tuple[datetime | None, int]:
        """Since when the copy that waits longest waits, and how many could not be told."""
        with self._database.reading() as connection:
            return (
                coverage.longest_unread(connection, location),
                coverage.unread(connection, location),
            )

    def _logged(self, write: Callable[[Connection], list[Said]], at: datetime) -> None:
        """A transaction with the events it calls for.

        An audit must be able to say what is wrong with the log: where that may not grow, its
        events stand in the history alone.
        """
        with self._database.writing() as connection:
            said = write(connection)
            note = ""
            if said:
                self._database.order_log(connection)
                try:
                    note = log_events(connection, said, at, self._sign, self._witness)
                except StoreDoubtful as error:
                    _log.warning("event=audit-not-logged kind=%s why=%s", said[0].event.kind, error)
                    add_events(connection, [one.event for one in said])
        if note:
            self._witness.remember(note, at)

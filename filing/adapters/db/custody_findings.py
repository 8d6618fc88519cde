"""Findings in the database: one row per fault, however often it is found.

Called within the transaction that counts the look; says which events must go with it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db.custody_rows import finding as table
from filing.adapters.db.custody_rows import seen
from filing.adapters.db.log_events import Said
from filing.custody.ports import Read
from filing.errors import ChangedMeanwhile, NotFound
from filing.model.custody import (
    Answer,
    Depth,
    Fault,
    Finding,
    FindingState,
    FindingStep,
    take,
)
from filing.model.events import Event, Kind

_STEP_KINDS = {
    FindingState.OPENED: Kind.FINDING_OPENED,
    FindingState.CONFIRMED: Kind.FINDING_CONFIRMED,
    FindingState.REPAIRED: Kind.FINDING_REPAIRED,
    FindingState.ACCEPTED: Kind.FINDING_ACCEPTED,
    FindingState.CLEARED: Kind.FINDING_CLEARED,
}
#: Seen again, these are only counted.
_STANDING = {
    (FindingState.OPENED, Answer.UNKNOWN),
    (FindingState.CONFIRMED, Answer.DAMAGED),
    (FindingState.CONFIRMED, Answer.UNKNOWN),
    (FindingState.ACCEPTED, Answer.DAMAGED),
    (FindingState.ACCEPTED, Answer.UNKNOWN),
}
#: Only a look into the content sees these; another one closes none of them.
DEEP = ("CX-3-", "CX-1-9")


#: Said of the log, whoever meets them.
LOG_CODES = ("CX-1-10", "CX-1-11")


def by_subject(read: Read) -> dict[str, tuple[Sequence[Fault], Depth | None]]:
    """A look's faults belong to its record, but for those of the log itself; see note_faults."""
    found: dict[str, tuple[Sequence[Fault], Depth | None]] = {}
    of_log: list[Fault] = []
    for one in read.looks:
        own = [fault for fault in one.faults if not fault.code.startswith(LOG_CODES)]
        of_log += [fault for fault in one.faults if fault.code.startswith(LOG_CODES)]
        found[one.record_id] = own, read.depth if one.complete else None
    if of_log:
        # Others of the log stay as they are: only a look at the whole log sees all of them.
        found["log"] = of_log, None
    return found


def fault_key(location: str, subject: str, fault: Fault) -> str:
    """What makes two faults the same: where, of what, which code, at which place."""
    text = "\n".join((location, subject, fault.code, fault.place))
    return hashlib.sha256(text.encode()).hexdigest()


def standing(
    connection: Connection, location: str, subjects: Sequence[str]
) -> dict[str, list[Finding]]:
    """Every finding of these subjects, by subject."""
    query = select(table).where(table.c.location == location, table.c.subject.in_(list(subjects)))
    found: dict[str, list[Finding]] = {}
    for row in connection.execute(query.order_by(table.c.id)).mappings():
        found.setdefault(row["subject"], []).append(finding_of(row))
    return found


def note_faults(
    connection: Connection,
    location: str,
    audit_id: str,
    faults: Mapping[str, tuple[Sequence[Fault], Depth | None]],
    at: datetime,
    new_id: Callable[[], str],
) -> list[Said]:
    """Write down what was found, close what was not found again; the events to be logged.

    faults   subject -> its faults, and how deep it was looked at; None: it was not seen
             whole, and nothing of it is closed
    """
    known = standing(connection, location, list(faults))
    said: list[Said] = []
    for subject, (some, depth) in faults.items():
        by_key = {fault_key(location, subject, one.fault): one for one in known.get(subject, ())}
        now = {fault_key(location, subject, one): one for one in some}
        for key, fault in now.items():
            before = by_key.get(key)
            if before is None:
                after = _opened(new_id(), location, subject, fault, audit_id, at)
                _insert(connection, after, key)
                said.append(_event(after, audit_id, at))
            else:
                after = _again(before, fault, audit_id, at)
                _save(connection, before, after)
                if after.state is not before.state:
                    said.append(_event(after, audit_id, at))
            _mark_seen(connection, audit_id, after.id)
        for key, before in by_key.items():
            if key not in now and depth is not None and (gone := _closed(before, depth, at)):
                _save(connection, before, gone)
                said.append(_event(gone, audit_id, at))
    return said


def accept(
    connection: Connection, finding_id: str, who: str, reason: str, at: datetime
) -> tuple[Finding, Said]:
    """Somebody answers for leaving it so. Raises NotFound, WrongState."""
    row = connection.execute(select(table).where(table.c.id == finding_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no finding {finding_id}", f"没有问题 {finding_id}")
    before = finding_of(row)
    state = take(before.state, FindingStep.ACCEPT)
    after = replace(before, state=state, decided_by=who, reason=reason)
    after = _save(connection, before, after)
    return after, _event(after, "", at, who, {"reason": reason})


def move(connection: Connection, before: Finding, after: Finding, at: datetime, who: str) -> Said:
    """Save a finding that took a step by somebody's act; the event that goes with it."""
    return _event(_save(connection, before, after), "", at, who)


def finding_of(row: RowMapping) -> Finding:
    """A row as a value."""
    fault = Fault(
        row["code"],
        Answer(row["answer"]),
        row["place"],
        row["expected"],
        row["found"],
        row["ocfl"],
    )
    names = ("first_at", "last_at", "first_audit", "last_audit", "seen", "decided_by", "reason")
    return Finding(
        id=row["id"],
        location=row["location"],
        subject=row["subject"],
        fault=fault,
        state=FindingState(row["state"]),
        version=row["version"],
        **{name: row[name] for name in names},
    )


def _opened(
    finding_id: str, location: str, subject: str, fault: Fault, audit_id: str, at: datetime
) -> Finding:
    damaged = fault.answer is Answer.DAMAGED
    state = FindingState.CONFIRMED if damaged else FindingState.OPENED
    return Finding(finding_id, location, subject, fault, state, at, at, audit_id, audit_id)


def _again(before: Finding, fault: Fault, audit_id: str, at: datetime) -> Finding:
    state = before.state
    if (state, fault.answer) not in _STANDING:
        damaged = fault.answer is Answer.DAMAGED
        state = take(state, FindingStep.CONFIRM if damaged else FindingStep.REOPEN)
    # What is damaged does not become doubtful because it could not be read once.
    kept = before.fault if fault.answer is Answer.UNKNOWN else fault
    counted = before.seen + (before.last_audit != audit_id)
    return replace(before, fault=kept, state=state, last_at=at, last_audit=audit_id, seen=counted)


def _closed(before: Finding, depth: Depth, at: datetime) -> Finding | None:
    if depth is Depth.BYTES and before.fault.code.startswith(DEEP):
        return None
    if before.state is FindingState.OPENED:
        return replace(before, state=take(before.state, FindingStep.CLEAR))
    if before.state in {FindingState.CONFIRMED, FindingState.ACCEPTED}:
        return replace(before, state=take(before.state, FindingStep.REPAIR))
    return None


def _event(
    one: Finding,
    audit_id: str,
    at: datetime,
    who: str = "system",
    more: Mapping[str, object] | None = None,
) -> Said:
    detail: dict[str, object] = {
        "finding": one.id,
        "location": one.location,
        "subject": one.subject,
        "code": one.fault.code,
        "audit": audit_id,
        **(more or {}),
    }
    return Said(Event("", "", _STEP_KINDS[one.state], at, who, detail), one.subject)


def _values(one: Finding) -> dict[str, object]:
    return {
        "location": one.location,
        "subject": one.subject,
        "code": one.fault.code,
        "place": one.fault.place,
        "answer": one.fault.answer,
        "expected": one.fault.expected,
        "found": one.fault.found,
        "ocfl": one.fault.ocfl,
        "state": one.state,
        "first_at": one.first_at,
        "last_at": one.last_at,
        "first_audit": one.first_audit,
        "last_audit": one.last_audit,
        "seen": one.seen,
        "decided_by": one.decided_by,
        "reason": one.reason,
        "version": one.version,
    }


def _insert(connection: Connection, one: Finding, key: str) -> None:
    connection.execute(insert(table).values(id=one.id, fault_key=key, **_values(one)))


def _save(connection: Connection, before: Finding, after: Finding) -> Finding:
    saved = replace(after, version=before.version + 1)
    done = connection.execute(
        update(table)
        .where(table.c.id == before.id, table.c.version == before.version)
        .values(**_values(saved))
    )
    if done.rowcount != 1:
        raise ChangedMeanwhile(f"finding {before.id} was changed meanwhile", "该问题已被他人更改")
    return saved


def _mark_seen(connection: Connection, audit_id: str, finding_id: str) -> None:
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"audit_id": audit_id, "finding_id": finding_id}
    connection.execute(make(seen).values(**values).on_conflict_do_nothing())

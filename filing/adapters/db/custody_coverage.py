"""What was read when, in the database: one row per copy, one per day, always in agreement.

The day's row is changed in the transaction that changes the copy's, so coverage by age is
the sum of some hundred rows, however many copies there are.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any  # rows of the table

from sqlalchemy import Connection, Row, and_, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db import rows
from filing.adapters.db.custody_days import Tally, forget
from filing.adapters.db.custody_rows import copy, location
from filing.model.custody import Answer, Look
from filing.model.promise import Policy

_log = logging.getLogger("filing.custody")
_FIRST_RETRY_SECONDS = 60
_LONGEST_RETRY_SECONDS = 86_400
#: A reading dated later than this is of a clock that was wrong, and counts as none.
_AHEAD = timedelta(hours=1)
_NOT_OPENED: dict[str, object] = {"opened_by": "", "opened_at": None}


def add_location(connection: Connection, name: str, policy: Policy) -> None:
    """Take a location into custody, unless it is."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"name": name, "enrolled_to": 0, **_policy_values(policy)}
    connection.execute(make(location).values(**values).on_conflict_do_nothing())


def hold(connection: Connection, name: str) -> None:
    """Let nobody else change this location's coverage until the transaction ends."""
    connection.execute(
        select(location.c.name).where(location.c.name == name).with_for_update()
    ).all()


def policy_of(connection: Connection, name: str) -> Policy:
    """The promise about a location; as shipped where none was made."""
    row = connection.execute(select(location).where(location.c.name == name)).mappings().first()
    if row is None:
        return Policy()
    return Policy(**{one: row[one] for one in _policy_values(Policy())})


def change_policy(connection: Connection, name: str, policy: Policy) -> None:
    """Make another promise."""
    add_location(connection, name, policy)
    connection.execute(
        update(location).where(location.c.name == name).values(**_policy_values(policy))
    )


def _policy_values(policy: Policy) -> dict[str, int]:
    return {
        "within_days": policy.within_days,
        "bytes_per_second": policy.bytes_per_second,
        "percent": policy.percent,
        "from_hour": policy.from_hour,
        "to_hour": policy.to_hour,
    }


def enrol(connection: Connection, name: str, now: datetime, limit: int) -> int:
    """Take the next records of the log into the coverage; how many new entries were looked at.

    Where none are new, a page of those before is looked at, another each minute: a record whose
    row was lost would be read by no schedule, and nobody would miss it.
    """
    hold(connection, name)
    enrolled = select(location.c.enrolled_to).where(location.c.name == name)
    begun = int(connection.execute(enrolled).scalar_one())
    found, _ = _take_up(connection, name, begun, limit)
    if not found:
        pages = -(-begun // limit) or 1
        again = int(now.timestamp() // 60) % pages * limit
        _, lost = _take_up(connection, name, again, min(limit, begun - again))
        if lost:
            _log.warning("event=coverage-lost location=%s records=%d", name, lost)
            _count_anew(connection, name)
        return 0
    connection.execute(
        update(location)
        .where(location.c.name == name, location.c.enrolled_to == begun)
        .values(enrolled_to=found[-1] + 1)
    )
    return len(found)


def _take_up(
    connection: Connection, name: str, begun: int, limit: int
) -> tuple[Sequence[int], int]:
    """(entries of the log looked at, records among them that had no row and have one now)."""
    query = (
        select(
            rows.leaf.c.position,
            rows.record.c.id,
            rows.record.c.stored_at,
            rows.submission.c.size_bytes,
        )
        .select_from(
            rows.leaf.outerjoin(rows.record, rows.record.c.id == rows.leaf.c.record_id).outerjoin(
                rows.submission, rows.submission.c.id == rows.record.c.submission_id
            )
        )
        .where(rows.leaf.c.position >= begun)
        .order_by(rows.leaf.c.position)
        .limit(limit)
    )
    found = connection.execute(query).all()
    known = _rows_of(connection, name, [one.id for one in found if one.id])
    fresh = [one for one in found if one.id and one.id not in known and one.stored_at is not None]
    if fresh:
        connection.execute(
            insert(copy),
            [_fresh(name, one.id, one.stored_at, one.size_bytes or 0) for one in fresh],
        )
    tally = Tally()
    for one in fresh:
        tally.add(one.stored_at, one.size_bytes or 0)
    tally.write(connection, name)
    return [int(one.position) for one in found], len(fresh)


def _count_anew(connection: Connection, name: str) -> None:
    """The days from the copies themselves: a row that was lost still counts in its day."""
    forget(connection, name)
    tally = Tally()
    query = select(copy.c.since, copy.c.size_bytes).where(copy.c.location == name)
    for since, size_bytes in connection.execute(query.execution_options(yield_per=_PAGE)):
        tally.add(since, size_bytes)
    tally.write(connection, name)


def _fresh(name: str, record_id: str, since: datetime, size_bytes: int) -> dict[str, object]:
    return {
        "location": name,
        "record_id": record_id,
        "since": since,
        "read_at": None,
        "answer": "",
        "size_bytes": size_bytes,
        "tries": 0,
        "retry_at": None,
        **_NOT_OPENED,
    }


def note_looks(
    connection: Connection, name: str, looks: Sequence[Look], begun_at: datetime, at: datetime
) -> None:
    """Count what was read, from when the reading began; what was not read stays as it was.

    The caller holds the location.
    """
    if not looks:
        return
    known = _rows_of(connection, name, [one.record_id for one in looks])
    tally, changed, same = Tally(), [], defaultdict[str, list[str]](list)
    for one in looks:
        before = known.get(one.record_id)
        told = one.complete and one.answer is not Answer.UNKNOWN
        tries = 0 if told else 1 + (0 if before is None else before.tries)
        since = begun_at if one.complete or before is None else before.since
        size = one.size_bytes if one.complete or before is None else before.size_bytes
        if before is not None:
            tally.take(before.since, before.size_bytes)
        tally.add(since, size)
        tally.read(begun_at, one.size_bytes)
        if told and before is not None and (one.answer, size) == (before.answer, before.size_bytes):
            same["" if one.faults else one.opened].append(one.record_id)
            continue
        changed.append(
            {
                "location": name,
                "record_id": one.record_id,
                "since": since,
                "read_at": begun_at if one.complete else (before and before.read_at),
                "answer": one.answer,
                "size_bytes": size,
                "tries": tries,
                "retry_at": None if told else at + _wait(tries),
                **_opening(before, one, begun_at),
            }
        )
    _write(connection, changed)
    for program, ids in same.items():
        _write_same(connection, name, ids, begun_at, program)
    tally.write(connection, name)


def _opening(before: Row[Any] | None, look: Look, begun_at: datetime) -> dict[str, object]:
    """What it was opened by: a look that found anything wrong forgets that it ever was."""
    if look.opened and not look.faults:
        return {"opened_by": look.opened, "opened_at": begun_at}
    if look.faults or before is None:
        return _NOT_OPENED
    return {"opened_by": before.opened_by, "opened_at": before.opened_at}


def _write(connection: Connection, changed: Sequence[dict[str, object]]) -> None:
    if not changed:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(copy)
    values = {one: statement.excluded[one] for one in changed[0] if one not in _KEY}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(_KEY), set_=values), changed
    )


def _write_same(
    connection: Connection, name: str, ids: Sequence[str], begun_at: datetime, program: str
) -> None:
    """Of these only the times are new: one statement for all that a program opened, or none."""
    opened = {"opened_by": program, "opened_at": begun_at} if program else {}
    connection.execute(
        update(copy)
        .where(copy.c.location == name, copy.c.record_id.in_(list(ids)))
        .values(since=begun_at, read_at=begun_at, tries=0, retry_at=None, **opened)
    )


_KEY = ("location", "record_id")
_PAGE = 2_000


def _wait(tries: int) -> timedelta:
    seconds = _FIRST_RETRY_SECONDS * 2 ** min(tries - 1, 20)
    return timedelta(seconds=min(seconds, _LONGEST_RETRY_SECONDS))


def _rows_of(connection: Connection, name: str, ids: Sequence[str]) -> dict[str, Row[Any]]:
    query = select(copy).where(copy.c.location == name, copy.c.record_id.in_(list(ids)))
    return {one.record_id: one for one in connection.execute(query)}


def oldest(
    connection: Connection, name: str, now: datetime, before: datetime, limit: int
) -> list[str]:
    """See filing.custody.ports.Book."""
    retried = and_(copy.c.location == name, copy.c.retry_at <= now)
    ahead = and_(copy.c.location == name, copy.c.retry_at.is_(None), copy.c.since > now + _AHEAD)
    due = and_(copy.c.location == name, copy.c.retry_at.is_(None), copy.c.since < before)
    found: list[str] = []
    for wanted, order in (
        (retried, copy.c.retry_at),
        (ahead, copy.c.since),
        (due, copy.c.since),
    ):
        if len(found) < limit:
            query = select(copy.c.record_id).where(wanted).order_by(order, copy.c.record_id)
            found += connection.execute(query.limit(limit - len(found))).scalars()
    return found


def longest_unread(connection: Connection, name: str) -> datetime | None:
    """``since`` of the copy that waits longest."""
    waiting = (
        select(copy.c.since)
        .where(copy.c.location == name, copy.c.retry_at.is_(None))
        .order_by(copy.c.since)
        .limit(1)
    )
    retried = select(func.min(copy.c.since)).where(
        copy.c.location == name, copy.c.retry_at.is_not(None)
    )
    found = [connection.execute(one).scalar() for one in (waiting, retried)]
    return min((one for one in found if one is not None), default=None)


def unread(connection: Connection, name: str) -> int:
    """Copies whose last look could not tell."""
    query = select(func.count()).where(copy.c.location == name, copy.c.retry_at.is_not(None))
    return int(connection.execute(query).scalar_one())

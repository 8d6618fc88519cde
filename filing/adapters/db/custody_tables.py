"""The archive's tables as an audit reads them; keeps the promises of filing.custody.ports.Tables.

Every query is bounded: by a window of the log, or by a page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, time, timedelta, timezone
from typing import Any, cast  # rows of joined tables

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from filing.adapters.db import records, rows
from filing.adapters.db.custody_rows import copy
from filing.adapters.db.engine import Database
from filing.adapters.db.log_events import bodies_between, events_before
from filing.custody.expected import Expected
from filing.custody.ports import Head, Leaf
from filing.model.custody import MAIN, Scope
from filing.model.identifiers import ArchivalCode
from filing.model.record import Record
from filing.model.submission import State, Submission

_CHINA = timezone(timedelta(hours=8))
_SUBMISSION_NAMES = tuple(one.name for one in fields(Submission))
_RECORD_NAMES = tuple(one.name for one in fields(Record))
_SUBMISSION = [rows.submission.c[one].label(f"submission__{one}") for one in _SUBMISSION_NAMES]
_RECORD = [rows.record.c[one].label(f"record__{one}") for one in _RECORD_NAMES]
_COLUMNS: tuple[Any, ...] = (
    rows.leaf.c.position,
    rows.leaf.c.hash,
    rows.leaf.c.record_id.label("leaf_record"),
    rows.receipt.c.body,
    copy.c.opened_by,
    copy.c.opened_at,
    *_RECORD,
    *_SUBMISSION,
)
_SUBMISSION_AT = len(_COLUMNS) - len(_SUBMISSION_NAMES)
_RECORD_AT = _SUBMISSION_AT - len(_RECORD_NAMES)
_STATE_AT = _SUBMISSION_NAMES.index("state")
_STATES = {str(one): one for one in State}
_JOINED = (
    rows.leaf.outerjoin(rows.record, rows.record.c.id == rows.leaf.c.record_id)
    .outerjoin(rows.submission, rows.submission.c.id == rows.record.c.submission_id)
    .outerjoin(rows.receipt, rows.receipt.c.submission_id == rows.record.c.submission_id)
    # Nothing is opened but the main copies.
    .outerjoin(copy, and_(copy.c.location == MAIN, copy.c.record_id == rows.leaf.c.record_id))
)


class SqlTables:
    """Reads; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def log_size(self) -> int:
        """See Tables."""
        with self._database.reading() as connection:
            last = connection.execute(select(func.max(rows.leaf.c.position))).scalar()
        return 0 if last is None else int(last) + 1

    def records_before(self, position: int) -> int:
        """See Tables."""
        with self._database.reading() as connection:
            return position - events_before(connection, position)

    def between(self, first: int, last: int, scope: Scope) -> Sequence[Expected]:
        """See Tables."""
        position = rows.leaf.c.position
        wanted = and_(position >= first, position < last, *_narrowed(scope))
        found = self._expected(_picked().where(wanted))
        if scope.category:
            found = [one for one in found if _category(one) == scope.category]
        return found

    def at(self, positions: Iterable[int]) -> Sequence[Expected]:
        """See Tables."""
        return self._expected(_picked().where(rows.leaf.c.position.in_(list(positions))))

    def of(self, record_ids: Sequence[str]) -> Sequence[Expected]:
        """See Tables."""
        return self._expected(_picked().where(rows.leaf.c.record_id.in_(list(record_ids))))

    def leaves(self, first: int, last: int) -> Sequence[Leaf]:
        """See Tables."""
        table = rows.leaf
        query = select(table).where(table.c.position >= first, table.c.position < last)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(table.c.position)).mappings().all()
            bodies = bodies_between(connection, first, last)
        return [
            Leaf(
                int(one["position"]),
                bytes(one["hash"]),
                one["record_id"] or "",
                bodies.get(int(one["position"])),
            )
            for one in found
        ]

    def heads(self, after: int, limit: int) -> Sequence[Head]:
        """See Tables."""
        with self._database.reading() as connection:
            return _heads(connection, after, limit)

    def tile(self, level: int, index: int) -> bytes:
        """See Tables."""
        with self._database.reading() as connection:
            return records.read_tile(connection, level, index)

    def unknown_among(self, record_ids: Sequence[str]) -> set[str]:
        """See Tables."""
        query = select(rows.record.c.id).where(rows.record.c.id.in_(list(record_ids)))
        with self._database.reading() as connection:
            return set(record_ids) - set(connection.execute(query).scalars())

    def logged_among(self, record_ids: Sequence[str]) -> set[str]:
        """See Tables."""
        query = select(rows.leaf.c.record_id).where(rows.leaf.c.record_id.in_(list(record_ids)))
        with self._database.reading() as connection:
            return {one for one in connection.execute(query).scalars() if one}

    def stray_rows(self, after: str, limit: int) -> tuple[list[str], str]:
        """See Tables."""
        table = rows.record
        page = select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(limit)
        with self._database.reading() as connection:
            ids = list(connection.execute(page).scalars())
            if not ids:
                return [], ""
            placed = table.outerjoin(rows.leaf, rows.leaf.c.position == table.c.leaf_index)
            stray = (
                select(table.c.id)
                .select_from(placed.outerjoin(rows.intent, rows.intent.c.record_id == table.c.id))
                .where(
                    table.c.id > after,
                    table.c.id <= ids[-1],
                    rows.intent.c.record_id.is_(None),
                    or_(rows.leaf.c.record_id.is_(None), rows.leaf.c.record_id != table.c.id),
                )
            )
            found = list(connection.execute(stray.order_by(table.c.id)).scalars())
            # Of a place that is wrong in the row alone, the record's own look says it.
            logged = select(rows.leaf.c.record_id).where(rows.leaf.c.record_id.in_(found))
            known = set(connection.execute(logged).scalars()) if found else set()
        return [one for one in found if one not in known], ids[-1]

    def lost_records(self, after: str, limit: int) -> tuple[list[str], str]:
        """See Tables."""
        table = rows.submission
        page = select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(limit)
        with self._database.reading() as connection:
            ids = list(connection.execute(page).scalars())
            if not ids:
                return [], ""
            lost = (
                select(table.c.record_id)
                .select_from(table.outerjoin(rows.record, rows.record.c.id == table.c.record_id))
                .where(
                    table.c.id > after,
                    table.c.id <= ids[-1],
                    table.c.state == State.RECEIPTED,
                    rows.record.c.id.is_(None),
                )
            )
            return list(connection.execute(lost.order_by(table.c.id)).scalars()), ids[-1]

    def _expected(self, query: Select[Any]) -> list[Expected]:
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(rows.leaf.c.position)).all()
            heads = _covering(connection, [one.position for one in found])
        return [_read(tuple(one), heads.get(one.position)) for one in found]


def _picked() -> Select[Any]:
    return select(*_COLUMNS).select_from(_JOINED).where(rows.leaf.c.record_id.is_not(None))


def _narrowed(scope: Scope) -> Iterable[ColumnElement[bool]]:
    table = rows.record.c
    if scope.fonds:
        yield table.fonds == scope.fonds
    if scope.agency_id:
        yield table.agency_id == scope.agency_id
    if scope.year:
        yield table.year == scope.year
    if scope.records:
        yield rows.leaf.c.record_id.in_(scope.records)
    if scope.stored_from is not None:
        yield table.stored_at >= datetime.combine(scope.stored_from, time(), _CHINA)
    if scope.stored_to is not None:
        end = datetime.combine(scope.stored_to, time(), _CHINA) + timedelta(days=1)
        yield table.stored_at < end


def _category(one: Expected) -> str:
    if one.record is None:
        return ""
    try:
        return ArchivalCode.parse(one.record.archival_code).category
    except ValueError:
        return ""


def _heads(connection: Connection, after: int, limit: int) -> list[Head]:
    table = rows.checkpoint
    query = select(table).where(table.c.size > after).order_by(table.c.size).limit(limit)
    found = connection.execute(query).mappings()
    return [Head(int(one["size"]), bytes(one["root"]), one["note"], one["at"]) for one in found]


def _covering(connection: Connection, positions: Sequence[int]) -> dict[int, Head]:
    """Position -> the smallest checkpoint that covers it. Positions rise."""
    found: dict[int, Head] = {}
    at = 0
    while at < len(positions):
        heads = _heads(connection, positions[at], 64)
        if not heads:
            break
        for head in heads:
            while at < len(positions) and positions[at] < head.size:
                found[positions[at]] = head
                at += 1
    return found


def _read(row: Sequence[Any], head: Head | None) -> Expected:
    """A row of _COLUMNS; by place, since there are a hundred thousand of them."""
    position, hashed, leaf_record, body, opened_by, opened_at = row[:_RECORD_AT]
    of_record, of_submission = row[_RECORD_AT:_SUBMISSION_AT], row[_SUBMISSION_AT:]
    record = submission = None
    if of_record[0] is not None:
        record = Record(*of_record)
    if of_submission[0] is not None:
        given = list(of_submission)
        given[_STATE_AT] = _state(given[_STATE_AT])
        submission = Submission(*given)
    return Expected(
        record_id=leaf_record,
        position=position,
        record=record,
        leaf_hash=bytes(hashed),
        leaf_record=leaf_record,
        submission=submission,
        receipt=None if body is None else bytes(body),
        note="" if head is None else head.note,
        logged_at=None if head is None else head.at,
        size_bytes=0 if submission is None else submission.size_bytes,
        opened_by=opened_by or "",
        opened_at=opened_at,
    )


def _state(text: str) -> State:
    """A state; a word that is none stays what it is, for the audit to name."""
    return _STATES.get(text) or cast("State", text)

"""What the pages of custody read; keeps the promises of filing.custody.showing.Shelves.

Every query is by a key or an index and ends at a limit; nothing counts the holding.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select

from filing.adapters.db import rows
from filing.adapters.db.custody_book import SqlBook
from filing.adapters.db.custody_findings import finding_of
from filing.adapters.db.custody_rows import copy, finding, location, log_event, seen
from filing.adapters.db.engine import Database
from filing.adapters.db.submissions import receipt_of
from filing.errors import NotGenuine
from filing.evidence import logged_event, receipt
from filing.evidence.logged_event import LoggedEvent
from filing.model.custody import Answer, Audit, Finding, FindingState
from filing.model.custody_views import MOST_COUNTED, CopyState, Happened, Known, Wanted
from filing.model.identifiers import new_id
from filing.model.promise import Day

_EVENTS = 500


class SqlShowing:
    """Reads; changes nothing."""

    def __init__(self, database: Database, book: SqlBook) -> None:
        self._database = database
        self._book = book

    def found(self, wanted: Wanted, before: str, limit: int) -> Sequence[Finding]:
        """See Shelves."""
        query = _wanted(wanted)
        # Of one audit by the key of what it saw, else every page would sort all of it.
        key = seen.c.finding_id if wanted.audit_id else finding.c.id
        if before:
            query = query.where(key < before)
        with self._database.reading() as connection:
            if wanted.subject:  # by the index on location and subject
                places = connection.execute(select(location.c.name)).scalars().all()
                query = query.where(
                    finding.c.location.in_(places), finding.c.subject == wanted.subject
                )
            found = connection.execute(query.order_by(key.desc()).limit(limit))
            return [finding_of(row) for row in found.mappings()]

    def tally(self, audit_id: str) -> Sequence[tuple[str, str, int]]:
        """See Shelves. By the key of what the audit saw."""
        query = (
            select(finding.c.code, finding.c.answer, func.count())
            .select_from(seen.join(finding, finding.c.id == seen.c.finding_id))
            .where(seen.c.audit_id == audit_id)
            .group_by(finding.c.code, finding.c.answer)
            .order_by(finding.c.code, finding.c.answer)
        )
        with self._database.reading() as connection:
            return [(row[0], row[1], int(row[2])) for row in connection.execute(query)]

    def found_between(self, first: datetime, end: datetime) -> tuple[int, int]:
        """See Shelves. Ids sort by the time they were given: a range of the key."""
        table = finding.c
        query = (
            select(table.answer, func.count())
            .where(table.id >= _first_id(first), table.id < _first_id(end))
            .group_by(table.answer)
        )
        with self._database.reading() as connection:
            counts = {row[0]: int(row[1]) for row in connection.execute(query)}
        return counts.get(Answer.DAMAGED, 0), counts.get(Answer.UNKNOWN, 0)

    def open_findings(self) -> tuple[int, int]:
        """See Shelves."""
        return self._count(FindingState.CONFIRMED), self._count(FindingState.OPENED)

    def _count(self, state: FindingState) -> int:
        some = select(finding.c.id).where(finding.c.state == state).limit(MOST_COUNTED).subquery()
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

    def days(self, location: str) -> Sequence[tuple[Day, int]]:
        """See Shelves."""
        return self._book.days(location)

    def audits(self, before: str, limit: int) -> Sequence[Audit]:
        """See Shelves."""
        return self._book.audits(before, limit)

    def record(self, record_id: str) -> Known | None:
        """See Shelves. A record the log knows and the table lost is known by its entry."""
        table, leaf = rows.record.c, rows.leaf.c
        with self._database.reading() as connection:
            position = connection.execute(
                select(leaf.position).where(leaf.record_id == record_id)
            ).scalar()
            row = connection.execute(
                select(
                    table.submission_id,
                    table.agency_id,
                    table.fonds,
                    table.archival_code,
                    table.year,
                    table.stored_at,
                ).where(table.id == record_id)
            ).first()
        if position is None:
            return None
        if row is None:
            return Known(record_id, "", "", "", "", 0, None, int(position))
        return Known(record_id, *row, int(position))

    def statement(self, submission_id: str) -> bytes:
        """See Shelves."""
        with self._database.reading() as connection:
            body = receipt_of(connection, submission_id)
        if body is None:
            return b""
        try:
            return receipt.read(body)[0].proof.statement
        except NotGenuine:
            return b""

    def delivered(self, submission_id: str) -> Sequence[Happened]:
        """See Shelves."""
        table = rows.event.c
        query = (
            select(table.kind, table.at, table.who, table.detail)
            .where(table.submission_id == submission_id)
            .order_by(table.number)
            .limit(_EVENTS)
        )
        if not submission_id:
            return []
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return [Happened(one.kind, one.at, one.who, json.loads(one.detail)) for one in found]

    def entries_about(
        self, subjects: Sequence[str], limit: int
    ) -> Sequence[tuple[int, bytes, LoggedEvent | None]]:
        """See Shelves."""
        table = log_event.c
        query = (
            select(table.position, table.body)
            .where(table.subject.in_(list(subjects)))
            .order_by(table.number)
            .limit(limit)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return [(int(one.position), bytes(one.body), _said(bytes(one.body))) for one in found]

    def copies(self, record_id: str) -> Sequence[CopyState]:
        """See Shelves."""
        with self._database.reading() as connection:
            places = connection.execute(select(location.c.name)).scalars().all()
            query = select(copy).where(copy.c.location.in_(places), copy.c.record_id == record_id)
            found = connection.execute(query.order_by(copy.c.location)).mappings().all()
        return [
            CopyState(
                one["location"],
                one["since"],
                one["read_at"],
                one["answer"],
                int(one["size_bytes"]),
                int(one["tries"]),
                one["retry_at"],
                one["opened_at"],
            )
            for one in found
        ]


def _wanted(wanted: Wanted) -> Select[tuple[object, ...]]:
    query = select(finding)
    if wanted.audit_id:
        query = query.join(seen, seen.c.finding_id == finding.c.id)
        query = query.where(seen.c.audit_id == wanted.audit_id)
    if wanted.states:
        query = query.where(finding.c.state.in_(list(wanted.states)))
    if wanted.code:
        query = query.where(finding.c.code == wanted.code)
    return query


def _first_id(at: datetime) -> str:
    """The lowest id that could have been given at this moment."""
    return new_id(int(at.timestamp() * 1000), bytes(10))


def _said(body: bytes) -> LoggedEvent | None:
    try:
        return logged_event.read(body)
    except NotGenuine:
        return None

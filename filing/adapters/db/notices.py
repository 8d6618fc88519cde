"""Events as notices, in the database. Keeps the promises of filing.notices.ports.Notices.

Each kind is asked for by itself, along an index that holds notices alone, and what comes
is merged: the newest of one kind are found however many of another lie above them.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Table,
    delete,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db import desk_rows, rows
from filing.adapters.db.engine import Database
from filing.adapters.db.notice_rows import IS_NOTICE, notice_read, notice_reader
from filing.adapters.db.submissions import numbered
from filing.model.events import Event, Kind
from filing.model.notices import About


class SqlNotices:
    """Notices in SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def before(
        self, agency_id: str, kinds: Collection[Kind], number: int, limit: int
    ) -> Sequence[tuple[int, Event]]:
        """See filing.notices.ports.Notices."""
        found = self._each(agency_id, kinds, number, True, limit)
        return list(islice(heapq.merge(*found, key=lambda one: -one[0]), limit))

    def after(
        self, agency_id: str, kinds: Collection[Kind], number: int, limit: int
    ) -> Sequence[tuple[int, Event]]:
        """See filing.notices.ports.Notices."""
        found = self._each(agency_id, kinds, number, False, limit)
        return list(islice(heapq.merge(*found, key=lambda one: one[0]), limit))

    def _each(
        self, agency_id: str, kinds: Collection[Kind], number: int, down: bool, limit: int
    ) -> list[list[tuple[int, Event]]]:
        """The nearest notices of each kind, in order."""
        table = rows.event
        with self._database.reading() as connection:
            found = []
            for kind in kinds:
                query = select(table).where(text(IS_NOTICE)).limit(limit)
                if agency_id:
                    query = query.where(table.c.agency_id == agency_id)
                query = self._from(query, kind, number, down)
                found.append(numbered(connection, query))
            return found

    def _from(self, query: Select[Any], kind: Kind, number: int, down: bool) -> Select[Any]:
        """Begin at a number of one kind and go down or up.

        PostgreSQL, told ``kind = …``, may walk along the primary key instead and find
        nothing for a million rows; asked for the order of both columns it cannot.
        """
        sort, place = rows.event.c.kind, rows.event.c.number
        if self._database.is_sqlite:
            query = query.where(sort == kind, place < number if down else place > number)
            return query.order_by(place.desc() if down else place)
        pair, here = tuple_(sort, place), tuple_(kind.value, number)
        if down:
            query = query.where(pair < here, sort >= kind)
            return query.order_by(sort.desc(), place.desc())
        return query.where(pair > here, sort <= kind).order_by(sort, place)

    def one(self, number: int) -> Event | None:
        """See filing.notices.ports.Notices."""
        query = select(rows.event).where(rows.event.c.number == number)
        with self._database.reading() as connection:
            found = numbered(connection, query)
        return found[0][1] if found else None

    def read_of(self, person_id: str, numbers: Collection[int]) -> frozenset[int]:
        """See filing.notices.ports.Notices."""
        singly = select(notice_read.c.number).where(
            notice_read.c.person_id == person_id, notice_read.c.number.in_(numbers)
        )
        wholly = select(notice_reader.c.read_up_to).where(notice_reader.c.person_id == person_id)
        with self._database.reading() as connection:
            read = set(connection.execute(singly).scalars())
            up_to = connection.execute(wholly).scalar() or 0
        return frozenset(one for one in numbers if one <= up_to or one in read)

    def mark_read(self, person_id: str, numbers: Collection[int]) -> None:
        """See filing.notices.ports.Notices."""
        fresh = sorted(set(numbers) - self.read_of(person_id, numbers))
        if fresh:
            with self._database.writing() as connection:
                values = [{"person_id": person_id, "number": one} for one in fresh]
                _insert_missing(connection, notice_read, values)

    def mark_all_read(self, person_id: str) -> None:
        """See filing.notices.ports.Notices."""
        with self._database.writing() as connection:
            newest = connection.execute(select(func.max(rows.event.c.number))).scalar() or 0
            values = [{"person_id": person_id, "read_up_to": newest}]
            _insert_missing(connection, notice_reader, values)
            connection.execute(
                update(notice_reader)
                .where(notice_reader.c.person_id == person_id)
                .values(read_up_to=newest)
            )
            connection.execute(
                delete(notice_read).where(
                    notice_read.c.person_id == person_id, notice_read.c.number <= newest
                )
            )

    def about(self, submission_ids: Collection[str]) -> Mapping[str, About]:
        """See filing.notices.ports.Notices."""
        found: dict[str, About] = {}
        with self._database.reading() as connection:
            # The record last: what was filed goes before what was once refused.
            for table in (desk_rows.entry, rows.record):
                query = select(
                    table.c.submission_id,
                    table.c.title,
                    table.c.archival_code,
                    table.c.electronic_code,
                ).where(table.c.submission_id.in_(submission_ids))
                for row in connection.execute(query):
                    found[row.submission_id] = About(
                        row.title, row.archival_code, row.electronic_code
                    )
        return found

    def names(self, agency_ids: Collection[str]) -> Mapping[str, str]:
        """See filing.notices.ports.Notices."""
        table = rows.agency
        query = select(table.c.id, table.c.name).where(table.c.id.in_(agency_ids))
        with self._database.reading() as connection:
            return {row.id: row.name for row in connection.execute(query)}


def _insert_missing(
    connection: Connection, table: Table, values: Sequence[Mapping[str, object]]
) -> None:
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(make(table).on_conflict_do_nothing(), list(values))

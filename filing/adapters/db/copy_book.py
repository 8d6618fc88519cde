"""Copies in the database; keeps the promises of filing.custody.copy_ports.CopyBook.

Also the tables and the book as audits of one further location see them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from filing.adapters.db.copy_places import SqlPlaces, gaps_among
from filing.adapters.db.copy_repairs import SqlRepairs
from filing.adapters.db.copy_rows import drill, place
from filing.adapters.db.custody_book import SqlBook
from filing.adapters.db.custody_tables import SqlTables
from filing.adapters.db.engine import Database
from filing.adapters.db.log_events import Said
from filing.custody.expected import Expected
from filing.model.copies import Difference, Drill
from filing.model.custody import Answer, Scope
from filing.model.events import Event, Kind


class SqlCopyBook(SqlPlaces, SqlRepairs):
    """Locations, repairs, requests, drills."""

    def begin_drill(self, one: Drill) -> None:
        """See CopyBook."""
        with self.database.writing() as connection:
            # One that did not come to its end is never a good one.
            connection.execute(
                update(drill)
                .where(drill.c.ended_at.is_(None))
                .values(ended_at=one.begun_at, reason="it was interrupted")
            )
            connection.execute(insert(drill).values(id=one.id, **_values(one)))

    def end_drill(self, one: Drill) -> None:
        """See CopyBook."""
        at = one.ended_at or one.begun_at
        detail: dict[str, object] = {
            "drill": one.id,
            "answer": str(one.answer),
            "log_size": one.log_size,
            "records": one.records,
            "differences": one.differences,
        }

        def write(connection: Connection) -> list[Said]:
            connection.execute(update(drill).where(drill.c.id == one.id).values(**_values(one)))
            return [Said(Event("", "", Kind.DRILL_FINISHED, at, "system", detail), one.id)]

        self.logged(write, at)

    def drills(self, good: bool, limit: int) -> Sequence[Drill]:
        """See CopyBook."""
        query = select(drill).order_by(drill.c.id.desc()).limit(limit)
        if good:
            query = query.where(drill.c.answer == Answer.INTACT)
        with self.database.reading() as connection:
            return [_drill(row) for row in connection.execute(query).mappings()]


class HeldTables(SqlTables):
    """The tables, as far as one location holds what they speak of: copied, and no gap."""

    def __init__(self, database: Database, location: str) -> None:
        super().__init__(database)
        self._held_by = location
        self._own = database

    def log_size(self) -> int:
        """As far as was copied: what is not there yet is not missing."""
        query = select(place.c.copied_to).where(place.c.name == self._held_by)
        with self._own.reading() as connection:
            copied = connection.execute(query).scalar()
        return min(int(copied or 0), super().log_size())

    def between(self, first: int, last: int, scope: Scope) -> Sequence[Expected]:
        """See Tables."""
        return self._held(super().between(first, last, scope))

    def at(self, positions: Iterable[int]) -> Sequence[Expected]:
        """See Tables."""
        return self._held(super().at(positions))

    def of(self, record_ids: Sequence[str]) -> Sequence[Expected]:
        """See Tables."""
        return self._held(super().of(record_ids))

    def _held(self, found: Sequence[Expected]) -> Sequence[Expected]:
        if not found:
            return found
        copied_to = self.log_size()
        with self._own.reading() as connection:
            gaps = gaps_among(connection, self._held_by, [one.position for one in found])
        return [one for one in found if one.position < copied_to and one.position not in gaps]


class HeldBook(SqlBook):
    """The book of a further location: copying takes records into its coverage, nothing else."""

    def enrol(self, location: str, now: datetime, limit: int) -> int:
        """Nothing to take up."""
        return 0


def _values(one: Drill) -> dict[str, object]:
    names = ("begun_at", "ended_at", "answer", "log_size", "records", "compared", "differences")
    return {
        **{name: getattr(one, name) for name in names},
        "shown": json.dumps([asdict(each) for each in one.shown], ensure_ascii=False),
        "reason": one.reason,
    }


def _drill(row: RowMapping) -> Drill:
    shown = tuple(Difference(**one) for one in json.loads(row["shown"]))
    return Drill(**{**row, "answer": Answer(row["answer"]), "shown": shown})

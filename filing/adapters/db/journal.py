"""Everybody's acts, for the auditor: the newest first, in bounded steps.

An act of a person, or of a kind that is seldom, is found by an index of its own. The kinds
every delivery brings have none, so that filing does not pay for it: there the events
themselves are looked through, so many at a time. Days are found by halving, for numbers
rise with time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select, text

from filing.adapters.db import rows
from filing.adapters.db.engine import Database
from filing.adapters.db.people_rows import BY_PERSON, EVERY_DAY, SELDOM
from filing.adapters.db.submissions import numbered
from filing.model.events import Event

_EVENT = rows.event
#: Most events looked through for one page where no index helps.
_LOOKED_THROUGH = 20_000
#: The same where only one person's acts among them are looked at.
_OF_ONE_PERSON = 500_000
_NO_END = 1 << 62
#: Events of one moment may be numbered a little out of order: several processes write.
_SLACK = timedelta(minutes=5)


class SqlJournal:
    """Keeps the promises of filing.people.overseeing.Journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        person_id: str,
        kind: str,
        first: datetime | None,
        end: datetime | None,
        before: int,
        limit: int,
    ) -> tuple[Sequence[tuple[int, Event]], int]:
        """Events below the number ``before``, the newest first, and where to go on (0: nowhere)."""
        who = f"person:{person_id}" if person_id else ""
        with self._database.reading() as connection:
            high = before or _highest(connection) + 1
            if end is not None:
                high = min(high, _number_at(connection, end + _SLACK, high))
            low = _number_at(connection, first - _SLACK, high) if first is not None else 0
            statement = select(_EVENT).where(_EVENT.c.number < high)
            if who:
                statement = statement.where(_EVENT.c.who == who, text(BY_PERSON))
            if kind:
                statement = statement.where(_EVENT.c.kind == kind)
            if kind and not who and kind not in EVERY_DAY:
                statement = statement.where(text(SELDOM))
            floor = max(low, high - _look_through(who, kind))
            statement = _between(statement.where(_EVENT.c.number >= floor), first, end)
            ordered = statement.order_by(_EVENT.c.number.desc()).limit(limit)
            found = numbered(connection, ordered)
        if len(found) == limit:
            return found, found[-1][0]
        return found, floor if floor > max(low, 1) else 0


def _look_through(who: str, kind: str) -> int:
    """Over how many numbers one page may reach back."""
    if who:
        return _OF_ONE_PERSON if kind else _NO_END
    return _LOOKED_THROUGH if kind in EVERY_DAY else _NO_END


def _between(statement: Select[Any], first: datetime | None, end: datetime | None) -> Select[Any]:
    if first is not None:
        statement = statement.where(_EVENT.c.at >= first)
    if end is not None:
        statement = statement.where(_EVENT.c.at < end)
    return statement


def _highest(connection: Connection) -> int:
    return connection.execute(select(func.max(_EVENT.c.number))).scalar() or 0


def _number_at(connection: Connection, at: datetime, high: int) -> int:
    """The number of about the first event at ``at`` or later; ``high`` if there is none."""
    low = 1
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(
            select(_EVENT.c.at)
            .where(and_(_EVENT.c.number >= middle, _EVENT.c.number < high))
            .order_by(_EVENT.c.number)
            .limit(1)
        ).scalar()
        if found is None or found >= at:
            high = middle
        else:
            low = middle + 1
    return low

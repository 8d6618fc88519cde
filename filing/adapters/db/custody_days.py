"""Copies and bytes by the day they were last read: one row a day, changed with the copies."""

import functools
from collections import Counter
from datetime import date, datetime, timedelta, timezone

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db.custody_rows import day
from filing.model.promise import Day

_CHINA = timezone(timedelta(hours=8))


# Of a step's records most were read at one time.
@functools.lru_cache(maxsize=1024)
def china_day(at: datetime) -> date:
    """The archive's calendar day."""
    return at.astimezone(_CHINA).date()


def days(connection: Connection, name: str) -> list[tuple[Day, int]]:
    """Every day with its copies and the bytes read on it, newest first."""
    query = select(day).where(day.c.location == name).order_by(day.c.day.desc())
    return [
        (Day(one["day"], int(one["copies"]), int(one["size_bytes"])), int(one["read_bytes"]))
        for one in connection.execute(query).mappings()
    ]


def forget(connection: Connection, name: str) -> None:
    """No copy of this location counts in any day; what was read on each stays."""
    connection.execute(update(day).where(day.c.location == name).values(copies=0, size_bytes=0))


class Tally:
    """Changes to the days, gathered and written once."""

    def __init__(self) -> None:
        self._copies: Counter[date] = Counter()
        self._bytes: Counter[date] = Counter()
        self._read: Counter[date] = Counter()

    def add(self, since: datetime, size_bytes: int) -> None:
        """A copy was last read at ``since``."""
        self._copies[china_day(since)] += 1
        self._bytes[china_day(since)] += size_bytes

    def take(self, since: datetime, size_bytes: int) -> None:
        """It no longer was."""
        self._copies[china_day(since)] -= 1
        self._bytes[china_day(since)] -= size_bytes

    def read(self, at: datetime, size_bytes: int) -> None:
        """So much was read."""
        self._read[china_day(at)] += size_bytes

    def write(self, connection: Connection, name: str) -> None:
        """Into the table; in the order of the days, so that two writers never cross."""
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = make(day)
        grown = {
            one: day.c[one] + statement.excluded[one]
            for one in ("copies", "size_bytes", "read_bytes")
        }
        values = [
            {
                "location": name,
                "day": one,
                "copies": self._copies[one],
                "size_bytes": self._bytes[one],
                "read_bytes": self._read[one],
            }
            for one in sorted({*self._copies, *self._bytes, *self._read})
        ]
        if values:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["location", "day"], set_=grown),
                values,
            )

"""Leases: one holder of a duty among all processes of the archive.

A lease runs out by itself, so that a holder that died keeps nobody waiting long.
Clocks of the machines that share a database must agree to a few seconds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from filing.adapters.db import rows
from filing.adapters.db.engine import Database


class SqlLeases:
    """Leases in the database. ``now`` gives an aware time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def take(self, name: str, holder: str, seconds: float) -> bool:
        """Take or keep a lease; False when somebody else holds it. Raises OutsideUnavailable.

        Asked often, it seldom writes: not while another's lease runs, nor while the
        better half of our own is left.
        """
        now = self._now()
        until = now + timedelta(seconds=seconds)
        table = rows.lease
        with self._database.reading() as connection:
            found = connection.execute(select(table).where(table.c.name == name)).first()
        if found is not None and found.until >= now:
            if found.holder != holder:
                return False
            if found.until - now > timedelta(seconds=seconds / 2):
                return True
        ours = or_(table.c.holder == holder, table.c.until < now)
        with self._database.writing() as connection:
            renewed = connection.execute(
                update(table)
                .where(and_(table.c.name == name, ours))
                .values(holder=holder, until=until)
            )
            if renewed.rowcount:
                return True
            try:
                with connection.begin_nested():
                    connection.execute(insert(table).values(name=name, holder=holder, until=until))
            except IntegrityError:
                return False
            return True

    def give_up(self, name: str, holder: str) -> None:
        """Let go of a lease, if it is still held."""
        table = rows.lease
        with self._database.writing() as connection:
            connection.execute(
                delete(table).where(and_(table.c.name == name, table.c.holder == holder))
            )

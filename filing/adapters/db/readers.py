"""Connections for queries, kept open at hand.

To get a connection out of SQLAlchemy's pool and to put it back costs as much processor as
what a delivery asks of it, two or three times for each.

Begins no transaction, and says nothing of what went wrong in words; see engine.py.
"""

import time
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine

#: A connection that nobody used for so long is asked whether it still stands.
_RESTED_SECONDS = 1.0
#: So many stay at hand. They are not in the pool, so whoever writes has as many fewer.
_AT_HAND = 4


class Readers:
    """The connections of one engine; the one given back last is taken first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # With the time each was given back. Adding to a list and taking from it is atomic.
        self._resting: list[tuple[Connection, float]] = []

    def take(self) -> Connection:
        """A connection that stands, as far as can be told."""
        while self._resting:
            try:
                connection, since = self._resting.pop()
            except IndexError:  # another thread was faster
                break
            if stands(self._engine, connection.connection.dbapi_connection, since):
                return connection
            connection.invalidate()
            connection.close()
        return self._engine.connect()

    def give_back(self, connection: Connection) -> None:
        """The next may have it; what it has begun by itself ends."""
        if connection.in_transaction():
            connection.rollback()
        if len(self._resting) < _AT_HAND:
            self._resting.append((connection, time.monotonic()))
        else:
            connection.close()

    def give_up(self, connection: Connection) -> None:
        """Something went wrong with it. Where the server went away, none at hand is kept."""
        if connection.invalidated:
            self.close()
        connection.close()

    def close(self) -> None:
        """Put those at hand back into the pool."""
        while self._resting:
            with suppress(IndexError):  # another thread was faster
                self._resting.pop()[0].close()


def stands(engine: Engine, driver: Any, since: float) -> bool:  # Any: the driver's connection
    """Whether a connection can be used: asked only of one that rested, and of a server's."""
    if engine.dialect.name == "sqlite" or time.monotonic() - since <= _RESTED_SECONDS:
        return True
    try:
        engine.dialect.do_ping(driver)
    except engine.dialect.loaded_dbapi.Error:
        return False
    return True

"""Connections: SQLite embedded, PostgreSQL beside it; one way of writing on both.

On SQLite every write transaction begins IMMEDIATE behind a lock of ours, per
process and among processes: waiting for SQLite's own lock is unfair, and it
sleeps up to a tenth of a second at a time.

Not covered: SQLite on a network file system; WAL does not work there.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from filing.adapters.db.readers import Readers, stands
from filing.errors import Misconfigured, OutsideUnavailable, StorageFull

_log = logging.getLogger("filing.database")
_PRAGMAS = (
    "PRAGMA busy_timeout=30000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)
#: Advisory lock that orders the log among processes (any fixed number).
_LOG_LOCK = 0x46494C47
#: How long to wait for the server, or for whoever holds the log.
_PATIENCE_SECONDS = 30
_FILE_MODE = 0o640
#: How long to wait between two looks whether it is our turn to write.
_TURN_SECONDS = 0.001
#: What SQLite and the kernel (through PostgreSQL) call a full disk.
_FULL = ("disk is full", "No space left", "Disk quota exceeded")


class _Turns:
    """One writer at a time, of all threads of all processes that share a SQLite file."""

    def __init__(self, file: str) -> None:
        self._thread = threading.Lock()
        self._file = f"{file}-turn"
        self._handle = -1
        self._pid = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn. Raises OutsideUnavailable after _PATIENCE_SECONDS."""
        with self._thread:
            self._await()
            try:
                yield
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file up."""
        if self._handle >= 0 and self._pid == os.getpid():
            os.close(self._handle)
        self._handle = -1

    def _await(self) -> None:
        if self._pid != os.getpid() or self._handle < 0:  # a lock is not for a forked child
            try:
                self._handle = os.open(
                    self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE
                )
            except OSError as error:
                raise OutsideUnavailable(
                    f"{self._file} cannot be opened: {error.strerror}", "数据库暂不可用"
                ) from error
            self._pid = os.getpid()
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise OutsideUnavailable(
                        "another process does not let go of the database", "数据库被其他进程占用"
                    ) from None
            time.sleep(_TURN_SECONDS)


class Database:
    """An engine and how to take it: ``reading()`` and ``writing()``."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("sqlite:///", "sqlite+pysqlite:///", "postgresql+psycopg://")):
            raise Misconfigured(
                f"FILING_DATABASE_URL begins with {url.partition(':')[0]!r}:"
                " sqlite:/// or postgresql+psycopg:// is needed",
                "FILING_DATABASE_URL 须以 sqlite:/// 或 postgresql+psycopg:// 开头",
            )
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        # A query reads what is committed when it runs: a transaction around it is two
        # more round trips for nothing. The log only grows, so no two queries disagree.
        self._readers = Readers(
            self.engine.execution_options(bare=True)
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        self._turns = _Turns(self.engine.url.database or "") if self.is_sqlite else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries. Raises OutsideUnavailable."""
        try:
            connection = self._readers.take()
            try:
                yield connection
            except BaseException:
                self._readers.give_up(connection)
                raise
            self._readers.give_back(connection)
        except SQLAlchemyError as error:
            _translate(error)
            raise

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends well. Raises OutsideUnavailable."""
        with self._turns.taken() if self._turns else nullcontext(), _translated():
            connection = self.engine.connect()
            if self.is_sqlite:
                connection = connection.execution_options(immediate=True)
            with connection, connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._readers.close()
        self.engine.dispose()
        if self._turns:
            self._turns.close()

    def order_log(self, connection: Connection) -> None:
        """Wait until this transaction alone may append to the log."""
        if not self.is_sqlite:  # BEGIN IMMEDIATE has done it already
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOG_LOCK})


def _sqlite(url: str) -> Engine:
    # The connection given back last is taken first: what SQLite keeps for each, its page
    # cache and its statements, is then still in the processor's caches.
    engine = create_engine(url, pool_size=48, max_overflow=64, pool_timeout=30, pool_use_lifo=True)
    file = engine.url.database

    @event.listens_for(engine, "do_connect")
    def _opens(*_given: object) -> None:
        # SQLite would make it readable by everybody: password hashes stand in it. What it
        # makes beside takes the file's mode. Made without being opened: closing a handle
        # would give up the locks this process holds on the file.
        if file:
            with suppress(OSError):  # it is there, or the connection says why it cannot be
                os.mknod(file, _FILE_MODE)

    @event.listens_for(engine, "connect")
    def _opened(connection: object, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # sqlite3.Connection; BEGIN is ours
        for pragma in _PRAGMAS:
            connection.execute(pragma)  # type: ignore[attr-defined]  # as above

    @event.listens_for(engine, "begin")
    def _begins(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("immediate"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif not options.get("bare"):
            connection.exec_driver_sql("BEGIN")

    return engine


def _postgresql(url: str) -> Engine:
    # Threads beyond the pool wait their turn: a server has few connections to give, and
    # several processes share them.
    engine = create_engine(
        url,
        pool_size=16,
        max_overflow=8,
        pool_timeout=30,
        pool_use_lifo=True,  # as above; each is a process of the server
        connect_args={"connect_timeout": _PATIENCE_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _opened(connection: Any, _entry: ConnectionPoolEntry) -> None:  # Any: psycopg's
        # Nobody waits for ever behind a process that hangs while it holds the log.
        connection.execute(f"SET lock_timeout = '{_PATIENCE_SECONDS}s'")
        connection.execute(f"SET idle_in_transaction_session_timeout = '{_PATIENCE_SECONDS}s'")
        connection.commit()

    @event.listens_for(engine, "checkin")
    def _rests(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _asked_for(
        connection: Any, entry: ConnectionPoolEntry, _fairy: object
    ) -> None:  # Any: as above
        # A connection the server dropped is noticed here instead of failing a delivery; one
        # just used is not asked again, which would be a round trip for each query.
        if not stands(engine, connection, entry.info.get("rests_since", 0.0)):
            raise DisconnectionError

    return engine


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        _translate(error)
        raise


def _translate(error: SQLAlchemyError) -> None:
    """Raise what the error means to whoever asked; return where it means nothing to them."""
    if isinstance(error, OperationalError):
        _refuse_no_tables(error)
        if any(sign in str(error.orig) for sign in _FULL):
            raise StorageFull("the database has no room left", "数据库空间已满") from error
        # The sender is told to come again; why, only the operator can mend.
        _log.warning("event=database-unavailable why=%s", str(error.orig).replace("\n", " "))
        raise OutsideUnavailable("the database did not answer", "数据库暂不可用") from error
    if isinstance(error, PoolTimeout):
        raise OutsideUnavailable("no database connection was free", "数据库连接繁忙") from error
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            raise OutsideUnavailable("the database went away", "数据库连接中断") from error
        _refuse_no_tables(error)


def _refuse_no_tables(error: DBAPIError) -> None:
    """Raise Misconfigured where nobody ran ``filing init``. Source: SQLSTATE 42P01."""
    if "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "42P01":
        raise Misconfigured(
            "the database has no tables yet: run filing init",
            "数据库尚未初始化，请先运行 filing init",
        ) from error

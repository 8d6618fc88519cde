"""Statements of the way in, compiled once and run on the driver's own cursor.

Between a statement and the driver SQLAlchemy does ten times the work that SQLite does for the
answer, and what is seldom in the processor's caches costs several times that. What every
delivery runs is compiled here once for each database; the values go to the driver as
SQLAlchemy would have handed them.

Begins and ends no transaction, and maps no rows. What is run less often needs none of this.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Row = tuple[Any, ...]  # Any: columns are of every type
Given = Mapping[str, object]
Process = Callable[[Any], Any]


class Compiled:
    """A statement whose every value is a parameter; an insert needs the same keys each time."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        # Threads that come first may each compile it: the outcome is the same.
        self._made: dict[str, _Text] = {}

    def rows(self, connection: Connection, given: Given) -> list[Row]:
        """Run a query; the rows, each value as SQLAlchemy would give it."""
        made = self._for(connection, given)
        with _translated(connection, made.text) as cursor:
            cursor.execute(made.text, made.values(given))
            return made.read(cursor.fetchall())

    def many(self, connection: Connection, given: Sequence[Given]) -> None:
        """Run it for each of ``given``, of which there is at least one."""
        made = self._for(connection, given[0])
        with _translated(connection, made.text) as cursor:
            cursor.executemany(made.text, [made.values(one) for one in given])

    def counted(self, connection: Connection, given: Sequence[Given]) -> list[int]:
        """The same; how many rows it touched for each."""
        made = self._for(connection, given[0])
        values = [made.values(one) for one in given]
        with _translated(connection, made.text) as cursor:
            if made.numbered:  # SQLite: there is no way to and fro that could be spared
                return [cursor.execute(made.text, one).rowcount for one in values]
            cursor.executemany(made.text, values, returning=True)
            counts = [cursor.rowcount]
            while cursor.nextset():
                counts.append(cursor.rowcount)
            return counts

    def _for(self, connection: Connection, given: Given) -> "_Text":
        name = connection.dialect.name
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = _compile(self._statement, connection.dialect, list(given))
        return made


@dataclass(frozen=True, slots=True)
class _Text:
    """A compiled statement.

    names     of the parameters, in their order, where the driver takes them by position
    numbered  whether it does
    binds     what the driver wants another form of
    fixed     parameters the statement itself gives a value
    results   for each column of a row, what SQLAlchemy would make of the driver's value
    """

    text: str
    names: tuple[str, ...]
    numbered: bool
    binds: tuple[tuple[str, Process], ...]
    fixed: Given
    results: tuple[tuple[int, Process], ...]

    def values(self, given: Given) -> object:
        """The parameters as the driver takes them."""
        if self.fixed or self.binds:
            filled = {**self.fixed, **given}
            for name, process in self.binds:
                filled[name] = process(filled[name])
            given = filled
        return [given[name] for name in self.names] if self.numbered else given

    def read(self, found: list[Row]) -> list[Row]:
        """Rows as the driver gave them, with the values of our types."""
        if not self.results:
            return found
        rows = []
        for one in found:
            values = list(one)
            for at, process in self.results:
                values[at] = process(values[at])
            rows.append(tuple(values))
        return rows


def _compile(statement: Executable, dialect: Dialect, keys: list[str]) -> _Text:
    made = statement.compile(dialect=dialect, column_keys=keys)  # type: ignore[attr-defined]  # of every Executable we have
    assert isinstance(made, SQLCompiler)
    numbered = bool(made.positional)
    columns = getattr(statement, "selected_columns", ())
    return _Text(
        text=str(made),
        names=tuple(made.positiontup or ()),
        numbered=numbered,
        binds=tuple(
            (name, process)
            for name in made.params
            if (process := _binding(made.binds[name].type, dialect)) is not None
        ),
        fixed={name: value for name, value in made.params.items() if name not in keys},
        results=tuple(
            (at, process)
            for at, column in enumerate(columns)
            if (process := _reading(column.type, dialect)) is not None
        ),
    )


def _binding(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


@contextmanager
def _translated(connection: Connection, text: str) -> Iterator[Any]:  # Any: the driver's cursor
    """A cursor. Raises what SQLAlchemy would; a connection the server dropped is given up."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield driver.cursor()
    except base as error:
        gone = connection.dialect.is_disconnect(error, driver, None)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            text, None, error, base, connection_invalidated=gone, dialect=connection.dialect
        ) from error

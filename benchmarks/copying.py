"""Rows of one database, carried to another as they stand.

A million rejects are entered once, by the functions that enter rejects, into SQLite;
PostgreSQL is given the same rows by COPY, which waits for no round trip. So both answer
from the same rows, and none was made by a second way of making them.

Carries text, numbers, times and nothing: no table of the desk holds anything else.
"""

from collections.abc import Iterator

from sqlalchemy import LargeBinary, Table, func, select, text

from filing.adapters.db import rows
from filing.adapters.db.engine import Database

_LINES = 20_000
#: What COPY reads as something else than itself; the backslash first.
_ESCAPED = (("char(92)", r"\\"), ("char(9)", r"\t"), ("char(10)", r"\n"), ("char(13)", r"\r"))


def copy(source: Database, target: Database) -> None:
    """Carry every table of SQLite to PostgreSQL, in the order of their keys."""
    with source.reading() as reading, target.engine.connect() as writing:
        driver = writing.connection.driver_connection
        assert driver is not None
        cursor = driver.cursor()
        # Lost with the power, it is made again; and SQLite keeps its times in UTC.
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET timezone = 'UTC'")
        for table in rows.metadata.sorted_tables:
            if not reading.execute(select(func.count()).select_from(table)).scalar_one():
                continue
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table.name})")
            if cursor.fetchone()[0]:
                continue  # what the migration itself writes
            names = ", ".join(one.name for one in table.columns)
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as lines:
                for some in _lines(source, table):
                    lines.write(some)
        driver.commit()
    settle(target)


def settle(database: Database) -> None:
    """What a database does by itself in time: count its rows, clear what is dead."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM (ANALYZE)"))


def _lines(source: Database, table: Table) -> Iterator[str]:
    """The rows as lines of COPY's text form."""
    assert not any(isinstance(one.type, LargeBinary) for one in table.columns)
    key = ", ".join(one.name for one in table.primary_key.columns)
    line = " || char(9) || ".join(_written(one.name) for one in table.columns)
    with source.reading() as connection:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(f"SELECT {line} || char(10) FROM {table.name} ORDER BY {key}")
            while found := cursor.fetchmany(_LINES):
                yield "".join([one for (one,) in found])
        finally:
            cursor.close()


def _written(name: str) -> str:
    """SQL that writes one column."""
    given = f"CAST({name} AS TEXT)"
    for what, instead in _ESCAPED:
        given = f"replace({given}, {what}, '{instead}')"
    return rf"coalesce({given}, '\N')"

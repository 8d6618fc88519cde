"""What is compiled once gives and takes the values that SQLAlchemy would, and fails as it does."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from filing.adapters.db.compiled import Compiled
from filing.adapters.db.engine import Database
from filing.adapters.db.rows import Instant
from filing.errors import Misconfigured, OutsideUnavailable

SAID = Table(
    "said",
    MetaData(),
    Column("word", String(20), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("at", Instant),
)
ADD = Compiled(insert(SAID).inline())
OFTEN = select(SAID).where(SAID.c.times > bindparam("least"), SAID.c.word != "never").limit(9)
NOW = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture
def database(database_url):
    one = Database(database_url)
    with one.writing() as connection:
        SAID.create(connection)
    yield one
    one.close()


def rows(*words):
    return [{"word": one, "times": len(one), "at": NOW} for one in words]


def test_rows_are_those_that_sqlalchemy_reads(database):
    with database.writing() as connection:
        ADD.many(connection, [*rows("one", "three"), {"word": "nothing", "times": 9, "at": None}])
    with database.reading() as connection:
        wanted = [tuple(row) for row in connection.execute(OFTEN, {"least": 2})]
        found = Compiled(OFTEN).rows(connection, {"least": 2})
    assert sorted(found) == sorted(wanted)
    assert ("one", 3, NOW.astimezone(UTC)) in found
    assert ("nothing", 9, None) in found


def test_a_parameter_of_the_statement_itself_keeps_its_value(database):
    with database.writing() as connection:
        ADD.many(connection, rows("never", "seldom"))
        found = Compiled(OFTEN).rows(connection, {"least": 0})
    assert [one[0] for one in found] == ["seldom"]


def test_each_says_how_many_rows_it_touched(database):
    make = sqlite.insert if database.is_sqlite else postgresql.insert
    unless_there = Compiled(make(SAID).on_conflict_do_nothing().inline())
    with database.writing() as connection:
        ADD.many(connection, rows("one"))
        assert unless_there.counted(connection, rows("one", "two", "two", "six")) == [0, 1, 0, 1]
        assert unless_there.counted(connection, rows("one")) == [0]


def test_what_the_database_refuses_is_sqlalchemys_error_and_nothing_stays(database):
    with pytest.raises(IntegrityError), database.writing() as connection:
        ADD.many(connection, rows("one", "one"))
    with database.reading() as connection:
        assert Compiled(OFTEN).rows(connection, {"least": 0}) == []


def test_a_database_without_tables_says_what_to_run(database):
    with database.writing() as connection:
        SAID.drop(connection)
    with (
        pytest.raises(Misconfigured, match="run filing init"),
        database.reading() as connection,
    ):
        Compiled(OFTEN).rows(connection, {"least": 0})


def test_a_connection_the_server_dropped_is_not_used_again(database):
    if database.is_sqlite:
        return  # there is no server that could drop one
    with pytest.raises(OutsideUnavailable), database.writing() as connection:
        mine = connection.scalar(text("SELECT pg_backend_pid()"))
        with database.writing() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
        Compiled(OFTEN).rows(connection, {"least": 0})
    with database.reading() as connection:
        assert Compiled(OFTEN).rows(connection, {"least": 0}) == []

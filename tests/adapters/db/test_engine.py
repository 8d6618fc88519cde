"""Connections: what is unavailable is said so, and nobody waits for ever."""

import os
import threading
from contextlib import ExitStack, closing

import pytest
import sqlalchemy
from sqlalchemy import text

from filing.adapters.db import engine, readers
from filing.adapters.db.engine import Database
from filing.errors import Misconfigured, OutsideUnavailable, StorageFull


@pytest.fixture
def database(database_url):
    one = Database(database_url)
    with one.writing() as connection:
        connection.execute(text("CREATE TABLE said (word TEXT UNIQUE)"))
    yield one
    one.close()


def test_another_kind_of_database_is_refused_by_name():
    with pytest.raises(Misconfigured, match="'mysql'"):
        Database("mysql://localhost/x")


def test_a_database_without_tables_says_what_to_run(database):
    with (
        pytest.raises(Misconfigured, match="run filing init"),
        database.reading() as connection,
    ):
        connection.execute(text("SELECT id FROM agency"))


def test_what_fails_in_a_transaction_takes_everything_back(database):
    with pytest.raises(ValueError, match="no"), database.writing() as connection:
        connection.execute(text("INSERT INTO said VALUES ('a')"))
        raise ValueError("no")
    for _ in range(2):
        with (
            pytest.raises(sqlalchemy.exc.IntegrityError),
            database.writing() as connection,
        ):
            connection.execute(text("INSERT INTO said VALUES ('b'), ('b')"))
    with database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM said")) == 0


def test_readers_see_the_last_commit_while_a_writer_writes(database):
    with database.writing() as connection:
        connection.execute(text("INSERT INTO said VALUES ('a')"))
        with database.reading() as reader:
            assert reader.scalar(text("SELECT count(*) FROM said")) == 0
    with database.reading() as reader:
        assert reader.scalar(text("SELECT count(*) FROM said")) == 1


def test_more_threads_than_connections_wait_their_turn(database):
    """Each adds one to what it read: in the log's order nothing is lost."""
    with database.writing() as connection:
        connection.execute(text("INSERT INTO said VALUES ('0')"))
    failures = []

    def add():
        try:
            with database.reading() as connection:
                connection.scalar(text("SELECT word FROM said"))
            with database.writing() as connection:
                database.order_log(connection)
                found = int(connection.scalar(text("SELECT word FROM said")))
                connection.execute(text("UPDATE said SET word = :n"), {"n": str(found + 1)})
        except Exception as error:  # noqa: BLE001  # shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=add) for _ in range(60)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert failures == []
    with database.reading() as connection:
        assert connection.scalar(text("SELECT word FROM said")) == "60"


def test_a_database_that_is_not_there_is_unavailable(tmp_path):
    for url in (
        f"sqlite:///{tmp_path}/none/filing.db",
        f"postgresql+psycopg://filing@/none?host={tmp_path}",
    ):
        database = Database(url)
        for taken in (database.reading, database.writing):
            with pytest.raises(OutsideUnavailable), taken():
                pytest.fail("there is nothing to connect to")


def test_a_database_without_room_is_full(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/filing.db")
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE said (word BLOB)"))
    with pytest.raises(StorageFull), database.writing() as connection:
        connection.execute(text("PRAGMA max_page_count = 8"))
        connection.execute(text("INSERT INTO said VALUES (zeroblob(100000))"))
    with database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM said")) == 0
    database.close()


def test_no_free_connection_is_said_and_not_an_accident(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/filing.db")
    database.engine.pool._timeout = 0.05
    database.engine.pool._max_overflow = 0
    held = [database.engine.connect() for _ in range(database.engine.pool.size())]
    busy = pytest.raises(OutsideUnavailable, match="no database connection was free")
    with busy, database.reading():
        pytest.fail("all connections are taken")
    for one in held:
        one.close()
    with database.reading():
        pass
    database.close()


def test_who_hangs_with_the_log_in_hand_stops_nobody_for_ever(postgresql, monkeypatch):
    monkeypatch.setattr(engine, "_PATIENCE_SECONDS", 1)
    url = postgresql.database()
    one, other = Database(url), Database(url)
    with pytest.raises(OutsideUnavailable), one.writing() as hanging:
        one.order_log(hanging)
        with pytest.raises(OutsideUnavailable), other.writing() as connection:
            other.order_log(connection)
        # The server ended the idle transaction, so the log is free again.
        threading.Event().wait(0.3)
        with other.writing() as connection:
            other.order_log(connection)
        hanging.execute(text("SELECT 1"))
    one.close()
    other.close()
    postgresql.drop(url)


def test_writers_of_one_file_take_turns_whatever_process_they_are_of(tmp_path):
    url = f"sqlite:///{tmp_path / 'filing.db'}"
    with closing(Database(url)) as one, closing(Database(url)) as other:
        order = []

        def write_too():
            with other.writing():
                order.append("other")

        with one.writing():
            thread = threading.Thread(target=write_too)
            thread.start()
            thread.join(0.1)
            order.append("one")
        thread.join()
        assert order == ["one", "other"]


def test_a_writer_that_does_not_let_go_is_said_and_not_waited_for_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "_PATIENCE_SECONDS", 0.05)
    url = f"sqlite:///{tmp_path / 'filing.db'}"
    with closing(Database(url)) as one, closing(Database(url)) as other:
        with (
            one.writing(),
            pytest.raises(OutsideUnavailable, match="does not let go"),
            other.writing(),
        ):
            pytest.fail("both wrote at once")
        with other.writing():
            pass


def test_a_connection_dropped_while_it_rested_is_replaced_unnoticed(database, monkeypatch):
    if database.is_sqlite:
        return  # there is no server that could drop one
    with database.reading() as first:
        mine = first.scalar(text("SELECT pg_backend_pid()"))
        with database.writing() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
    monkeypatch.setattr(readers, "_RESTED_SECONDS", 0.0)
    for _ in range(3):
        with database.reading() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) != mine


def test_a_connection_dropped_this_moment_costs_one_answer_and_no_more(database):
    if database.is_sqlite:
        return  # as above
    with database.reading() as first:
        mine = first.scalar(text("SELECT pg_backend_pid()"))
        with database.writing() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
    answers = []
    for _ in range(4):
        try:
            with database.reading() as connection:
                answers.append(connection.scalar(text("SELECT 1")))
        except OutsideUnavailable:
            answers.append(None)
    assert answers.count(None) <= 1
    assert answers[-1] == 1


def test_the_file_is_not_everybodys_to_read(tmp_path):
    before = os.umask(0o022)
    try:
        with closing(Database(f"sqlite:///{tmp_path / 'filing.db'}")) as database:
            with database.writing() as connection:
                connection.execute(text("CREATE TABLE said (word TEXT)"))
            found = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert {"filing.db", "filing.db-wal"} <= set(found)
    assert set(found.values()) == {0o640}


def test_the_connection_given_back_last_is_taken_first(database):
    with database.reading() as one, database.reading() as other:
        drivers = [each.connection.dbapi_connection for each in (one, other)]
    # The one opened first is given back last.
    for _ in range(3):
        with database.reading() as again:
            assert again.connection.dbapi_connection is drivers[0]


def test_a_reader_is_kept_at_hand_and_ends_what_it_began_by_itself(database):
    with database.reading() as one:
        one.scalar(text("SELECT count(*) FROM said"))
        assert one.in_transaction()
    with database.reading() as again:
        assert again is one
        assert not again.in_transaction()


def test_a_reader_that_failed_is_not_kept(database):
    with pytest.raises(KeyError), database.reading() as one:
        raise KeyError
    with database.reading() as other:
        assert other is not one


def test_no_more_readers_stay_at_hand_than_a_few(database):
    with ExitStack() as all_at_once:
        for _ in range(10):
            all_at_once.enter_context(database.reading())
    assert database.engine.pool.checkedout() == 4
    database.close()
    assert database.engine.pool.checkedout() == 0

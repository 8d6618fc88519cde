import tempfile
from pathlib import Path

import pytest
import sqlalchemy

from tests.postgres import Cluster


def test_every_test_begins_with_an_empty_database(database_url):
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        connection.execute(sqlalchemy.text("CREATE TABLE left_behind (id INTEGER)"))
    engine.dispose()


def test_the_next_test_does_not_see_what_the_last_one_left(database_url):
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
    engine.dispose()


def test_the_test_server_waits_for_the_disk_like_a_real_one(postgresql):
    engine = sqlalchemy.create_engine(url := postgresql.database())
    with engine.connect() as connection:
        answers = [
            connection.scalar(sqlalchemy.text(f"SHOW {name}"))
            for name in ("fsync", "synchronous_commit")
        ]
    engine.dispose()
    postgresql.drop(url)
    assert answers == ["on", "on"]


def test_a_server_that_cannot_be_made_leaves_nothing_behind(monkeypatch):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the user the server runs as must get in
        monkeypatch.setattr("tempfile.tempdir", folder)
        for name in ("initdb", "postgres"):
            (Path(folder) / name).symlink_to("/bin/false")
        with pytest.raises(RuntimeError, match="initdb failed"), Cluster(Path(folder)):
            pytest.fail("it started")
        assert list(Path(folder).glob("filing-pg-*")) == []

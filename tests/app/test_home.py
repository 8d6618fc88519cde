"""A home that will not do is told to the operator in one sentence, before anything is served."""

from contextlib import closing

import pytest

from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import migrate
from filing.app import Site
from filing.config import Settings
from filing.errors import Misconfigured


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    with pytest.raises(Misconfigured, match=f"FILING_HOME: {home}") as caught:
        Site(Settings(home=home))
    assert str(home) in caught.value.zh


def test_a_folder_that_is_no_archive_is_named(tmp_path):
    with (
        closing(Site(Settings(home=tmp_path))) as site,
        pytest.raises(Misconfigured, match="run filing init") as caught,
    ):
        site.check()
    assert str(tmp_path) in str(caught.value)
    assert str(tmp_path) in caught.value.zh


def test_a_database_of_a_later_release_is_left_alone(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path / 'filing.db'}")) as database:
        migrate(database)
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(Misconfigured, match="9999") as caught:
            migrate(database)
    assert "9999" in caught.value.zh

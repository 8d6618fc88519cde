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


def test_a_certificate_whose_key_is_gone_is_named_and_kept(tmp_path):
    with closing(Site(Settings(home=tmp_path))) as site:
        site.initialise()
        (private,) = (tmp_path / "keys").glob("*.key.pem")
        (public,) = (tmp_path / "keys").glob("*.crt.pem")
        before = public.read_bytes()
        private.unlink()
        with pytest.raises(Misconfigured, match="is not: bring the key back") as caught:
            site.initialise()
    assert str(public) in caught.value.zh
    assert public.read_bytes() == before and not private.exists()


def test_a_certificate_kept_under_another_name_leaves_room_for_a_new_key(tmp_path):
    with closing(Site(Settings(home=tmp_path))) as site:
        site.initialise()
        (public,) = (tmp_path / "keys").glob("*.crt.pem")
        (tmp_path / "keys" / public.name.replace(".crt.", ".key.")).unlink()
        public.rename(public.with_name("until-2026-03.crt.pem"))
        site.initialise()
    assert public.exists()
    assert len(list((tmp_path / "keys").glob("*.crt.pem"))) == 2

"""A home that will not do is told to the operator in one sentence, before anything is served."""

import sys
from contextlib import closing
from dataclasses import replace

import pytest

from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import migrate
from filing.app import Site, initialise, main
from filing.cli import EXIT
from filing.config import Settings
from filing.errors import Misconfigured

#: One command of each way into an archive.
COMMANDS = (
    "serve",
    "worker",
    "recover",
    "agency list",
    "person list",
    "check {package}",
    "audit --all",
    "audit report X",
    "audit history X",
    "findings list",
    "location list",
    "repair list",
    "store drill",
)


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    with pytest.raises(Misconfigured, match=f"FILING_HOME: {home}") as caught:
        initialise(Settings(home=home))
    assert str(home) in caught.value.zh


@pytest.mark.parametrize("words", COMMANDS)
def test_a_home_that_was_mistyped_is_named_and_nothing_is_made_there(
    tmp_path, monkeypatch, capsys, words
):
    package = tmp_path / "package.xml"
    package.write_text("<a/>")
    home = tmp_path / "fling"
    monkeypatch.setenv("FILING_HOME", str(home))
    monkeypatch.setenv("FILING_BROKER_URL", "memory://")
    monkeypatch.setattr(sys, "argv", ["filing", *words.format(package=package).split()])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == EXIT["misconfigured"], told
    zh, en = told.splitlines()
    for said in (zh, en):
        assert str(home) in said
        assert "filing init" in said
    assert not home.exists()


def test_what_to_do_about_a_folder_that_is_no_archive_is_said_and_it_is_left_alone(tmp_path):
    (tmp_path / "other.txt").write_text("")
    with pytest.raises(Misconfigured, match=r"look at FILING_HOME.*mounted.*filing init") as caught:
        Site(Settings(home=tmp_path))
    assert str(tmp_path) in str(caught.value)
    assert str(tmp_path) in caught.value.zh
    assert [one.name for one in tmp_path.iterdir()] == ["other.txt"]


def test_an_archive_put_back_without_its_staging_is_one(tmp_path):
    settings = Settings(home=tmp_path / "home")
    initialise(settings)
    settings.staging.rename(tmp_path / "gone")
    with closing(Site(settings)) as site:
        site.open()
        assert site.archive.ready()["store"] == "ok"
    assert settings.staging.is_dir()


def test_a_database_of_another_archive_is_named(tmp_path):
    initialise(Settings(home=tmp_path))
    empty = replace(Settings(home=tmp_path), database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    with (
        closing(Site(empty)) as site,
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
    settings = Settings(home=tmp_path)
    initialise(settings)
    (private,) = settings.keys.glob("*.key.pem")
    (public,) = settings.keys.glob("*.crt.pem")
    before = public.read_bytes()
    private.unlink()
    with pytest.raises(Misconfigured, match="is not: bring the key back") as caught:
        initialise(settings)
    assert str(public) in caught.value.zh
    assert public.read_bytes() == before and not private.exists()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda keys: next(keys.glob("*.crt.pem")).unlink(), "crt.pem is missing"),
        (lambda keys: next(keys.glob("*.key.pem")).write_bytes(b""), "cannot be used"),
    ],
    ids=["certificate gone", "key empty"],
)
def test_a_key_that_cannot_sign_is_no_archive_ready(tmp_path, spoil, told):
    settings = Settings(home=tmp_path)
    initialise(settings)
    spoil(settings.keys)
    with pytest.raises(Misconfigured, match=told):
        initialise(settings)


def test_a_certificate_kept_under_another_name_leaves_room_for_a_new_key(tmp_path):
    settings = Settings(home=tmp_path)
    initialise(settings)
    (public,) = settings.keys.glob("*.crt.pem")
    (settings.keys / public.name.replace(".crt.", ".key.")).unlink()
    public.rename(public.with_name("until-2026-03.crt.pem"))
    initialise(settings)
    assert public.exists()
    assert len(list(settings.keys.glob("*.crt.pem"))) == 2

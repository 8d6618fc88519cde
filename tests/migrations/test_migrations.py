"""The migrations end in the very schema the rows describe, on both databases."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import head, migrate, revision
from filing.adapters.db.register import SqlRegister
from filing.adapters.db.rows import metadata
from filing.model.agency import Agency

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def test_migrating_an_empty_database_gives_the_schema_of_the_rows(database_url):
    with closing(Database(database_url)) as database:
        migrate(database)
        with database.reading() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert revision(database) == head()


def test_migrating_twice_changes_nothing(database_url):
    with closing(Database(database_url)) as database:
        migrate(database)
        migrate(database)
        assert revision(database) == head()


def test_migrations_are_numbered_without_gaps_and_say_what_happens_to_rows():
    names = sorted(path.name for path in VERSIONS.glob("*.py"))
    for number, name in enumerate(names, start=1):
        assert re.fullmatch(rf"{number:04}_[a-z]+_[a-z_]+\.py", name)
        text = (VERSIONS / name).read_text(encoding="utf-8")
        assert f'revision = "{number:04}"' in text
        assert "Existing rows:" in text
        assert "Back:" in text


def test_going_back_behind_ends_of_credentials_leaves_none_without_its_end(database_url):
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    now = datetime(2026, 1, 5, tzinfo=UTC)
    with closing(Database(database_url)) as database:
        migrate(database)
        register = SqlRegister(database, lambda: now)
        register.add(Agency("city-office", "市政府办公室"))
        register.add_credential("city-office", "token", b"ends", "", now + timedelta(days=9))
        register.add_credential("city-office", "token", b"stays", "")
        for go, to in ((command.downgrade, "0016"), (command.upgrade, "0017")):
            with database.writing() as connection:
                config.attributes["connection"] = connection
                go(config, to)
        assert register.known_by("token", b"ends") is None
        assert register.known_by("token", b"stays") is not None

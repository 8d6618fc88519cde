"""The migrations end in the very schema the rows describe, on both databases."""

import re
from contextlib import closing
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import head, migrate, revision
from filing.adapters.db.rows import metadata

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

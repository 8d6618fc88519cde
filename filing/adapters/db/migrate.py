"""Bring the database to the schema this release knows.

Several processes may start at once: one migrates, the others wait for it.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from filing.adapters.db import (
    administration_rows,
    copy_rows,
    custody_rows,
    desk_rows,
    draft_rows,
    notice_rows,
    people_rows,
    rows,
)
from filing.adapters.db.engine import Database
from filing.errors import Misconfigured

#: Every module that has tables; each adds its own to ``rows.metadata``.
TABLES = (
    rows,
    administration_rows,
    copy_rows,
    custody_rows,
    desk_rows,
    draft_rows,
    notice_rows,
    people_rows,
)

_FOLDER = Path(__file__).resolve().parents[3] / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def head() -> str:
    """The newest revision this release has."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def migrate(database: Database) -> None:
    """Run what is missing, in one transaction.

    Raises Misconfigured if the database is of a later release.
    """
    config = _config()
    script = ScriptDirectory.from_config(config)
    with database.writing() as connection:
        database.order_log(connection)
        stands = MigrationContext.configure(connection).get_current_revision()
        if stands is not None and stands not in {one.revision for one in script.walk_revisions()}:
            raise Misconfigured(
                f"the database is at {stands}, which this release does not know:"
                " install the release it was last used with, or a later one",
                f"数据库版本 {stands} 高于本版程序，请安装不低于原来所用的版本",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(database: Database) -> str:
    """Where the database stands; "" when it is empty."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""

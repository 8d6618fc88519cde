"""Tables of what administrators set: every version of every setting, and tuned rules.

What must never happen is a constraint here: two changes made from the same version
cannot both become the next one. Nothing is ever changed or deleted but ``setting``,
which says what is in force.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from filing.adapters.db.rows import Count, Instant, metadata
from filing.model.administration import SettingKind

_KNOWN = "kind IN (" + ", ".join(f"'{one}'" for one in SettingKind) + ")"

setting = Table(
    "setting",
    metadata,
    Column("kind", String(16), primary_key=True),
    # Agency id, or "" for the whole archive; ``key`` tells settings of one owner apart.
    Column("owner", String(64), primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint(_KNOWN, name="kind_is_known"),
)

setting_version = Table(
    "setting_version",
    metadata,
    # Grows with every change of anything, so the largest tells whether something changed.
    Column("number", Count, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("key", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("kind", "owner", "key", "version"),
    sqlite_autoincrement=True,
)

rule_set = Table(
    "rule_set",
    metadata,
    # Of the text: "sha256:…", as reports and statements name it.
    Column("digest", String(80), primary_key=True),
    Column("version", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("first_used_at", Instant, nullable=False),
)

"""Create the tables of further copies: locations, gaps, repairs, acts for two, drills.

Existing rows: none are touched; no location is there until one is added.
Back: drops the tables; the copies themselves stay where they are.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False)


def _long(name: str) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=False)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _version() -> sa.Column:
    return sa.Column("version", sa.Integer, nullable=False)


def _at(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, Instant, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "copy_place",
        _text("name", 40),
        _text("state", 16),
        _version(),
        _text("identity", 36),
        _count("copied_to"),
        _count("copied"),
        sa.PrimaryKeyConstraint("name", name="pk_copy_place"),
    )
    op.create_table(
        "copy_place_version",
        _text("name", 40),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        _long("body"),
        _text("who", 80),
        _at("at"),
        sa.PrimaryKeyConstraint("name", "version", name="pk_copy_place_version"),
    )
    op.create_table(
        "copy_gap",
        _text("location", 40),
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        _text("record_id", 36),
        _long("reason"),
        sa.Column("tries", sa.Integer, nullable=False),
        _at("retry_at"),
        sa.PrimaryKeyConstraint("location", "position", name="pk_copy_gap"),
    )
    op.create_index("ix_copy_gap_location_retry_at", "copy_gap", ["location", "retry_at"])
    _acts()


def _acts() -> None:
    op.create_table(
        "copy_repair",
        _text("id", 36),
        _text("location", 40),
        _text("record_id", 36),
        _text("source", 40),
        _text("state", 16),
        _text("who", 80),
        _at("begun_at"),
        _at("ended_at", nullable=True),
        _long("before"),
        _long("after"),
        _at("purged_at", nullable=True),
        _version(),
        sa.PrimaryKeyConstraint("id", name="pk_copy_repair"),
    )
    op.create_index("ix_copy_repair_state_id", "copy_repair", ["state", "id"])
    op.create_index("ix_copy_repair_record_id_id", "copy_repair", ["record_id", "id"])
    op.create_table(
        "copy_request",
        _text("id", 36),
        _text("kind", 24),
        _text("subject", 120),
        _long("reason"),
        _text("asked_by", 80),
        _at("asked_at"),
        _text("state", 16),
        _text("decided_by", 80),
        _at("decided_at", nullable=True),
        _version(),
        sa.PrimaryKeyConstraint("id", name="pk_copy_request"),
    )
    op.create_index("ix_copy_request_state_id", "copy_request", ["state", "id"])
    op.create_table(
        "copy_drill",
        _text("id", 36),
        _at("begun_at"),
        _at("ended_at", nullable=True),
        _text("answer", 16),
        *(_count(one) for one in ("log_size", "records", "compared", "differences")),
        _long("shown"),
        _long("reason"),
        sa.PrimaryKeyConstraint("id", name="pk_copy_drill"),
    )
    op.create_index("ix_copy_drill_answer_id", "copy_drill", ["answer", "id"])


def downgrade() -> None:
    for table in ("drill", "request", "repair", "gap", "place_version", "place"):
        op.drop_table(f"copy_{table}")

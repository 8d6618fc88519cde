"""Create the tables of custody, and let a leaf of the log be an event.

Existing rows: leaves keep their record; nothing is known of reading them again, so every
record is due by the day it was stored. Events written before stay outside the log.
Back: drops the tables; refused by the database once a leaf is an event.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("leaf") as leaf:
        leaf.alter_column("record_id", existing_type=sa.String(36), nullable=True)
    op.create_table(
        "log_event",
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_log_event"),
        sa.UniqueConstraint("number", name="uq_log_event_number"),
    )
    op.create_index("ix_log_event_subject_number", "log_event", ["subject", "number"])
    _reading()
    _audits()


def _reading() -> None:
    op.create_table(
        "custody_location",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("enrolled_to", sa.BigInteger, nullable=False),
        sa.Column("within_days", sa.Integer, nullable=False),
        sa.Column("bytes_per_second", sa.BigInteger, nullable=False),
        sa.Column("percent", sa.Integer, nullable=False),
        sa.Column("from_hour", sa.Integer, nullable=False),
        sa.Column("to_hour", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_custody_location"),
    )
    op.create_table(
        "custody_copy",
        sa.Column("location", sa.String(40), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("read_at", Instant),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("retry_at", Instant),
        sa.PrimaryKeyConstraint("location", "record_id", name="pk_custody_copy"),
    )
    waiting, retried = sa.text("retry_at IS NULL"), sa.text("retry_at IS NOT NULL")
    op.create_index(
        "ix_custody_copy_oldest",
        "custody_copy",
        ["location", "since", "record_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        "ix_custody_copy_retry",
        "custody_copy",
        ["location", "retry_at"],
        sqlite_where=retried,
        postgresql_where=retried,
    )
    op.create_table(
        "custody_day",
        sa.Column("location", sa.String(40), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("copies", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("read_bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("location", "day", name="pk_custody_day"),
    )


def _audits() -> None:
    counts = ("cursor", "looked", "intact", "damaged", "unknown", "files", "size_bytes")
    op.create_table(
        "custody_audit",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("location", sa.String(40), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("log_size", sa.BigInteger, nullable=False),
        sa.Column("planned", sa.BigInteger, nullable=False),
        sa.Column("scheduled", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ended_at", Instant),
        *(sa.Column(one, sa.BigInteger, nullable=False) for one in counts),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_custody_audit"),
        sa.CheckConstraint(
            "looked = intact + damaged + unknown", name="ck_custody_audit_each_look_has_one_answer"
        ),
    )
    op.create_index("ix_custody_audit_state_id", "custody_audit", ["state", "id"])
    op.create_table(
        "custody_finding",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("fault_key", sa.String(64), nullable=False),
        sa.Column("location", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("expected", sa.Text, nullable=False),
        sa.Column("found", sa.Text, nullable=False),
        sa.Column("ocfl", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("first_at", Instant, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.Column("first_audit", sa.String(36), nullable=False),
        sa.Column("last_audit", sa.String(36), nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_custody_finding"),
        sa.UniqueConstraint("fault_key", name="uq_custody_finding_fault_key"),
    )
    op.create_index("ix_custody_finding_state_id", "custody_finding", ["state", "id"])
    op.create_index(
        "ix_custody_finding_location_subject", "custody_finding", ["location", "subject"]
    )
    op.create_table(
        "custody_seen",
        sa.Column("audit_id", sa.String(36), nullable=False),
        sa.Column("finding_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", "finding_id", name="pk_custody_seen"),
    )


def downgrade() -> None:
    for table in ("seen", "finding", "audit", "day", "copy", "location"):
        op.drop_table(f"custody_{table}")
    op.drop_table("log_event")
    with op.batch_alter_table("leaf") as leaf:
        leaf.alter_column("record_id", existing_type=sa.String(36), nullable=False)

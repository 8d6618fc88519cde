"""Create subscription, notice_read and notice_reader: who is told, and what was read.

Existing rows: every event is unread; nobody has subscribed. Two indexes on event hold the
kinds that are notices alone.
Back: drops them; where messages were carried to is lost, no event is.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

IS_NOTICE = (
    "kind IN ('receipt-issued', 'submission-corrected', "
    "'submission-rejected', 'submission-returned')"
)


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("means", sa.String(16), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("digest_minutes", sa.Integer, nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", Instant),
        sa.Column("next_attempt_at", Instant, nullable=False),
        sa.Column("last_success_at", Instant),
        sa.Column("last_error", sa.String(400), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("renewed_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_subscription_agency_id"),
        sa.CheckConstraint("means IN ('webhook', 'mail')", name="means_is_known"),
        sa.CheckConstraint("standing IN ('active', 'paused', 'halted')", name="standing_is_known"),
        sa.CheckConstraint("version >= 0", name="version_counts_up"),
    )
    op.create_index(
        "ix_subscription_standing_next_attempt_at",
        "subscription",
        ["standing", "next_attempt_at"],
    )
    op.create_index("ix_subscription_agency_id_id", "subscription", ["agency_id", "id"])
    op.create_table(
        "notice_read",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "number", name="pk_notice_read"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_notice_read_person_id"),
    )
    op.create_table(
        "notice_reader",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("read_up_to", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_notice_reader"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_notice_reader_person_id"),
    )
    for name, columns in (
        ("ix_event_notice_agency_id_kind_number", ["agency_id", "kind", "number"]),
        ("ix_event_notice_kind_number", ["kind", "number"]),
    ):
        op.create_index(
            name,
            "event",
            columns,
            sqlite_where=sa.text(IS_NOTICE),
            postgresql_where=sa.text(IS_NOTICE),
        )


def downgrade() -> None:
    op.drop_index("ix_event_notice_kind_number", "event")
    op.drop_index("ix_event_notice_agency_id_kind_number", "event")
    op.drop_table("notice_reader")
    op.drop_table("notice_read")
    op.drop_table("subscription")

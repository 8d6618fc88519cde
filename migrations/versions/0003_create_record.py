"""Create record, intent and receipt: what is kept, about to be kept, promised.

Existing rows: none.
Back: drops all three; records stay in the store, receipts are lost.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("fonds", sa.String(16), nullable=False),
        sa.Column("archival_code", sa.String(100), nullable=False),
        sa.Column("electronic_code", sa.String(200), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("retention", sa.String(16), nullable=False),
        sa.Column("package_digest", sa.String(80), nullable=False),
        sa.Column("statement_digest", sa.String(80), nullable=False),
        sa.Column("leaf_index", sa.BigInteger),
        sa.Column("stored_at", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_record_submission_id"
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_record_agency_id"),
        sa.UniqueConstraint("submission_id", name="uq_record_submission_id"),
        sa.UniqueConstraint("leaf_index", name="uq_record_leaf_index"),
        sa.UniqueConstraint("fonds", "archival_code", name="uq_record_fonds_archival_code"),
        sa.UniqueConstraint(
            "agency_id", "electronic_code", name="uq_record_agency_id_electronic_code"
        ),
        sa.CheckConstraint("(leaf_index IS NULL) = (stored_at IS NULL)", name="logged_is_stored"),
    )
    op.create_index("ix_record_agency_id_id", "record", ["agency_id", "id"])
    op.create_table(
        "intent",
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("staged", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_intent"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_intent_record_id"),
    )
    op.create_index("ix_intent_owner", "intent", ["owner"])
    op.create_table(
        "receipt",
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name="pk_receipt"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_receipt_submission_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("receipt")
    op.drop_table("intent")
    op.drop_table("record")

"""Create submission and event: deliveries, where they stand, what happened.

Existing rows: none.
Back: drops both; the history is lost.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "submission",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("delivery_key", sa.String(160), nullable=False),
        sa.Column("package_digest", sa.String(80), nullable=False),
        sa.Column("form", sa.String(16), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_submission_agency_id"),
        sa.UniqueConstraint(
            "agency_id", "delivery_key", name="uq_submission_agency_id_delivery_key"
        ),
        sa.CheckConstraint("version >= 0", name="version_counts_up"),
    )
    for name, columns in (
        ("ix_submission_agency_id_id", ["agency_id", "id"]),
        ("ix_submission_agency_id_state_id", ["agency_id", "state", "id"]),
        ("ix_submission_agency_id_package_digest", ["agency_id", "package_digest"]),
        ("ix_submission_state_id", ["state", "id"]),
    ):
        op.create_index(name, "submission", columns)
    op.create_table(
        "event",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_submission_id", "event", ["submission_id"])
    op.create_index("ix_event_agency_id_number", "event", ["agency_id", "number"])


def downgrade() -> None:
    op.drop_table("event")
    op.drop_table("submission")

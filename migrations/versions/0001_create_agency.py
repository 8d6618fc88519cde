"""Create agency and credential, so that the archive knows who sends.

Existing rows: none.
Back: drops both; every token and certificate is lost.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agency"),
    )
    op.create_table(
        "credential",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.PrimaryKeyConstraint("digest", name="pk_credential"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_credential_agency_id"),
        sa.CheckConstraint("kind IN ('token', 'certificate')", name="kind_is_known"),
    )
    op.create_index("ix_credential_agency_id", "credential", ["agency_id"])


def downgrade() -> None:
    op.drop_table("credential")
    op.drop_table("agency")

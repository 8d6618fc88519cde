"""Create draft and draft_change: corrections that are not handed in yet.

Existing rows: none.
Back: drops both; what clerks had begun to correct is lost, nothing that was filed is.
The previous release ignores the tables.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("next_number", sa.Integer, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name="pk_draft"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_draft_submission_id"
        ),
        sa.CheckConstraint("version >= 1", name="ck_draft_version_counts_up"),
    )
    op.create_table(
        "draft_change",
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("act", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", "number", name="pk_draft_change"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["draft.submission_id"], name="fk_draft_change_submission_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("draft_change")
    op.drop_table("draft")

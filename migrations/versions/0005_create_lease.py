"""Create lease: which process holds a duty, and until when.

Existing rows: none.
Back: drops it; nothing is lost, every duty finds its work in the tables of its own.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )


def downgrade() -> None:
    op.drop_table("lease")

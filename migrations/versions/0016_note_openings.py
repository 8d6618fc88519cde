"""Note which program opened each copy and when, and how many records an audit opened.

Existing rows: no copy counts as opened, so the next audit opens each; of audits that ran
before it is not known how many they opened, and the count says 0.
Back: forgets both; every audit opens everything again.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "custody_copy", sa.Column("opened_by", sa.String(64), nullable=False, server_default="")
    )
    op.add_column("custody_copy", sa.Column("opened_at", Instant))
    op.add_column(
        "custody_audit", sa.Column("opened", sa.BigInteger, nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("custody_audit", "opened")
    op.drop_column("custody_copy", "opened_at")
    op.drop_column("custody_copy", "opened_by")

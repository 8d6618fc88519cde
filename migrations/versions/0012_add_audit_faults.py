"""Add custody_audit.faults and .doubts: what was found in log, database and store as wholes.

Existing rows: 0 each; their findings stand.
Back: drops both.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("faults", "doubts"):
        column = sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
        op.add_column("custody_audit", column)


def downgrade() -> None:
    for name in ("faults", "doubts"):
        op.drop_column("custody_audit", name)

"""Add credential.expires_at: the moment from which a token opens nothing any more.

Existing rows: none; what was issued without an end stays good until it is revoked.
Back: revokes what has an end, whether it is reached or not, so that none outlives it; drops it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credential", sa.Column("expires_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.execute(
        "UPDATE credential SET revoked_at = expires_at"
        " WHERE expires_at IS NOT NULL AND revoked_at IS NULL"
    )
    op.drop_column("credential", "expires_at")

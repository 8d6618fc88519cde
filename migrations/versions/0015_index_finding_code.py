"""Index custody_finding by code, so that one kind of fault is listed without a look at others.

Existing rows: indexed as they stand.
Back: drops the index.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NAME = "ix_custody_finding_code_id"


def upgrade() -> None:
    op.create_index(_NAME, "custody_finding", ["code", "id"])


def downgrade() -> None:
    op.drop_index(_NAME, "custody_finding")

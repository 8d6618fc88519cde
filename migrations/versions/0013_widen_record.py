"""Widen record.fonds and record.retention to what the checks let pass.

Existing rows: unchanged. SQLite keeps the words of the old widths, which it never enforced.
Back: narrows them again, which fails where longer values were filed since.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("record", "fonds", type_=sa.String(100))
        op.alter_column("record", "retention", type_=sa.Text())


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("record", "fonds", type_=sa.String(16))
        op.alter_column("record", "retention", type_=sa.String(16))

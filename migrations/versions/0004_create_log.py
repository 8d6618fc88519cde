"""Create leaf, tile and checkpoint: the log nobody can rewrite unseen.

Existing rows: none.
Back: drops all three; the log can be rebuilt from the store, its old
checkpoints cannot be signed again.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaf",
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_leaf"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_leaf_record_id"),
        sa.UniqueConstraint("record_id", name="uq_leaf_record_id"),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name="pk_tile"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoint"),
    )


def downgrade() -> None:
    op.drop_table("checkpoint")
    op.drop_table("tile")
    op.drop_table("leaf")

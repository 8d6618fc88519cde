"""Create setting, setting_version and rule_set: what administrators set, in every version.

Existing rows: none. An agency has no version until it is changed on the pages; what it
was before becomes its first.
Back: drops all three; agencies stay as they were last changed, their history is lost,
and rules tuned so far are in the objects of the records they judged alone.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Count, Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setting",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "owner", "key", name="pk_setting"),
        sa.CheckConstraint(
            "kind IN ('agency', 'rules', 'notice-text')", name="ck_setting_kind_is_known"
        ),
    )
    op.create_table(
        "setting_version",
        sa.Column("number", Count, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_setting_version"),
        sa.UniqueConstraint(
            "kind", "owner", "key", "version", name="uq_setting_version_kind_owner_key_version"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rule_set",
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("first_used_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_rule_set"),
    )


def downgrade() -> None:
    op.drop_table("rule_set")
    op.drop_table("setting_version")
    op.drop_table("setting")

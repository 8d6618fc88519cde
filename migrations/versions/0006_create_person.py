"""Create person, person_role, person_session and attempt, so that people can sign in.

Existing rows: none. Events get two indexes, for whoever looks over everybody's acts.
Back: drops all four and the indexes; accounts, roles and sessions are lost, events stay.
Takes as long as one reading of the events; the previous release ignores the tables.
"""

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ROLES = (
    "role IN ('agency-clerk', 'archive-clerk', 'archivist', 'system-administrator', "
    "'security-administrator', 'auditor')"
)
_OFFICES = sa.text("role IN ('auditor', 'security-administrator', 'system-administrator')")
_SELDOM = sa.text(
    "kind NOT IN ('submission-received', 'submission-rejected', "
    "'submission-accepted', 'receipt-issued')"
)
_BY_PERSON = sa.text("who LIKE 'person:%'")


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("agency_id", sa.String(64)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("password_owed", sa.Boolean, nullable=False),
        sa.Column("password_at", Instant, nullable=False),
        sa.Column("totp", sa.Text, nullable=False),
        sa.Column("totp_pending", sa.Text, nullable=False),
        sa.Column("totp_step", sa.BigInteger, nullable=False),
        sa.Column("identity", sa.String(512)),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_person_agency_id"),
        sa.UniqueConstraint("login", name="uq_person_login"),
        sa.UniqueConstraint("identity", name="uq_person_identity"),
        sa.CheckConstraint("version >= 0", name=op.f("ck_person_version_counts_up")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_person_language_is_known")),
    )
    op.create_index("ix_person_agency_id", "person", ["agency_id"])
    op.create_table(
        "person_role",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "role", name="pk_person_role"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_role_person_id"),
        sa.CheckConstraint(_ROLES, name=op.f("ck_person_role_role_is_known")),
    )
    op.create_index(
        "uq_person_role_offices_apart",
        "person_role",
        ["person_id"],
        unique=True,
        sqlite_where=_OFFICES,
        postgresql_where=_OFFICES,
    )
    op.create_index("ix_person_role_role_person_id", "person_role", ["role", "person_id"])
    op.create_table(
        "person_session",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("signed_in_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_person_session"),
        sa.UniqueConstraint("id", name="uq_person_session_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_session_person_id"),
    )
    op.create_index("ix_person_session_person_id", "person_session", ["person_id"])
    op.create_index("ix_person_session_expires_at", "person_session", ["expires_at"])
    op.create_table(
        "attempt",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.Column("until", Instant),
        sa.PrimaryKeyConstraint("key", name="pk_attempt"),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_attempt_failures_counted")),
    )
    op.create_index("ix_attempt_last_at", "attempt", ["last_at"])
    op.create_index(
        "ix_event_kind_number",
        "event",
        ["kind", "number"],
        sqlite_where=_SELDOM,
        postgresql_where=_SELDOM,
    )
    op.create_index(
        "ix_event_who_number",
        "event",
        ["who", "number"],
        sqlite_where=_BY_PERSON,
        postgresql_where=_BY_PERSON,
    )


def downgrade() -> None:
    op.drop_index("ix_event_who_number", "event")
    op.drop_index("ix_event_kind_number", "event")
    for table in ("attempt", "person_session", "person_role", "person"):
        op.drop_table(table)

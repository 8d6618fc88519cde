"""Tables of accounts, their roles, sessions, and counted attempts to sign in.

What must never happen is a constraint here too: nobody holds two of the three offices
that are kept apart (三员分立), one login and one outside identity name one account.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from filing.adapters.db.rows import Instant, event, metadata
from filing.model.events import Kind
from filing.model.roles import APART, Role

#: As SQL: the three offices; a literal, because an index cannot hold a parameter.
OFFICES = "role IN (" + ", ".join(f"'{one}'" for one in sorted(APART)) + ")"
_KNOWN = "role IN (" + ", ".join(f"'{one}'" for one in Role) + ")"

person = Table(
    "person",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    # NULL for the archive's own people.
    Column("agency_id", ForeignKey("agency.id"), index=True),
    Column("language", String(2), nullable=False),
    Column("disabled", Boolean, nullable=False),
    # argon2's own text; "" when this account has no password.
    Column("password", String(200), nullable=False),
    Column("password_owed", Boolean, nullable=False),
    Column("password_at", Instant, nullable=False),
    # Sealed with a key that is not in the database; "" when there is none.
    Column("totp", Text, nullable=False),
    Column("totp_pending", Text, nullable=False),
    # The newest time step whose code was taken: no code is taken twice.
    Column("totp_step", BigInteger, nullable=False),
    # Issuer and subject of OpenID Connect; NULL when it is not linked.
    Column("identity", String(512), unique=True),
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("version >= 0", name="version_counts_up"),
    CheckConstraint("language IN ('zh', 'en')", name="language_is_known"),
)

person_role = Table(
    "person_role",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("role", String(24), primary_key=True),
    CheckConstraint(_KNOWN, name="role_is_known"),
    Index(
        "uq_person_role_offices_apart",
        "person_id",
        unique=True,
        sqlite_where=text(OFFICES),
        postgresql_where=text(OFFICES),
    ),
    Index("ix_person_role_role_person_id", "role", "person_id"),
)

person_session = Table(
    "person_session",
    metadata,
    # SHA-256 of the cookie: never the cookie itself.
    Column("digest", String(64), primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("signed_in_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("agent", String(200), nullable=False),
    Column("way", String(16), nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    # "login:" and a digest of what was typed, or "address:" and where it came from.
    Column("key", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Column("until", Instant),
    CheckConstraint("failures >= 0", name="failures_counted"),
)

#: As SQL, again literal: an index is used only where the query says the same words.
EVERY_DAY = (Kind.RECEIVED, Kind.REJECTED, Kind.ACCEPTED, Kind.RECEIPTED)
SELDOM = "kind NOT IN (" + ", ".join(f"'{one}'" for one in EVERY_DAY) + ")"
BY_PERSON = "who LIKE 'person:%'"

# The four kinds every delivery brings, and agencies' own events, are left out: filing
# pays for neither index.
Index(
    "ix_event_kind_number",
    event.c.kind,
    event.c.number,
    sqlite_where=text(SELDOM),
    postgresql_where=text(SELDOM),
)
Index(
    "ix_event_who_number",
    event.c.who,
    event.c.number,
    sqlite_where=text(BY_PERSON),
    postgresql_where=text(BY_PERSON),
)

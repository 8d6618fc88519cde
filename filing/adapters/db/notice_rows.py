"""Tables of notices: who has read which, and where events are carried to.

A notice is an event; there is no second copy of it here.
"""

from sqlalchemy import (
    BigInteger,
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
from filing.model.notices import NOTICE_KINDS, Means, Standing

#: As SQL, literal: an index is used only where the query says the same words.
IS_NOTICE = "kind IN (" + ", ".join(f"'{one}'" for one in sorted(NOTICE_KINDS)) + ")"
_MEANS = "means IN (" + ", ".join(f"'{one}'" for one in Means) + ")"
_STANDING = "standing IN (" + ", ".join(f"'{one}'" for one in Standing) + ")"

subscription = Table(
    "subscription",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency_id", ForeignKey("agency.id"), nullable=False),
    Column("means", String(16), nullable=False),
    Column("target", Text, nullable=False),
    # Kinds of events, by space.
    Column("kinds", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("language", String(2), nullable=False),
    Column("digest_minutes", Integer, nullable=False),
    Column("standing", String(16), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", Instant),
    Column("next_attempt_at", Instant, nullable=False),
    Column("last_success_at", Instant),
    Column("last_error", String(400), nullable=False),
    # Which secret signs; the secret itself is derived from a key that is not here.
    Column("generation", Integer, nullable=False),
    Column("renewed_at", Instant),
    Column("version", Integer, nullable=False),
    CheckConstraint(_MEANS, name="means_is_known"),
    CheckConstraint(_STANDING, name="standing_is_known"),
    CheckConstraint("version >= 0", name="version_counts_up"),
    Index("ix_subscription_standing_next_attempt_at", "standing", "next_attempt_at"),
    Index("ix_subscription_agency_id_id", "agency_id", "id"),
)

notice_read = Table(
    "notice_read",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
)

# Up to which number everything counts as read; single ones above stand in notice_read.
notice_reader = Table(
    "notice_reader",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("read_up_to", BigInteger, nullable=False),
)

Index(
    "ix_event_notice_agency_id_kind_number",
    event.c.agency_id,
    event.c.kind,
    event.c.number,
    sqlite_where=text(IS_NOTICE),
    postgresql_where=text(IS_NOTICE),
)
Index(
    "ix_event_notice_kind_number",
    event.c.kind,
    event.c.number,
    sqlite_where=text(IS_NOTICE),
    postgresql_where=text(IS_NOTICE),
)

"""Tables. They hold no behaviour; the repositories map them to model values.

What must never happen is a constraint here: one delivery opens one
submission, one 档号 of a fonds and one 电子文件号 of an agency name one record,
one leaf belongs to one record.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """An aware time, UTC. SQLite keeps none, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a time without its UTC offset is not kept")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Count = BigInteger().with_variant(Integer, "sqlite")

agency = Table(
    "agency",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("profile", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

credential = Table(
    "credential",
    metadata,
    # SHA-256 of the token's bytes, or of the certificate's DER: never the secret itself.
    Column("digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("agency_id", ForeignKey("agency.id"), nullable=False, index=True),
    Column("label", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("expires_at", Instant),
    CheckConstraint("kind IN ('token', 'certificate')", name="kind_is_known"),
)

submission = Table(
    "submission",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency_id", ForeignKey("agency.id"), nullable=False),
    Column("delivery_key", String(160), nullable=False),
    Column("package_digest", String(80), nullable=False),
    Column("form", String(16), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("record_id", String(36), nullable=False, default=""),
    UniqueConstraint("agency_id", "delivery_key"),
    CheckConstraint("version >= 0", name="version_counts_up"),
    Index("ix_submission_agency_id_id", "agency_id", "id"),
    Index("ix_submission_agency_id_state_id", "agency_id", "state", "id"),
    Index("ix_submission_agency_id_package_digest", "agency_id", "package_digest"),
    Index("ix_submission_state_id", "state", "id"),
)

event = Table(
    "event",
    metadata,
    Column("number", Count, primary_key=True, autoincrement=True),
    Column("agency_id", String(64), nullable=False),
    Column("submission_id", String(36), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", String(80), nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_event_agency_id_number", "agency_id", "number"),
    # A number once given is never given again, even if the last row were deleted.
    sqlite_autoincrement=True,
)

record = Table(
    "record",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("submission_id", ForeignKey("submission.id"), nullable=False, unique=True),
    Column("agency_id", ForeignKey("agency.id"), nullable=False),
    Column("fonds", String(100).with_variant(String(16), "sqlite"), nullable=False),
    Column("archival_code", String(100), nullable=False),
    Column("electronic_code", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("year", Integer, nullable=False),
    # SQLite never enforced a width; a table is not copied for it.
    Column("retention", Text().with_variant(String(16), "sqlite"), nullable=False),
    Column("package_digest", String(80), nullable=False),
    Column("statement_digest", String(80), nullable=False),
    # Both empty while only claimed; given together when the record is logged.
    Column("leaf_index", BigInteger, unique=True),
    Column("stored_at", Instant),
    UniqueConstraint("fonds", "archival_code"),
    UniqueConstraint("agency_id", "electronic_code"),
    CheckConstraint("(leaf_index IS NULL) = (stored_at IS NULL)", name="logged_is_stored"),
    Index("ix_record_agency_id_id", "agency_id", "id"),
)

intent = Table(
    "intent",
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    # Which process meant to publish, and where it had staged the object.
    Column("owner", String(80), nullable=False, index=True),
    Column("staged", Text, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("submission_id", ForeignKey("submission.id"), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

leaf = Table(
    "leaf",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    # Empty where the entry is an event; its text stands in log_event.
    Column("record_id", ForeignKey("record.id"), unique=True),
)

tile = Table(
    "tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Instant, nullable=False),
)

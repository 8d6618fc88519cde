"""Tables of custody: events in the log, what was read when, audits, findings.

Nothing here refers to a record by foreign key: what custody says of a record must
stand even where the record's own row was taken away.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from filing.adapters.db.rows import Instant, metadata

log_event = Table(
    "log_event",
    metadata,
    # Its leaf; the leaf's record_id is empty.
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # From 1 without gaps, in the order of the log.
    Column("number", BigInteger, nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_log_event_subject_number", "subject", "number"),
)

location = Table(
    "custody_location",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("enrolled_to", BigInteger, nullable=False),
    Column("within_days", Integer, nullable=False),
    Column("bytes_per_second", BigInteger, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("from_hour", Integer, nullable=False),
    Column("to_hour", Integer, nullable=False),
)

copy = Table(
    "custody_copy",
    metadata,
    Column("location", String(40), primary_key=True),
    Column("record_id", String(36), primary_key=True),
    # When it was last read whole; when it was stored, if it never was.
    Column("since", Instant, nullable=False),
    Column("read_at", Instant),
    Column("answer", String(16), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    # Looks in a row that could not tell, and when the next is due.
    Column("tries", Integer, nullable=False),
    Column("retry_at", Instant),
    # The program that last opened it and found it in order; "" once it was found hurt.
    Column("opened_by", String(64), nullable=False, server_default=""),
    Column("opened_at", Instant),
    Index(
        "ix_custody_copy_oldest",
        "location",
        "since",
        "record_id",
        sqlite_where=text("retry_at IS NULL"),
        postgresql_where=text("retry_at IS NULL"),
    ),
    Index(
        "ix_custody_copy_retry",
        "location",
        "retry_at",
        sqlite_where=text("retry_at IS NOT NULL"),
        postgresql_where=text("retry_at IS NOT NULL"),
    ),
)

day = Table(
    "custody_day",
    metadata,
    # Copies by the day of their ``since``: the coverage, kept with every change to it.
    Column("location", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("copies", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    # Bytes read on that day, whatever was read again since.
    Column("read_bytes", BigInteger, nullable=False),
)

audit = Table(
    "custody_audit",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("location", String(40), nullable=False),
    Column("scope", Text, nullable=False),
    Column("who", String(80), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("log_size", BigInteger, nullable=False),
    Column("planned", BigInteger, nullable=False),
    Column("scheduled", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", Instant),
    Column("cursor", BigInteger, nullable=False),
    Column("looked", BigInteger, nullable=False),
    Column("intact", BigInteger, nullable=False),
    Column("damaged", BigInteger, nullable=False),
    Column("unknown", BigInteger, nullable=False),
    Column("opened", BigInteger, nullable=False, server_default="0"),
    Column("files", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("faults", BigInteger, nullable=False, server_default="0"),
    Column("doubts", BigInteger, nullable=False, server_default="0"),
    Column("chain", LargeBinary(32), nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("looked = intact + damaged + unknown", name="each_look_has_one_answer"),
    Index("ix_custody_audit_state_id", "state", "id"),
)

finding = Table(
    "custody_finding",
    metadata,
    Column("id", String(36), primary_key=True),
    # SHA-256 over location, subject, code and place: one fault is one finding.
    Column("fault_key", String(64), nullable=False),
    Column("location", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("code", String(16), nullable=False),
    Column("place", Text, nullable=False),
    Column("answer", String(16), nullable=False),
    Column("expected", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("ocfl", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("first_audit", String(36), nullable=False),
    Column("last_audit", String(36), nullable=False),
    Column("seen", Integer, nullable=False),
    Column("decided_by", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("fault_key"),
    Index("ix_custody_finding_state_id", "state", "id"),
    Index("ix_custody_finding_location_subject", "location", "subject"),
    Index("ix_custody_finding_code_id", "code", "id"),
)

seen = Table(
    "custody_seen",
    metadata,
    Column("audit_id", String(36), primary_key=True),
    Column("finding_id", String(36), primary_key=True),
)

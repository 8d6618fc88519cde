"""Tables of further copies: locations, gaps, repairs, acts for two, drills.

As in custody_rows, nothing here refers to a record by foreign key.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from filing.adapters.db.rows import Instant, metadata

place = Table(
    "copy_place",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("identity", String(36), nullable=False),
    # The first position of the log that was not taken up yet.
    Column("copied_to", BigInteger, nullable=False),
    Column("copied", BigInteger, nullable=False),
)

place_version = Table(
    "copy_place_version",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("who", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

gap = Table(
    "copy_gap",
    metadata,
    Column("location", String(40), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("record_id", String(36), nullable=False),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("retry_at", Instant, nullable=False),
    Index("ix_copy_gap_location_retry_at", "location", "retry_at"),
)

repair = Table(
    "copy_repair",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("location", String(40), nullable=False),
    Column("record_id", String(36), nullable=False),
    Column("source", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("who", String(80), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("purged_at", Instant),
    Column("version", Integer, nullable=False),
    Index("ix_copy_repair_state_id", "state", "id"),
    Index("ix_copy_repair_record_id_id", "record_id", "id"),
)

request = Table(
    "copy_request",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_by", String(80), nullable=False),
    Column("decided_at", Instant),
    Column("version", Integer, nullable=False),
    Index("ix_copy_request_state_id", "state", "id"),
)

drill = Table(
    "copy_drill",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("answer", String(16), nullable=False),
    Column("log_size", BigInteger, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("compared", BigInteger, nullable=False),
    Column("differences", BigInteger, nullable=False),
    Column("shown", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_copy_drill_answer_id", "answer", "id"),
)

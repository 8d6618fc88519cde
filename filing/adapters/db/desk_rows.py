"""Tables of the desk: what was rejected, its causes, how many, and acts on many.

All of them say again, in the order somebody asks for, what reports and states say;
they change in the transaction that changes those. Newest first is by ``place``: the
microsecond of arrival, made unique (filing.adapters.db.desk_index).

``state`` is "rejected", "returned", "withdrawn" or "accepted" (from the claim on).
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from filing.adapters.db.rows import Count, Instant, metadata

_DUE = text("due IS NOT NULL")
_OPEN = text("standing > 0")
_UNDER_WAY = text("outcome = 'under-way'")

entry = Table(
    "desk_entry",
    metadata,
    Column("place", Count, primary_key=True, autoincrement=False),
    Column("submission_id", ForeignKey("submission.id"), nullable=False, unique=True),
    Column("agency_id", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("title", Text, nullable=False),
    Column("archival_code", Text, nullable=False),
    Column("electronic_code", Text, nullable=False),
    # Title and codes in one spelling, for searching.
    Column("words", Text, nullable=False),
    # Check codes, in the order of the catalogue, parted by spaces.
    Column("codes", Text, nullable=False),
    Column("assignee", String(36), nullable=False),
    Column("due", Date),
    Index("ix_desk_entry_state_place", "state", "place"),
    Index("ix_desk_entry_agency_id_state_place", "agency_id", "state", "place"),
    Index("ix_desk_entry_state_assignee_place", "state", "assignee", "place"),
    Index("ix_desk_entry_agency_id_state_assignee_place",
          "agency_id", "state", "assignee", "place"),
    Index("ix_desk_entry_state_due_place", "state", "due", "place",
          sqlite_where=_DUE, postgresql_where=_DUE),
    Index("ix_desk_entry_agency_id_state_due_place", "agency_id", "state", "due", "place",
          sqlite_where=_DUE, postgresql_where=_DUE),
    Index("ix_desk_entry_state_assignee_due_place", "state", "assignee", "due", "place",
          sqlite_where=_DUE, postgresql_where=_DUE),
)  # fmt: skip

code = Table(
    "desk_code",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String(16), primary_key=True),
    Column("agency_id", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Index("ix_desk_code_code_state_place", "code", "state", "place"),
    Index("ix_desk_code_agency_id_code_state_place", "agency_id", "code", "state", "place"),
    sqlite_with_rowid=False,
)

cause = Table(
    "desk_cause",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("agency_id", String(64), nullable=False),
    Column("code", String(16), nullable=False),
    Column("reason", String(80), nullable=False),
    Column("field", Text, nullable=False),
    Column("shape", String(24), nullable=False),
    Column("example", Text, nullable=False),
    Column("expected", Text, nullable=False),
    # Rejects of this cause that still stand.
    Column("standing", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Index("ix_desk_cause_standing_id", "standing", "id",
          sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_desk_cause_agency_id_standing_id", "agency_id", "standing", "id",
          sqlite_where=_OPEN, postgresql_where=_OPEN),
)  # fmt: skip

member = Table(
    "desk_member",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("cause_id", String(32), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("value", Text, nullable=False),
    Index("ix_desk_member_cause_id_state_place", "cause_id", "state", "place"),
    sqlite_with_rowid=False,
)

value = Table(
    "desk_value",
    metadata,
    Column("cause_id", String(32), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("standing", Integer, nullable=False),
    Index("ix_desk_value_cause_id_standing_value", "cause_id", "standing", "value"),
    sqlite_with_rowid=False,
)

count = Table(
    "desk_count",
    metadata,
    # "" counts all agencies together.
    Column("agency_id", String(64), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Index("ix_desk_count_kind_name_agency_id", "kind", "name", "agency_id"),
    CheckConstraint("kind IN ('state', 'code', 'causes')", name="kind_is_known"),
    sqlite_with_rowid=False,
)

word = Table(
    "desk_word",
    metadata,
    Column("word", Integer, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

unread = Table(
    "desk_unread",
    metadata,
    # Rejected before the desk was kept: its report is still to be read.
    Column("submission_id", ForeignKey("submission.id"), primary_key=True),
)

saved_filter = Table(
    "desk_filter",
    metadata,
    Column("person_id", String(36), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("chosen", Text, nullable=False),
)

act = Table(
    "desk_act",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency_id", String(64), nullable=False),
    Column("cause_id", ForeignKey("desk_cause.id"), nullable=False),
    Column("remedy", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("person_id", String(36), nullable=False),
    Column("state", String(10), nullable=False),
    Column("total", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("version", Integer, nullable=False),
    # Members are taken up from the oldest; those up to ``taken`` are, those behind
    # ``until`` came after the act began.
    Column("taken", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index("ix_desk_act_state_id", "state", "id"),
    Index("ix_desk_act_agency_id_id", "agency_id", "id"),
    CheckConstraint("state IN ('running', 'stopped', 'done')", name="state_is_known"),
)

act_member = Table(
    "desk_act_member",
    metadata,
    Column("act_id", ForeignKey("desk_act.id"), primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("submission_id", ForeignKey("submission.id"), nullable=False),
    # "under-way" until the transaction that decides it.
    Column("outcome", String(10), nullable=False),
    Column("why", String(80), nullable=False),
    Index("ix_desk_act_member_act_id_outcome_place", "act_id", "outcome", "place"),
    # One act at a time works on a submission.
    Index("uq_desk_act_member_under_way", "submission_id", unique=True,
          sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
    CheckConstraint("outcome IN ('under-way', 'accepted', 'rejected', 'skipped')",
                    name="outcome_is_known"),
)  # fmt: skip

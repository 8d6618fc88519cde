"""Tables of drafts: corrections that are not handed in yet, change by change."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from filing.adapters.db.rows import Instant, metadata

draft = Table(
    "draft",
    metadata,
    Column("submission_id", ForeignKey("submission.id"), primary_key=True),
    # Counts saves: whoever saves says which version was read.
    Column("version", Integer, nullable=False),
    # A number once given to a change is never given again in this draft.
    Column("next_number", Integer, nullable=False),
    Column("who", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("version >= 1", name="version_counts_up"),
)

draft_change = Table(
    "draft_change",
    metadata,
    Column("submission_id", ForeignKey("draft.submission_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # What is changed, as JSON: see filing.adapters.db.drafts.
    Column("body", Text, nullable=False),
    Column("who", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("act", String(36), nullable=False),
)

"""Create the desk's tables, so that rejects are found, counted and grouped without scanning.

Existing rows: every rejected submission gets an entry without title and codes, and
stands in desk_unread until its kept report was read again (a duty of the server does it).
Back: drops the tables; assignments, saved filters and the account of acts on many are
lost, submissions and their reports stay. The previous release ignores the tables.
"""

from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from filing.adapters.db.rows import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BATCH = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _only(condition: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "desk_entry",
        sa.Column("place", _COUNT, autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("archival_code", sa.Text, nullable=False),
        sa.Column("electronic_code", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("codes", sa.Text, nullable=False),
        sa.Column("assignee", sa.String(36), nullable=False),
        sa.Column("due", sa.Date),
        sa.PrimaryKeyConstraint("place", name="pk_desk_entry"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_desk_entry_submission_id"
        ),
        sa.UniqueConstraint("submission_id", name="uq_desk_entry_submission_id"),
    )
    op.create_index(
        "ix_desk_entry_agency_id_state_assignee_place",
        "desk_entry",
        ["agency_id", "state", "assignee", "place"],
    )
    op.create_index(
        "ix_desk_entry_agency_id_state_due_place",
        "desk_entry",
        ["agency_id", "state", "due", "place"],
        **_only("due IS NOT NULL"),
    )
    op.create_index(
        "ix_desk_entry_agency_id_state_place", "desk_entry", ["agency_id", "state", "place"]
    )
    op.create_index(
        "ix_desk_entry_state_assignee_due_place",
        "desk_entry",
        ["state", "assignee", "due", "place"],
        **_only("due IS NOT NULL"),
    )
    op.create_index(
        "ix_desk_entry_state_assignee_place", "desk_entry", ["state", "assignee", "place"]
    )
    op.create_index(
        "ix_desk_entry_state_due_place",
        "desk_entry",
        ["state", "due", "place"],
        **_only("due IS NOT NULL"),
    )
    op.create_index("ix_desk_entry_state_place", "desk_entry", ["state", "place"])
    op.create_table(
        "desk_code",
        sa.Column("place", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("place", "code", name="pk_desk_code"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_desk_code_agency_id_code_state_place",
        "desk_code",
        ["agency_id", "code", "state", "place"],
    )
    op.create_index("ix_desk_code_code_state_place", "desk_code", ["code", "state", "place"])
    op.create_table(
        "desk_cause",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("shape", sa.String(24), nullable=False),
        sa.Column("example", sa.Text, nullable=False),
        sa.Column("expected", sa.Text, nullable=False),
        sa.Column("standing", sa.Integer, nullable=False),
        sa.Column("first_at", Instant, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_cause"),
    )
    op.create_index(
        "ix_desk_cause_agency_id_standing_id",
        "desk_cause",
        ["agency_id", "standing", "id"],
        **_only("standing > 0"),
    )
    op.create_index(
        "ix_desk_cause_standing_id", "desk_cause", ["standing", "id"], **_only("standing > 0")
    )
    op.create_table(
        "desk_member",
        sa.Column("place", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("cause_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("place", "cause_id", name="pk_desk_member"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_desk_member_cause_id_state_place", "desk_member", ["cause_id", "state", "place"]
    )
    op.create_table(
        "desk_value",
        sa.Column("cause_id", sa.String(32), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("standing", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("cause_id", "value", name="pk_desk_value"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_desk_value_cause_id_standing_value", "desk_value", ["cause_id", "standing", "value"]
    )
    op.create_table(
        "desk_count",
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "kind", "name", name="pk_desk_count"),
        sa.CheckConstraint("kind IN ('state', 'code', 'causes')", name="kind_is_known"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_desk_count_kind_name_agency_id", "desk_count", ["kind", "name", "agency_id"]
    )
    op.create_table(
        "desk_word",
        sa.Column("word", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", "place", name="pk_desk_word"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "desk_unread",
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name="pk_desk_unread"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_desk_unread_submission_id"
        ),
    )
    op.create_table(
        "desk_filter",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("chosen", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "name", name="pk_desk_filter"),
    )
    op.create_table(
        "desk_act",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("cause_id", sa.String(32), nullable=False),
        sa.Column("remedy", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("taken", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_act"),
        sa.ForeignKeyConstraint(["cause_id"], ["desk_cause.id"], name="fk_desk_act_cause_id"),
        sa.CheckConstraint("state IN ('running', 'stopped', 'done')", name="state_is_known"),
    )
    op.create_index("ix_desk_act_agency_id_id", "desk_act", ["agency_id", "id"])
    op.create_index("ix_desk_act_state_id", "desk_act", ["state", "id"])
    op.create_table(
        "desk_act_member",
        sa.Column("act_id", sa.String(36), nullable=False),
        sa.Column("place", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("why", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("act_id", "place", name="pk_desk_act_member"),
        sa.ForeignKeyConstraint(["act_id"], ["desk_act.id"], name="fk_desk_act_member_act_id"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_desk_act_member_submission_id"
        ),
        sa.CheckConstraint(
            "outcome IN ('under-way', 'accepted', 'rejected', 'skipped')", name="outcome_is_known"
        ),
    )
    op.create_index(
        "ix_desk_act_member_act_id_outcome_place", "desk_act_member", ["act_id", "outcome", "place"]
    )
    op.create_index(
        "uq_desk_act_member_under_way",
        "desk_act_member",
        ["submission_id"],
        unique=True,
        **_only("outcome = 'under-way'"),
    )
    _enter_rejected(op.get_bind())


def _enter_rejected(connection: sa.Connection) -> None:
    submission = sa.table(
        "submission",
        sa.column("id", sa.String),
        sa.column("agency_id", sa.String),
        sa.column("received_at", Instant),
        sa.column("state", sa.String),
    )
    wanted = sa.select(submission.c.id, submission.c.agency_id, submission.c.received_at)
    wanted = wanted.where(submission.c.state == "rejected")
    last = -1
    counted: Counter[str] = Counter()
    behind = ""
    while True:
        query = wanted.where(submission.c.id > behind).order_by(submission.c.id).limit(_BATCH)
        found = connection.execute(query).all()
        if not found:
            break
        entries = []
        for row in sorted(found, key=lambda one: (one.received_at, one.id)):
            # As filing.adapters.db.desk_index gives places, but for ties told apart upwards.
            micros = (row.received_at - _EPOCH) // (row.received_at.resolution)
            last = max(last + 1, micros * 1024)
            entries.append(_entry(row, last))
            counted[row.agency_id] += 1
        connection.execute(_ENTRY.insert(), entries)
        connection.execute(_UNREAD.insert(), [{"submission_id": row.id} for row in found])
        behind = found[-1].id
    if counted:
        counted[""] = counted.total()
        given = [
            {"agency_id": one, "kind": "state", "name": "rejected", "number": number}
            for one, number in counted.items()
        ]
        connection.execute(_COUNTS.insert(), given)


def _entry(row: sa.Row, place: int) -> dict[str, object]:
    texts = ("title", "archival_code", "electronic_code", "words", "codes", "assignee")
    return dict.fromkeys(texts, "") | {
        "place": place,
        "submission_id": row.id,
        "agency_id": row.agency_id,
        "state": "rejected",
        "received_at": row.received_at,
        "due": None,
    }


_ENTRY = sa.table(
    "desk_entry",
    *(
        sa.column(one, sa.String)
        for one in (
            *("submission_id", "agency_id", "state", "title", "archival_code"),
            *("electronic_code", "words", "codes", "assignee"),
        )
    ),
    sa.column("place", sa.BigInteger),
    sa.column("received_at", Instant),
    sa.column("due", sa.Date),
)
_UNREAD = sa.table("desk_unread", sa.column("submission_id", sa.String))
_COUNTS = sa.table(
    "desk_count",
    *(sa.column(one, sa.String) for one in ("agency_id", "kind", "name")),
    sa.column("number", sa.Integer),
)


def downgrade() -> None:
    op.drop_table("desk_act_member")
    op.drop_table("desk_act")
    op.drop_table("desk_filter")
    op.drop_table("desk_unread")
    op.drop_table("desk_word")
    op.drop_table("desk_count")
    op.drop_table("desk_value")
    op.drop_table("desk_member")
    op.drop_table("desk_cause")
    op.drop_table("desk_code")
    op.drop_table("desk_entry")

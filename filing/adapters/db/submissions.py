"""Submissions, their events and receipts, in the database."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db import rows
from filing.adapters.db.compiled import Compiled, Row
from filing.model.events import Event, Kind
from filing.model.submission import State, Submission

# Built once: SQLAlchemy caches a statement's compiled form by its shape, and building
# the shape anew costs as much as running it.
_BY_ID = select(rows.submission).where(rows.submission.c.id == bindparam("id"))
_BY_DELIVERY = Compiled(
    select(rows.submission).where(
        rows.submission.c.agency_id == bindparam("agency"),
        or_(
            rows.submission.c.delivery_key == bindparam("key"),
            and_(
                rows.submission.c.package_digest == bindparam("digest"),
                rows.submission.c.record_id != "",
            ),
        ),
    )
)
_SAVE = (
    update(rows.submission)
    .where(
        and_(
            rows.submission.c.id == bindparam("this"),
            rows.submission.c.version == bindparam("was"),
        )
    )
    .values(
        state=bindparam("new_state"),
        form=bindparam("new_form"),
        record_id=bindparam("new_record"),
        version=bindparam("new_version"),
    )
)
_STATE = Compiled(
    update(rows.submission)
    .where(rows.submission.c.id == bindparam("this"))
    .values(state=bindparam("new_state"), version=bindparam("new_version"))
)
_EVENT = Compiled(insert(rows.event).inline())
_RECEIPT = Compiled(insert(rows.receipt).inline())


def insert_new(connection: Connection, table: Table, values: Sequence[dict[str, Any]]) -> set[str]:
    """Insert rows that collide with no unique constraint; return the ids that did not.

    Any: row values are of every column type.
    """
    if not values:
        return set()
    counts = _unless_there(connection.dialect.name, table).counted(connection, values)
    return {str(one["id"]) for one, count in zip(values, counts, strict=True) if count}


@cache
def _unless_there(dialect: str, table: Table) -> Compiled:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return Compiled(make(table).on_conflict_do_nothing().inline())


def open_new(connection: Connection, submissions: Iterable[Submission]) -> set[str]:
    """Insert submissions; return the ids inserted, those left out stand already."""
    return insert_new(connection, rows.submission, [_values(one) for one in submissions])


def forget_uncommitted(connection: Connection, submission_id: str) -> None:
    """Take back a row inserted by this same transaction; no committed one is ever deleted."""
    connection.execute(delete(rows.submission).where(rows.submission.c.id == submission_id))


def try_save(connection: Connection, before: Submission, after: Submission) -> Submission | None:
    """Replace ``before`` by ``after`` unless somebody changed it since; then None."""
    saved = replace(after, version=before.version + 1)
    done = connection.execute(
        _SAVE,
        {
            "this": before.id,
            "was": before.version,
            "new_state": saved.state,
            "new_form": saved.form,
            "new_record": saved.record_id,
            "new_version": saved.version,
        },
    )
    return saved if done.rowcount == 1 else None


def save_states(connection: Connection, submissions: Sequence[Submission]) -> None:
    """Save submissions nobody else may touch: those with an intent on record."""
    _STATE.many(
        connection,
        [
            {"this": one.id, "new_state": one.state, "new_version": one.version}
            for one in submissions
        ],
    )


def by_id(connection: Connection, submission_id: str) -> Submission | None:
    """One submission."""
    return _one(connection.execute(_BY_ID, {"id": submission_id}).mappings().first())


def by_delivery(
    connection: Connection, agency_id: str, key: str, package_digest: str
) -> Submission | None:
    """The submission this delivery opened before.

    By its key; else the one that brought the very same package to acceptance
    under another key.
    """
    given = {"agency": agency_id, "key": key, "digest": package_digest}
    found = [_from_row(row) for row in _BY_DELIVERY.rows(connection, given)]
    return next((one for one in found if one.delivery_key == key), next(iter(found), None))


def page(
    connection: Connection, agency_id: str, state: State | None, after: str, limit: int
) -> tuple[Submission, ...]:
    """An agency's submissions by id, beginning behind ``after``."""
    table = rows.submission
    query = select(table).where(table.c.agency_id == agency_id, table.c.id > after)
    if state is not None:
        query = query.where(table.c.state == state)
    found = connection.execute(query.order_by(table.c.id).limit(limit)).mappings()
    return tuple(_submission(row) for row in found)


def standing_in(connection: Connection, state: State, limit: int) -> tuple[Submission, ...]:
    """The oldest submissions of all agencies in ``state``: work to be taken up."""
    table = rows.submission
    query = select(table).where(table.c.state == state).order_by(table.c.id).limit(limit)
    return tuple(_submission(row) for row in connection.execute(query).mappings())


def newest(
    connection: Connection, agency_id: str, state: State, limit: int
) -> tuple[Submission, ...]:
    """Submissions in a state, the newest first; ``agency_id`` "" for all agencies."""
    table = rows.submission
    query = select(table).where(table.c.state == state)
    if agency_id:
        query = query.where(table.c.agency_id == agency_id)
    found = connection.execute(query.order_by(table.c.id.desc()).limit(limit))
    return tuple(_submission(row) for row in found.mappings())


def add_events(connection: Connection, events: Sequence[Event]) -> None:
    """Append to the history. The caller holds the log's order, so numbers never overtake."""
    if events:
        _EVENT.many(
            connection,
            [
                {
                    "agency_id": one.agency_id,
                    "submission_id": one.submission_id,
                    "kind": one.kind,
                    "at": one.at,
                    "who": one.who,
                    "detail": json.dumps(one.detail, ensure_ascii=False, sort_keys=True),
                }
                for one in events
            ],
        )


def events_after(
    connection: Connection, agency_id: str, after: int, limit: int
) -> list[tuple[int, Event]]:
    """An agency's feed behind ``after``."""
    table = rows.event
    query = select(table).where(table.c.agency_id == agency_id, table.c.number > after)
    return numbered(connection, query.order_by(table.c.number).limit(limit))


def numbered(connection: Connection, query: Select[Any]) -> list[tuple[int, Event]]:
    """The events a query of that table finds, each with its number."""
    return [
        (
            row["number"],
            Event(
                agency_id=row["agency_id"],
                submission_id=row["submission_id"],
                kind=Kind(row["kind"]),
                at=row["at"],
                who=row["who"],
                detail=json.loads(row["detail"]),
            ),
        )
        for row in connection.execute(query).mappings()
    ]


def add_receipts(connection: Connection, bodies: Sequence[tuple[str, bytes]]) -> None:
    """Keep receipts: (submission id, bytes)."""
    values = [{"submission_id": one, "body": body} for one, body in bodies]
    _RECEIPT.many(connection, values)


def receipt_of(connection: Connection, submission_id: str) -> bytes | None:
    """The receipt's bytes as issued, or None."""
    query = select(rows.receipt.c.body).where(rows.receipt.c.submission_id == submission_id)
    found = connection.execute(query).scalar()
    return None if found is None else bytes(found)


def _one(row: RowMapping | None) -> Submission | None:
    return None if row is None else _submission(row)


def _submission(row: RowMapping | dict[str, Any]) -> Submission:
    return Submission(**{**row, "state": State(row["state"])})


def _from_row(row: Row) -> Submission:
    return _submission(dict(zip(_COLUMNS, row, strict=True)))


_COLUMNS = tuple(rows.submission.c.keys())
_NAMES = tuple(one.name for one in fields(Submission))


def _values(one: Submission) -> dict[str, object]:
    """A row; dataclasses.asdict would copy every value."""
    return {name: getattr(one, name) for name in _NAMES}

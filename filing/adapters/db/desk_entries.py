"""Entries by their key, with what other tables say of them now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    any_,
    exists,
    func,
    literal,
    select,
)

from filing.adapters.db import desk_rows as rows
from filing.adapters.db import rows as base
from filing.adapters.db.draft_rows import draft, draft_change
from filing.model.desk import Entry
from filing.model.submission import State

_ENTRY = (
    select(rows.entry, base.submission.c.state.label("stands"), base.agency.c.name.label("called"))
    .join(base.submission, base.submission.c.id == rows.entry.c.submission_id)
    .join(base.agency, base.agency.c.id == rows.entry.c.agency_id)
)


#: Of what was accepted at once the desk keeps nothing: then the record says what it is.
_OF_ANY = (
    select(
        base.submission.c.id.label("submission_id"),
        base.submission.c.agency_id,
        base.submission.c.received_at,
        base.submission.c.state.label("stands"),
        base.agency.c.name.label("called"),
        *(
            func.coalesce(rows.entry.c[name], base.record.c[name], "").label(name)
            for name in ("title", "archival_code", "electronic_code")
        ),
        *(func.coalesce(rows.entry.c[name], "").label(name) for name in ("codes", "assignee")),
        rows.entry.c.due,
    )
    .join(base.agency, base.agency.c.id == base.submission.c.agency_id)
    .outerjoin(rows.entry, rows.entry.c.submission_id == base.submission.c.id)
    .outerjoin(base.record, base.record.c.submission_id == base.submission.c.id)
)


def among(
    connection: Connection, column: ColumnElement[Any], values: Sequence[object]
) -> ColumnElement[bool]:
    """Whether a column is one of the values: on PostgreSQL one array, so that the statement
    stays the same however many they are."""
    if connection.dialect.name != "postgresql":
        return column.in_(values)
    kind: ARRAY[Any] = ARRAY(column.type)
    return column == any_(literal(list(values), kind))


def by_places(connection: Connection, places: Sequence[int]) -> dict[int, Entry]:
    """Entries by their places."""
    if not places:
        return {}
    query = _ENTRY.where(among(connection, rows.entry.c.place, places))
    found = connection.execute(query).all()
    drafts = _drafts(connection, [one.submission_id for one in found])
    return {one.place: _entry(one, drafts) for one in found}


def by_submission(connection: Connection, submission_id: str) -> Entry | None:
    """One submission, whether it ever stood in the queue or not."""
    found = connection.execute(_OF_ANY.where(base.submission.c.id == submission_id)).first()
    return None if found is None else _entry(found, _drafts(connection, [submission_id]))


def _drafts(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Who has changes in a draft (person id), by submission."""
    if not ids:
        return {}
    begun = exists().where(draft_change.c.submission_id == draft.c.submission_id)
    query = select(draft.c.submission_id, draft.c.who).where(
        among(connection, draft.c.submission_id, ids), begun
    )
    found = connection.execute(query)
    return {one.submission_id: one.who.removeprefix("person:") for one in found}


def _entry(row: Any, drafts: dict[str, str]) -> Entry:  # Any: rows of Core carry no types
    state = State(row.stands)
    return Entry(
        submission_id=row.submission_id,
        agency_id=row.agency_id,
        agency_name=row.called,
        state=state,
        received_at=row.received_at,
        title=row.title,
        archival_code=row.archival_code,
        electronic_code=row.electronic_code,
        codes=tuple(row.codes.split()),
        assignee=row.assignee,
        due=row.due,
        draft_by=drafts.get(row.submission_id, "") if state is State.REJECTED else "",
    )

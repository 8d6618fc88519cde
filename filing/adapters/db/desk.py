"""The desk in the database; keeps the promises of filing.desk.ports.Queue and Unread."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from filing.adapters.db import desk_entries, desk_index, desk_queue, submissions
from filing.adapters.db import desk_rows as rows
from filing.adapters.db import rows as base
from filing.adapters.db.desk_tally import Tally
from filing.adapters.db.engine import Database
from filing.desk.ports import Asked
from filing.errors import BadRequest
from filing.model.desk import Counts, Entry, Filter, Page, Rejection, SavedFilter
from filing.model.events import Event, Kind
from filing.model.submission import State, Submission

#: What the desk calls accepted is on its way to the receipt, or there.
_STATES = {"rejected": State.REJECTED, "returned": State.RETURNED,
           "withdrawn": State.WITHDRAWN, "accepted": State.RECEIPTED}  # fmt: skip


class SqlDesk:
    """Entries in order, and what people note on them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, asked: Asked, cursor: str, limit: int) -> Page:
        """See filing.desk.ports.Queue."""
        with self._database.reading() as connection:
            return desk_queue.page(connection, asked, cursor, limit)

    def entry(self, submission_id: str) -> Entry | None:
        """See filing.desk.ports.Queue."""
        with self._database.reading() as connection:
            return desk_entries.by_submission(connection, submission_id)

    def assignees(self, submission_ids: Sequence[str]) -> Mapping[str, str]:
        """See filing.desk.ports.Queue."""
        entry = rows.entry.c
        query = select(entry.submission_id, entry.assignee)
        with self._database.reading() as connection:
            wanted = desk_entries.among(connection, entry.submission_id, submission_ids)
            found = connection.execute(query.where(wanted))
            return {one.submission_id: one.assignee for one in found}

    def counts(self, agency_id: str) -> Counts:
        """See filing.desk.ports.Queue."""
        count = rows.count.c
        with self._database.reading() as connection:
            own = connection.execute(
                select(count.kind, count.name, count.number).where(
                    count.agency_id == agency_id, count.number > 0
                )
            ).all()
            query = select(count.agency_id, count.number).where(
                count.kind == "state", count.name == "rejected", count.number > 0
            )
            wanted = count.agency_id == agency_id if agency_id else count.agency_id != ""
            by_agency = connection.execute(query.where(wanted)).all()
        return Counts(
            by_state={_STATES[one.name]: one.number for one in own if one.kind == "state"},
            by_agency={one.agency_id: one.number for one in by_agency},
            by_code={one.name: one.number for one in own if one.kind == "code"},
            causes=next((one.number for one in own if one.kind == "causes"), 0),
        )

    def history(self, submission_id: str, limit: int) -> Sequence[tuple[int, Event]]:
        """See filing.desk.ports.Queue."""
        event = base.event
        query = select(event).where(event.c.submission_id == submission_id)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(event.c.number).limit(limit)).all()
        return [
            (
                one.number,
                Event(
                    agency_id=one.agency_id,
                    submission_id=one.submission_id,
                    kind=Kind(one.kind),
                    at=one.at,
                    who=one.who,
                    detail=json.loads(one.detail),
                ),
            )
            for one in found
        ]

    def assign(
        self,
        submission_ids: Sequence[str],
        agency_id: str,
        assignee: str,
        due: date | None,
        event: Event,
    ) -> int:
        """See filing.desk.ports.Queue."""
        entry = rows.entry.c
        otherwise = or_(entry.assignee != assignee, _differs(due))
        chosen = [entry.submission_id.in_(submission_ids), entry.state == "rejected", otherwise]
        if agency_id:
            chosen.append(entry.agency_id == agency_id)
        with self._database.writing() as connection:
            self._database.order_log(connection)
            noted = update(rows.entry).where(*chosen).values(assignee=assignee, due=due)
            changed = connection.execute(noted.returning(entry.submission_id)).scalars().all()
            submissions.add_events(
                connection, [replace(event, submission_id=one) for one in sorted(changed)]
            )
        return len(changed)

    def saved_filters(self, person_id: str) -> tuple[SavedFilter, ...]:
        """See filing.desk.ports.Queue."""
        table = rows.saved_filter.c
        query = select(rows.saved_filter).where(table.person_id == person_id).order_by(table.name)
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return tuple(SavedFilter(one.name, _filter(one.chosen)) for one in found)

    def save_filter(self, person_id: str, saved: SavedFilter, most: int) -> None:
        """See filing.desk.ports.Queue."""
        table = rows.saved_filter
        with self._database.writing() as connection:
            # A filter is nobody else's, but two windows of one person may save at once.
            self._database.order_log(connection)
            _drop(connection, person_id, saved.name)
            others = select(func.count()).where(table.c.person_id == person_id)
            if connection.execute(others).scalar_one() >= most:
                raise BadRequest(
                    f"there are {most} saved filters already: drop one first",
                    f"已保存 {most} 个筛选条件，请先删除一个",
                )
            text = json.dumps(asdict(saved.filter), default=str, ensure_ascii=False)
            given = {"person_id": person_id, "name": saved.name, "chosen": text}
            connection.execute(insert(table).values(**given))

    def drop_filter(self, person_id: str, name: str) -> None:
        """See filing.desk.ports.Queue."""
        with self._database.writing() as connection:
            _drop(connection, person_id, name)

    def unread(self, limit: int) -> tuple[Submission, ...]:
        """See filing.desk.ports.Unread."""
        waits = rows.unread.c.submission_id
        query = select(waits).order_by(waits).limit(limit)
        with self._database.reading() as connection:
            ids = connection.execute(query).scalars().all()
            found = [submissions.by_id(connection, one) for one in ids]
        return tuple(one for one in found if one is not None)

    def read(self, submission: Submission, rejection: Rejection) -> None:
        """See filing.desk.ports.Unread."""
        waits = rows.unread.c.submission_id == submission.id
        with self._database.writing() as connection:
            self._database.order_log(connection)
            known = desk_index.entry_of(connection, submission.id)
            # Somebody may have mended it, or read it, since we looked.
            if known is not None and known.state == "rejected" and not known.codes:
                tally = Tally()
                desk_index.describe(connection, known, submission, rejection, tally)
                tally.write(connection)
            connection.execute(delete(rows.unread).where(waits))


def _differs(due: date | None) -> ColumnElement[bool]:
    column = rows.entry.c.due
    return column.is_not(None) if due is None else or_(column.is_(None), column != due)


def _drop(connection: Connection, person_id: str, name: str) -> None:
    table = rows.saved_filter
    connection.execute(delete(table).where(table.c.person_id == person_id, table.c.name == name))


def _filter(text: str) -> Filter:
    given = json.loads(text)
    for name in ("received_from", "received_until", "due"):
        given[name] = date.fromisoformat(given[name]) if given[name] else None
    given["states"] = tuple(State(one) for one in given["states"])
    return Filter(**given)

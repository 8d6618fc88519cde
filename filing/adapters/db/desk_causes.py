"""Causes in the database; keeps the promises of filing.desk.ports.Causes."""

from typing import Any

from sqlalchemy import Row, Select, and_, or_, select

from filing.adapters.db import desk_rows as rows
from filing.adapters.db import rows as base
from filing.adapters.db.desk_entries import by_places
from filing.adapters.db.engine import Database
from filing.model.desk import Cause, Entry

_CAUSE = select(rows.cause, base.agency.c.name.label("called")).join(
    base.agency, base.agency.c.id == rows.cause.c.agency_id
)


class SqlCauses:
    """Rejects by cause."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def causes(self, agency_id: str, after: str, limit: int) -> tuple[Cause, ...]:
        """See filing.desk.ports.Causes."""
        cause = rows.cause.c
        query = _CAUSE.where(cause.standing > 0)
        if agency_id:
            query = query.where(cause.agency_id == agency_id)
        with self._database.reading() as connection:
            if after:
                last = connection.execute(select(cause.standing).where(cause.id == after)).scalar()
                query = _behind(query, last or 0, after)
            ordered = query.order_by(cause.standing.desc(), cause.id.desc()).limit(limit)
            return tuple(_cause(one) for one in connection.execute(ordered))

    def cause(self, cause_id: str) -> Cause | None:
        """See filing.desk.ports.Causes."""
        with self._database.reading() as connection:
            found = connection.execute(_CAUSE.where(rows.cause.c.id == cause_id)).first()
        return None if found is None else _cause(found)

    def values(self, cause_id: str, limit: int) -> dict[str, int]:
        """See filing.desk.ports.Causes."""
        value = rows.value.c
        query = select(value.value, value.standing).where(value.cause_id == cause_id)
        ordered = query.order_by(value.standing.desc(), value.value.desc()).limit(limit)
        with self._database.reading() as connection:
            return {one.value: one.standing for one in connection.execute(ordered)}

    def members(self, cause_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """See filing.desk.ports.Causes."""
        member = rows.member.c
        query = select(member.place).where(member.cause_id == cause_id, member.state == "rejected")
        with self._database.reading() as connection:
            if after:
                entry = rows.entry.c
                known = select(entry.place).where(entry.submission_id == after)
                query = query.where(member.place > (connection.execute(known).scalar() or 0))
            ordered = query.order_by(member.place).limit(limit)
            places = connection.execute(ordered).scalars().all()
            entries = by_places(connection, places)
        return tuple(entries[one] for one in places)


def _behind(query: Select[Any], last: int, after: str) -> Select[Any]:
    cause = rows.cause.c
    same = and_(cause.standing == last, cause.id < after)
    return query.where(cause.standing <= last, or_(cause.standing < last, same))


def _cause(row: Row[Any]) -> Cause:  # Any: rows of Core carry no types
    return Cause(
        id=row.id,
        agency_id=row.agency_id,
        agency_name=row.called,
        code=row.code,
        reason=row.reason,
        field=row.field,
        shape=row.shape,
        example=row.example,
        expected=row.expected,
        open=row.standing,
        first_at=row.first_at,
        last_at=row.last_at,
    )

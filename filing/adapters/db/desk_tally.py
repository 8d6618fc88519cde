"""How many stand open, by state, agency, code and cause; kept as they change.

A transaction sums up what it changes and writes each number once. Whoever calls
holds the log's order, as everything does that moves a submission, so nobody waits
for a number that would not wait anyway; the numbers are never counted anew.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, Table, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db import desk_rows
from filing.desk.causes import CauseKey
from filing.model.desk import Fault

#: Longest value kept for telling values apart, in characters.
MAX_VALUE = 200
#: The row that counts all agencies together.
ALL = ""

_LESS = (
    update(desk_rows.cause)
    .where(desk_rows.cause.c.id == bindparam("this"))
    .values(standing=desk_rows.cause.c.standing - bindparam("less"))
    .returning(desk_rows.cause.c.standing, desk_rows.cause.c.agency_id)
)
_FEWER = (
    update(desk_rows.value)
    .where(
        desk_rows.value.c.cause_id == bindparam("of"), desk_rows.value.c.value == bindparam("one")
    )
    .values(standing=desk_rows.value.c.standing - bindparam("less"))
)
_NONE_LEFT = delete(desk_rows.value).where(
    desk_rows.value.c.cause_id == bindparam("of"), desk_rows.value.c.standing <= 0
)


class Tally:
    """What one transaction changes of the numbers; ``write`` writes them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._values: Counter[tuple[str, str]] = Counter()
        self._more: dict[CauseKey, tuple[Fault, datetime]] = {}
        self._causes: Counter[str] = Counter()

    def count(self, agency_id: str, kind: str, name: str, by: int) -> None:
        """Change a number for the agency and for all."""
        self._counts[agency_id, kind, name] += by
        self._counts[ALL, kind, name] += by

    def enter(self, key: CauseKey, cause_id: str, fault: Fault, at: datetime) -> str:
        """One more reject of a cause; the value as it is kept."""
        value = fault.found[:MAX_VALUE]
        self._more.setdefault(key, (fault, at))
        self._causes[cause_id] += 1
        self._values[cause_id, value] += 1
        return value

    def leave(self, cause_id: str, value: str) -> None:
        """One reject of a cause fewer."""
        self._causes[cause_id] -= 1
        self._values[cause_id, value] -= 1

    def write(self, connection: Connection) -> None:
        """Bring the numbers in the database up to date."""
        self._write_causes(connection)
        self._write_values(connection)
        changed = sorted((key, by) for key, by in self._counts.items() if by)
        _upsert(
            connection,
            desk_rows.count,
            [
                {"agency_id": agency, "kind": kind, "name": name, "number": by}
                for (agency, kind, name), by in changed
            ],
        )

    def _write_causes(self, connection: Connection) -> None:
        entered = {key.id: (key, *given) for key, given in self._more.items()}
        more = [one for one in sorted(entered) if self._causes[one] >= 0]
        rows = [_cause_row(*entered[one], self._causes[one]) for one in more]
        if rows:
            statement = _cause_statement(connection.dialect.name)
            for row in connection.execute(statement, rows):
                self._opened(row.agency_id, row.standing, self._causes[row.id])
        for one in sorted(self._causes):
            if self._causes[one] < 0:
                less = -self._causes[one]
                row = connection.execute(_LESS, {"this": one, "less": less}).one()
                self._opened(row.agency_id, row.standing, -less)

    def _opened(self, agency_id: str, standing: int, by: int) -> None:
        """Count causes that have come up, or of which nothing is left."""
        turned = (standing > 0) - (standing - by > 0)
        if turned:
            self.count(agency_id, "causes", "", turned)

    def _write_values(self, connection: Connection) -> None:
        changed = sorted(key for key, by in self._values.items() if by)
        more = [one for one in changed if self._values[one] > 0]
        _upsert(
            connection,
            desk_rows.value,
            [
                {"cause_id": cause, "value": value, "standing": self._values[cause, value]}
                for cause, value in more
            ],
        )
        fewer = [one for one in changed if self._values[one] < 0]
        if fewer:
            given = [{"of": of, "one": one, "less": -self._values[of, one]} for of, one in fewer]
            connection.execute(_FEWER, given)
            connection.execute(_NONE_LEFT, [{"of": of} for of in sorted({of for of, _ in fewer})])


def _cause_row(key: CauseKey, fault: Fault, at: datetime, by: int) -> dict[str, object]:
    return {
        "id": key.id,
        "agency_id": key.agency_id,
        "code": key.code,
        "reason": key.reason,
        "field": key.field,
        "shape": key.shape,
        "example": fault.found[:MAX_VALUE],
        "expected": fault.expected[:MAX_VALUE],
        "standing": by,
        "first_at": at,
        "last_at": at,
    }


def _upsert(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        connection.execute(_added(connection.dialect.name, table), rows)


@cache
def _added(dialect: str, table: Table) -> Executable:
    """Insert, or add to the last column, which holds the number."""
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(table)
    name = list(table.columns)[-1].name
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: table.c[name] + statement.excluded[name]},
    )


@cache
def _cause_statement(dialect: str) -> Executable:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    table = desk_rows.cause
    statement = make(table)
    return statement.on_conflict_do_update(
        index_elements=[table.c.id],
        set_={
            "standing": table.c.standing + statement.excluded.standing,
            "last_at": statement.excluded.last_at,
            "example": statement.excluded.example,
            "expected": statement.excluded.expected,
        },
    ).returning(table.c.id, table.c.agency_id, table.c.standing)

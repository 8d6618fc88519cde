"""What the log's copy is to hold, read from the database in the log's order."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, and_, select

from filing.adapters.db import rows
from filing.adapters.db.custody_rows import log_event
from filing.adapters.db.engine import Database
from filing.evidence.logbook import Copied, Past, Signed

_LEAF, _RECORD, _RECEIPT = rows.leaf, rows.record, rows.receipt
_ENTRIES = (
    select(
        _LEAF.c.position,
        _LEAF.c.hash,
        _LEAF.c.record_id,
        _RECORD.c.submission_id,
        _RECEIPT.c.body.label("receipt"),
        log_event.c.body.label("event"),
    )
    .join(_RECORD, _RECORD.c.id == _LEAF.c.record_id, isouter=True)
    .join(_RECEIPT, _RECEIPT.c.submission_id == _RECORD.c.submission_id, isouter=True)
    .join(log_event, log_event.c.position == _LEAF.c.position, isouter=True)
    .order_by(_LEAF.c.position)
)


class LogCopy:
    """Reads entries and checkpoints for filing.adapters.logbook."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def behind(self, first: int, limit: int) -> tuple[list[Copied], list[Signed]]:
        """At most ``limit`` entries from ``first`` on, and the checkpoints signed over them.

        Raises OutsideUnavailable.
        """
        with self._database.reading() as connection:
            found = connection.execute(
                _ENTRIES.where(and_(_LEAF.c.position >= first, _LEAF.c.position < first + limit))
            ).all()
            history = _history(connection, [row.submission_id for row in found])
            entries = [
                Copied(
                    position=row.position,
                    leaf=bytes(row.hash),
                    record_id=row.record_id or "",
                    receipt=bytes(row.receipt or b""),
                    event=bytes(row.event or b""),
                    history=history.get(row.submission_id or "", ()),
                )
                for row in found
            ]
            end = first + len(entries)
            table = rows.checkpoint
            signed = connection.execute(
                select(table)
                .where(and_(table.c.size > first, table.c.size <= end))
                .order_by(table.c.size)
            ).all()
        return entries, [Signed(row.size, bytes(row.root), row.note, row.at) for row in signed]


def _history(
    connection: Connection, submissions: Sequence[str | None]
) -> dict[str, tuple[Past, ...]]:
    table = rows.event
    wanted = [one for one in submissions if one]
    grouped: dict[str, list[Past]] = {}
    query = select(table).where(table.c.submission_id.in_(wanted)).order_by(table.c.number)
    for row in connection.execute(query) if wanted else ():
        grouped.setdefault(row.submission_id, []).append(
            Past(row.number, row.kind, row.at, row.who, json.loads(row.detail))
        )
    return {one: tuple(some) for one, some in grouped.items()}

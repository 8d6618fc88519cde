"""Events as entries of the log, beside the records.

Called within a transaction that holds the log's order: what is described and the leaf
that describes it are committed together, or neither is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select

from filing.adapters.db import records
from filing.adapters.db.custody_rows import log_event
from filing.adapters.db.log_tiles import Witness, grown
from filing.adapters.db.submissions import add_events
from filing.evidence import logged_event
from filing.evidence.logged_event import LoggedEvent
from filing.evidence.merkle import leaf_hash
from filing.model.events import Event

#: (leaves, root) -> the signed checkpoint
Sign = Callable[[int, bytes], str]


@dataclass(frozen=True, slots=True)
class Said:
    """One event and what it happened to: an audit, a finding, a location, a record."""

    event: Event
    subject: str


def log_events(
    connection: Connection, said: Sequence[Said], at: datetime, sign: Sign, witness: Witness
) -> str:
    """Append events to the log and to the history; the new checkpoint, "" for no events.

    The caller holds the log's order (Database.order_log). Raises StoreDoubtful, with nothing
    written, where the log must not grow.
    """
    if not said:
        return ""
    head = records.newest_checkpoint(connection)
    first = 0 if head is None else int(head["size"])
    bodies = [_body(one) for one in said]
    hashes = [leaf_hash(one) for one in bodies]
    growth = grown(connection, head, hashes, witness)
    note = sign(growth.size, growth.root)
    records.write_tiles(connection, growth.tiles)
    records.add_leaves(connection, [(first + n, one, None) for n, one in enumerate(hashes)])
    records.add_checkpoint(connection, growth.size, growth.root, note, at)
    number = events_before(connection, first)
    connection.execute(
        insert(log_event),
        [
            {
                "position": first + n,
                "number": number + n + 1,
                "kind": one.event.kind,
                "subject": one.subject,
                "at": one.event.at,
                "body": body,
            }
            for n, (one, body) in enumerate(zip(said, bodies, strict=True))
        ],
    )
    add_events(connection, [one.event for one in said])
    return note


def events_before(connection: Connection, position: int) -> int:
    """How many entries before ``position`` are events; by an index, however long the log."""
    query = (
        select(log_event.c.number)
        .where(log_event.c.position < position)
        .order_by(log_event.c.position.desc())
        .limit(1)
    )
    return int(connection.execute(query).scalar() or 0)


def events_about(
    connection: Connection, subject: str, after: int, limit: int
) -> Sequence[RowMapping]:
    """What the log says about one subject, behind the event numbered ``after``."""
    query = (
        select(log_event)
        .where(log_event.c.subject == subject, log_event.c.number > after)
        .order_by(log_event.c.number)
        .limit(limit)
    )
    return connection.execute(query).mappings().all()


def bodies_between(connection: Connection, first: int, last: int) -> dict[int, bytes]:
    """The texts of the events at positions from ``first`` up to ``last``."""
    query = select(log_event.c.position, log_event.c.body).where(
        log_event.c.position >= first, log_event.c.position < last
    )
    return {int(row.position): bytes(row.body) for row in connection.execute(query)}


def _body(one: Said) -> bytes:
    event = one.event
    return logged_event.write(
        LoggedEvent(str(event.kind), event.at, event.who, one.subject, event.detail)
    )

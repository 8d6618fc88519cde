"""Records, what was meant to be published, and the log's rows, in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
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
from filing.adapters.db.compiled import Compiled
from filing.adapters.db.submissions import insert_new
from filing.model.record import Record
from filing.rules.facts import Holding

_LOGGED = Compiled(
    update(rows.record)
    .where(rows.record.c.id == bindparam("this"))
    .values(leaf_index=bindparam("leaf"), stored_at=bindparam("at"))
)
_HELD = Compiled(
    select(
        rows.record.c.submission_id,
        rows.record.c.fonds,
        rows.record.c.archival_code,
        rows.record.c.agency_id,
        rows.record.c.electronic_code,
    ).where(
        or_(
            and_(
                rows.record.c.fonds == bindparam("fonds"),
                rows.record.c.archival_code == bindparam("archival_code"),
            ),
            and_(
                rows.record.c.agency_id == bindparam("agency"),
                rows.record.c.electronic_code == bindparam("electronic_code"),
            ),
        )
    )
)
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_MEANT = select(rows.intent.c.record_id).where(rows.intent.c.record_id.in_(_IDS))
_FULFIL = Compiled(delete(rows.intent).where(rows.intent.c.record_id == bindparam("this")))
_INTENT = Compiled(insert(rows.intent).inline())
_LEAF = Compiled(insert(rows.leaf).inline())
_CHECKPOINT = Compiled(insert(rows.checkpoint).inline())
_NEWEST = select(rows.checkpoint).order_by(rows.checkpoint.c.size.desc()).limit(1)
_TILE = Compiled(
    select(rows.tile.c.hashes).where(
        rows.tile.c.level == bindparam("level"), rows.tile.c.position == bindparam("position")
    )
)


@dataclass(frozen=True, slots=True)
class Intent:
    """A record about to be published: who meant to, and where it lay staged."""

    record_id: str
    owner: str
    staged: str


def claim(connection: Connection, records: Sequence[Record]) -> set[str]:
    """Claim 档号 and 电子文件号 for records; return the ids of those that got both."""
    return insert_new(connection, rows.record, [_values(one) for one in records])


def forget_uncommitted(connection: Connection, record_id: str) -> None:
    """Take back a claim made by this same transaction; no committed one is ever deleted."""
    connection.execute(delete(rows.record).where(rows.record.c.id == record_id))


def add_intents(connection: Connection, intents: Sequence[Intent]) -> None:
    """Record what is about to be published."""
    if intents:
        _INTENT.many(connection, [asdict(one) for one in intents])


def intents_among(connection: Connection, record_ids: Sequence[str]) -> set[str]:
    """Which of these records still have their intent: not yet logged."""
    return set(connection.execute(_MEANT, {"ids": list(record_ids)}).scalars())


def all_intents(connection: Connection) -> tuple[Intent, ...]:
    """Every intent on record, whoever's it is."""
    found = connection.execute(select(rows.intent).order_by(rows.intent.c.record_id)).mappings()
    return tuple(Intent(**row) for row in found)


def fulfil(connection: Connection, record_ids: Sequence[str]) -> None:
    """Take away intents that have come true."""
    _FULFIL.many(connection, [{"this": one} for one in record_ids])


def by_id(connection: Connection, record_id: str) -> Record | None:
    """One record."""
    query = select(rows.record).where(rows.record.c.id == record_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else Record(**row)


def holding(
    connection: Connection, agency_id: str, fonds: str, archival_code: str, electronic_code: str
) -> Holding:
    """The submissions that filed this 档号 in the fonds, and this 电子文件号 of the agency."""
    given = {
        "agency": agency_id,
        "fonds": fonds,
        "archival_code": archival_code,
        "electronic_code": electronic_code,
    }
    by_archival = by_electronic = ""
    for submission_id, *archival, agency, electronic in _HELD.rows(connection, given):
        if archival_code and archival == [fonds, archival_code]:
            by_archival = submission_id
        if electronic_code and (agency, electronic) == (agency_id, electronic_code):
            by_electronic = submission_id
    return Holding(by_archival, by_electronic)


def mark_logged(connection: Connection, places: Sequence[tuple[str, int]], at: datetime) -> None:
    """Give records their place in the log: (record id, leaf index)."""
    _LOGGED.many(connection, [{"this": one, "leaf": leaf, "at": at} for one, leaf in places])


def newest_checkpoint(connection: Connection) -> RowMapping | None:
    """Size, root, note and time of the newest checkpoint, or None for an empty log."""
    return connection.execute(_NEWEST).mappings().first()


def add_checkpoint(connection: Connection, size: int, root: bytes, note: str, at: datetime) -> None:
    """Keep a signed checkpoint."""
    _CHECKPOINT.many(connection, [{"size": size, "root": root, "note": note, "at": at}])


def add_leaves(connection: Connection, leaves: Sequence[tuple[int, bytes, str | None]]) -> None:
    """Append leaves: (position, hash, record id; None for an event)."""
    _LEAF.many(connection, [{"position": p, "hash": h, "record_id": r} for p, h, r in leaves])


def read_tile(connection: Connection, level: int, position: int) -> bytes:
    """The hashes of a tile as far as there are any; b"" when there are none."""
    found = _TILE.rows(connection, {"level": level, "position": position})
    return bytes(found[0][0]) if found else b""


def write_tiles(connection: Connection, tiles: Mapping[tuple[int, int], bytes]) -> None:
    """Write tiles anew; a tile only ever grows."""
    _grown(connection.dialect.name).many(
        connection,
        [{"level": level, "position": at, "hashes": one} for (level, at), one in tiles.items()],
    )


@cache
def _grown(dialect: str) -> Compiled:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(rows.tile).inline()
    return Compiled(
        statement.on_conflict_do_update(
            index_elements=["level", "position"], set_={"hashes": statement.excluded.hashes}
        )
    )


_NAMES = tuple(one.name for one in fields(Record))


def _values(one: Record) -> dict[str, object]:
    """A row; dataclasses.asdict would copy every value."""
    return {name: getattr(one, name) for name in _NAMES}

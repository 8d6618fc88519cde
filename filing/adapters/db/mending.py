"""Rows of the log and of records put right; keeps the promises of filing.custody.rows_repair.

Each in one transaction that holds the log's order, with the repair's row and its event.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any  # rows of any table

from sqlalchemy import Connection, Table, insert, select, update

from filing.adapters.db import custody_coverage as coverage
from filing.adapters.db import custody_findings as findings
from filing.adapters.db import records, rows
from filing.adapters.db.copy_repairs import digest_of, insert_repair
from filing.adapters.db.custody_rows import log_event
from filing.adapters.db.log_events import Said, events_before
from filing.adapters.db.logged_write import LoggedWriter
from filing.adapters.db.rebuilt_index import plain
from filing.custody.rebuilt_rows import Row
from filing.errors import NotGenuine
from filing.evidence import checkpoint
from filing.evidence.merkle import root
from filing.evidence.tiles import WIDTH, Tree, parse_path
from filing.model.copies import Repair, RepairState
from filing.model.custody import MAIN, Depth, Finding, FindingStep, Look, take
from filing.model.events import Event, Kind

_HASH = 32


class SqlMending(LoggedWriter):
    """Writes what was proven."""

    def rows(self, row: Row, repair: Repair, finding: Finding | None) -> Repair:
        """See Mending."""
        told: list[Repair] = []

        def write(connection: Connection) -> list[Said]:
            before: list[Mapping[str, object]] = []
            after: list[Mapping[str, object]] = []
            for table, key, values in _wanted(connection, row):
                _mend(connection, table, key, values, before, after)
            done = replace(repair, before=tuple(before), after=tuple(after))
            if not after:
                told.append(replace(done, state=RepairState.NOT_NEEDED))
                return []
            told.append(done)
            return [*_noted(connection, done), *_closed(connection, finding, done)]

        self.logged(write, repair.begun_at)
        return told[0]

    def tile(self, path: str, repair: Repair, finding: Finding) -> Repair:
        """See Mending."""
        told: list[Repair] = []
        level, at, _ = parse_path(path)

        def write(connection: Connection) -> list[Said]:
            head = records.newest_checkpoint(connection)
            size = 0 if head is None else int(head["size"])
            stood = records.read_tile(connection, level, at)
            made = _made(connection, level, at, size)
            records.write_tiles(connection, {(level, at): made})
            tree = Tree(size, lambda of, index: records.read_tile(connection, of, index))
            if head is None or tree.root() != checkpoint.read(head["note"].encode())[0].root:
                raise NotGenuine("the leaves do not give the root that was signed last")
            place = f"tile {path}"
            done = replace(
                repair,
                before=({"place": place, "stands": stood.hex()},),
                after=({"place": place, "stands": made.hex()},),
            )
            told.append(done)
            return [*_noted(connection, done), *_closed(connection, finding, done)]

        self.logged(write, repair.begun_at)
        return told[0]

    def close(self, look: Look) -> None:
        """See Mending. Of the log's own codes nothing is said: they are the whole log's."""
        at = self.now()

        def write(connection: Connection) -> list[Said]:
            coverage.hold(connection, MAIN)
            closing = {look.record_id: (look.faults, Depth.BYTES)}
            return findings.note_faults(connection, MAIN, "", closing, at, self.new_id)

        self.logged(write, at)


def _wanted(
    connection: Connection, row: Row
) -> list[tuple[Table, tuple[str, object], dict[str, Any]]]:
    """(table, key, columns) of everything one entry has in the tables, parents first."""
    wanted: list[tuple[Table, tuple[str, object], dict[str, Any]]] = []
    if row.record is not None and row.submission is not None:
        sent, filed = plain(row.submission), plain(row.record)
        del sent["version"]
        wanted.append((rows.submission, ("id", sent["id"]), sent))
        wanted.append((rows.record, ("id", filed["id"]), filed))
        receipt = {"submission_id": sent["id"], "body": row.receipt}
        wanted.append((rows.receipt, ("submission_id", sent["id"]), receipt))
    leaf = {
        "position": row.position,
        "hash": row.leaf,
        "record_id": row.record.id if row.record else None,
    }
    wanted.append((rows.leaf, ("position", row.position), leaf))
    if row.event is not None:
        event = {
            "position": row.position,
            "number": events_before(connection, row.position) + 1,
            "kind": row.event.kind,
            "subject": row.event.subject,
            "at": row.event.at,
            "body": row.body,
        }
        wanted.append((log_event, ("position", row.position), event))
    return wanted


def _mend(
    connection: Connection,
    table: Table,
    key: tuple[str, object],
    values: Mapping[str, Any],
    before: list[Mapping[str, object]],
    after: list[Mapping[str, object]],
) -> None:
    name, which = key
    found = connection.execute(select(table).where(table.c[name] == which)).mappings().first()
    if found is None:
        more = {"version": 1} if table is rows.submission else {}
        connection.execute(insert(table).values(**values, **more))
        before.append({"place": f"{table.name} {which}", "stands": ""})
        after.append({"place": f"{table.name} {which}", "stands": "there"})
        return
    wrong = {column: value for column, value in values.items() if found[column] != value}
    if wrong:
        connection.execute(update(table).where(table.c[name] == which).values(**wrong))
    for column, value in wrong.items():
        place = f"{table.name} {which} {column}"
        before.append({"place": place, "stands": _shown(found[column])})
        after.append({"place": place, "stands": _shown(value)})


def _noted(connection: Connection, repair: Repair) -> list[Said]:
    insert_repair(connection, repair)
    detail = {
        "repair": repair.id,
        "record": repair.record_id,
        "rows": len(repair.after),
        "before": digest_of(repair.before),
        "after": digest_of(repair.after),
    }
    event = Event("", "", Kind.INDEX_REPAIRED, repair.begun_at, repair.who, detail)
    return [Said(event, repair.record_id or "log")]


def _closed(connection: Connection, finding: Finding | None, repair: Repair) -> list[Said]:
    """A finding of the log or the database, put right by what was just written."""
    if finding is None:
        return []
    after = replace(finding, state=take(finding.state, FindingStep.REPAIR))
    return [findings.move(connection, finding, after, repair.begun_at, repair.who)]


def _made(connection: Connection, level: int, at: int, size: int) -> bytes:
    """A tile from the leaves, or from the tiles, right below it."""
    first = at * WIDTH
    if level == 0:
        leaf = rows.leaf.c
        query = select(leaf.hash).where(leaf.position >= first, leaf.position < first + WIDTH)
        found = connection.execute(query.order_by(leaf.position)).scalars()
        return b"".join(bytes(one) for one in found)
    made = []
    for index in range(first, first + WIDTH):
        if (index + 1) * WIDTH**level > size:
            break  # a tile that is not full has no hash above it yet
        below = records.read_tile(connection, level - 1, index)
        made.append(root([below[n : n + _HASH] for n in range(0, len(below), _HASH)]))
    return b"".join(made)


def _shown(value: object) -> str:
    return (value.hex() if isinstance(value, bytes) else str(value))[:200]

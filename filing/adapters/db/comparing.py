"""Two databases held to each other: everything that hangs on the log, entry by entry.

Of one that was rebuilt and one that stands. Not compared: how often a submission's row was
saved, and what is not in the store (accounts, credentials, deliveries not accepted).
"""

from collections.abc import Iterator, Sequence
from typing import Any  # rows of any table

from sqlalchemy import Connection, Select, Table, select

from filing.adapters.db import records, rows
from filing.adapters.db.custody_rows import log_event
from filing.adapters.db.engine import Database
from filing.evidence.members import blob_text
from filing.evidence.merkle import EMPTY_ROOT
from filing.evidence.tiles import Tree
from filing.model.copies import Difference

_PAGE = 500
_APART = {"version"}


class Comparing:
    """Compares ``rebuilt`` with what ``stands``, as far as ``size`` entries of the log."""

    def __init__(self, stands: Database, rebuilt: Database) -> None:
        self._stands, self._rebuilt = stands, rebuilt

    def run(self, size: int) -> Iterator[tuple[int, list[Difference]]]:
        """(entries compared so far, what differed), some at a time; the tree comes last."""
        for first in range(0, size, _PAGE):
            last = min(first + _PAGE, size)
            yield last, list(self._window(first, last))
        yield size, list(self._tree(size))

    def _window(self, first: int, last: int) -> Iterator[Difference]:
        with self._stands.reading() as ours, self._rebuilt.reading() as theirs:
            ids: dict[str, set[str]] = {"record": set(), "submission": set()}
            for one in (ours, theirs):
                leaves = select(rows.leaf.c.record_id).where(
                    rows.leaf.c.position >= first, rows.leaf.c.position < last
                )
                ids["record"] |= {each for each in one.execute(leaves).scalars() if each}
                known = select(rows.record.c.submission_id).where(
                    rows.record.c.id.in_(ids["record"])
                )
                ids["submission"] |= set(one.execute(known).scalars())
            for table, column, query in _queries(first, last, ids):
                yield from _differ(table, column, _read(ours, query), _read(theirs, query))

    def _tree(self, size: int) -> Iterator[Difference]:
        roots = []
        for database in (self._stands, self._rebuilt):
            with database.reading() as connection:
                roots.append(_root(connection, size))
        if roots[0] != roots[1]:
            yield Difference("log", "root", *map(blob_text, roots))


def _queries(
    first: int, last: int, ids: dict[str, set[str]]
) -> Iterator[tuple[str, str, Select[Any]]]:
    leaf, event, head = rows.leaf.c, log_event.c, rows.checkpoint.c
    filed, sent = ids["record"], ids["submission"]
    spans: Sequence[tuple[Table, str, Any]] = (
        (rows.leaf, "position", (leaf.position >= first) & (leaf.position < last)),
        (log_event, "position", (event.position >= first) & (event.position < last)),
        (rows.checkpoint, "size", (head.size > first) & (head.size <= last)),
        (rows.record, "id", rows.record.c.id.in_(filed)),
        (rows.submission, "id", rows.submission.c.id.in_(sent)),
        (rows.receipt, "submission_id", rows.receipt.c.submission_id.in_(sent)),
        (rows.event, "number", rows.event.c.submission_id.in_(sent)),
    )
    for table, key, wanted in spans:
        yield table.name, key, select(table).where(wanted)


def _read(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _differ(
    table: str, key: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> Iterator[Difference]:
    stands = {one[key]: one for one in ours}
    rebuilt = {one[key]: one for one in theirs}
    for each in sorted(stands.keys() | rebuilt.keys(), key=str):
        mine, other = stands.get(each), rebuilt.get(each)
        if mine is None or other is None:
            said = ("", "there") if mine is None else ("there", "")
            yield Difference(f"{table} {each}", "", *said)
            continue
        for column, value in mine.items():
            if column not in _APART and value != other[column]:
                yield Difference(f"{table} {each}", column, _shown(value), _shown(other[column]))


def _shown(value: object) -> str:
    return (value.hex() if isinstance(value, bytes) else str(value))[:200]


def _root(connection: Connection, size: int) -> bytes:
    if not size:
        return EMPTY_ROOT
    try:
        return Tree(size, lambda level, at: records.read_tile(connection, level, at)).root()
    except ValueError:
        return b""

"""The tiles a log is about to grow from: they must give the root that was last signed.

Growing from a tile that was hurt would sign a root no leaf bears out. Tiles are made from
leaves, so where they fail the leaves are asked: if those give the signed root, the tree is
grown from them and its last tiles are written right; if not, nothing is signed at all.

A database that lost its end, or was set back, would sign other roots for sizes it has signed
before: what is remembered outside the database (Witness) must still be true of the grown log.
"""

import functools
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, RowMapping, select

from filing.adapters.db import records, rows
from filing.errors import NotGenuine, StoreDoubtful
from filing.evidence import checkpoint
from filing.evidence.tiles import Growth, ReadTile, Tree, append

_log = logging.getLogger("filing.log")
_PAGE = 4096


class Witness(Protocol):
    """Checkpoints remembered outside the database: filing.adapters.custody.witness."""

    def last(self) -> str:
        """The newest, "" for none."""

    def remember(self, note: str, at: datetime) -> None:
        """Told each checkpoint once it is committed."""


class Forgetful:
    """No witness at all: for what signs nothing that leaves the machine."""

    def last(self) -> str:
        """See Witness."""
        return ""

    def remember(self, note: str, at: datetime) -> None:
        """See Witness."""


def grown(
    connection: Connection, head: RowMapping | None, hashes: Sequence[bytes], witness: Witness
) -> Growth:
    """The log that ``head`` is the newest checkpoint of, grown by these leaves.

    Raises StoreDoubtful if a checkpoint over it would contradict one that was signed.
    """
    first = 0 if head is None else int(head["size"])
    growth = append(first, sound_tiles(connection, head), hashes)
    # After the tiles were read: what is remembered was committed before.
    note = witness.last()
    if note and (head is None or head["note"] != note):
        _hold(growth, first, note)
    return growth


def _hold(growth: Growth, first: int, note: str) -> None:
    try:
        signed = checkpoint.read(note.encode())[0]
    except NotGenuine:
        return  # an audit says so
    if signed.size <= growth.size and growth.tree.root_at(signed.size) == signed.root:
        return
    _log.error("event=log-contradicts-witness size=%d signed=%d", first, signed.size)
    raise StoreDoubtful(
        f"the database's log has {first} entries and is not the one of which {signed.size} were"
        " signed: its end was lost, or it was set back. Nothing is logged until it is whole again:"
        " see docs/runbooks/restore.md",
        f"数据库中的日志现有 {first} 项，与曾签署的 {signed.size} 项不符：末尾丢失或被退回。"
        "为免签出互相矛盾的检查点，已停止写入，请按恢复手册处理",
    )


def sound_tiles(connection: Connection, head: RowMapping | None) -> ReadTile:
    """The tiles of the log that ``head`` is the newest checkpoint of.

    Raises StoreDoubtful if neither tiles nor leaves give the root that was signed.
    """

    @functools.cache
    def read(level: int, index: int) -> bytes:
        return records.read_tile(connection, level, index)

    if head is None or _root(int(head["size"]), read) == (signed := _signed(head)):
        return read
    _log.error("event=tiles-hurt size=%d", head["size"])
    rebuilt = append(0, lambda level, index: b"", list(_leaves(connection, int(head["size"]))))
    if rebuilt.root != signed or rebuilt.size != head["size"]:
        raise StoreDoubtful(
            "the log's leaves do not give the root that was signed last",
            "日志与最近签署的检查点不符，已停止写入，请先检查",
        )
    return lambda level, index: rebuilt.tiles.get((level, index), b"")


def _root(size: int, read: ReadTile) -> bytes:
    try:
        return Tree(size, read).root()
    except ValueError:
        return b""


def _signed(head: RowMapping) -> bytes:
    try:
        return checkpoint.read(head["note"].encode())[0].root
    except NotGenuine:
        return bytes(head["root"])


def _leaves(connection: Connection, size: int) -> Iterator[bytes]:
    table = rows.leaf
    for first in range(0, size, _PAGE):
        query = select(table.c.hash).where(
            table.c.position >= first, table.c.position < min(first + _PAGE, size)
        )
        for found in connection.execute(query.order_by(table.c.position)).scalars():
            yield bytes(found)

"""The tiles a log is about to grow from: they must give the root that was last signed.

Growing from a tile that was hurt would sign a root no leaf bears out. Tiles are made from
leaves, so where they fail the leaves are asked: if those give the signed root, the tree is
grown from them and its last tiles are written right; if not, nothing is signed at all.
"""

import functools
import logging
from collections.abc import Iterator

from sqlalchemy import Connection, RowMapping, select

from filing.adapters.db import records, rows
from filing.errors import NotGenuine, StoreDoubtful
from filing.evidence import checkpoint
from filing.evidence.tiles import ReadTile, Tree, append

_log = logging.getLogger("filing.log")
_PAGE = 4096


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

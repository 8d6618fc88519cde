"""The log's tree in tiles: 256 hashes side by side, written once when full.

Source: C2SP tlog-tiles. Tile (level, index) holds the hashes of tree level
8 * level, from position 256 * index on; the last one of a level is partial.
Appending touches the last tile of each level; a proof reads a few per level.

Where tiles are kept, and under which lock they grow, is the caller's: one
``ReadTile`` is handed in, the changed tiles are handed back.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from filing.evidence import merkle
from filing.evidence.merkle import EMPTY_ROOT, HASH_BYTES, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
_KEPT_BYTES = 8 * HASH_BYTES

#: (level, index) -> the hashes known, 32 bytes each; b"" for a tile not begun
ReadTile = Callable[[int, int], bytes]


class Tree:
    """A tree of ``size`` leaves, read through its tiles.

    Keeps what it read and computed, so the proofs of one batch share the work;
    make a new one after the tree has grown. A ``read`` that knows later leaves
    too does no harm: the tree of ``size`` is seen.
    """

    def __init__(self, size: int, read: ReadTile) -> None:
        if size < 0:
            raise ValueError("a tree has no negative size")
        self.size = size
        self._read = functools.cache(read)
        self._nodes: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        """The root; EMPTY_ROOT for a tree without leaves."""
        return merkle.subtree(0, self.size, self._node) if self.size else EMPTY_ROOT

    def root_at(self, size: int) -> bytes:
        """The root this tree had when it was of ``size``, no larger than it is now."""
        return Tree(size, self._read).root()

    def inclusion_proof(self, index: int) -> tuple[bytes, ...]:
        """See merkle.inclusion_path."""
        return merkle.inclusion_path(index, self.size, self._node)

    def consistency_proof(self, first: int) -> tuple[bytes, ...]:
        """From the tree of ``first`` leaves to this one; see merkle.consistency_path."""
        return merkle.consistency_path(first, self.size, self._node)

    def _node(self, level: int, index: int) -> bytes:
        known = self._nodes.get((level, index))
        if known is None:
            known = self._nodes[level, index] = self._compute(level, index)
        return known

    def _compute(self, level: int, index: int) -> bytes:
        tile_level, above = divmod(level, HEIGHT)
        tile, place = divmod(index, WIDTH >> above)
        step = HASH_BYTES << above
        below = self._read(tile_level, tile)[place * step : (place + 1) * step]
        if len(below) != step:
            raise ValueError(f"tile {tile_path(tile_level, tile)} holds too few hashes")
        return _complete(below)


@dataclass(frozen=True, slots=True)
class Growth:
    """What appending did.

    size    leaves in the tree now
    root    its root
    tiles   every tile that changed, whole: (level, index) -> hashes
    tree    the grown tree, with what appending read and computed
    """

    size: int
    root: bytes
    tiles: dict[tuple[int, int], bytes]
    tree: Tree = field(compare=False, repr=False)


def append(size: int, read: ReadTile, leaf_hashes: Sequence[bytes]) -> Growth:
    """Append leaves to a tree of ``size``.

    leaf_hashes   32 bytes each, from merkle.leaf_hash

    Costs the batch plus one partial tile per level. Raises ValueError if the
    last tiles hold fewer hashes than ``size`` says: the stored tree is damaged.
    """
    if any(len(one) != HASH_BYTES for one in leaf_hashes):
        raise ValueError(f"leaf hashes are {HASH_BYTES} bytes each")
    changed: dict[tuple[int, int], bytes] = {}
    read = functools.cache(read)
    level, count, added = 0, size, b"".join(leaf_hashes)
    while added:
        begun, width = divmod(count, WIDTH)
        content = _known(read, level, begun, width) + added
        step = WIDTH * HASH_BYTES
        for at in range(0, len(content), step):
            changed[level, begun + at // step] = content[at : at + step]
        full = len(content) // step
        added = b"".join(_complete(changed[level, begun + one]) for one in range(full))
        level, count = level + 1, count // WIDTH
    grown = size + len(leaf_hashes)

    def read_grown(at_level: int, at_index: int) -> bytes:
        return changed.get((at_level, at_index)) or read(at_level, at_index)

    tree = Tree(grown, read_grown)
    return Growth(grown, tree.root(), changed, tree)


def _known(read: ReadTile, level: int, index: int, width: int) -> bytes:
    content = read(level, index)[: width * HASH_BYTES] if width else b""
    if len(content) != width * HASH_BYTES:
        raise ValueError(f"tile {tile_path(level, index)} does not hold {width} hashes")
    return content


# A log grows to the right: what stands to the left of it is asked for again by
# the next batch. Only larger subtrees are kept, the small ones cost as little anew.
@functools.lru_cache(maxsize=1024)
def _remembered(hashes: bytes) -> bytes:
    middle = len(hashes) // 2
    return node_hash(_complete(hashes[:middle]), _complete(hashes[middle:]))


def _complete(hashes: bytes) -> bytes:
    """The root of a complete subtree; ``hashes`` 2^n side by side."""
    if len(hashes) >= _KEPT_BYTES:
        return _remembered(hashes)
    return merkle.root(_split(hashes))


def _split(content: bytes) -> list[bytes]:
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """The tile's path below "tile/": level, index in threes, ".p/width" if partial.

    tile_path(0, 1234067) == "0/x001/x234/067"
    """
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03}")
    path = "/".join([str(level), *reversed(groups)])
    return path if width == WIDTH else f"{path}.p/{width}"


_PATH = re.compile(
    r"(?P<level>\d{1,2})/(?P<index>(?:x\d{3}/){0,5}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?", re.ASCII
)


def parse_path(path: str) -> tuple[int, int, int]:
    """Read a tile's path as (level, index, width). Raises ValueError."""
    found = _PATH.fullmatch(path)
    if found is not None:
        level = int(found["level"])
        index = int(found["index"].replace("x", "").replace("/", ""))
        width = int(found["width"] or WIDTH)
        # One tile has one path: no leading zeros, no width written out in full.
        if level < 8 and width <= WIDTH and tile_path(level, index, width) == path:
            return level, index, width
    raise ValueError(f"{path[:80]!r} is not the path of a tile")

"""The log computed anew from its leaves: against every checkpoint, every tile, every event.

Leaves are taken in order, once, in memory that grows with the logarithm of the log. At
each checkpoint the root over the leaves so far must be the signed one; all of them being
prefixes of the same leaves, each is consistent with every later one.

Leaves and the lowest tiles say the same twice. Where they differ, the checkpoint decides
which of the two was hurt.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from filing.custody.expected import Trust
from filing.custody.ports import Head, Leaf, Tables
from filing.errors import NotGenuine
from filing.evidence import certificates, checkpoint, logged_event
from filing.evidence.checkpoint import Checkpoint, UnknownSigner
from filing.evidence.members import blob_text
from filing.evidence.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash
from filing.evidence.suites import PublicKey
from filing.evidence.tiles import WIDTH, tile_path
from filing.model.custody import Answer, Fault

PAGE = 4096
#: Clocks of machines that share a log may differ by so much.
LEEWAY = timedelta(minutes=5)
#: So many faults of one kind are named; more of the same help nobody.
MOST = 200
DAMAGED = Answer.DAMAGED


@dataclass
class Range:
    """The roots of the complete subtrees of the leaves so far, left to right."""

    nodes: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """One leaf more."""
        level, node = 0, leaf
        while self.nodes and self.nodes[-1][0] == level:
            node = node_hash(self.nodes.pop()[1], node)
            level += 1
        self.nodes.append((level, node))

    def root(self) -> bytes:
        """The root over all of them."""
        if not self.nodes:
            return EMPTY_ROOT
        computed = self.nodes[-1][1]
        for _, node in reversed(self.nodes[:-1]):
            computed = node_hash(node, computed)
        return computed

    def with_leaves(self, leaves: list[bytes]) -> "Range":
        """A copy with more leaves."""
        grown = Range(list(self.nodes))
        for one in leaves:
            grown.add(one)
        return grown


class Tiles:
    """Tiles as they must be, level by level, held to those kept."""

    def __init__(self, kept: Callable[[int, int], bytes]) -> None:
        self._kept = kept
        self._open: list[list[bytes]] = []
        self._begun: list[int] = []

    def add(self, leaf: bytes) -> Iterator[Fault]:
        """One leaf more; a tile that is full is compared."""
        level, node = 0, leaf
        while True:
            if len(self._open) == level:
                self._open.append([])
                self._begun.append(0)
            row = self._open[level]
            row.append(node)
            if len(row) < WIDTH:
                return
            yield from self._compare(level)
            whole = Range()
            for one in row:
                whole.add(one)
            row.clear()
            self._begun[level] += 1
            level, node = level + 1, whole.root()

    def rest(self, grown: bool) -> Iterator[Fault]:
        """The last tile of each level, and that none follows it.

        grown   the log has grown since: then more may follow
        """
        for level, row in enumerate(self._open):
            if row:
                yield from self._compare(level, grown)
            if grown:
                continue
            following = self._begun[level] + (1 if row else 0)
            if self._kept(level, following):
                yield Fault("CX-1-14", DAMAGED, f"tile {tile_path(level, following)}", "", "extra")
        if not grown and self._kept(len(self._open), 0):
            yield Fault("CX-1-14", DAMAGED, f"tile {tile_path(len(self._open), 0)}", "", "extra")

    def _compare(self, level: int, grown: bool = False) -> Iterator[Fault]:
        index, wanted = self._begun[level], b"".join(self._open[level])
        found = self._kept(level, index)
        if grown:
            found = found[: len(wanted)]
        if found != wanted:
            place = f"tile {tile_path(level, index)}"
            yield Fault("CX-1-14", DAMAGED, place, *_difference(wanted, found))


def _difference(wanted: bytes, found: bytes) -> tuple[str, str]:
    if len(wanted) != len(found):
        return f"{len(wanted) // HASH_BYTES} hashes", f"{len(found) / HASH_BYTES:g}"
    at = next(n for n in range(0, len(wanted), HASH_BYTES) if wanted[n:][:32] != found[n:][:32])
    return f"{wanted[at : at + 32].hex()} at {at // HASH_BYTES}", found[at : at + 32].hex()


@dataclass
class LogCheck:
    """One pass over the log of ``size`` entries."""

    tables: Tables
    trust: Trust
    size: int
    now: datetime
    faults: list[Fault] = field(default_factory=list)
    clock_faults: list[Fault] = field(default_factory=list)
    doubts: list[Fault] = field(default_factory=list)
    _said: Counter[str] = field(default_factory=Counter)

    def run(self, still_ours: Callable[[], bool]) -> bool:
        """Do it; False when it was stopped. ``faults`` then is not the whole."""
        keys = [certificates.read(one).public_key for one in self.trust.keys.values()]
        chosen, tiles = Range(), Tiles(self.tables.tile)
        heads = self._heads()
        head = next(heads, None)
        segment: list[Leaf] = []
        broken, expected, before = False, 0, None
        while expected < self.size:
            page = self.tables.leaves(expected, min(expected + PAGE, self.size))
            for leaf in page:
                if leaf.position != expected:
                    self._say("CX-1-12", f"leaf {expected}", "", f"next is {leaf.position}")
                    return True  # nothing beyond a gap can be computed
                expected += 1
                segment.append(leaf)
                self._event(leaf)
                # A log whose checkpoints are gone is taken in pieces all the same.
                if (head is not None and head.size == expected) or len(segment) >= PAGE:
                    kept = self._decide(chosen, segment, head, expected, broken)
                    broken = broken or kept is None
                    for hashed in kept if kept is not None else [one.hash for one in segment]:
                        chosen.add(hashed)
                        self._keep(tiles.add(hashed))
                    segment = []
                    while head is not None and head.size <= expected:
                        self._head(head, keys, before)
                        before, head = head, next(heads, None)
            if not page:
                self._say("CX-1-12", f"leaf {expected}", "", "gone")
                return True
            if not still_ours():
                return False
        if segment:
            self._say("CX-1-15", f"checkpoint {expected}", "", "no checkpoint covers the last leaf")
        for leaf in segment:
            self._keep(tiles.add(leaf.hash))
        if not broken:
            self._keep(tiles.rest(self.tables.log_size() > self.size))
        return True

    def _decide(
        self, chosen: Range, segment: list[Leaf], head: Head | None, at: int, broken: bool
    ) -> list[bytes] | None:
        """The hashes of these leaves that the checkpoint bears out; None if it bears out none."""
        leaves = [one.hash for one in segment]
        if head is None or head.size != at or broken:
            return leaves
        signed = _root_of(head)
        if signed is None or chosen.with_leaves(leaves).root() == signed:
            return leaves
        others = self._from_tiles(segment)
        if others is not None and chosen.with_leaves(others).root() == signed:
            for one, right in zip(segment, others, strict=True):
                if one.hash != right:
                    self._say("CX-1-10", f"leaf {one.position}", right.hex(), one.hash.hex())
            return others
        root, found = blob_text(signed), "the leaves have another root"
        self._say("CX-1-9", f"checkpoint {head.size}", root, found)
        return None

    def _from_tiles(self, segment: list[Leaf]) -> list[bytes] | None:
        found = []
        for one in segment:
            index, place = divmod(one.position, WIDTH)
            tile = self.tables.tile(0, index)
            hashed = tile[place * HASH_BYTES : (place + 1) * HASH_BYTES]
            if len(hashed) != HASH_BYTES:
                return None
            found.append(hashed)
        return found

    def _event(self, leaf: Leaf) -> None:
        """An event's text is the one its leaf is the hash of."""
        if leaf.record_id:
            return
        place = f"event at leaf {leaf.position}"
        if leaf.body is None:
            self._say("CX-1-13", place, leaf.hash.hex(), "gone")
        elif leaf_hash(leaf.body) != leaf.hash:
            self._say("CX-1-13", place, leaf.hash.hex(), leaf_hash(leaf.body).hex())
        else:
            try:
                logged_event.read(leaf.body)
            except NotGenuine as error:
                self._say("CX-1-13", place, "an event", str(error)[:200])

    def _head(self, head: Head, keys: list[PublicKey], before: Head | None) -> None:
        place = f"checkpoint {head.size}"
        try:
            signed = self._verified(head, keys)
            if (signed.size, signed.root) != (head.size, head.root):
                raise NotGenuine("its row says another size or root than its signed text")
        except NotGenuine as error:
            self._say("CX-1-17", place, "", str(error)[:200])
        if before is not None and head.at < before.at - LEEWAY:
            self._clock(place, before.at.isoformat(), head.at.isoformat())
        if head.at > self.now + LEEWAY:
            self._clock(place, self.now.isoformat(), head.at.isoformat())

    def _verified(self, head: Head, keys: list[PublicKey]) -> Checkpoint:
        """Raises NotGenuine unless the archive signed it, or it cannot be told who did."""
        try:
            return checkpoint.verify(head.note.encode(), self.trust.origin, keys)
        except UnknownSigner:
            if not self.trust.is_before(head.size):
                raise
        if len(self.doubts) < MOST:
            place, found = f"checkpoint {head.size}", "none of the keys known"
            self.doubts.append(
                Fault("CX-1-21", Answer.UNKNOWN, place, "a key of the archive", found)
            )
        return checkpoint.read(head.note.encode())[0]

    def _heads(self) -> Iterator[Head]:
        after = 0
        while page := self.tables.heads(after, PAGE):
            for one in page:
                if one.size > self.size:
                    return
                yield one
            after = page[-1].size

    def _say(self, code: str, place: str, expected: str, found: str) -> None:
        self._keep((Fault(code, DAMAGED, place, expected, found),))

    def _keep(self, faults: Iterable[Fault]) -> None:
        for one in faults:
            self._said[one.code] += 1
            if self._said[one.code] <= MOST:
                self.faults.append(one)

    def _clock(self, place: str, expected: str, found: str) -> None:
        if len(self.clock_faults) < MOST:
            self.clock_faults.append(Fault("CX-1-16", Answer.UNKNOWN, place, expected, found))


def _root_of(head: Head) -> bytes | None:
    """The root its signed text says, whatever the row says beside it."""
    try:
        return checkpoint.read(head.note.encode())[0].root
    except NotGenuine:
        return None

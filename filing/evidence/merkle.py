"""Merkle tree hashing and proofs: pure functions on bytes.

Source: RFC 9162, section 2.1 (the tree of RFC 6962). Names follow it (leaf,
node, path). Nothing here stores a tree; filing.evidence.tiles does.

A tree without leaves proves nothing, so no proof about one is accepted.
"""

import hashlib
from collections.abc import Callable, Sequence

from filing.errors import NotGenuine

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

#: (level, index) -> hash of the complete subtree over the leaves
#: index * 2^level up to (index + 1) * 2^level
ReadNode = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Hash one log entry. The 0x00 prefix keeps leaves apart from nodes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children. Both are 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over all leaf hashes; EMPTY_ROOT over none."""
    row = list(leaves)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        paired = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        # An only child goes up unchanged.
        row = paired + row[len(row) - len(row) % 2 :]
    return row[0]


def subtree(begin: int, end: int, read: ReadNode) -> bytes:
    """The root over the leaves ``begin`` up to ``end``, not empty.

    ``begin`` is a multiple of the greatest power of two within the range, as it
    is for every subtree RFC 9162 names.
    """
    parts = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        parts.append(read(level, begin >> level))
        begin += 1 << level
    computed = parts.pop()
    while parts:
        computed = node_hash(parts.pop(), computed)
    return computed


def inclusion_path(index: int, size: int, read: ReadNode) -> tuple[bytes, ...]:
    """The sibling hashes from leaf ``index`` up to the root of ``size`` leaves.

    Raises ValueError if the leaf is outside the tree.

    Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is outside a tree of {size}")
    begin, end = 0, size
    siblings = []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((begin, middle))
            begin = middle
    return tuple(subtree(left, right, read) for left, right in reversed(siblings))


def consistency_path(first: int, second: int, read: ReadNode) -> tuple[bytes, ...]:
    """The hashes that show a tree of ``first`` leaves inside one of ``second``.

    Empty when both are equal. Raises ValueError unless 0 < first <= second.

    Source: RFC 9162, section 2.1.4.1.
    """
    if not 0 < first <= second:
        raise ValueError(f"no consistency proof from {first} to {second} leaves")
    begin, end = 0, second
    ranges = []
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((begin, middle))
            begin = middle
    if begin:
        # Only a subtree that is not the whole first tree must be told.
        ranges.append((begin, end))
    return tuple(subtree(left, right, read) for left, right in reversed(ranges))


def _split(count: int) -> int:
    """The greatest power of two smaller than ``count``."""
    return 1 << (count - 1).bit_length() - 1


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], trusted_root: bytes
) -> None:
    """Raise NotGenuine unless ``leaf`` stands at ``index`` under ``trusted_root``.

    leaf   32 bytes, from leaf_hash
    path   sibling hashes from the leaf upwards, 32 bytes each

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise NotGenuine(f"leaf {index} is outside a tree of {size}")
    _only_hashes(leaf, *path)
    position, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise NotGenuine("the inclusion path is too long")
        if position % 2 or position == last:
            computed = node_hash(sibling, computed)
            # Skip the levels at which this node is an only child.
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            computed = node_hash(computed, sibling)
        position, last = position // 2, last // 2
    if last:
        raise NotGenuine("the inclusion path is too short")
    if computed != trusted_root:
        raise NotGenuine(f"leaf {index} is not in the tree of {size}: the root differs")


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> None:
    """Raise NotGenuine unless the second tree only adds leaves to the first.

    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 < first <= second:
        raise NotGenuine(f"no tree of {second} leaves continues one of {first}")
    if first == second:
        if path or first_root != second_root:
            raise NotGenuine("two trees of one size differ, or a proof is given for one tree")
        return
    if not path:
        raise NotGenuine("the consistency path is empty")
    _only_hashes(first_root, *path)
    old, new = _roots_from_consistency(first, second, first_root, path)
    if old != first_root:
        raise NotGenuine(f"the tree of {first} leaves is not the one the proof begins with")
    if new != second_root:
        raise NotGenuine(f"the tree of {second} leaves does not continue the one of {first}")


def _roots_from_consistency(
    first: int, second: int, first_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    # A first tree that is one complete subtree is left out of the path.
    hashes = list(path) if first & (first - 1) else [first_root, *path]
    position, last = first - 1, second - 1
    while position % 2:
        position, last = position // 2, last // 2
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise NotGenuine("the consistency path is too long")
        if position % 2 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            new = node_hash(new, sibling)
        position, last = position // 2, last // 2
    if last:
        raise NotGenuine("the consistency path is too short")
    return old, new


def _only_hashes(*hashes: bytes) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise NotGenuine(f"a hash in the proof is not {HASH_BYTES} bytes")

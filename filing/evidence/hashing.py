"""Digests of bytes and streams, SM3 among them, in fixed memory.

SM3 (GB/T 32905-2016) comes from OpenSSL through hashlib; where that build has
none, from cryptography. Which algorithms a Digest may carry is the model's
closed list; ``running`` also serves the other hashes signatures need.
"""

import hashlib
from collections.abc import Sequence
from typing import BinaryIO, Protocol

from cryptography.hazmat.primitives import hashes

from filing.model.digest import Digest

BLOCK_BYTES = 1 << 20


class Running(Protocol):
    """A hash under way."""

    def update(self, block: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Sm3:
    """SM3 where hashlib has none."""

    def __init__(self) -> None:
        self._context = hashes.Hash(hashes.SM3())

    def update(self, block: bytes) -> None:
        self._context.update(block)

    def digest(self) -> bytes:
        return self._context.copy().finalize()


def running(algorithm: str) -> Running:
    """Begin a hash by its hashlib name. Raises ValueError for an unknown one."""
    if algorithm == "sha256":
        return hashlib.sha256()  # by far the most asked for; new() would look it up
    try:
        return hashlib.new(algorithm, usedforsecurity=True)
    except ValueError:
        if algorithm == "sm3":
            return _Sm3()
        raise


def sm3(content: bytes) -> bytes:
    """The SM3 digest, 32 bytes."""
    whole = running("sm3")
    whole.update(content)
    return whole.digest()


class Hasher:
    """Several digests of the same bytes in one pass."""

    def __init__(self, algorithms: Sequence[str]) -> None:
        self._parts = [(algorithm, running(algorithm)) for algorithm in algorithms]
        self.size_bytes = 0

    def update(self, block: bytes) -> None:
        """Take the next bytes."""
        self.size_bytes += len(block)
        for _, part in self._parts:
            part.update(block)

    def digests(self) -> tuple[Digest, ...]:
        """The digests of everything taken so far, in the order asked for."""
        return tuple(Digest(algorithm, part.digest()) for algorithm, part in self._parts)


def digest_bytes(content: bytes, algorithms: Sequence[str] = ("sha256",)) -> tuple[Digest, ...]:
    """The digests of bytes already in memory."""
    if algorithms == ("sha256",):
        return (Digest("sha256", hashlib.sha256(content).digest()),)
    hasher = Hasher(algorithms)
    hasher.update(content)
    return hasher.digests()


def digest_stream(
    stream: BinaryIO, algorithms: Sequence[str], start: int = 0, end: int | None = None
) -> tuple[Digest, ...]:
    """The digests of ``stream`` from ``start`` up to ``end`` (byte offsets).

    A ``start`` of 0 reads on from where the stream stands, so a pipe will do;
    otherwise the stream must seek. ``end`` None reads to the end.

    Raises ValueError if the stream ends before ``end``.
    """
    if start:
        stream.seek(start)
    hasher = Hasher(algorithms)
    wanted = None if end is None else end - start
    while wanted is None or hasher.size_bytes < wanted:
        left = BLOCK_BYTES if wanted is None else min(BLOCK_BYTES, wanted - hasher.size_bytes)
        block = stream.read(left)
        if not block:
            break
        hasher.update(block)
    if wanted is not None and hasher.size_bytes != wanted:
        raise ValueError(f"the stream ends {wanted - hasher.size_bytes} bytes too soon")
    return hasher.digests()

"""Digests of bytes and streams, SM3 among them, in fixed memory.

SM3 (GB/T 32905-2016) comes from OpenSSL through hashlib; where that build has
none, from cryptography. Which algorithms a Digest may carry is the model's
closed list; ``running`` also serves the other hashes signatures need.
"""

import hashlib
import queue
import threading
from collections.abc import Sequence
from typing import BinaryIO, Protocol

from cryptography.hazmat.primitives import hashes

from filing.model.digest import Digest
from filing.processors import roam

BLOCK_BYTES = 1 << 20
#: Bytes of a stream from which hashing is worth a thread of its own.
THREAD_FROM_BYTES = 8 << 20
_QUEUED_BLOCKS = 8


class Running(Protocol):
    """A hash under way."""

    def update(self, block: bytes | memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


class _Sm3:
    """SM3 where hashlib has none."""

    def __init__(self) -> None:
        self._context = hashes.Hash(hashes.SM3())

    def update(self, block: bytes | memoryview) -> None:
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


class HashThread:
    """Feeds a hasher from a bounded queue; hashlib releases the GIL meanwhile."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self._failure: BaseException | None = None
        self._queue: queue.Queue[bytes | None] = queue.Queue(_QUEUED_BLOCKS)
        self._thread = threading.Thread(target=self._run, name="hash", daemon=True)
        self._thread.start()

    def put(self, block: bytes) -> None:
        """Have it hashed; waits while too much is waiting."""
        self._queue.put(block)

    def finish(self) -> None:
        """Wait until everything is hashed; raise what hashing raised."""
        self.stop()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Wait until the thread has ended; once it has, nothing happens."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        roam()  # whoever feeds us writes meanwhile, on a processor of its own
        while (block := self._queue.get()) is not None:
            # After a failure, go on emptying the queue: the writer must not hang.
            if self._failure is None:
                try:
                    self._hasher.update(block)
                except BaseException as error:  # noqa: BLE001  # raised by ``finish``
                    self._failure = error


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

"""The bytes of a content file, to be looked at anywhere without reading them all.

A staged file is read piece by piece and not mapped, so that a large one costs no more
memory than a small one; bytes already in memory are used as they are. ``Damaged`` is how
the readers beside this file tell each other that the bytes stop making sense; it never
leaves this package.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filing.model.package import Content

_WINDOW = 1 << 20


class Staged:
    """A file on disk with as much of the manners of ``bytes`` as the readers need.

    Each slice is read anew; the caller keeps slices small.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._size = os.fstat(handle).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        return os.pread(self._handle, max(0, stop - start), start)

    def find(self, wanted: bytes, start: int = 0, end: int | None = None) -> int:
        """As bytes.find, a window at a time."""
        stop = self._size if end is None else min(end, self._size)
        for at in range(start, stop, _WINDOW):
            window = self[at : min(at + _WINDOW + len(wanted) - 1, stop)]
            if (found := window.find(wanted)) >= 0:
                return at + found
        return -1

    def rfind(self, wanted: bytes, start: int) -> int:
        """As bytes.rfind; all behind ``start`` is read at once."""
        found = self[start:].rfind(wanted)
        return start + found if found >= 0 else -1


Bytes = bytes | Staged


class Damaged(Exception):
    """The bytes are not what their format promises. The text is for people."""


class Exhausted(Exception):
    """Looking further would cost more than a file of this size may."""


class Budget:
    """Work a file may cause, in units the caller names (bytes, objects)."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def spend(self, amount: int) -> None:
        """Take ``amount`` off. Raises Exhausted when it is not there."""
        self.left -= amount
        if self.left < 0:
            raise Exhausted


@contextmanager
def view(content: Content) -> Iterator[Bytes]:
    """The bytes of ``content``, sliceable; a staged file stays open meanwhile."""
    if isinstance(content.body, bytes):
        yield content.body
        return
    with content.body.open("rb", buffering=0) as stream:
        yield Staged(stream.fileno())


@contextmanager
def as_path(content: Content) -> Iterator[str]:
    """A path under which a library can open ``content``.

    Bytes in memory get an anonymous file; nothing is written to a disk.
    """
    if isinstance(content.body, Path):
        yield str(content.body)
        return
    with as_handle(content) as handle:
        yield handle_path(handle)


@contextmanager
def as_handle(content: Content) -> Iterator[int]:
    """``content`` as an open file; bytes in memory as an anonymous one."""
    if isinstance(content.body, Path):
        with content.body.open("rb", buffering=0) as stream:
            yield stream.fileno()
        return
    handle = os.memfd_create("content", os.MFD_CLOEXEC)
    try:
        written = os.write(handle, content.body)
        while written < len(content.body):
            written += os.write(handle, memoryview(content.body)[written:])
        yield handle
    finally:
        os.close(handle)


def handle_path(handle: int) -> str:
    """The path by which this process can open again what is open at ``handle``."""
    return f"/proc/self/fd/{handle}"


def counted(number: int, chinese: str, english: str) -> str:
    """So many of something, in both languages; ``english`` is the singular."""
    if number != 1:
        english = f"{english[:-1]}ies" if english.endswith("y") else f"{english}s"
    return f"{number} {chinese} / {number} {english}"

"""Files read again, in fixed memory: by the quick way, or past what the kernel remembers.

A second reader that asks the page cache would be told what the first was told. ``Fresh``
reads around it (O_DIRECT) or, where a file system has no such way, drops the file's pages
and opens it anew.

What cannot be read is ``Unreadable``, whatever the reason: never a digest, never damage.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH118

import errno
import hashlib
import mmap
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from filing.evidence.hashing import Running, running

_BLOCK = 512 << 10
#: Files of no more bytes are kept whole for whoever judges them.
KEPT_BYTES = 64 << 10
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOATIME
#: The name is not there, or is something else now: said by what looks for names.
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


class Unreadable(Exception):
    """The file system did not give it; ``gone`` when it said there is no such thing."""

    def __init__(self, reason: str, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


#: Told the bytes of every block read, before the next; may wait, may raise to stop.
Pace = Callable[[int], None]


class Reader(Protocol):
    """How files are read."""

    def entries(self, folder: str) -> list[tuple[str, int, int]]:
        """(name, S_IFMT, inode) of everything in a folder. Raises Unreadable."""

    def digest(self, path: str, keep: int = KEPT_BYTES) -> tuple[int, str, bytes | None]:
        """(bytes, SHA-256 in hex, content if it is at most ``keep``). Raises Unreadable."""


class AnyDigest(Reader, Protocol):
    """A reader that computes other digests too."""

    def digest(
        self, path: str, keep: int = KEPT_BYTES, algorithm: str = "sha256"
    ) -> tuple[int, str, bytes | None]:
        """As Reader's, by any algorithm of filing.evidence.hashing."""


def unreadable(error: OSError) -> Unreadable:
    """What the file system said, as what it means here."""
    name = errno.errorcode.get(error.errno or 0, "?")
    return Unreadable(f"{name}: {error.strerror}", error.errno in _GONE)


@contextmanager
def telling() -> Iterator[None]:
    """Turn an OSError into Unreadable."""
    try:
        yield
    except OSError as error:
        raise unreadable(error) from error


def _no_pace(read: int) -> None:
    return


class Quick:
    """Reads as everybody does; one buffer, so one thread at a time."""

    def __init__(self, pace: Pace = _no_pace) -> None:
        self._buffer = bytearray(_BLOCK)
        self._view = memoryview(self._buffer)
        self._views = [self._view]
        self._pace = pace
        self._flags = _OPEN

    def entries(self, folder: str) -> list[tuple[str, int, int]]:
        """See Reader."""
        # Without ``telling``: a context manager costs as much as the call it guards.
        try:
            with os.scandir(folder) as found:
                return [
                    (one.name, stat.S_IFREG, one.inode())
                    if one.is_file(follow_symlinks=False)
                    else (one.name, _kind(one), one.inode())
                    for one in found
                ]
        except OSError as error:
            raise unreadable(error) from error

    def digest(
        self, path: str, keep: int = KEPT_BYTES, algorithm: str = "sha256"
    ) -> tuple[int, str, bytes | None]:
        """See Reader."""
        try:
            try:
                handle = os.open(path, self._flags)
            except PermissionError:
                # Only the owner may ask for O_NOATIME.
                self._flags = _OPEN & ~os.O_NOATIME
                handle = os.open(path, self._flags)
            try:
                count = os.readv(handle, self._views)
                first = self._view[:count]
                if count < _BLOCK and algorithm == "sha256":
                    self._pace(count)
                    content = bytes(first) if count <= keep else None
                    return count, hashlib.sha256(first).hexdigest(), content
                return self._long(handle, first, keep, running(algorithm))
            finally:
                os.close(handle)
        except OSError as error:
            raise unreadable(error) from error

    def _long(
        self, handle: int, first: memoryview, keep: int, whole: Running
    ) -> tuple[int, str, bytes | None]:
        # Of a long file the next megabytes are fetched while these are digested.
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        size, kept = 0, bytearray()
        block = first
        while block:
            whole.update(block)
            size += len(block)
            if size <= keep:
                kept += block
            self._pace(len(block))
            block = self._view[: os.readv(handle, [self._view])]
        return size, whole.digest().hex(), bytes(kept) if size <= keep else None


class Fresh:
    """Reads past the page cache. Slower; for what the quick way found wanting."""

    def __init__(self, pace: Pace = _no_pace) -> None:
        self._buffer = mmap.mmap(-1, _BLOCK)  # O_DIRECT wants aligned memory
        self._view = memoryview(self._buffer)
        self._pace = pace

    def entries(self, folder: str) -> list[tuple[str, int, int]]:
        """See Reader. What is listed is looked up once more, each by itself."""
        with telling():
            found = []
            for name in sorted(os.listdir(folder)):  # noqa: PTH208
                state = os.stat(os.path.join(folder, name), follow_symlinks=False)  # noqa: PTH116
                found.append((name, stat.S_IFMT(state.st_mode), state.st_ino))
            return found

    def digest(
        self, path: str, keep: int = KEPT_BYTES, algorithm: str = "sha256"
    ) -> tuple[int, str, bytes | None]:
        """See Reader."""
        with telling():
            try:
                return self._read(path, os.O_DIRECT, keep, running(algorithm))
            except OSError as error:
                if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP}:
                    raise
            return self._read(path, 0, keep, running(algorithm))

    def close(self) -> None:
        """Give the buffer back."""
        self._view.release()
        self._buffer.close()

    def _read(
        self, path: str, direct: int, keep: int, whole: Running
    ) -> tuple[int, str, bytes | None]:
        handle = os.open(path, (_OPEN & ~os.O_NOATIME) | direct)
        try:
            with suppress(OSError):
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            size, kept = 0, b""
            while count := os.readv(handle, [self._view]):
                block = self._view[:count]
                whole.update(block)
                if size + count <= keep:
                    kept += bytes(block)
                size += count
                self._pace(count)
                if direct and count % 512:
                    break  # the end: O_DIRECT would refuse to read on from here
            return size, whole.digest().hex(), kept if size <= keep else None
        finally:
            os.close(handle)


def _kind(entry: os.DirEntry[str]) -> int:
    """Of what is no file."""
    return stat.S_IFDIR if entry.is_dir(follow_symlinks=False) else stat.S_IFLNK

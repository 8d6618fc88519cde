"""One delivery's files on their way into staging: digested as the bytes pass.

A tray holds a delivery, a spool takes one file of it: small ones stay in
memory, larger ones go to a file. From 8 MiB on, hashing has a thread of its
own, so that writing and hashing overlap.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH102, PTH118

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from filing.adapters.durable import FILE_MODE, FOLDER_MODE, writing
from filing.adapters.ownership import remove
from filing.adapters.writeback import begin_writeback
from filing.evidence.hashing import THREAD_FROM_BYTES, Hasher, HashThread
from filing.model.package import Content

_BLOCK = 1 << 20  # bytes gathered before they are written and hashed
_BLOCK_CHUNKS = 4096  # or so many pieces, however small
_WRITEBACK = 16 << 20  # bytes after which the kernel is asked to start writing
_TRAY_FACTOR = 4


class Spool:
    """Takes the bytes of one file. Made by Tray.open; used by one thread.

    size_bytes   taken so far
    """

    def __init__(self, tray: "Tray", member: str, algorithms: Sequence[str]) -> None:
        self.member = member
        self.size_bytes = 0
        self._tray = tray
        self._hasher = Hasher(algorithms)
        self._thread: HashThread | None = None
        self._block: list[bytes] = []
        self._block_bytes = 0
        self._small: list[bytes] = []
        self._handle = -1
        self._path = ""
        self._written = 0
        self._pushed = 0
        self._closed = False

    def write(self, chunk: bytes) -> None:
        """Take the next bytes. Raises StorageFull, OutsideUnavailable."""
        if self._closed:
            raise ValueError(f"spool of {self.member!r} is closed")
        # A bytearray or view may change after we return; bytes cannot.
        one = chunk if type(chunk) is bytes else bytes(chunk)
        self._block.append(one)
        self._block_bytes += len(one)
        self.size_bytes += len(one)
        if self._block_bytes >= _BLOCK or len(self._block) >= _BLOCK_CHUNKS:
            self._flush()

    def close(self) -> Content:
        """Finish: the content with its digests. Not yet durable."""
        if self._closed:
            raise ValueError(f"spool of {self.member!r} is closed")
        try:
            self._flush()
            if self._thread is not None:
                self._thread.finish()
        except BaseException:
            self.abort()
            raise
        self._closed = True
        return Content(
            self.member, self.size_bytes, tuple(self._hasher.digests()), self._take_body()
        )

    def abort(self) -> None:
        """Forget everything taken. May be called at any time, and twice."""
        if self._closed:
            return
        self._closed = True
        self._small, self._block = [], []
        if self._thread is not None:
            self._thread.stop()
        if self._handle >= 0:
            os.close(self._handle)
            remove(self._path)

    def _take_body(self) -> bytes | Path:
        if self._handle >= 0:
            os.close(self._handle)
            return Path(self._path)
        body = b"".join(self._small)
        self._small = []
        self._tray.claim(len(body))
        return body

    def _flush(self) -> None:
        block = self._block[0] if len(self._block) == 1 else b"".join(self._block)
        self._block, self._block_bytes = [], 0
        if self._thread is None and self.size_bytes > THREAD_FROM_BYTES:
            self._thread = HashThread(self._hasher)
        if self._thread is not None:
            self._thread.put(block)
        else:
            self._hasher.update(block)
        self._small.append(block)
        if self._handle >= 0 or self.size_bytes > self._tray.room:
            self._spill()

    def _spill(self) -> None:
        with writing(f"the staged file {self.member!r}"):
            if self._handle < 0:
                self._path, self._handle = self._tray.new_file()
            for block in self._small:
                done = os.write(self._handle, block)
                while done < len(block):
                    done += os.write(self._handle, memoryview(block)[done:])
                self._written += done
        self._small = []
        if self._written - self._pushed >= _WRITEBACK:
            begin_writeback(self._handle, self._pushed, self._written - self._pushed)
            self._pushed = self._written


class Tray:
    """One delivery's place in staging; leaving the ``with`` block clears it."""

    def __init__(self, folder: Callable[[], str], algorithms: Sequence[str], limit: int) -> None:
        self._folder = folder
        self._algorithms = algorithms
        self._limit = limit
        self._left = limit * _TRAY_FACTOR
        self._spools: list[Spool] = []
        self._path = ""
        self._files = 0

    @property
    def room(self) -> int:
        """Bytes the next spool may keep in memory."""
        return min(self._limit, self._left)

    def claim(self, size_bytes: int) -> None:
        """Count content that stays in memory."""
        self._left -= size_bytes

    def open(self, member: str) -> Spool:
        """A spool for the file ``member``; the name is recorded, never used as a path."""
        spool = Spool(self, member, self._algorithms)
        self._spools.append(spool)
        return spool

    def new_file(self) -> tuple[str, int]:
        """Create an empty file here. Returns its path and a handle for writing."""
        if not self._path:
            path = self._folder()
            os.mkdir(path, FOLDER_MODE)
            self._path = path
        self._files += 1
        path = os.path.join(self._path, str(self._files))
        return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)

    def discard(self) -> None:
        """Remove everything staged here; contents handed out lose their files."""
        for spool in self._spools:
            spool.abort()
        self._spools = []
        if self._path:
            remove(self._path)
            self._path = ""

    def __enter__(self) -> "Tray":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

"""The log's copy on disk: files of so many entries each, appended in order.

One process writes (a duty's holder). Should two ever write at once, entries stand
twice, which does no harm: the same position says the same. A line that a crash cut off
is passed over and written again.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from filing.adapters.appending import append, make_folder
from filing.adapters.durable import sync_each, writing
from filing.evidence import logbook
from filing.evidence.logbook import Copied, Signed

#: Entries in one file.
PER_FILE = 4096
_SUFFIX = ".jsonl"
#: Checkpoints come behind the entries they cover: the last one is nearly always in this.
_TAIL = 64 << 10


class Logbook:
    """The files in ``folder``, named by the position of the first entry each may hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def end(self) -> int:
        """The first position that is not in the book. Raises OSError."""
        files = self._files()
        if not files:
            return 0
        first = int(files[-1].stem)
        there = {one.position for one in _lines(files[-1]) if isinstance(one, Copied)}
        return next(at for at in range(first, first + PER_FILE + 1) if at not in there)

    def stamp(self) -> object:
        """Changes whenever anybody has appended. Raises OSError."""
        files = self._files()
        return (files[-1].name, files[-1].stat().st_size) if files else None

    def append(self, entries: Sequence[Copied], signed: Sequence[Signed]) -> None:
        """Write entries in their order, then checkpoints; on disk when this returns.

        Raises StorageFull, OutsideUnavailable, StoreDoubtful, OSError.
        """
        if not entries:
            return
        with writing("the log's copy"):
            make_folder(self._folder)
            paths = []
            for number, some in groupby(entries, lambda one: one.position // PER_FILE):
                paths.append(self._path(number))
                append(paths[-1], b"".join(logbook.write(one) for one in some))
            append(paths[-1], b"".join(logbook.write(one) for one in signed))
        sync_each((*paths, self._folder, self._folder.parent))

    def lines(self) -> Iterator[Copied | Signed]:
        """Everything that can be read, file by file. Raises OSError."""
        for path in self._files():
            yield from _lines(path)

    def lines_from(self, first: int) -> Iterator[Copied | Signed]:
        """What one file holds: that of the entry ``first`` and those after it. Raises OSError."""
        path = self._path(first // PER_FILE)
        if path.exists():
            yield from _lines(path)

    def last_signed(self) -> Signed | None:
        """The checkpoint written last; None where there is none. Raises OSError."""
        for path in reversed(self._files()):
            for tail in (_TAIL, path.stat().st_size):
                with path.open("rb") as stream:
                    stream.seek(max(0, path.stat().st_size - tail))
                    signed = [one for one in _read(stream) if isinstance(one, Signed)]
                if signed:
                    return signed[-1]
        return None

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}")) if self._folder.is_dir() else []

    def _path(self, number: int) -> Path:
        return self._folder / f"{number * PER_FILE:016}{_SUFFIX}"


def _lines(path: Path) -> Iterator[Copied | Signed]:
    with path.open("rb") as stream:
        yield from _read(stream)


def _read(stream: BinaryIO) -> Iterator[Copied | Signed]:
    while line := stream.readline(logbook.MAX_BYTES + 1):
        try:
            yield logbook.read(line)
        except ValueError:
            continue  # a crash cut it off; it was written again behind

"""The copies of one location on a file system: looked at in this thread or by processes.

Small records are bound by opening files and by Python itself, so for many of them each
process takes some and answers with values alone. A record is looked at by one process
from beginning to end: nothing is handed to and fro within it.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH118

import copyreg
import functools
import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, fields
from multiprocessing import get_context
from operator import attrgetter
from typing import Any  # a value of any kind, pickled
from urllib.parse import unquote

from filing.adapters.custody.further import check_further
from filing.adapters.custody.patience import Patience
from filing.adapters.custody.reading import AnyDigest, Fresh, Pace, Quick
from filing.adapters.custody.structure import judge_structure
from filing.adapters.custody.walking import walk
from filing.adapters.ocfl.layout import ROOT_DECLARATION, object_path
from filing.custody.expected import Expected, Stated, Trust, Walked
from filing.custody.judging import judge
from filing.errors import OutsideUnavailable
from filing.model.custody import Answer, Depth, Fault, Look
from filing.model.identifiers import object_id
from filing.model.record import Record
from filing.model.submission import Submission

#: What opens a record's content again: faults of readability and validity.
Opened = Callable[[Expected, Walked, Stated, str], Iterator[Fault]]
#: What one process takes at a time.
_CHUNK = 48
_SHARE_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where the copies stand, and what they are held to."""

    root: str
    trust: Trust


def look(place: Place, one: Expected, reader: AnyDigest, opened: Opened | None) -> Look:
    """One record, looked at once."""
    folder = f"{place.root}/{object_path(object_id(one.record_id))}"
    walked = walk(folder, reader)
    if not walked.there:
        fault = Fault("CX-2-8", Answer.DAMAGED, "", object_id(one.record_id), "", "E003")
        return Look(one.record_id, (fault,), 0, 0, True)
    told = judge_structure(walked, object_id(one.record_id))
    faults = [*told.faults]
    each = opened is not None
    faults += judge(one, walked, told.stated, told.accounted, place.trust, each)
    if not faults and told.stated is not None:
        faults += check_further(walked, told.stated, folder, reader)
    if opened is not None and not faults and told.stated is not None:
        faults += opened(one, walked, told.stated, folder)
    return Look(
        one.record_id,
        tuple(faults),
        len(walked.files),
        walked.size_bytes,
        not walked.unread,
    )


def looked(
    patience: Patience,
    place: Place,
    some: Sequence[Expected],
    pace: Pace,
    reader: Callable[[Pace], AnyDigest],
    opened: Opened | None,
) -> list[Look]:
    """A look at each; what hangs could not be told."""

    def begin(told: Pace) -> Callable[[int], Look]:
        its = reader(told)
        return lambda number: look(place, some[number], its, opened)

    def missed(number: int, why: str) -> Look:
        fault = Fault("CX-4-2", Answer.UNKNOWN, "", found=why)
        return Look(some[number].record_id, (fault,), 0, 0, False)

    return patience.each(len(some), pace, begin, missed)


class LocalCopies:
    """Keeps the promises of filing.custody.ports.Copies for a folder on this machine.

    trust    read anew for each batch: keys and revocations change
    opened   what looks into content, None to leave it out whatever is asked
    pace     told of every block read in this thread
    pool     processes that share the work; None: this process alone
    patience how long a read may hang
    """

    def __init__(
        self,
        root: str,
        trust: Callable[[], Trust],
        opened: Opened | None,
        pace: Pace,
        pool: "Pool | None" = None,
        reader: Callable[[Pace], AnyDigest] = Quick,
        again: Callable[[Pace], AnyDigest] = Fresh,
        patience: Patience | None = None,
    ) -> None:
        self._root = root
        self._trust = trust
        self._opened = opened
        self._pace = pace
        self._pool = pool
        self._reader = reader
        self._fresh = again
        self._patience = patience or Patience()

    def available(self) -> None:
        """See Copies: the storage root's declaration must be there and right."""
        if not self._patience.once(self._root, self._declared):
            raise _away(self._root, "its declaration is not the store's")

    def _declared(self) -> bool:
        name, content = ROOT_DECLARATION
        try:
            with open(os.path.join(self._root, name), "rb") as stream:  # noqa: PTH123
                return stream.read(len(content) + 1) == content
        except OSError as error:
            raise _away(self._root, error.strerror or "?") from error

    def begin(self, some: Sequence[Expected], depth: Depth) -> Callable[[], list[Look]]:
        """See Copies."""
        place = Place(self._root, self._trust())
        opened = self._opened if depth is Depth.WHOLE else None
        if self._pool is not None and _is_much(some):
            return self._pool.begin(place, some, opened)
        return lambda: looked(self._patience, place, some, self._pace, self._reader, opened)

    def again(self, some: Sequence[Expected], depth: Depth) -> list[Look]:
        """See Copies."""
        place = Place(self._root, self._trust())
        opened = self._opened if depth is Depth.WHOLE else None
        return looked(self._patience, place, some, self._pace, self._fresh, opened)

    def objects(self) -> Iterator[tuple[list[str], list[str]]]:
        """See Copies. One first-level folder at a time; memory stays flat."""
        for first in self._patience.once(self._root, lambda: self._folders("")):
            if first != "extensions":
                yield from self._patience.once(self._root, functools.partial(self._below, first))

    def _below(self, first: str) -> list[tuple[list[str], list[str]]]:
        found = []
        for second in self._folders(first):
            ids: list[str] = []
            odd: list[str] = []
            for name in self._folders(f"{first}/{second}"):
                place = f"{first}/{second}/{name}"
                record_id = unquote(name).removeprefix("urn:uuid:")
                if object_path(object_id(record_id)) == place:
                    ids.append(record_id)
                else:
                    odd.append(place)
            found.append((ids, odd))
        return found

    def _folders(self, below: str) -> list[str]:
        try:
            with os.scandir(os.path.join(self._root, below)) as entries:
                return sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
        except OSError as error:
            raise _away(f"{self._root}/{below}", error.strerror or "?") from error


class Pool:
    """Processes that look at records; begun on first use, ended with ``close``."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._executor: Executor | None = None

    def begin(
        self, place: Place, some: Sequence[Expected], opened: Opened | None
    ) -> Callable[[], list[Look]]:
        """Share ``some`` out. This and the answer raise OutsideUnavailable when a process died."""
        if self._executor is None:
            # What there is by now stays: looking for garbage in it took a tenth of the time.
            gc.freeze()
            # Not a fork: this process has threads and connections.
            self._executor = ProcessPoolExecutor(
                self._processes, get_context("forkserver"), initializer=gc.freeze
            )
        shares = list(_shares(some, self._processes))
        # The heaviest first, so that the processes end together.
        order = sorted(range(len(shares)), key=lambda at: -_weight(shares[at]))
        with self._whole():
            parts = {at: self._executor.submit(_look_at, place, shares[at], opened) for at in order}

        def answer() -> list[Look]:
            with self._whole():
                return [one for at in range(len(shares)) for one in parts[at].result()]

        return answer

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Where a process died, the others end too; the next ``begin`` makes new ones."""
        try:
            yield
        except BrokenProcessPool as error:
            self.close()
            raise OutsideUnavailable(
                "a process that read records died", "读取档案的进程意外终止"
            ) from error

    def pids(self) -> list[int]:
        """The processes there are now."""
        processes = getattr(self._executor, "_processes", None) or {}
        return list(processes)

    def close(self) -> None:
        """End the processes."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None


def _packed(kind: type) -> Callable[[Any], tuple[type, tuple[object, ...]]]:
    """How a value goes to another process: by its fields alone, a fifth of the usual cost."""
    values = attrgetter(*(one.name for one in fields(kind)))
    return lambda one: (kind, values(one))


for _kind in (Expected, Record, Submission, Look):
    copyreg.pickle(_kind, _packed(_kind))


def _is_much(some: Sequence[Expected]) -> bool:
    """Whether handing it out costs less than reading it here."""
    return len(some) > _CHUNK or (len(some) > 1 and _weight(some) > _SHARE_BYTES)


def _weight(some: Sequence[Expected]) -> int:
    return sum(one.size_bytes for one in some)


def _shares(some: Sequence[Expected], processes: int) -> Iterator[Sequence[Expected]]:
    """In order, a few records each, or one that is large."""
    most = min(_CHUNK, -(-len(some) // processes))
    begun, size = 0, 0
    for at, one in enumerate(some):
        size += one.size_bytes
        if at + 1 - begun >= most or size >= _SHARE_BYTES:
            yield some[begun : at + 1]
            begun, size = at + 1, 0
    if begun < len(some):
        yield some[begun:]


#: Of a process that reads: what it left behind counts for all it does.
_patience = Patience()


def _look_at(place: Place, some: Sequence[Expected], opened: Opened | None) -> list[Look]:
    return looked(_patience, place, some, _no_pace, Quick, opened)


def _no_pace(read: int) -> None:
    return


def _away(place: str, why: str) -> OutsideUnavailable:
    return OutsideUnavailable(f"{place} cannot be read: {why}", f"存储位置 {place} 不可用")

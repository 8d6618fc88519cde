"""Processes that share the looking at records of one place.

Small records are bound by opening files and by Python itself, so for many of them each
process takes some and answers with values alone.
"""

import copyreg
import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import fields
from multiprocessing import get_context
from operator import attrgetter
from typing import Any  # a value of any kind, pickled

from filing.adapters.custody.listing import list_objects
from filing.adapters.custody.looking import Place, looked
from filing.adapters.custody.patience import Patience
from filing.adapters.custody.reading import Quick
from filing.custody.expected import Expected
from filing.errors import OutsideUnavailable
from filing.model.custody import Look
from filing.model.record import Record
from filing.model.submission import Submission

#: What one process takes at a time.
_CHUNK = 48
_SHARE_BYTES = 8 << 20
#: Folders listed ahead of whoever asks, for each process.
_AHEAD = 4


class Pool:
    """Processes that look at records; begun on first use, ended with ``close``."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._executor: Executor | None = None

    def begin(self, place: Place, some: Sequence[Expected]) -> Callable[[], list[Look]]:
        """Share ``some`` out. This and the answer raise OutsideUnavailable when a process died."""
        shares = list(_shares(some, self._processes))
        # The heaviest first, so that the processes end together.
        order = sorted(range(len(shares)), key=lambda at: -_weight(shares[at]))
        with self._whole():
            begun = self._begun()
            parts = {at: begun.submit(_look_at, place, shares[at]) for at in order}

        def answer() -> list[Look]:
            with self._whole():
                return [one for at in range(len(shares)) for one in parts[at].result()]

        return answer

    def _begun(self) -> Executor:
        if self._executor is None:
            # What there is by now stays: looking for garbage in it took a tenth of the time.
            gc.freeze()
            # Not a fork: this process has threads and connections.
            self._executor = ProcessPoolExecutor(
                self._processes, get_context("forkserver"), initializer=gc.freeze
            )
        return self._executor

    @property
    def is_begun(self) -> bool:
        """Whether there are processes: for a little work none are made."""
        return self._executor is not None

    def list_objects(
        self, root: str, firsts: Sequence[str]
    ) -> Iterator[tuple[list[str], list[str]]]:
        """What list_objects says of each folder, in order; some are listed ahead."""
        coming: deque[Future[tuple[list[str], list[str]]]] = deque()
        with self._whole():
            for first in firsts:
                coming.append(self._begun().submit(_list_at, root, first))
                if len(coming) > _AHEAD * self._processes:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()

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


def is_much(some: Sequence[Expected]) -> bool:
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


def _look_at(place: Place, some: Sequence[Expected]) -> list[Look]:
    return looked(_patience, place, some, _no_pace, Quick)


def _list_at(root: str, first: str) -> tuple[list[str], list[str]]:
    return list_objects(root, first, _patience)


def _no_pace(read: int) -> None:
    return

"""Which processors the threads of a server process run on.

The threads of one Python process take turns at the interpreter, so they gain little from a
second processor; but when the turn goes to a thread on another one, all that the interpreter
works with must be carried over into that one's caches, hundreds of times for each delivery.
Where there is a server process for every processor, the threads that serve requests
therefore stay on one of their own. Threads that hold the interpreter seldom roam.

Where the system has no such thing, nothing happens.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: What this process was given when it began, before any thread kept to less.
_GIVEN = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()


def keep_to_one(number: int, processes: int) -> None:
    """Keep this thread, and those it starts, to one processor.

    number     of this process among those that serve, from 0
    processes  how many serve; with fewer than there are processors nothing is done, since
               work of others might crowd one processor while another is idle
    """
    if 1 < len(_GIVEN) <= processes:
        _run_on({sorted(_GIVEN)[number % len(_GIVEN)]})


def roam() -> None:
    """Let this thread run wherever the process may, whatever thread started it."""
    _run_on(_GIVEN)


@contextmanager
def roaming() -> Iterator[None]:
    """``roam`` while the block runs: for a process that is begun in it."""
    before = os.sched_getaffinity(0) if _GIVEN else frozenset[int]()
    roam()
    try:
        yield
    finally:
        _run_on(before)


def _run_on(some: set[int] | frozenset[int]) -> None:
    if some:
        with suppress(OSError):  # the operator has taken processors away meanwhile
            os.sched_setaffinity(0, some)

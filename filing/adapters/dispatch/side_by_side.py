"""Several pieces of one duty at a time, so that one that is slow keeps no other waiting."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from filing.adapters.dispatch.duties import StillOurs

T = TypeVar("T")
GoOn = Callable[[], bool]
#: How often the duty's lease is thought of while pieces are under way.
_LOOK_SECONDS = 0.5


def side_by_side(
    pieces: Sequence[T], work: Callable[[T, GoOn], bool], still_ours: StillOurs, most: int
) -> bool:
    """Do ``work`` on every piece, ``most`` at once; whether any of them has more to do.

    ``work`` asks its second argument between steps and ends when it says no. What a piece
    raises is raised here, when all have ended.
    """
    ended = threading.Event()

    def go_on() -> bool:
        return not ended.is_set()

    def begin(piece: T) -> bool:
        return go_on() and work(piece, go_on)

    with ThreadPoolExecutor(min(most, len(pieces)) or 1, "side-by-side") as pool:
        pending = {pool.submit(begin, piece) for piece in pieces}
        every = tuple(pending)
        while pending:
            _, pending = wait(pending, timeout=_LOOK_SECONDS)
            if not still_ours():
                ended.set()
    more = [one.result() for one in every]
    return any(more)

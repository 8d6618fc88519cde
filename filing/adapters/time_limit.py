"""An answer within a time, from calls that know no time-out of their own.

Who does not answer in time is left behind in a thread of its own, which ends when the
call does; whatever it still does, nobody hears of. Only for calls that may be repeated.
"""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, act: Callable[[], T]) -> T:
    """What ``act`` returns or raises; TimeoutError when it takes longer."""
    answer: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()

    def run() -> None:
        try:
            found = act()
        except Exception as error:  # noqa: BLE001  # handed to whoever waits, in whose thread it is raised
            failure = error

            def fail() -> T:
                raise failure

            answer.put(fail)
        else:
            answer.put(lambda: found)

    threading.Thread(target=run, name="within", daemon=True).start()
    try:
        said = answer.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise TimeoutError(f"no answer in {seconds:.1f} s") from None
    return said()

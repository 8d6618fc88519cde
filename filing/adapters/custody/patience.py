"""Reads that do not come back are given up; the audit goes on.

A read from a dead network mount may hang for ever, and nothing can end it. So reading is
done by a thread that can be left behind: when it shows no sign of life for a while, what it
was at is *could not tell*, and another thread takes the rest. How many may be left behind
at a time is bounded; beyond that the place is said not to answer.

Knows nothing of what is read, and asks no clock: it counts how often it waited in vain.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from filing.adapters.custody.reading import Pace
from filing.errors import OutsideUnavailable

T = TypeVar("T")
_WAITS = 20


@dataclass
class _Attempt(Generic[T]):
    """One thread's work, as far as it came."""

    results: list[T] = field(default_factory=list)
    error: BaseException | None = None
    beats: int = 0
    paused: bool = False
    given_up: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pace(self, pace: Pace, count: int) -> None:
        """A sign of life; whoever holds the pace may wait as long as it likes."""
        self.beats += 1
        self.paused = True
        try:
            pace(count)
        finally:
            self.paused = False

    def add(self, result: T) -> bool:
        """Keep a result; False when nobody waits for it any more."""
        with self.lock:
            if not self.given_up:
                self.results.append(result)
                self.beats += 1
            return not self.given_up

    def give_up(self) -> list[T]:
        """What there is; nothing is added from now on."""
        with self.lock:
            self.given_up = True
            return self.results


class Patience:
    """Waits for reads of one place.

    seconds   without a sign of life until a read is given up
    most      threads left behind at a time
    """

    def __init__(self, seconds: float = 60.0, most: int = 4) -> None:
        self._seconds = seconds
        self._most = most
        self._behind: list[threading.Thread] = []

    def each(
        self,
        count: int,
        pace: Pace,
        begin: Callable[[Pace], Callable[[int], T]],
        missed: Callable[[int, str], T],
    ) -> list[T]:
        """``count`` results, in order.

        begin    given the pace to be told, makes what gives the result of a number
        missed   the result of a number that was given up, and why

        Raises OutsideUnavailable when too many hang, and whatever the work raises.
        """
        results: list[T] = []
        while len(results) < count:
            self._may_begin()
            attempt, thread = self._started(len(results), count, pace, begin)
            finished = self._waited(attempt)
            results += attempt.give_up()
            if not finished:
                self._behind.append(thread)
                if len(results) < count:
                    why = f"ETIMEDOUT: no answer for {self._seconds:g} s"
                    results.append(missed(len(results), why))
            elif attempt.error is not None:
                raise attempt.error
        return results

    def once(self, place: str, work: Callable[[], T]) -> T:
        """The result of ``work``. Raises OutsideUnavailable when it hangs."""

        def missed(number: int, why: str) -> T:
            raise OutsideUnavailable(
                f"{place} does not answer: {why}", f"存储位置 {place} 没有响应"
            )

        return self.each(1, _no_pace, lambda pace: lambda number: work(), missed)[0]

    def _may_begin(self) -> None:
        self._behind = [one for one in self._behind if one.is_alive()]
        if len(self._behind) >= self._most:
            raise OutsideUnavailable(
                f"{len(self._behind)} reads do not come back", "存储位置长时间没有响应"
            )

    def _started(
        self, first: int, count: int, pace: Pace, begin: Callable[[Pace], Callable[[int], T]]
    ) -> tuple[_Attempt[T], threading.Thread]:
        attempt = _Attempt[T]()

        def work() -> None:
            try:
                result = begin(lambda read: attempt.pace(pace, read))
                for number in range(first, count):
                    if not attempt.add(result(number)):
                        return
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                attempt.error = error
            finally:
                attempt.done.set()

        thread = threading.Thread(target=work, name="custody-read", daemon=True)
        thread.start()
        return attempt, thread

    def _waited(self, attempt: _Attempt[T]) -> bool:
        """Whether the attempt came to an end."""
        vain, seen = 0, -1
        while not attempt.done.wait(self._seconds / _WAITS):
            alive = attempt.paused or attempt.beats != seen
            vain, seen = (0 if alive else vain + 1), attempt.beats
            if vain >= _WAITS:
                return False
        return True


def _no_pace(read: int) -> None:
    return

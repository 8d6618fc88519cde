"""Duties: work that one process of the archive does for all, again and again.

What is due stands in the tables of the duty itself; this only says who does it
and when. Each duty has a thread of its own here and a lease in the database, so
that several processes, on one machine or many, never do it twice at once. A duty
must bear being stopped between any two of its steps and taken up by another
process: a lease that ran out is not a lock.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from filing.adapters.dispatch.leased import holding
from filing.errors import FilingError, NotFound

_log = logging.getLogger("filing.duties")
_LEASE_SECONDS = 30.0
_SLICE_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 60.0


class Leases(Protocol):
    """Who holds which duty; see filing.adapters.db.leases."""

    def take(self, name: str, holder: str, seconds: float) -> bool: ...
    def give_up(self, name: str, holder: str) -> None: ...


#: True while the duty is ours, and never again once it was not; renews the lease when half of
#: it is spent.
StillOurs = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty.

    name            at most 40 characters; the lease's name
    every_seconds   pause when nothing is left to do
    do              does some of it, asking ``still_ours`` between steps; True: more waits
    """

    name: str
    every_seconds: float
    do: Callable[[StillOurs], bool]


class Duties:
    """The duties of one process.

    holder   names the process, unlike any other
    send     has a duty done elsewhere, instead of here; None: it is done here. A message
             that is lost or comes twice costs nothing: the next one comes soon, and
             the lease lets only one do it
    """

    def __init__(
        self,
        leases: Leases,
        holder: Callable[[], str],
        send: Callable[[str, float], None] | None = None,
    ) -> None:
        self._leases = leases
        self._holder = holder
        self._send = send
        self._duties: list[Duty] = []
        self._under_way: set[str] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._wake: dict[str, threading.Event] = {}
        self._stopping = threading.Event()

    def add(self, duty: Duty) -> None:
        """Take a duty on; before ``start``."""
        self._duties.append(duty)
        self._wake[duty.name] = threading.Event()

    def start(self) -> None:
        """Begin; once, in the process that is to do the work (after a fork)."""
        for duty in self._duties:
            thread = threading.Thread(
                target=self._run, args=(duty,), name=f"duty-{duty.name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def wake(self, name: str) -> None:
        """Say that there may be work; the process that holds the duty may be another."""
        self._wake[name].set()

    def stop(self) -> None:
        """Ask every duty to end after its present step, and wait for it."""
        self._stopping.set()
        for one in self._wake.values():
            one.set()
        for thread in self._threads:
            thread.join()

    def _run(self, duty: Duty) -> None:
        failures = 0
        while True:
            # In this order: a call to stop or to wake that comes later is not slept through.
            self._wake[duty.name].clear()
            if self._stopping.is_set():
                break
            more = False
            try:
                if self._send is not None:
                    self._send(duty.name, duty.every_seconds)
                elif self._leases.take(duty.name, self._holder(), _LEASE_SECONDS):
                    more = duty.do(self._asking(duty))
                failures = 0
            except FilingError as error:
                failures += 1
                _log.warning("event=duty-waits duty=%s why=%s", duty.name, error)
            except Exception:  # noqa: BLE001  # the outermost loop of this thread: the duty must go on
                failures += 1
                _log.exception("event=duty-failed duty=%s", duty.name)
            if not more:
                self._wake[duty.name].wait(_pause(duty.every_seconds, failures))
        self._let_go(duty)

    def once(self, name: str) -> None:
        """Do what of a duty is waiting now, for a while, unless somebody else does it.

        Raises what the duty raises; NotFound for a duty this process does not know.
        """
        duty = next((one for one in self._duties if one.name == name), None)
        if duty is None:
            raise NotFound(f"there is no duty {name!r} here")
        with self._lock:
            if name in self._under_way:
                return
            self._under_way.add(name)
        until = time.monotonic() + _SLICE_SECONDS
        try:
            if self._leases.take(name, self._holder(), _LEASE_SECONDS):
                still_ours = self._asking(duty)
                while duty.do(still_ours) and time.monotonic() < until and still_ours():
                    continue
                self._let_go(duty)
        finally:
            with self._lock:
                self._under_way.discard(name)

    def _asking(self, duty: Duty) -> StillOurs:
        ours = holding(
            lambda: self._leases.take(duty.name, self._holder(), _LEASE_SECONDS),
            _LEASE_SECONDS / 2,
        )
        return lambda: not self._stopping.is_set() and ours()

    def _let_go(self, duty: Duty) -> None:
        try:
            self._leases.give_up(duty.name, self._holder())
        except FilingError as error:
            _log.warning("event=lease-kept duty=%s why=%s", duty.name, error)


def _pause(every_seconds: float, failures: int) -> float:
    """Longer after each failure in a row, but never shorter than usual."""
    longer = min(every_seconds * float(2 ** min(failures, 10)), _LONGEST_PAUSE_SECONDS)
    return max(every_seconds, longer)

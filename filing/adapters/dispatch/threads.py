"""Work for later, on a thread of this process.

What is due stands in the database; this queue only says when. Losing it costs
nothing: the next start puts everything that is waiting in again. Work that
fails is tried again, ever more seldom, as long as the process lives.
"""

import heapq
import logging
import queue
import threading
import time
from collections.abc import Callable

from filing.errors import FilingError
from filing.processors import roam

_log = logging.getLogger("filing.dispatch")
_RETRY_SECONDS = 2.0
_LONGEST_RETRY_SECONDS = 60.0


class Threads:
    """Takes ids of submissions and does the work on each, one after another.

    work    does it; done already is no error
    """

    def __init__(self, work: Callable[[str], None]) -> None:
        self._work = work
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        # What failed: (when to try again, id, tries). Only our thread touches it.
        self._later: list[tuple[float, str, int]] = []
        self._known: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="later", daemon=True)
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def put(self, submission_id: str) -> None:
        """Have it done soon; once, however often it is put while it waits."""
        with self._lock:
            if self._stopping.is_set() or submission_id in self._known:
                return
            self._known.add(submission_id)
            if not self._thread.is_alive():
                self._thread.start()
        self._waiting.put(submission_id)

    def stop(self) -> None:
        """End after what is under way; what waits is taken up at the next start."""
        with self._lock:
            self._stopping.set()
            running = self._thread.is_alive()
        if running:
            self._waiting.put("")  # only to wake it
            self._thread.join()

    def _run(self) -> None:
        roam()  # the thread of some request has started us
        while True:
            submission_id, tries = self._next()
            if self._stopping.is_set():
                return
            if self._done(submission_id):
                with self._lock:
                    self._known.discard(submission_id)
            else:
                pause = min(_RETRY_SECONDS * 2**tries, _LONGEST_RETRY_SECONDS)
                again = time.monotonic() + pause, submission_id, min(tries + 1, 10)
                heapq.heappush(self._later, again)

    def _next(self) -> tuple[str, int]:
        """What is to be done next, with the number of tries before."""
        while True:
            patience = None
            if self._later:
                patience = max(0.0, self._later[0][0] - time.monotonic())
            try:
                return self._waiting.get(timeout=patience), 0
            except queue.Empty:
                _, submission_id, tries = heapq.heappop(self._later)
                return submission_id, tries

    def _done(self, submission_id: str) -> bool:
        try:
            self._work(submission_id)
        except FilingError as error:
            _log.warning("event=later-waits submission=%s why=%s", submission_id, error)
        except Exception:  # noqa: BLE001  # the outermost loop of this thread: the others must go on
            _log.exception("event=later-failed submission=%s", submission_id)
        else:
            return True
        return False

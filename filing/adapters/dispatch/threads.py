"""Work for later, on threads of this process.

What is due stands in the database; this queue only says when. Losing it costs
nothing: the next start puts everything that is waiting in again.
"""

import logging
import queue
import threading
from collections.abc import Callable

from filing.errors import FilingError, OutsideUnavailable

_log = logging.getLogger("filing.dispatch")
_RETRY_SECONDS = 2.0
_TRIES = 30


class Threads:
    """Takes ids of submissions and does the work on each, one after another.

    work    does it; done already is no error
    """

    def __init__(self, work: Callable[[str], None]) -> None:
        self._work = work
        self._waiting: queue.SimpleQueue[tuple[str, int] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="later", daemon=True)
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def put(self, submission_id: str) -> None:
        """Have it done soon."""
        with self._lock:
            if not self._thread.is_alive() and not self._stopping.is_set():
                self._thread.start()
        self._waiting.put((submission_id, 1))

    def stop(self) -> None:
        """End after what is under way; what waits is taken up at the next start."""
        self._stopping.set()
        with self._lock:
            running = self._thread.is_alive()
        if running:
            self._waiting.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (one := self._waiting.get()) is not None and not self._stopping.is_set():
            submission_id, tries = one
            try:
                self._work(submission_id)
            except OutsideUnavailable as error:
                _log.warning("event=later-waits submission=%s why=%s", submission_id, error)
                if tries < _TRIES and not self._stopping.wait(_RETRY_SECONDS):
                    self._waiting.put((submission_id, tries + 1))
            except FilingError as error:
                _log.error("event=later-failed submission=%s why=%s", submission_id, error)
            except Exception:  # the outermost loop of this thread: the others must go on
                _log.exception("event=later-failed submission=%s", submission_id)

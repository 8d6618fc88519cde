"""Gathers the records that are waiting and commits them together.

One thread per process. While one batch is on its way to disk the next one
gathers, so nobody waits for company and a busy archive shares its barriers
and commits.
"""

import logging
import queue
import threading
import time
from concurrent.futures import Future

from filing.errors import FilingError, OutsideUnavailable, StoreDoubtful
from filing.ingest.accept import Ceremony, Sealed
from filing.ingest.judged import Judged
from filing.model.submission import Submission

_log = logging.getLogger("filing.committer")
_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 10.0
_NEVER = float("inf")

Promise = Future[tuple[Submission, bytes] | None]


class Committer:
    """Takes judged deliveries, answers through futures.

    most   records in one batch
    """

    def __init__(self, ceremony: Ceremony, most: int) -> None:
        self._ceremony = ceremony
        self._most = most
        self._waiting: queue.SimpleQueue[tuple[Sealed, Promise] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._started = threading.Lock()
        self._stopped = False
        self._retry_at = _NEVER
        self._retry_seconds = _RETRY_SECONDS

    def hand_in(self, judged: Judged) -> Promise:
        """Seal and stage a record here and now, then let it be committed with others.

        Raises what Ceremony.prepare raises.
        """
        sealed = self._ceremony.prepare(judged)
        promise: Promise = Future()
        with self._started:
            if not self._stopped:
                if not self._thread.is_alive():
                    self._thread.start()
                # Inside the lock: behind the end nobody would take it.
                self._waiting.put((sealed, promise))
                return promise
        self._ceremony.abandon(sealed)
        raise OutsideUnavailable("the archive is stopping", "服务正在停止")

    def stop(self) -> None:
        """Commit what is waiting, then end."""
        with self._started:
            self._stopped = True
            running = self._thread.is_alive()
        if running:
            self._waiting.put(None)
            self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._gather()
            if batch:
                self._commit(batch)
            if time.monotonic() >= self._retry_at or (ended and self._retry_at != _NEVER):
                self._finish()

    def _gather(self) -> tuple[list[tuple[Sealed, Promise]], bool]:
        """What is waiting, at least one unless a retry is due; and whether to end after it."""
        batch: list[tuple[Sealed, Promise]] = []
        patience = None
        if self._retry_at != _NEVER:
            patience = max(0.0, self._retry_at - time.monotonic())
        try:
            one = self._waiting.get(timeout=patience)
            while one is not None:
                batch.append(one)
                if len(batch) == self._most:
                    return batch, False
                one = self._waiting.get_nowait()
        except queue.Empty:
            return batch, False
        return batch, True

    def _commit(self, batch: list[tuple[Sealed, Promise]]) -> None:
        try:
            results = self._ceremony.commit([sealed for sealed, _ in batch])
        except Exception as error:  # noqa: BLE001  # the outermost loop: nobody may wait for ever
            _log.exception("event=ceremony-failed records=%d", len(batch))
            for _, promise in batch:
                promise.set_exception(error)
            self._retry_later()
            return
        for (_, promise), result in zip(batch, results, strict=True):
            if isinstance(result, FilingError):
                promise.set_exception(result)
            else:
                promise.set_result(result)
        if any(isinstance(result, FilingError) for result in results):
            self._retry_later()

    def _finish(self) -> None:
        try:
            finished = self._ceremony.finish()
        except StoreDoubtful:
            # Only a restart, after somebody looked, may go on.
            self._retry_at = _NEVER
        except FilingError as error:
            _log.warning("event=ceremony-waits why=%s", error)
            self._retry_later()
        except Exception:  # noqa: BLE001  # the outermost loop: whoever comes later must still be served
            _log.exception("event=ceremony-failed")
            self._retry_later()
        else:
            self._retry_at, self._retry_seconds = _NEVER, _RETRY_SECONDS
            if finished:
                _log.info("event=ceremony-finished records=%d", finished)

    def _retry_later(self) -> None:
        if self._retry_at != _NEVER and time.monotonic() < self._retry_at:
            return
        self._retry_at = time.monotonic() + self._retry_seconds
        self._retry_seconds = min(_LONGEST_RETRY_SECONDS, self._retry_seconds * 2)

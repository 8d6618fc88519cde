"""How many deliveries one agency may have under way at the same time.

Counted per server process: it keeps one agency from taking every thread, it
does not bill anybody.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from filing.api.problems import TooManyDeliveries


class Deliveries:
    """The count. Safe to share among threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    @contextmanager
    def one_of(self, agency_id: str) -> Iterator[None]:
        """Count one delivery while the block runs. Raises TooManyDeliveries."""
        with self._lock:
            if self._running[agency_id] >= self._most:
                raise TooManyDeliveries(
                    f"{self._most} deliveries are under way, the most at one time",
                    f"同时进行的移交已达上限（{self._most}）",
                )
            self._running[agency_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[agency_id] -= 1
                if not self._running[agency_id]:
                    del self._running[agency_id]

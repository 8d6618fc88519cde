"""The time, and ids made from it: the one place that asks the machine for either."""

import os
import threading
import time
from datetime import UTC, date, datetime, timedelta, timezone

from filing.model.identifiers import new_id

#: Archives in China keep one civil time, whatever the machine is set to.
CHINA = timezone(timedelta(hours=8), "UTC+08:00")


class SystemClock:
    """The machine's clock; ids rise within a process even when it steps back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0

    def now(self) -> datetime:
        """The time, UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The day it is in China."""
        return datetime.now(CHINA).date()

    def new_id(self) -> str:
        """A fresh UUIDv7."""
        with self._lock:
            self._last_ms = max(self._last_ms, time.time_ns() // 1_000_000)
            at_ms = self._last_ms
        return new_id(at_ms, os.urandom(10))

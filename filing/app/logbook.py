"""The duty that carries the log into its copy in the store."""

from collections.abc import Callable

from filing.adapters.custody.stored_log import LOG
from filing.adapters.db.log_copy import LogCopy
from filing.adapters.dispatch.duties import Duty
from filing.adapters.logbook import Logbook
from filing.app.site import Site
from filing.errors import OutsideUnavailable

_EVERY_SECONDS = 1.0
_AT_ONCE = 256


class CopyLog:
    """Copies what the book lacks. Safe to do at any time, by several at once."""

    def __init__(self, book: Logbook, log: LogCopy) -> None:
        self._book = book
        self._log = log
        self._end = -1
        self._stamp: object = None

    def __call__(self, still_ours: Callable[[], bool]) -> bool:
        """Copy some; True while more waits. Raises OutsideUnavailable."""
        try:
            if self._end < 0 or self._stamp != self._book.stamp():  # another process wrote too
                self._end = self._book.end()
            while still_ours():
                entries, signed = self._log.behind(self._end, _AT_ONCE)
                if not entries:
                    return False
                self._book.append(entries, signed)
                self._end += len(entries)
                self._stamp = self._book.stamp()
        except OSError as error:
            self._end = -1
            raise OutsideUnavailable(f"the log's copy: {error.strerror}") from error
        except OutsideUnavailable:
            self._end = -1
            raise
        return True


def logbook(site: Site) -> Logbook:
    """The log's copy of a site."""
    return Logbook(site.settings.store / LOG)


def duty(site: Site) -> Duty:
    """Carry the log over, a second behind at most."""
    return Duty("logbook", _EVERY_SECONDS, CopyLog(logbook(site), LogCopy(site.database)))

"""Single entries of the store's copy of the log, for rows to be put right from."""

from filing.adapters.custody.stored_log import LOG, StoredLog
from filing.adapters.logbook import PER_FILE, Logbook
from filing.app.site import Site
from filing.errors import OutsideUnavailable
from filing.evidence.logbook import Copied


class LookedUp:
    """The store's copy of the log, looked up. Keeps the promises of rows_repair.LogCopies."""

    def __init__(self, site: Site) -> None:
        self._book = Logbook(site.settings.store / LOG)
        self._stored = StoredLog(site.settings.store)
        self.statement = self._stored.statement

    def entry(self, position: int) -> Copied | None:
        """See LogCopies. Reads one file of the book."""
        try:
            lines = self._book.lines_from(position - position % PER_FILE)
            return next(
                (one for one in lines if isinstance(one, Copied) and one.position == position), None
            )
        except OSError as error:
            raise OutsideUnavailable(f"the log's copy: {error.strerror}") from error

    def of_record(self, record_id: str) -> Copied | None:
        """See LogCopies."""
        lines = self._stored.lines()
        return next(
            (one for one in lines if isinstance(one, Copied) and one.record_id == record_id), None
        )

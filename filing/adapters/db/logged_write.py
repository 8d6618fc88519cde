"""A transaction with the events it calls for: committed with their leaves, or not at all."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from filing.adapters.db.engine import Database
from filing.adapters.db.log_events import Said, Sign, log_events
from filing.adapters.db.log_tiles import Witness


class LoggedWriter:
    """Writes with events in the log.

    sign      (leaves, root) -> the signed checkpoint
    witness   told each checkpoint once it is committed, and asked before the next
    """

    def __init__(
        self,
        database: Database,
        sign: Sign,
        witness: Witness,
        new_id: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:
        self.database = database
        self.new_id = new_id
        self.now = now
        self._sign = sign
        self._witness = witness

    def logged(self, write: Callable[[Connection], list[Said]], at: datetime) -> None:
        """Run ``write``; what it says is logged in the same transaction."""
        with self.database.writing() as connection:
            # First of all, as everywhere: two writers never wait for each other's rows.
            self.database.order_log(connection)
            said = write(connection)
            note = log_events(connection, said, at, self._sign, self._witness) if said else ""
        if note:
            self._witness.remember(note, at)

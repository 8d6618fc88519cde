"""Custody, built from a site: audits on the main store, and the duty that keeps the promise."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from filing.adapters.custody.learning import size_of
from filing.adapters.custody.local_copies import LocalCopies
from filing.adapters.custody.opening import Opening
from filing.adapters.custody.pool import Pool
from filing.adapters.custody.trusting import trust_of
from filing.adapters.custody.used_certificates import UsedCertificates
from filing.adapters.db.custody_book import SqlBook
from filing.adapters.db.custody_tables import SqlTables
from filing.adapters.db.leases import SqlLeases
from filing.adapters.dispatch.duties import Duty
from filing.adapters.dispatch.leased import holding
from filing.app.site import Site
from filing.config import Settings
from filing.custody.auditing import Auditing
from filing.custody.catalogue import load_catalogue
from filing.custody.expected import Trust
from filing.custody.keeping import Keeping
from filing.custody.schedule import Meter, Schedule
from filing.custody.wholes import HoldingWide
from filing.evidence import checkpoint
from filing.evidence.checkpoint import Checkpoint
from filing.model.custody import MAIN, Audit

_log = logging.getLogger("filing.custody")
DUTY = "custody"
_EVERY_SECONDS = 20.0
_LEASE_SECONDS = 60.0
_CATCH_UP = 1000
_PROCESSES = 2


class CustodyParts:
    """Everything of custody in one process.

    processes   that share the reading of audits run here; 0: this thread alone
    """

    def __init__(self, site: Site, processes: int = 0) -> None:
        self.site = site
        self.meter = Meter(time.monotonic, time.sleep)
        self.pool = Pool(processes) if processes else None
        self.tables = SqlTables(site.database)
        self.book = SqlBook(site.database, self._sign, site.witness, site.clock.new_id)
        self.copies = LocalCopies(
            str(site.settings.store), self.trust, Opening(), self.meter, self.pool
        )
        wholes = HoldingWide(
            self.tables, self.copies, self.book, site.witness, self.trust, site.clock
        )
        self.auditing = Auditing(
            MAIN, self.copies, self.tables, self.book, wholes, site.clock, self.meter.pause
        )
        self._leases = SqlLeases(site.database, site.clock.now)
        self.keeping = Keeping(
            auditing=self.auditing,
            book=self.book,
            known=load_catalogue(),
            meter=self.meter,
            mine=self.mine,
            done=self.done,
            woken=self._woken,
        )
        self.schedule = Schedule(self.auditing, self.book, self.meter, self.settle, self.mine)

    def trust(self) -> Trust:
        """The archive's own certificates and what was revoked, as they are now."""
        settings, used = self.site.settings, UsedCertificates(self.site.witness.folder)
        return trust_of(settings.keys, settings.origin, used)

    def trust_as_is(self) -> Trust:
        """The same, whether certificates are missing or not: for what asks the log alone."""
        return trust_of(self.site.settings.keys, self.site.settings.origin)

    def duty(self) -> Duty:
        """The promise, kept."""
        return Duty(DUTY, _EVERY_SECONDS, self.schedule.do)

    def settle(self) -> None:
        """Bring the witness up to the database, and both onto the disk."""
        size = size_of(self.site.witness.last())
        while heads := self.tables.heads(size, _CATCH_UP):
            for one in heads:
                self.site.witness.append(one.note, one.at)
                size = one.size
        self.site.witness.settle()

    def mine(self, audit: Audit) -> Callable[[], bool] | None:
        """Take an audit for this process; see filing.custody.schedule.Schedule."""
        name, holder = _lease(audit), self._holder()
        if not self._leases.take(name, holder, _LEASE_SECONDS):
            return None
        return holding(lambda: self._leases.take(name, holder, _LEASE_SECONDS), _LEASE_SECONDS / 3)

    def done(self, audit: Audit) -> None:
        """Give it back."""
        self._leases.give_up(_lease(audit), self._holder())

    def close(self) -> None:
        """End the processes that read."""
        if self.pool is not None:
            self.pool.close()

    def _holder(self) -> str:
        return f"{self.site.staging.owner()}:{threading.get_ident()}"

    def _sign(self, size: int, root: bytes) -> str:
        head = Checkpoint(self.site.settings.origin, size, root)
        return checkpoint.sign(head, self.site.signing()).decode()

    def _woken(self) -> None:
        with suppress(KeyError):  # a command on the machine has no duties
            self.site.duties.wake(DUTY)


def _lease(audit: Audit) -> str:
    return f"audit-{audit.id.replace('-', '')}"


def open_custody(settings: Settings) -> CustodyParts:
    """Custody for a command on the machine: two processes read for it.

    Raises Misconfigured.
    """
    site = Site(settings)
    site.check()
    return CustodyParts(site, processes=_PROCESSES)

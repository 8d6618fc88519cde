"""Further copies, built from a site: copying, audits of each location, repairs, drills."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from filing.adapters.custody.stored_log import LOG, SETTINGS
from filing.adapters.db.copy_book import HeldBook, HeldTables, SqlCopyBook
from filing.adapters.db.custody_tables import SqlTables
from filing.adapters.db.leases import SqlLeases
from filing.adapters.db.log_copy import LogCopy
from filing.adapters.db.mending import SqlMending
from filing.adapters.dispatch.duties import Duty
from filing.adapters.keys import digest_algorithms
from filing.adapters.settings_book import SettingsBook
from filing.app import logbook
from filing.app.custody import CustodyParts, open_custody
from filing.app.log_lookup import LookedUp
from filing.app.places import OpenPlaces
from filing.app.scratch import Scratches
from filing.app.site import Site
from filing.config import Settings
from filing.custody.acts_for_two import ActsForTwo
from filing.custody.auditing import Auditing
from filing.custody.copy_keeping import CopyKeeping
from filing.custody.copying import CatchingUp
from filing.custody.drill import Drilling
from filing.custody.keeping import Keeping
from filing.custody.ports import StillOurs
from filing.custody.repair import Repairing, set_aside_note
from filing.custody.rows_repair import RowsRepairing
from filing.custody.schedule import Meter, Schedule
from filing.custody.wholes import HoldingWide
from filing.errors import FilingError, OutsideUnavailable
from filing.evidence import checkpoint
from filing.evidence.checkpoint import Checkpoint
from filing.model.copies import Location, LocationState
from filing.model.custody import MAIN, Audit, Fault
from filing.model.people import Person

_log = logging.getLogger("filing.copies")
_EVERY_SECONDS = 10.0
_AUDIT_SECONDS = 20.0
_DRILL_SECONDS = 3600.0
_BOOK_SECONDS = 5.0
_LEASE_SECONDS = 60.0
_CARRY_SECONDS = 60.0
_SWEEP_SECONDS = 3600.0
#: No copy is on its way for so long.
_DEAD = timedelta(days=1)


class CopyParts:
    """Everything about further copies in one process.

    after   told the name of each step of a repair when it is done; for drills
    """

    def __init__(
        self,
        site: Site,
        custody: CustodyParts,
        after: Callable[[str], None] = lambda step: None,
    ) -> None:
        self._site, self._custody = site, custody
        clock = site.clock
        writer = site.database, self._sign, site.witness, clock.new_id, clock.now
        self.book = SqlCopyBook(*writer)
        self.tables = SqlTables(site.database)
        self.places = OpenPlaces(
            self.book,
            str(site.settings.store),
            site.settings.origin,
            custody,
            digest_algorithms(site.settings),
        )
        self._leases = SqlLeases(site.database, site.clock.now)
        self.catching = CatchingUp(
            self.places.main,
            self.tables,
            self.book,
            site.clock,
            lambda location, record_id: set_aside_note(location, record_id, site.clock.now()),
        )
        self.repairing = Repairing(
            self.places.every, self.tables, self.book, site.clock, self._take, after
        )
        self.settings_book = SettingsBook(site.settings.store / SETTINGS)
        self.two = ActsForTwo(
            self.book, site.clock, self.places.named, custody.book.finding, self._accept
        )
        self.drilling = Drilling(
            self.book,
            site.clock,
            Scratches(site, custody.trust),
            self._book_end,
            self.settle,
            timedelta(days=site.settings.drill_days),
        )
        rows = RowsRepairing(
            LookedUp(site), SqlMending(*writer), self.tables, lambda: self.places.main, site.clock
        )
        self.keeping = CopyKeeping(
            places=self.places,
            book=self.book,
            clock=site.clock,
            catching=self.catching,
            repairing=self.repairing,
            rows=rows,
            two=self.two,
            drilling=self.drilling,
            custody=self.custody,
            carry_books=self._carry_now,
        )
        self._audited: dict[tuple[str, int], tuple[Keeping, Schedule]] = {}
        self._carried: dict[str, float] = {}
        self._swept: dict[str, float] = {}

    def duties(self) -> Iterator[Duty]:
        """Copying and repairs; audits of locations; settings into the store; drills."""
        yield Duty("copies", _EVERY_SECONDS, self.copy)
        yield Duty("copy-audits", _AUDIT_SECONDS, self.audit)
        yield Duty("settings-book", _BOOK_SECONDS, self._carry_settings)
        yield Duty("drill", _DRILL_SECONDS, self.drilling.do)

    def copy(self, still_ours: StillOurs) -> bool:
        """One step to each location that lacks anything; first what a crash left."""
        self.repairing.finish(still_ours)
        self.two.finish()
        more = False
        for one in self._active():
            if not still_ours():
                return False
            with _waiting(one):
                place = self.places.reach(one)
                more = self.catching.do(one, place, still_ours) or more
                self._carry_books(one, hurry=False)
                self._sweep(one)
        return more

    def audit(self, still_ours: StillOurs) -> bool:
        """The promise of each location, kept."""
        more = False
        for one in self._active():
            with _waiting(one):
                _, schedule = self._of(one)
                more = schedule.do(still_ours) or more
        return more

    def custody(self, location: str) -> Keeping:
        """Audits of one location. Raises NotFound."""
        if location == MAIN:
            return self._custody.keeping
        return self._of(self.book.location(location))[0]

    def _book_end(self) -> int:
        self.places.main.available()
        try:
            return logbook.logbook(self._site).end()
        except OSError as error:
            raise OutsideUnavailable(f"the log's copy: {error.strerror}") from error

    def settle(self) -> int:
        """Bring the store's copies of log and settings up to date; entries in the log."""
        self.places.main.available()
        copying = logbook.CopyLog(logbook.logbook(self._site), LogCopy(self._site.database))
        while copying(lambda: True):
            continue
        self._carry_settings(lambda: True)
        return self.tables.log_size()

    def _carry_now(self, one: Location) -> None:
        self.settle()
        self._carry_books(one, hurry=True)

    def _carry_books(self, one: Location, hurry: bool) -> None:
        now = time.monotonic()
        if not hurry and now - self._carried.get(one.name, -_CARRY_SECONDS) < _CARRY_SECONDS:
            return
        place, root = self.places.reach(one), self._site.settings.store
        for folder in (LOG, SETTINGS):
            for path in sorted((root / folder).glob("*.jsonl")):
                name, size = f"{folder}/{path.name}", path.stat().st_size
                if place.size_of(name) < size:
                    place.carry(name, str(path), size)
        self._carried[one.name] = now

    def _sweep(self, one: Location) -> None:
        """Once an hour: what a process that died while it copied left beside."""
        now = time.monotonic()
        if now - self._swept.get(one.name, -_SWEEP_SECONDS) >= _SWEEP_SECONDS:
            self.places.reach(one).sweep(self._site.clock.now() - _DEAD)
            self._swept[one.name] = now

    def _carry_settings(self, still_ours: StillOurs) -> bool:
        try:
            self.settings_book.carry(self._site.database)
        except OSError as error:
            raise OutsideUnavailable(f"the settings' copy: {error.strerror}") from error
        return False

    def _active(self) -> list[Location]:
        return [one for one in self.book.locations() if one.state is LocationState.ACTIVE]

    def _of(self, one: Location) -> tuple[Keeping, Schedule]:
        key = one.identity, one.version
        if key not in self._audited:
            self._audited[key] = self._auditing(one)
        return self._audited[key]

    def _auditing(self, one: Location) -> tuple[Keeping, Schedule]:
        site, custody = self._site, self._custody
        meter = Meter(time.monotonic, time.sleep)
        copies = self.places.copies(one, meter)
        tables = HeldTables(site.database, one.name)
        book = HeldBook(site.database, self._sign, site.witness, site.clock.new_id)
        wholes = _PlaceWide(tables, copies, book, site.witness, custody.trust, site.clock)
        auditing = Auditing(one.name, copies, tables, book, wholes, site.clock, meter.pause)
        keeping = Keeping(
            auditing=auditing,
            book=book,
            known=custody.keeping.known,
            meter=meter,
            mine=custody.mine,
            done=custody.done,
            woken=lambda: None,
        )
        return keeping, Schedule(auditing, book, meter, lambda: None, custody.mine)

    def _accept(self, by: Person, finding_id: str, reason: str) -> object:
        return self._custody.keeping.accept_agreed(by, finding_id, reason)

    def _take(self, location: str, record_id: str) -> Callable[[], None] | None:
        name = f"repair-{record_id.replace('-', '')}"
        holder = f"{self._site.staging.owner()}:{threading.get_ident()}"
        if not self._leases.take(name, holder, _LEASE_SECONDS):
            return None
        ended = threading.Event()

        def keep() -> None:
            # However large the record: the lease runs on while its repair does.
            while not ended.wait(_LEASE_SECONDS / 3):
                try:
                    self._leases.take(name, holder, _LEASE_SECONDS)
                except FilingError as error:
                    _log.warning("event=lease-not-renewed lease=%s why=%s", name, error)

        thread = threading.Thread(target=keep, name=name, daemon=True)
        thread.start()

        def give_back() -> None:
            ended.set()
            thread.join()
            self._leases.give_up(name, holder)

        return give_back

    def _sign(self, size: int, root: bytes) -> str:
        head = Checkpoint(self._site.settings.origin, size, root)
        return checkpoint.sign(head, self._site.signing()).decode()


class _PlaceWide(HoldingWide):
    """Of a further location only what it holds: log and database are the main store's audit."""

    def before(self, location: str) -> dict[str, list[Fault]]:
        """Nothing: no log stands here."""
        return {}

    def faults(self, audit: Audit, still_ours: StillOurs) -> dict[str, list[Fault]] | None:
        """Objects nobody knows."""
        store = self._strange(still_ours)
        return {"store": store} if still_ours() else None


@contextmanager
def _waiting(one: Location) -> Iterator[None]:
    """A location that does not answer must not keep the others waiting."""
    try:
        yield
    except FilingError as error:
        _log.warning("event=location-waits location=%s why=%s", one.name, error)


def open_copies(settings: Settings) -> CopyParts:
    """Copies for a command on the machine. Raises Misconfigured."""
    custody = open_custody(settings)
    return CopyParts(custody.site, custody)

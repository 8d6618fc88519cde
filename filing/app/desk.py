"""The desk, built from a site: its use cases behind filing.services.desk.Desk, and its duties."""

from collections.abc import Callable, Mapping
from datetime import date

from filing.adapters.db.desk import SqlDesk
from filing.adapters.db.desk_acts import SqlActs
from filing.adapters.db.desk_causes import SqlCauses
from filing.adapters.db.people import SqlAccounts
from filing.adapters.dispatch.duties import Duty
from filing.app.correction import SiteCorrections
from filing.app.site import Site
from filing.desk.acting import Acting
from filing.desk.ports import Mending
from filing.desk.queue import Queue
from filing.desk.reading import Reading
from filing.desk.work import Working
from filing.ingest.signatures import LOCAL
from filing.model.desk import (
    Act,
    Cause,
    Counts,
    Entry,
    Filter,
    Page,
    Preview,
    Remedy,
    SavedFilter,
)
from filing.model.people import Person
from filing.services import EventView

#: The duty that carries acts on many out.
ACTS = "acts"
#: The duty that reads what was rejected before the desk was kept.
READING = "desk-unread"
_EVERY_SECONDS = 5.0
_EVERY_MINUTES = 300.0


class SiteDesk:
    """Keeps the promises of filing.services.desk.Desk."""

    def __init__(self, queue: Queue, acting: Acting) -> None:
        self._queue = queue
        self._acting = acting

    def queue(self, person: Person, chosen: Filter, cursor: str, limit: int) -> Page:
        """See filing.services.desk.Desk."""
        return self._queue.page(person, chosen, cursor, limit)

    def counts(self, person: Person) -> Counts:
        """See filing.services.desk.Desk."""
        return self._queue.counts(person)

    def entry(self, person: Person, submission_id: str) -> Entry:
        """See filing.services.desk.Desk."""
        return self._queue.entry(person, submission_id)

    def history(self, person: Person, submission_id: str) -> tuple[EventView, ...]:
        """See filing.services.desk.Desk."""
        found = self._queue.history(person, submission_id)
        return tuple(
            EventView(number, one.submission_id, one.kind, one.at, one.who, one.detail)
            for number, one in found
        )

    def assign(
        self, person: Person, submission_ids: tuple[str, ...], assignee: str, due: date | None
    ) -> int:
        """See filing.services.desk.Desk."""
        return self._queue.assign(person, submission_ids, assignee, due)

    def saved_filters(self, person: Person) -> tuple[SavedFilter, ...]:
        """See filing.services.desk.Desk."""
        return self._queue.saved_filters(person)

    def save_filter(self, person: Person, name: str, chosen: Filter) -> None:
        """See filing.services.desk.Desk."""
        self._queue.save_filter(person, name, chosen)

    def drop_filter(self, person: Person, name: str) -> None:
        """See filing.services.desk.Desk."""
        self._queue.drop_filter(person, name)

    def causes(self, person: Person, agency_id: str, after: str, limit: int) -> tuple[Cause, ...]:
        """See filing.services.desk.Desk."""
        return self._acting.causes(person, agency_id, after, limit)

    def cause(self, person: Person, cause_id: str) -> Cause:
        """See filing.services.desk.Desk."""
        return self._acting.cause(person, cause_id)

    def values(self, person: Person, cause_id: str, limit: int) -> Mapping[str, int]:
        """See filing.services.desk.Desk."""
        return self._acting.values(person, cause_id, limit)

    def samples(self, person: Person, cause_id: str, limit: int) -> tuple[str, ...]:
        """See filing.services.desk.Desk."""
        return self._acting.samples(person, cause_id, limit)

    def preview(
        self, person: Person, cause_id: str, remedy: Remedy, after: str, limit: int
    ) -> tuple[Preview, ...]:
        """See filing.services.desk.Desk."""
        return self._acting.preview(person, cause_id, remedy, after, limit)

    def begin_act(self, person: Person, cause_id: str, remedy: Remedy, reason: str) -> Act:
        """See filing.services.desk.Desk."""
        return self._acting.begin(person, cause_id, remedy, reason)

    def act(self, person: Person, act_id: str) -> Act:
        """See filing.services.desk.Desk."""
        return self._acting.act(person, act_id)

    def acts(self, person: Person, limit: int) -> tuple[Act, ...]:
        """See filing.services.desk.Desk."""
        return self._acting.acts(person, limit)

    def stop_act(self, person: Person, act_id: str) -> Act:
        """See filing.services.desk.Desk."""
        return self._acting.stop(person, act_id)

    def resume_act(self, person: Person, act_id: str) -> Act:
        """See filing.services.desk.Desk."""
        return self._acting.resume(person, act_id)

    def left_over(self, person: Person, act_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """See filing.services.desk.Desk."""
        return self._acting.left_over(person, act_id, after, limit)

    def filed(self, person: Person, act_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """See filing.services.desk.Desk."""
        return self._acting.filed(person, act_id, after, limit)


def create_desk(
    site: Site, mending: Mending, mendable: Callable[[Person, Cause], bool]
) -> SiteDesk:
    """The desk of this site, its duty among the site's."""
    entries, causes = SqlDesk(site.database), SqlCauses(site.database)
    acts = SqlActs(site.database)
    person = _person_of(site)
    working = Working(causes, acts, entries, mending, person, site.clock)
    site.duties.add(Duty(ACTS, _EVERY_SECONDS, working))
    return SiteDesk(
        queue=Queue(entries, person, site.clock, LOCAL),
        acting=Acting(
            kept=causes,
            kept_acts=acts,
            mending=mending,
            mendable=mendable,
            clock=site.clock,
            wake=lambda: site.duties.wake(ACTS),
        ),
    )


def add_reading(site: Site, own: SiteCorrections) -> None:
    """Let what was rejected before the desk was kept be read; a duty of the site's."""
    reading = Reading(
        unread=SqlDesk(site.database),
        report=site.report_of,
        package=lambda one: own.desk.case(one).opened.package,
        refuses=site.rules.catalogue.refuses,
    )
    site.duties.add(Duty(READING, _EVERY_MINUTES, reading))


def _person_of(site: Site) -> Callable[[str], Person | None]:
    accounts = SqlAccounts(site.database)

    def person(person_id: str) -> Person | None:
        found = accounts.by_id(person_id)
        return None if found is None else found.person

    return person

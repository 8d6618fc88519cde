"""The queue: what stands rejected, who is to mend it and by when.

An agency's clerk sees that agency's alone; another's submission does not exist.
Everything asked is bounded, and nothing is counted by looking through it.

Does not mend anything; see filing.desk.acting and filing.ingest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from filing.desk.ports import Asked
from filing.desk.ports import Queue as Entries
from filing.errors import BadRequest, NotFound
from filing.model.desk import Counts, Entry, Filter, Page, SavedFilter
from filing.model.events import Event, Kind
from filing.model.people import Person
from filing.model.roles import Permission
from filing.ports import Clock

MAX_PAGE = 200
MAX_ASSIGNED = 500
MAX_FILTERS = 50
MAX_NAME = 80
MAX_TEXT = 200
MAX_HISTORY = 1000
#: Longest identifier anybody asks by; a longer one names nothing.
_MAX_ID = 100


@dataclass(frozen=True, slots=True)
class Queue:
    """The use case.

    person   the account of an id; None when there is none
    zone     the archive's calendar
    """

    entries: Entries
    person: Callable[[str], Person | None]
    clock: Clock
    zone: tzinfo

    def page(self, by: Person, chosen: Filter, cursor: str, limit: int) -> Page:
        """See filing.services.desk.Desk. Raises BadRequest."""
        by.need(Permission.SEE_SUBMISSIONS)
        if not by.sees(chosen.agency_id or by.agency_id):
            return Page(())
        return self.entries.page(self._asked(by, chosen), cursor, bounded(limit))

    def counts(self, by: Person) -> Counts:
        """See filing.services.desk.Desk."""
        by.need(Permission.SEE_SUBMISSIONS)
        return self.entries.counts(by.agency_id)

    def entry(self, by: Person, submission_id: str) -> Entry:
        """See filing.services.desk.Desk. Raises NotFound."""
        by.need(Permission.SEE_SUBMISSIONS)
        found = self.entries.entry(submission_id) if len(submission_id) <= _MAX_ID else None
        if found is None or not by.sees(found.agency_id):
            raise NotFound(f"there is no submission {submission_id[:_MAX_ID]}", "没有这件归档提交")
        return found

    def history(self, by: Person, submission_id: str) -> Sequence[tuple[int, Event]]:
        """What happened to it, in order; what the archive notes for itself it alone sees."""
        found = self.entries.history(self.entry(by, submission_id).submission_id, MAX_HISTORY)
        return [one for one in found if not by.agency_id or one[1].agency_id == by.agency_id]

    def assign(
        self, by: Person, submission_ids: tuple[str, ...], assignee: str, due: date | None
    ) -> int:
        """See filing.services.desk.Desk. Raises BadRequest."""
        by.need(Permission.ASSIGN)
        if len(submission_ids) > MAX_ASSIGNED:
            raise BadRequest(
                f"at most {MAX_ASSIGNED} are assigned at once", f"一次最多指派 {MAX_ASSIGNED} 件"
            )
        given = self._assignee(by, assignee)
        chosen = [one for one in dict.fromkeys(submission_ids) if 0 < len(one) <= _MAX_ID]
        if not chosen:
            return 0
        # What an agency's clerk does the agency may read; the archive's own work it may not.
        event = Event(
            agency_id=by.agency_id,
            submission_id="",
            kind=Kind.ASSIGNED,
            at=self.clock.now(),
            who=by.who,
            detail={"assignee": given, "due": due.isoformat() if due else ""},
        )
        # An agency's own clerk may be given that agency's rejects alone.
        agency = by.agency_id or self._agency_of(given)
        return self.entries.assign(chosen, agency, given, due, event)

    def saved_filters(self, by: Person) -> tuple[SavedFilter, ...]:
        """See filing.services.desk.Desk."""
        by.need(Permission.SEE_SUBMISSIONS)
        return self.entries.saved_filters(by.id)

    def save_filter(self, by: Person, name: str, chosen: Filter) -> None:
        """See filing.services.desk.Desk. Raises BadRequest."""
        by.need(Permission.SEE_SUBMISSIONS)
        name = name.strip()
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            raise BadRequest(
                f"a filter's name has 1 to {MAX_NAME} visible characters",
                f"筛选名称为 1 至 {MAX_NAME} 个可见字符",
            )
        self._asked(by, chosen)
        self.entries.save_filter(by.id, SavedFilter(name, chosen), MAX_FILTERS)

    def drop_filter(self, by: Person, name: str) -> None:
        """See filing.services.desk.Desk."""
        by.need(Permission.SEE_SUBMISSIONS)
        if len(name) <= MAX_NAME and "\0" not in name:
            self.entries.drop_filter(by.id, name)

    def _asked(self, by: Person, chosen: Filter) -> Asked:
        texts = (chosen.agency_id, chosen.code, chosen.cause_id, chosen.assignee, chosen.text)
        if any(len(one) > MAX_TEXT or not _is_plain(one) for one in texts):
            raise BadRequest(
                f"a filter has at most {MAX_TEXT} characters", f"筛选条件最多 {MAX_TEXT} 字"
            )
        return Asked(
            agency_id=by.agency_id or chosen.agency_id,
            states=chosen.states,
            code=chosen.code,
            cause_id=chosen.cause_id,
            assignee=chosen.assignee,
            first=self._midnight(chosen.received_from),
            end=self._midnight(_next_day(chosen.received_until)),
            due=chosen.due,
            text=chosen.text.strip(),
        )

    def _midnight(self, day: date | None) -> datetime | None:
        if day is None:
            return None
        # Days nobody's clock can name in UTC stand for the first or last that it can.
        day = min(max(day, date(1, 1, 2)), date(9999, 12, 30))
        return datetime.combine(day, time(), self.zone)

    def _assignee(self, by: Person, assignee: str) -> str:
        if not assignee:
            return ""
        found = self.person(assignee) if len(assignee) <= _MAX_ID else None
        able = found is not None and not found.disabled and found.may(Permission.CORRECT)
        if found is None or not able or not by.sees(found.agency_id):
            raise BadRequest("nobody with this account can mend it", "该人员不能承办更正")
        return found.id

    def _agency_of(self, person_id: str) -> str:
        found = self.person(person_id) if person_id else None
        return found.agency_id if found else ""


def bounded(limit: int) -> int:
    """A page's length."""
    return max(1, min(limit, MAX_PAGE))


def _next_day(day: date | None) -> date | None:
    return day if day is None or day == date.max else day + timedelta(days=1)


def _is_plain(text: str) -> bool:
    """Whether a database can be asked for it: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)

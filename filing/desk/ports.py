"""What the desk asks of the outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from filing.model.correction import Change, Draft
from filing.model.desk import Act, ActState, Cause, Counts, Entry, Page, Rejection, SavedFilter
from filing.model.events import Event
from filing.model.finding import Finding
from filing.model.package import Package
from filing.model.people import Person
from filing.model.submission import State, Submission


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as the index is asked: see filing.model.desk.Filter.

    first, end   the time of arrival: at first or later, before end
    """

    agency_id: str = ""
    states: tuple[State, ...] = ()
    code: str = ""
    cause_id: str = ""
    assignee: str = ""
    first: datetime | None = None
    end: datetime | None = None
    due: date | None = None
    text: str = ""


class Queue(Protocol):
    """Entries in order, and what people note on them. Raises OutsideUnavailable."""

    def page(self, asked: Asked, cursor: str, limit: int) -> Page:
        """Raises BadRequest if the cursor is none of ours."""

    def entry(self, submission_id: str) -> Entry | None: ...
    def assignees(self, submission_ids: Sequence[str]) -> Mapping[str, str]:
        """Submission -> whom it is given to, "" for nobody; those there are."""

    def counts(self, agency_id: str) -> Counts:
        """Of an agency; "" of all."""

    def history(self, submission_id: str, limit: int) -> Sequence[tuple[int, Event]]:
        """Every event of a submission, in order."""

    def assign(
        self,
        submission_ids: Sequence[str],
        agency_id: str,
        assignee: str,
        due: date | None,
        event: Event,
    ) -> int:
        """Note it on the rejected ones of the agency ("": of any) that stand otherwise.

        event   what happened to each; its submission is put in
        """

    def saved_filters(self, person_id: str) -> tuple[SavedFilter, ...]: ...
    def save_filter(self, person_id: str, saved: SavedFilter, most: int) -> None:
        """Raises BadRequest when there are ``most`` others already."""

    def drop_filter(self, person_id: str, name: str) -> None: ...


class Causes(Protocol):
    """Rejects by cause."""

    def causes(self, agency_id: str, after: str, limit: int) -> tuple[Cause, ...]: ...
    def cause(self, cause_id: str) -> Cause | None: ...
    def values(self, cause_id: str, limit: int) -> Mapping[str, int]: ...
    def members(self, cause_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """Rejects of a cause from the oldest, behind the submission ``after``."""


@dataclass(frozen=True, slots=True)
class Work:
    """One member of an act that is under way."""

    place: int
    submission_id: str


class Acts(Protocol):
    """Acts on many, and how far they have come. Each method is one transaction."""

    def begin(self, act: Act, agency_id: str, event: Event) -> Act:
        """Keep a new act; its total is what stands open of the cause."""

    def act(self, act_id: str) -> tuple[Act, str] | None:
        """The act and its agency."""

    def acts(self, agency_id: str, limit: int) -> tuple[Act, ...]:
        """The newest first."""

    def running(self, limit: int) -> tuple[Act, ...]: ...

    def turn(self, before: Act, state: ActState, event: Event, at: datetime) -> Act:
        """Stop it, let it go on, or end it. Raises ChangedMeanwhile."""

    def take_up(self, act: Act, limit: int) -> tuple[Work, ...]:
        """Members to work on: those left under way, else the next ones; () at the end.

        None is taken up while the act is not running.
        """

    def skip(self, act: Act, work: Work, why: str) -> None:
        """The member is left as it is. Done already is no error."""

    def left_over(self, act_id: str, after: str, limit: int) -> tuple[Entry, ...]: ...
    def filed(self, act_id: str, after: str, limit: int) -> tuple[Entry, ...]: ...


class Unread(Protocol):
    """Rejects whose report the desk has not read yet."""

    def unread(self, limit: int) -> tuple[Submission, ...]: ...
    def read(self, submission: Submission, rejection: Rejection) -> None: ...


class Examined(Protocol):
    """A delivery with changes, examined; see filing.services.desk.Examined."""

    @property
    def accepted(self) -> bool: ...
    @property
    def refusing(self) -> tuple[Finding, ...]: ...
    @property
    def package(self) -> Package: ...


class Handing(Protocol):
    """A correction on its way; whoever begins it calls ``done``, come what may."""

    def file(self) -> None:
        """Let it be filed, with whatever else is; what goes wrong is heard at ``done``."""

    def done(self) -> object:
        """Wait for what becomes of it. Raises ChangedMeanwhile, WrongState,
        OutsideUnavailable."""


class Mending(Protocol):
    """One submission put right: what acts on many ask of the corrections."""

    def draft(self, person: Person, submission_id: str) -> Draft: ...
    def examine(self, person: Person, submission_id: str, trial: tuple[Change, ...]) -> Examined:
        """As it would be with its draft and the ``trial``; nothing kept.

        Raises NotFound, BadRequest, WrongState.
        """

    def mend(
        self, person: Person, submission_id: str, plan: "Plan", reason: str, act: str
    ) -> Handing:
        """Change it by the plan, judge it and make it ready; what still fails keeps the change.

        Raises what the plan raises, ChangedMeanwhile, NotAllowed, BadRequest, WrongState,
        OutsideUnavailable.
        """


class Plan(Protocol):
    """What an act does with one member. Both raise where it is to be left as it is."""

    def free(self, draft: Draft) -> None:
        """The draft that stands leaves it free to be worked on."""

    def changes(self, found: Examined) -> tuple[Change, ...]:
        """What to change, by what is wrong."""

"""What the desk may ask for. Every call checks the person's permission and agency.

A submission of another agency does not exist for an agency's clerk (NotFound).
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import BinaryIO, Protocol

from filing.model.correction import Change, Draft
from filing.model.desk import Act, Cause, Counts, Entry, Filter, Page, Preview, Remedy, SavedFilter
from filing.model.finding import Finding
from filing.model.package import Package
from filing.model.people import Person
from filing.model.submission import Submission
from filing.services import Answer, EventView


class Desk(Protocol):
    """The queue, causes, and acts on many."""

    def queue(self, person: Person, chosen: Filter, cursor: str, limit: int) -> Page:
        """Newest first. ``cursor`` is "" or what a page gave as next or previous."""

    def counts(self, person: Person) -> Counts: ...
    def entry(self, person: Person, submission_id: str) -> Entry: ...
    def history(self, person: Person, submission_id: str) -> tuple[EventView, ...]: ...
    def assign(
        self, person: Person, submission_ids: tuple[str, ...], assignee: str, due: date | None
    ) -> int:
        """Give to somebody ("" to nobody); how many changed."""

    def saved_filters(self, person: Person) -> tuple[SavedFilter, ...]: ...
    def save_filter(self, person: Person, name: str, chosen: Filter) -> None: ...
    def drop_filter(self, person: Person, name: str) -> None: ...

    def causes(self, person: Person, agency_id: str, after: str, limit: int) -> tuple[Cause, ...]:
        """The largest first."""

    def cause(self, person: Person, cause_id: str) -> Cause: ...
    def values(self, person: Person, cause_id: str, limit: int) -> Mapping[str, int]:
        """Different values found under a cause, with how many have each; for a mapping."""

    def samples(self, person: Person, cause_id: str, limit: int) -> tuple[str, ...]:
        """Different values that stand in the first members of a cause; each is examined.

        For causes whose findings show something else than the value (Cause.valued).
        """

    def preview(
        self, person: Person, cause_id: str, remedy: Remedy, after: str, limit: int
    ) -> tuple[Preview, ...]:
        """What the remedy would do to the next members behind ``after`` (submission id)."""

    def begin_act(self, person: Person, cause_id: str, remedy: Remedy, reason: str) -> Act: ...
    def act(self, person: Person, act_id: str) -> Act: ...
    def acts(self, person: Person, limit: int) -> tuple[Act, ...]: ...
    def stop_act(self, person: Person, act_id: str) -> Act: ...
    def resume_act(self, person: Person, act_id: str) -> Act: ...
    def left_over(self, person: Person, act_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """Members that are still refused after the act, or were skipped."""

    def filed(self, person: Person, act_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """Members the act put right and handed in."""


class Examined(Protocol):
    """A delivery with its draft applied, examined as it would be when handed in.

    report      canonical bytes, as filing.rules.report writes them
    refusing    the findings that refuse it
    package     as read, its draft applied
    """

    @property
    def accepted(self) -> bool: ...
    @property
    def report(self) -> bytes: ...
    @property
    def refusing(self) -> tuple[Finding, ...]: ...
    @property
    def package(self) -> Package: ...


class Corrections(Protocol):
    """One submission put right. See filing.model.correction."""

    def submission(self, person: Person, submission_id: str) -> Submission: ...
    def draft(self, person: Person, submission_id: str) -> Draft: ...
    def may_change(self, person: Person, submission_id: str, field: str) -> str:
        """ "" when this person may correct ``field`` (Field.path; "file" for content), else why
        not, as a stable slug: "sender", "signed-content", "not-a-field", "not-your-role"."""

    def closed(
        self, person: Person, submission_id: str, fields: frozenset[str]
    ) -> Mapping[str, str]:
        """Those of ``fields`` this person may not correct, each with why; see ``may_change``."""

    def change(
        self, person: Person, submission_id: str, version: int, changes: tuple[Change, ...]
    ) -> Draft:
        """Take metadata changes into the draft; a later one on the same place replaces it.

        Raises ChangedMeanwhile, NotAllowed, BadRequest (no such place), WrongState.
        """

    def change_file(
        self, person: Person, submission_id: str, version: int, change: Change, stream: BinaryIO
    ) -> Draft:
        """Take a file in (REPLACE_FILE, ADD_FILE); its bytes are kept before this returns.

        Raises as ``change``; TooLarge, StorageFull.
        """

    def take_back(
        self, person: Person, submission_id: str, version: int, number: int | None
    ) -> Draft:
        """Undo one change, or all. Raises ChangedMeanwhile."""

    def examine(self, person: Person, submission_id: str) -> Examined:
        """The whole delivery with the draft, by the engine that judges deliveries; nothing kept.

        What is costly and did not change (inspecting and scanning files) is not done again.
        """

    def hand_in(self, person: Person, submission_id: str, version: int, reason: str) -> Answer:
        """Correct and file: a receipt, or a new report of what still fails.

        When it still fails the draft stays, so that nothing typed is lost.

        Raises ChangedMeanwhile, WrongState, BadRequest (no reason), OutsideUnavailable.
        """

    def send_back(self, person: Person, submission_id: str, reason: str, text: str) -> Submission:
        """退回: the agency must send anew. ``text`` is the notice it reads. Raises WrongState."""

    def document(self, person: Person, submission_id: str, corrected: bool) -> bytes:
        """The metadata document, Base64 content left out; as received, or with the draft."""

    def file(
        self, person: Person, submission_id: str, member: str, corrected: bool
    ) -> tuple[AbstractContextManager[BinaryIO], int]:
        """A content file's bytes and their number. Raises NotFound."""

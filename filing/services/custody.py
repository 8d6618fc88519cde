"""What custody may be asked for: audits, findings, the promise and how it stands.

``by`` is who asks, and must have the permission; None is the operator on the machine
itself. Everything an act changes is an event in the log.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from filing.custody.catalogue import Catalogue
from filing.model.custody import Audit, Finding, FindingState, Scope
from filing.model.custody_views import Overview, Proven, RecordHistory, Wanted
from filing.model.people import Person
from filing.model.promise import Coverage, Policy


class Logged(Protocol):
    """One event of the log (filing.evidence.logged_event)."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def who(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def detail(self) -> Mapping[str, object]: ...


class Custody(Protocol):
    """Raises NotAllowed, NotFound, OutsideUnavailable throughout."""

    # audits
    def begin(self, by: Person | None, scope: Scope) -> Audit:
        """Ask for an audit; the server carries it on by itself. Raises BadRequest."""

    def run(self, by: Person | None, audit_id: str, told: Callable[[Audit], None]) -> Audit:
        """Carry an audit on here and now, to its end; ``told`` after each step.

        Raises ChangedMeanwhile when somebody paused or stopped it, or another process has it.
        """

    def audit(self, by: Person | None, audit_id: str) -> Audit: ...
    def audits(self, by: Person | None, before: str, limit: int) -> Sequence[Audit]:
        """The newest first, behind the id ``before`` ("" from the newest)."""

    def pause(self, by: Person | None, audit_id: str) -> Audit: ...
    def resume(self, by: Person | None, audit_id: str) -> Audit: ...
    def stop(self, by: Person | None, audit_id: str) -> Audit: ...
    def excluded_share(self, audit: Audit) -> float:
        """The damaged share a clean sample excludes with 99 % confidence; 0 for all."""

    # findings
    def findings(
        self,
        by: Person | None,
        states: Sequence[FindingState],
        audit_id: str,
        before: str,
        limit: int,
    ) -> Sequence[Finding]:
        """The newest first; of one audit or of all ("")."""

    def finding(self, by: Person | None, finding_id: str) -> Finding: ...
    def accept(self, by: Person | None, finding_id: str, reason: str) -> Finding:
        """Answer for leaving it so. Raises BadRequest without a reason, WrongState.

        Confirmed damage takes two (Copies.ask): then it is WrongState too.
        """

    def catalogue(self) -> Catalogue:
        """Codes, items and wording."""

    # the promise
    def coverage(self, by: Person | None, location: str) -> Coverage: ...
    def change_policy(self, by: Person | None, location: str, policy: Policy) -> None: ...

    # history
    def history(
        self, by: Person | None, subject: str, after: int, limit: int
    ) -> Sequence[tuple[int, Logged]]:
        """What the log says about a record, an audit or a location: (number, event)."""


class Shown(Protocol):
    """What the pages of custody read beyond ``Custody``; raises as that does."""

    def overview(self, by: Person | None, location: str) -> Overview:
        """One location on the first page."""

    def found(
        self, by: Person | None, wanted: Wanted, before: str, limit: int
    ) -> Sequence[Finding]:
        """Findings, the newest first, behind the id ``before``."""

    def events_of(self, by: Person | None, subject: str) -> Sequence[Proven]:
        """The entries of the log about an audit, a finding or a location, each proven."""

    def record(self, by: Person | None, record_id: str) -> RecordHistory:
        """Who touched a record, and whether anybody could have hidden it."""


class Reports(Protocol):
    """Reports on audits, written and signed. Raises NotFound, NotAllowed."""

    def by_item(self, by: Person | None, audit: Audit) -> Mapping[str, str]:
        """Each item of DA/T 70 and its answer, or that it was not looked at."""

    def write(
        self, by: Person | None, audit_id: str, formats: Sequence[str], folder: Path
    ) -> Sequence[str]:
        """Write a report into an empty folder, with its signatures; the names of its files.

        formats   of REPORT_FORMATS

        Raises BadRequest for another format, OutsideUnavailable when a PDF cannot be made.
        """


#: What a report can be.
REPORT_FORMATS = ("pdf", "html", "csv", "json")

"""What the inside asks of the outside.

A port exists only where two implementations do: the real one and, at least,
the one the tests of the inside run on. Every promise stands here; adapters
keep it, fakes keep it too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from filing.evidence.tiles import Tree
from filing.model.desk import Rejection
from filing.model.events import Event
from filing.model.finding import Outcome
from filing.model.inspection import Inspection, Scan
from filing.model.package import Content
from filing.model.record import Record
from filing.model.submission import State, Submission
from filing.rules.facts import Holding


class Clock(Protocol):
    """The one place that knows the time."""

    def now(self) -> datetime:
        """An aware time, UTC."""

    def today(self) -> date:
        """The archive's calendar day."""

    def new_id(self) -> str:
        """A fresh id (UUIDv7)."""


class Scanner(Protocol):
    """A virus scanner, or the lack of one."""

    def ping(self) -> Outcome:
        """PASSED if a scanner answers, UNDETERMINED if not. Never raises."""

    def scan(self, content: Content) -> Scan:
        """Look for viruses in one file. Whatever goes wrong is UNDETERMINED, never PASSED."""


class Inspector(Protocol):
    """Looks into content files."""

    def __call__(self, content: Content) -> Inspection:
        """Tell format and state of one file, in bounded memory and time. Never raises."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the first transaction of the ceremony records of one submission.

    before   as it stands in the database, or None if it is new there
    after    as it is to stand
    record   the record it becomes; None when it was rejected or only kept
    staged   where the record's object lies staged
    event    what happened
    rejection  what the desk is to know when it was rejected
    also     what happened before that, in order
    draft    version of the draft it rests on: recorded only if no other stands; None for none
    """

    before: Submission | None
    after: Submission
    record: Record | None
    staged: str
    event: Event
    rejection: Rejection | None = None
    also: tuple[Event, ...] = ()
    draft: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record to be logged: its leaf, and the submission as it will stand."""

    record_id: str
    leaf_hash: bytes
    submission: Submission


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the second transaction keeps once places in the log are known.

    note       the signed checkpoint
    receipts   bytes, in the order of the entries
    """

    note: str
    receipts: tuple[bytes, ...]


Conclude = Callable[[Sequence[Entry], int, Tree], Conclusion]


@dataclass(frozen=True, slots=True)
class LogHead:
    """The newest checkpoint: an empty log has size 0 and no note."""

    size: int
    root: bytes
    note: str
    at: datetime | None


class Ledger(Protocol):
    """The database as the use cases see it. Each method is one transaction.

    Every method raises OutsideUnavailable when the database does not answer;
    for the two that write, nobody then knows whether it happened.
    """

    def find(self, agency_id: str, key: str, package_digest: str) -> Submission | None:
        """The submission this delivery opened before, by key, else by package accepted."""

    def submission(self, submission_id: str) -> Submission | None: ...

    def submissions(
        self, agency_id: str, state: State | None, after: str, limit: int
    ) -> tuple[Submission, ...]: ...

    def waiting(self, limit: int) -> tuple[Submission, ...]:
        """Kept submissions nobody has examined yet, the oldest first."""

    def events(self, agency_id: str, after: int, limit: int) -> Sequence[tuple[int, Event]]: ...

    def receipt(self, submission_id: str) -> bytes | None: ...

    def record(self, record_id: str) -> Record | None: ...

    def holding(
        self, agency_id: str, fonds: str, archival_code: str, electronic_code: str
    ) -> Holding:
        """What the archive holds under these codes."""

    def claim(self, claims: Sequence[Claim]) -> Mapping[str, Submission]:
        """First transaction: submissions, events, records with their codes, intents.

        Returns the submissions as saved, by id. One left out met a delivery
        or a code that stands already, and nothing of it was recorded.
        """

    def log(
        self,
        entries: Sequence[Entry],
        at: datetime,
        conclude: Conclude,
    ) -> Mapping[str, bytes]:
        """Second transaction: leaves, checkpoint, receipts, states, events; intents go.

        conclude   given the entries that are new, the position of the first, and the grown tree

        Returns the receipts by record id. Entries logged before are left out of
        the log and answered with the receipt they have.
        """

    def save(self, before: Submission, after: Submission, event: Event) -> Submission:
        """One step of one submission with its event. Raises WrongState if it changed."""

    def intents(self) -> Sequence[tuple[str, str, str]]:
        """(record id, who claimed it, where it lay staged) of every record not yet logged.

        Answers once every claim begun before has ended well or ill.
        """

    def pending(self, record_ids: Iterable[str]) -> set[str]:
        """Which of these have an intent on record; answers as ``intents`` does."""

    def head(self) -> LogHead: ...

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of a tile as far as there are any."""

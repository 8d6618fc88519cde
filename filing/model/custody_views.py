"""What the pages and reports of custody show: values put together for reading, never kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from filing.model.custody import Answer, Audit, Finding, FindingState
from filing.model.promise import Coverage


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings are looked for; what is left empty leaves nothing out.

    subject   record id, or "log", "database", "store", "clock"
    code      of schemas/custody
    """

    states: tuple[FindingState, ...] = ()
    subject: str = ""
    code: str = ""
    audit_id: str = ""


@dataclass(frozen=True, slots=True)
class DayRead:
    """Bytes read on one day."""

    day: date
    size_bytes: int


@dataclass(frozen=True, slots=True)
class WeekFound:
    """Findings first seen in the seven days from ``first`` on, by what they say."""

    first: date
    damaged: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why nothing can be told of any record at present, and how to mend it."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Overview:
    """One location on the first page.

    read            the last days, oldest first
    found           the last weeks, oldest first
    open_damage     confirmed findings nobody dealt with; counted up to MOST_COUNTED
    open_doubts     findings that could not be told yet; the same
    hindrance       why no record is judged at present; None where they are
    """

    coverage: Coverage
    today: date
    read: tuple[DayRead, ...]
    found: tuple[WeekFound, ...]
    open_damage: int
    open_doubts: int
    hindrance: Hindrance | None


#: Counts of open findings stop here: the page says "at least".
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class CopyState:
    """What is known of one copy of one record.

    since      last read whole; stored, if it never was
    read_at    last read whole; None if it never was
    answer     "" if it was never looked at
    tries      looks in a row that could not tell
    opened_at  its content last opened and found in order; None if it never was, or hurt since
    """

    location: str
    since: datetime
    read_at: datetime | None
    answer: str
    size_bytes: int
    tries: int
    retry_at: datetime | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Head:
    """A signed checkpoint: the log's first ``size`` entries, at a time."""

    size: int
    root: bytes
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """One entry of the log, and whether its place can be shown.

    answer   INTACT: the path leads from the entry's own bytes to the signed root; DAMAGED: it
             leads elsewhere; UNKNOWN: the log cannot be read
    body     the entry's bytes, b"" where they are gone
    path     sibling hashes, from the leaf to the root of the newest checkpoint
    """

    position: int
    kind: str
    at: datetime
    who: str
    subject: str
    detail: Mapping[str, object]
    answer: Answer
    body: bytes = b""
    path: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A record as custody knows it: identifiers, no title."""

    id: str
    submission_id: str
    agency_id: str
    fonds: str
    archival_code: str
    year: int
    stored_at: datetime | None
    position: int


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of the submission; not an entry of the log of its own."""

    kind: str
    at: datetime
    who: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """Everything that is known of who touched one record.

    sealed      the record's own entry in the log
    acts        entries of the log about it, in order
    before      events of its delivery, from arrival to receipt
    covering    the first checkpoint that covers the record's entry
    newest      the newest one, to which all proofs lead
    copies      by location
    audits      the newest that looked at it (see filing.custody.showing)
    findings    of all locations
    """

    record: Known
    sealed: Proven
    acts: tuple[Proven, ...]
    before: tuple[Happened, ...]
    covering: Head | None
    newest: Head | None
    copies: tuple[CopyState, ...]
    audits: tuple[Audit, ...]
    findings: tuple[Finding, ...]
    more: bool = False

    @property
    def answer(self) -> Answer:
        """What can be said of all entries together: the worst of them."""
        answers = {one.answer for one in (self.sealed, *self.acts)}
        for one in (Answer.DAMAGED, Answer.UNKNOWN):
            if one in answers:
                return one
        return Answer.INTACT


@dataclass(frozen=True, slots=True)
class CopySeen:
    """One copy of a record as it was read a moment ago.

    answered   whether the place could be read at all; else ``why`` not
    proven     read whole, every file as sealed, the statement the log's own
    files      path below the object -> (bytes, SHA-256 in hex)
    """

    location: str
    answered: bool
    proven: bool
    files: Mapping[str, tuple[int, str]]
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All copies of one record, the archive's own first."""

    record_id: str
    copies: tuple[CopySeen, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that any copy has."""
        return tuple(sorted({path for one in self.copies for path in one.files}))

    def agrees(self, path: str) -> bool:
        """Whether every copy that answered has the same bytes there."""
        return len({one.files.get(path) for one in self.copies if one.answered}) == 1

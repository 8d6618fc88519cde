"""The desk's values: what was refused and why, gathered by cause.

A cause is what many rejects have in common: the same agency, check, reason and
field, and a value of the same shape. One correction may then mend them all.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from filing.model.submission import State


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding that refuses a delivery, as the desk keeps it (see filing.model.finding)."""

    code: str
    reason: str
    field: str
    member: str
    xpath: str
    line: int
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """What is kept of a rejected delivery for the desk, beside its report.

    Titles and codes as the metadata gives them, "" where it gives none.
    """

    title: str
    archival_code: str
    electronic_code: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """What the queue shows. An empty member does not narrow.

    text       part of title, 档号 or 电子文件号; a run of letters or digits is found whole
    assignee   person id; "-" for unassigned
    due        shows what is due on this day or before, the most urgent first
    """

    agency_id: str = ""
    states: tuple[State, ...] = (State.REJECTED,)
    code: str = ""
    cause_id: str = ""
    assignee: str = ""
    received_from: date | None = None
    received_until: date | None = None
    due: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission in the queue.

    codes      check codes that refused it, in catalogue order
    draft_by   who has begun a correction that is not handed in; ""
    why        among what an act left: the reason, a stable slug; else ""
    """

    submission_id: str
    agency_id: str
    agency_name: str
    state: State
    received_at: datetime
    title: str
    archival_code: str
    electronic_code: str
    codes: tuple[str, ...]
    assignee: str
    due: date | None
    draft_by: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries in order, and where the next and the previous page begin ("" at an end)."""

    entries: tuple[Entry, ...]
    next: str = ""
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are; kept as they change, never counted by scanning.

    by_state             of everything that was ever rejected; RECEIPTED is what was accepted
                         in the end
    by_agency, by_code   of what stands open (rejected)
    """

    by_state: dict[State, int]
    by_agency: dict[str, int]
    by_code: dict[str, int]
    causes: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Rejects with one cause.

    shape     what the values have in common (filing.model.shape)
    example   one value found
    open      rejects of this cause still standing
    mendable  whether this field may be corrected here at all
    valued    shape, example and values are of the field's own value; else of what the check
              saw there: a length, a character, a part of another field
    """

    id: str
    agency_id: str
    agency_name: str
    code: str
    reason: str
    field: str
    shape: str
    example: str
    expected: str
    open: int
    first_at: datetime
    last_at: datetime
    mendable: bool = True
    valued: bool = True


class Rewrite(StrEnum):
    """How a bulk act makes the new value from the old one."""

    VALUE = "value"  # the same value for all
    REPLACE = "replace"  # part of the text by another
    MAP = "map"  # old value -> new value
    DATE = "date"  # a date in any usual writing -> YYYY-MM-DD
    TRIM = "trim"  # without white space and invisible characters


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a bulk act does to the field of its cause.

    value         VALUE: the new text; REPLACE: the text put in
    search        REPLACE: the text taken out
    mapping       MAP: old -> new
    """

    rewrite: Rewrite
    value: str = ""
    search: str = ""
    mapping: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a remedy would do to one member of a cause.

    after     None: it is left as it is
    outcome   "accepted", "rejected" (others faults stand) or "unchanged"
    codes     checks that would still refuse it
    why       why it is left as it is, as an act would say it (Entry.why)
    """

    submission_id: str
    title: str
    archival_code: str
    before: str
    after: str | None
    outcome: str
    codes: tuple[str, ...] = ()
    why: str = ""


class ActState(StrEnum):
    """Where a bulk act stands."""

    RUNNING = "running"
    STOPPED = "stopped"  # by a person; may go on
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Act:
    """One bulk act: one remedy applied to every member of a cause.

    by         person id
    total      members when it began
    accepted, rejected, skipped   what became of those done; rejected ones keep their change
    version    counts stops and resumptions
    """

    id: str
    cause_id: str
    remedy: Remedy
    reason: str
    by: str
    state: ActState
    total: int
    accepted: int
    rejected: int
    skipped: int
    started_at: datetime
    ended_at: datetime | None
    version: int = 0


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter under a name, one person's own."""

    name: str
    filter: Filter

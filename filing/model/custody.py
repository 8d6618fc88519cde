"""Custody: what an audit looks at, what it may answer, and what becomes of a fault.

Three answers and no fourth: what could not be told is neither intact nor damaged.
Wording of the codes stands in schemas/custody; nothing here reads or writes anything.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from filing.errors import BadRequest, WrongState

#: The place where the archive itself files to.
MAIN = "main"


class Answer(StrEnum):
    """What looking again says."""

    INTACT = "intact"
    DAMAGED = "damaged"
    UNKNOWN = "could-not-tell"


class Depth(StrEnum):
    """How much of a record is looked at; WHOLE also opens what was hashed."""

    BYTES = "bytes"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was accepted, or could not be told.

    code             in schemas/custody/faults.toml
    place            file below the object, a column, or a place in the log
    expected, found  for people, never parsed
    ocfl             the specification's code ("E092"), where it has one
    """

    code: str
    answer: Answer
    place: str = ""
    expected: str = ""
    found: str = ""
    ocfl: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at one record said.

    files, size_bytes   read to the end and digested
    complete            every byte of the record was read; coverage counts nothing else
    """

    record_id: str
    faults: tuple[Fault, ...]
    files: int
    size_bytes: int
    complete: bool

    @property
    def answer(self) -> Answer:
        """The worst of its faults; could not tell when something was not read."""
        answers = {one.answer for one in self.faults}
        if Answer.DAMAGED in answers:
            return Answer.DAMAGED
        if Answer.UNKNOWN in answers or not self.complete:
            return Answer.UNKNOWN
        return Answer.INTACT


@dataclass(frozen=True, slots=True)
class Sample:
    """A draw of ``size`` records, reproducible from ``seed``; see filing.custody.draw."""

    size: int
    seed: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records an audit looks at. What is left empty leaves nothing out.

    stored_from, stored_to   by the day they were stored, both inclusive
    sample                   of all records; no selection beside it
    """

    records: tuple[str, ...] = ()
    fonds: str = ""
    agency_id: str = ""
    year: int = 0
    category: str = ""
    stored_from: date | None = None
    stored_to: date | None = None
    sample: Sample | None = None
    depth: Depth = Depth.WHOLE

    def __post_init__(self) -> None:
        if self.sample is not None and self.is_selection:
            raise BadRequest("a sample is drawn from all records", "抽样须在全部档案中进行")
        if self.sample is not None and self.sample.size < 1:
            raise BadRequest("a sample has at least one record", "抽样数量至少为 1")

    @property
    def is_selection(self) -> bool:
        """Whether anything narrows it down."""
        narrowed = (self.fonds, self.agency_id, self.category, self.stored_from, self.stored_to)
        return bool(self.records or self.year or any(narrowed))

    @property
    def is_all(self) -> bool:
        """All records: then log, database and store are held to each other as wholes too."""
        return self.sample is None and not self.is_selection


class AuditState(StrEnum):
    """Where an audit stands."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit and how far it came.

    scheduled      begun by the policy, not by a person
    faults, doubts what was damaged, or could not be told, of log, database and store as wholes
    cursor         leaves of the log looked at so far
    log_size       leaves there were when it began: later records are not its business
    planned        records it is going to look at, as far as known at the beginning
    chain          digest over every answer so far, in order: what the result is known by
    version        counts saves, for replace-if-unchanged
    """

    id: str
    location: str
    scope: Scope
    who: str
    begun_at: datetime
    log_size: int
    planned: int
    scheduled: bool = False
    state: AuditState = AuditState.RUNNING
    ended_at: datetime | None = None
    cursor: int = 0
    looked: int = 0
    intact: int = 0
    damaged: int = 0
    unknown: int = 0
    files: int = 0
    size_bytes: int = 0
    faults: int = 0
    doubts: int = 0
    chain: bytes = bytes(32)
    version: int = 0

    @property
    def answer(self) -> Answer:
        """What it says as a whole, so far."""
        if self.damaged or self.faults:
            return Answer.DAMAGED
        doubtful = self.unknown or self.doubts or self.state is not AuditState.FINISHED
        return Answer.UNKNOWN if doubtful else Answer.INTACT


class FindingState(StrEnum):
    """The life of a finding."""

    OPENED = "opened"  # could not be told; is tried again
    CONFIRMED = "confirmed"  # damaged, by two reads
    REPAIRED = "repaired"  # put right, and seen right again
    ACCEPTED = "accepted"  # somebody answers for leaving it so
    CLEARED = "cleared"  # could be told in the end, and nothing was wrong


class FindingStep(StrEnum):
    """What can happen to one."""

    CONFIRM = "confirm"
    REPAIR = "repair"
    ACCEPT = "accept"
    CLEAR = "clear"
    REOPEN = "reopen"


_F, _S = FindingState, FindingStep
FINDING_STEPS: dict[tuple[FindingState, FindingStep], FindingState] = {
    (_F.OPENED, _S.CONFIRM): _F.CONFIRMED,
    (_F.OPENED, _S.CLEAR): _F.CLEARED,
    (_F.OPENED, _S.ACCEPT): _F.ACCEPTED,
    (_F.CONFIRMED, _S.REPAIR): _F.REPAIRED,
    (_F.CONFIRMED, _S.ACCEPT): _F.ACCEPTED,
    (_F.REPAIRED, _S.CONFIRM): _F.CONFIRMED,
    (_F.REPAIRED, _S.REOPEN): _F.OPENED,
    (_F.CLEARED, _S.CONFIRM): _F.CONFIRMED,
    (_F.CLEARED, _S.REOPEN): _F.OPENED,
    (_F.ACCEPTED, _S.REPAIR): _F.REPAIRED,
}
#: In these somebody has still something to do.
OPEN_STATES = frozenset({_F.OPENED, _F.CONFIRMED})


def take(state: FindingState, step: FindingStep) -> FindingState:
    """The state after ``step``. Raises WrongState if there is no such arrow."""
    try:
        return FINDING_STEPS[state, step]
    except KeyError:
        raise WrongState(f"the finding is {state}: cannot {step}", "该问题不能作此处理") from None


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault and its life: found again, it is the same finding.

    subject      record id; or "log", "database", "store", "clock"
    seen         in how many audits
    decided_by   who accepted it ("person:ID", "operator")
    """

    id: str
    location: str
    subject: str
    fault: Fault
    state: FindingState
    first_at: datetime
    last_at: datetime
    first_audit: str
    last_audit: str
    seen: int = 1
    decided_by: str = ""
    reason: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """The promise about one location: every byte within ``within_days``, and at what cost.

    bytes_per_second   at most; 0 without bound
    percent            of the time at most, 1 to 100
    from_hour, to_hour hours of the day (China); equal: all day; may go past midnight
    """

    within_days: int = 90
    bytes_per_second: int = 20_000_000
    percent: int = 25
    from_hour: int = 0
    to_hour: int = 0

    def __post_init__(self) -> None:
        hours = 0 <= self.from_hour < 24 and 0 <= self.to_hour < 24
        if not (1 <= self.within_days <= 3650 and self.bytes_per_second >= 0 and hours):
            raise BadRequest("the policy has impossible numbers", "检查策略的数值无效")
        if not 1 <= self.percent <= 100:
            raise BadRequest("a share of time is 1 to 100 percent", "时间占比应为 1 至 100")

    def is_open_at(self, hour: int) -> bool:
        """Whether audits may read in this hour of the day."""
        if self.from_hour == self.to_hour:
            return True
        if self.from_hour < self.to_hour:
            return self.from_hour <= hour < self.to_hour
        return hour >= self.from_hour or hour < self.to_hour

    @property
    def hours(self) -> int:
        """Hours a day audits may read."""
        return (self.to_hour - self.from_hour) % 24 or 24


@dataclass(frozen=True, slots=True)
class Day:
    """How much of a location was last read whole (or stored, if never read) on one day."""

    day: date
    copies: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the promise of one location stands.

    oldest          the longest a copy waits since it was last read whole or, never read, stored
    waiting         copies older than the promise allows: it is broken for them
    unread          copies whose last look could not tell
    rate            bytes read a second, over the last seven days
    needed          bytes a second that keep the promise
    able            bytes a second the policy allows
    done_by         when what is due now will have been read, by ``rate``; None without one
    alarm           "" or a slug: "broken", "will-break", "too-slow", "cannot-read"
    days            newest first
    """

    location: str
    policy: Policy
    copies: int
    size_bytes: int
    oldest: datetime | None
    waiting: int
    unread: int
    rate: int
    needed: int
    able: int
    done_by: datetime | None
    alarm: str
    days: tuple[Day, ...] = field(default=())

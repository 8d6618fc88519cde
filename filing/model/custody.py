"""Custody: what an audit looks at, what it may answer, and what becomes of a fault.

Three answers and no fourth: what could not be told is neither intact nor damaged.
Wording of the codes stands in schemas/custody; nothing here reads or writes anything.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from filing.errors import BadRequest, WrongState
from filing.model.promise import Coverage, Day, Policy

__all__ = [
    "FINDING_STEPS",
    "MAIN",
    "OPEN_STATES",
    "Answer",
    "Audit",
    "AuditState",
    "Coverage",
    "Day",
    "Depth",
    "Fault",
    "Finding",
    "FindingState",
    "FindingStep",
    "Look",
    "Policy",
    "Sample",
    "Scope",
    "take",
]

#: The place where the archive itself files to.
MAIN = "main"


class Answer(StrEnum):
    """What looking again says."""

    INTACT = "intact"
    DAMAGED = "damaged"
    UNKNOWN = "could-not-tell"


class Depth(StrEnum):
    """How much of a record is looked at.

    BYTES   every byte, held to inventory, seal, receipt, log and rows
    WHOLE   also opens what was hashed, unless this very program opened these bytes before and
            found them in order (no longer ago than filing.custody.opened.OPENED_HOLDS)
    ANEW    opens everything, whatever was opened before
    """

    BYTES = "bytes"
    WHOLE = "whole"
    ANEW = "anew"


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
    opened              the program that opened it in this look; "" where none did
    """

    record_id: str
    faults: tuple[Fault, ...]
    files: int
    size_bytes: int
    complete: bool
    opened: str = ""

    @property
    def answer(self) -> Answer:
        """The worst of its faults; could not tell when something was not read."""
        if not self.faults:
            return Answer.INTACT if self.complete else Answer.UNKNOWN
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
    opened         of those intact, the ones whose content it opened
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
    opened: int = 0
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

"""What custody asks of the outside: copies to read, tables to hold them to, a book to write.

Every method that asks the database or a place raises OutsideUnavailable when it does not
answer; nobody takes that for damage.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filing.custody.expected import Expected
from filing.custody.opened import Recent
from filing.model.custody import (
    Audit,
    Depth,
    Fault,
    Finding,
    Look,
    Scope,
)
from filing.model.promise import Policy

#: True while the work is ours, and never again once it was not; asked between steps.
StillOurs = Callable[[], bool]
#: Told the bytes of every block read; may wait, may raise.
Pace = Callable[[int], None]


class Copies(Protocol):
    """The copies of one location."""

    def available(self) -> None:
        """Raises OutsideUnavailable unless the place is there and is the one meant."""

    def begin(self, some: Sequence[Expected], recent: Recent | None) -> Callable[[], list[Look]]:
        """Start looking at records; the answer gives a look for each, in order.

        recent   what was opened then by this very program is not opened again; None: nothing is
        """

    def again(self, some: Sequence[Expected], recent: Recent | None) -> list[Look]:
        """A second, independent look past the page cache."""

    def objects(self) -> Iterator[tuple[list[str], list[str]]]:
        """Everything in the place, some at a time: record ids, and places of what is no object
        of ours or stands where its name does not belong."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log as the tables have it; ``body`` of an event, None if it is gone."""

    position: int
    hash: bytes
    record_id: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Head:
    """One checkpoint as the tables have it."""

    size: int
    root: bytes
    note: str
    at: datetime


class Tables(Protocol):
    """The archive's tables, read."""

    def log_size(self) -> int:
        """Entries in the log."""

    def records_before(self, position: int) -> int:
        """How many of the first entries are records; cheap."""

    def between(self, first: int, last: int, scope: Scope) -> Sequence[Expected]:
        """Records of the scope among the entries from ``first`` up to ``last``, in order."""

    def at(self, positions: Iterable[int]) -> Sequence[Expected]:
        """The records at these entries, in order; events are left out."""

    def of(self, record_ids: Sequence[str]) -> Sequence[Expected]:
        """These records; those the log does not have are left out."""

    def leaves(self, first: int, last: int) -> Sequence[Leaf]: ...
    def heads(self, after: int, limit: int) -> Sequence[Head]:
        """Checkpoints of more than ``after`` leaves, the smallest first."""

    def tile(self, level: int, index: int) -> bytes: ...
    def unknown_among(self, record_ids: Sequence[str]) -> set[str]:
        """Which of these have no row."""

    def logged_among(self, record_ids: Sequence[str]) -> set[str]:
        """Which of these the log has an entry for."""

    def stray_rows(self, after: str, limit: int) -> tuple[list[str], str]:
        """Records among the next rows that the log does not have at the place they name, and
        that nobody is about to log; and where to go on, "" at the end."""

    def lost_records(self, after: str, limit: int) -> tuple[list[str], str]:
        """Records that a filed submission among the next names and that have no row."""


class Witness(Protocol):
    """Checkpoints remembered outside the database."""

    def notes(self) -> Iterator[tuple[int, str]]: ...
    def last(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Read:
    """What one step of an audit brings home.

    before   the audit as the step found it
    after    as it is to stand
    begun_at when the reading began: what coverage counts from
    """

    before: Audit
    after: Audit
    looks: Sequence[Look]
    begun_at: datetime
    depth: Depth


class Book(Protocol):
    """Audits, findings and coverage, written. Each method is one transaction."""

    def begin(self, audit: Audit) -> None:
        """Open an audit, with its event in the log."""

    def audit(self, audit_id: str) -> Audit: ...
    def running(self) -> Sequence[Audit]:
        """Audits under way, the oldest first."""

    def advance(self, read: Read, at: datetime) -> Audit:
        """Results, coverage, findings and where the audit stands, all or nothing.

        Raises ChangedMeanwhile if somebody else advanced it: then nothing is counted.
        """

    def whole(
        self,
        audit: Audit,
        faults: Mapping[str, Sequence[Fault]],
        at: datetime,
        closing: bool = True,
    ) -> None:
        """What was found in log, database and store as wholes: subject -> faults.

        closing   findings of these subjects that were not seen again are closed
        """

    def move(self, before: Audit, after: Audit, at: datetime) -> Audit:
        """Finish, pause, resume or stop, with its event. Raises ChangedMeanwhile."""

    def open_findings(self, location: str, subject: str) -> Sequence[Finding]: ...

    # coverage
    def policy(self, location: str) -> Policy: ...
    def enrol(self, location: str, now: datetime, limit: int) -> int:
        """Take records logged since into the coverage; how many, 0 when all are. Then some of
        those before are looked at, and taken in again if what coverage knew of them is gone."""

    def oldest(self, location: str, now: datetime, before: datetime, limit: int) -> Sequence[str]:
        """Record ids whose next look is due: retries first, then the longest unread whose last
        reading is before ``before``; times in the future count as none."""

    def read_on(self, location: str, now: datetime) -> tuple[int, int]:
        """(bytes of all copies, bytes read on the day of ``now``); cheap."""

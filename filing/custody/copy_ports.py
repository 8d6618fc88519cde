"""What further copies ask of the outside: places that hold them, and a book to write.

A place raises OutsideUnavailable when it does not answer; nobody takes that for damage.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filing.custody.expected import Expected
from filing.model.copies import (
    Drill,
    Location,
    Repair,
    RepairState,
    Request,
    RequestState,
    SetAside,
    Standing,
)
from filing.model.custody import Answer, Fault, Finding, Look


@dataclass(frozen=True, slots=True)
class Held:
    """What one look at one copy gave.

    look    answer and faults
    files   path below the object -> (bytes, SHA-256 in hex), of all that was read
    """

    look: Look
    files: Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A copy to be written: path below the object -> SHA-256 in hex of what must stand there."""

    record_id: str
    files: Mapping[str, str]


#: Faults of what the tables or the list of revocations say, not of the copy's bytes.
_NOT_OF_BYTES = frozenset(
    {
        *("CX-1-5", "CX-1-6", "CX-1-7", "CX-1-8", "CX-1-11", "CX-1-21"),
        *("CX-2-13", "CX-2-14", "CX-2-15", "CX-2-16"),
    }
)


def of_bytes(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Those of the copy itself, or of the leaf it is held to."""
    return tuple(one for one in faults if one.code not in _NOT_OF_BYTES)


def is_proven(one: Expected, held: Held) -> bool:
    """Whether this look proves the copy good: read whole, every file as sealed, the seal's
    statement the very entry of the log."""
    return one.leaf_hash is not None and held.look.complete and not of_bytes(held.look.faults)


def is_hurt(held: Held) -> bool:
    """Whether this look saw damage of the copy's bytes."""
    return any(one.answer is Answer.DAMAGED for one in of_bytes(held.look.faults))


class Source(Protocol):
    """A copy read from."""

    def blocks(self, record_id: str, path: str) -> Iterator[bytes]:
        """A file of a record. Raises OutsideUnavailable."""


class Place(Source, Protocol):
    """One location, with what may be done there."""

    def available(self) -> None:
        """Raises OutsideUnavailable unless the place is there and is the one meant."""

    def held(self, one: Expected, fresh: bool) -> Held:
        """Look at one record; ``fresh``: past whatever remembers an earlier look."""

    def exists(self, record_id: str) -> bool:
        """Whether anything stands where the record belongs."""

    def receive(self, some: Sequence[Wanted], source: Source) -> Mapping[str, str]:
        """Write copies, each whole or not at all, on disk when this returns.

        Returns why not, for those that could not be written. Raises OutsideUnavailable,
        StoreDoubtful; then nothing is said of any of them.
        """

    def replace(self, token: str, one: Wanted, source: Source, note: bytes) -> None:
        """Set what stands aside, in quarantine with ``note``, and write a copy in its stead.

        May be called again with the same ``token`` after a crash at any moment: what was
        set aside is never set aside twice, written over or lost. Raises OutsideUnavailable.
        """

    def undo(self, token: str) -> bool:
        """Remove what a replacement prepared. False: it had begun to replace, nothing is undone."""

    def set_aside(self, token: str) -> SetAside:
        """What one replacement set aside. Raises OutsideUnavailable."""

    def purge(self, token: str) -> None:
        """Remove what one replacement set aside. Nothing there is no error."""


class CopyBook(Protocol):
    """Locations, gaps, repairs, acts for two and drills, written.

    Each method is one transaction, with its events in the log.
    """

    # locations
    def locations(self) -> Sequence[Location]: ...
    def location(self, name: str) -> Location:
        """Raises NotFound."""

    def add_location(self, one: Location, who: str, at: datetime) -> None:
        """Raises WrongState if the name is taken."""

    def change_location(self, before: Location, after: Location, who: str, at: datetime) -> None:
        """Raises ChangedMeanwhile."""

    def standing(self, location: Location) -> Standing: ...
    def retries(self, location: str, now: datetime, limit: int) -> Sequence[int]:
        """Positions of gaps that are due again."""

    def note_copied(
        self,
        location: str,
        span: tuple[int, int],
        copied: Sequence[tuple[Expected, int]],
        gaps: Mapping[int, tuple[str, str]],
        at: datetime,
    ) -> None:
        """What one step of catching up did: on disk before this is called.

        span    (copied_to as it was, as it is now); equal for retries
        copied  (record, bytes)
        gaps    position -> (record id, why)

        Raises ChangedMeanwhile if somebody else moved ``copied_to``.
        """

    # repairs
    def begin_repair(self, one: Repair) -> None: ...
    def end_repair(
        self, before: Repair, state: RepairState, look: Look | None, at: datetime
    ) -> Repair:
        """``look``: the copy as it was seen afterwards; closes its findings."""

    def note_repair(self, before: Repair, after: Repair) -> Repair:
        """Save what changed of a repair under way. Raises ChangedMeanwhile."""

    def purged(self, one: Repair, who: str, at: datetime) -> None: ...
    def repair(self, repair_id: str) -> Repair:
        """Raises NotFound."""

    def repairs(
        self, state: RepairState | None, record_id: str, before: str, limit: int
    ) -> Sequence[Repair]:
        """The newest first."""

    def is_confirmed(self, location: str, record_id: str) -> bool:
        """Whether an audit confirmed damage of this copy and it was not seen right since."""

    def hurt(self, location: str, after: str, limit: int) -> Sequence[Finding]:
        """Confirmed findings of records at a location, by id, behind ``after``."""

    # acts for two
    def ask(self, one: Request) -> None: ...
    def request(self, request_id: str) -> Request:
        """Raises NotFound."""

    def requests(self, state: RequestState, before: str, limit: int) -> Sequence[Request]: ...
    def decide(self, before: Request, after: Request) -> Request:
        """Raises ChangedMeanwhile."""

    def sole_copies(self, location: str, others: Sequence[str]) -> int:
        """Records this location holds good while the main copy is hurt and no other
        location holds them, counted up to a hundred."""

    # drills
    def begin_drill(self, one: Drill) -> None: ...
    def end_drill(self, one: Drill) -> None: ...
    def drills(self, good: bool, limit: int) -> Sequence[Drill]:
        """The newest first; ``good``: only those that came out intact."""


#: Takes a record's copy for this process: (location, record id) -> a way to give it back;
#: None when another process has it.
Take = Callable[[str, str], Callable[[], None] | None]

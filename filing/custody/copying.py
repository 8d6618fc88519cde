"""Catching up: every record of the log, copied to every location that lacks it, oldest first.

A copy is only made of what was proven good a moment before, and every byte is digested once
more on its way. It is noted when it is on disk there, not before; so a crash costs one step,
done again. What cannot be copied now is a gap: noted with the reason, tried again later, and
never in the way of what comes behind it.

Accepting does not wait for this: a location that does not answer must not stop the archive
from taking in what it can keep. How far each is behind is said instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filing.custody.copy_ports import CopyBook, Held, Place, Wanted, is_proven
from filing.custody.expected import Expected
from filing.custody.ports import StillOurs, Tables
from filing.errors import OutsideUnavailable
from filing.model.copies import Location
from filing.model.custody import Answer, Scope

#: Entries of the log taken in one step.
STEP = 64
_STEP_BYTES = 64 << 20


class Clock(Protocol):
    """The time, and ids."""

    def now(self) -> datetime: ...
    def new_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """Copies from one place to others.

    note   the text kept with what had to be set aside at the target: (location, record id)
    """

    main: Place
    tables: Tables
    book: CopyBook
    clock: Clock
    note: Callable[[str, str], bytes]

    def do(self, location: Location, place: Place, still_ours: StillOurs) -> bool:
        """Copy some; True while more waits. Raises OutsideUnavailable, ChangedMeanwhile."""
        place.available()
        self.main.available()
        again = self.book.retries(location.name, self.clock.now(), STEP)
        if again:
            self._carry(location, place, self.tables.at(again), location.copied_to)
            if not still_ours():
                return False
        first = location.copied_to
        last = min(first + STEP, self.tables.log_size())
        if last <= first:
            return False
        due = self.tables.between(first, last, Scope())
        some, end = _portion(due, last)
        self._carry(location, place, some, end)
        return True

    def _carry(self, location: Location, place: Place, some: Sequence[Expected], end: int) -> None:
        gaps: dict[int, tuple[str, str]] = {}
        ready: dict[str, tuple[Expected, Held]] = {}
        for one in some:
            held = self.main.held(one, fresh=False)
            if is_proven(one, held):
                ready[one.record_id] = one, held
            else:
                gaps[one.position] = one.record_id, _why(held)
        failed = self._brought(location, place, ready)
        copied = []
        for record_id, (one, held) in ready.items():
            if record_id in failed:
                gaps[one.position] = record_id, failed[record_id]
            else:
                copied.append((one, held.look.size_bytes))
        # What vanished while it was copied is no reason to note anything.
        self.main.available()
        place.available()
        span = location.copied_to, end
        self.book.note_copied(location.name, span, copied, gaps, self.clock.now())

    def _brought(
        self, location: Location, place: Place, ready: dict[str, tuple[Expected, Held]]
    ) -> dict[str, str]:
        """Why not, for those that are not there now."""
        failed: dict[str, str] = {}
        fresh: list[Wanted] = []
        for record_id, (one, held) in ready.items():
            wanted = wanted_of(record_id, held)
            if not place.exists(record_id):
                fresh.append(wanted)
            elif not is_proven(one, place.held(one, fresh=True)):
                # Of an attempt nobody noted, and hurt since: set aside, never written over.
                try:
                    note = self.note(location.name, record_id)
                    place.replace(self.clock.new_id(), wanted, self.main, note)
                except OutsideUnavailable as error:
                    failed[record_id] = str(error)
        return failed | dict(place.receive(fresh, self.main))


def wanted_of(record_id: str, held: Held) -> Wanted:
    """The copy to be written after one that was proven good."""
    return Wanted(record_id, {path: digest for path, (_, digest) in held.files.items()})


def _portion(due: Sequence[Expected], last: int) -> tuple[Sequence[Expected], int]:
    """As many as _STEP_BYTES hold, at least one, and the position behind them."""
    size = 0
    for at, one in enumerate(due):
        size += one.size_bytes
        if size >= _STEP_BYTES and at + 1 < len(due):
            return due[: at + 1], one.position + 1
    return due, last


def _why(held: Held) -> str:
    faults = ", ".join(sorted({one.code for one in held.look.faults}))
    if held.look.answer is Answer.DAMAGED:
        return f"the main copy is not good: {faults}"
    return f"the main copy could not be proven good: {faults}"

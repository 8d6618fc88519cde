"""The drill: rebuild into a scratch place, hold every entry to what stands, keep the date.

A drill that was interrupted, or whose store did not answer, could not tell: it is not a good
one. What stands may have grown meanwhile; as much is compared as the store's copy of the log
held.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from filing.custody.copying import Clock
from filing.custody.ports import StillOurs
from filing.custody.rebuild import SHOWN, Rebuilt
from filing.errors import FilingError
from filing.model.copies import Difference, Drill
from filing.model.custody import Answer

#: A drill that was interrupted, or met a store that did not answer, is done again so soon.
_AGAIN = timedelta(days=1)


class Scratch(Protocol):
    """A scratch place, gone when the block ends."""

    def rebuild(self, told: Callable[[int], bool]) -> Rebuilt: ...
    def compare(self, size: int) -> Iterator[tuple[int, list[Difference]]]: ...


class Drills(Protocol):
    """Where drills are written down: filing.custody.copy_ports.CopyBook."""

    def begin_drill(self, one: Drill) -> None: ...
    def end_drill(self, one: Drill) -> None: ...
    def drills(self, good: bool, limit: int) -> Sequence[Drill]: ...


@dataclass(frozen=True, slots=True)
class Drilling:
    """Drills of this archive.

    every      how long after the last one began the next is due
    there      entries in the store's copy of the log
    settle     brings the store's copies of log and settings up to date; entries in the log
    """

    book: Drills
    clock: Clock
    scratch: Callable[[], AbstractContextManager[Scratch]]
    there: Callable[[], int]
    settle: Callable[[], int]
    every: timedelta

    def do(self, still_ours: StillOurs) -> bool:
        """The duty: a drill, if one is due and there is anything to rebuild."""
        last = next(iter(self.book.drills(False, 1)), None)
        if last is not None and not self._is_due(last):
            return False
        if last is None and not self.settle():
            return False
        self.run(still_ours)
        return False

    def _is_due(self, last: Drill) -> bool:
        """Sooner after one that could not tell; one of a day to come says nothing."""
        rest = self.every if last.answer is not Answer.UNKNOWN else min(self.every, _AGAIN)
        now = self.clock.now()
        return not now - rest < last.begun_at <= now

    def run(self, still_ours: StillOurs = lambda: True) -> Drill:
        """One drill, here and now."""
        drill = Drill(self.clock.new_id(), self.clock.now(), None, Answer.UNKNOWN)
        # Before it is brought up to date: what was lost since the last drill would be made anew.
        known = max((one.log_size for one in self.book.drills(False, 100)), default=0)
        self.book.begin_drill(drill)
        try:
            there = self.there()
            self.settle()
            drill = self._carried_out(drill, still_ours)
            if there < known:
                lost = Difference("log", "copy in the store", str(known), str(there))
                drill = replace(
                    drill,
                    differences=drill.differences + 1,
                    shown=(lost, *drill.shown)[:SHOWN],
                    answer=Answer.UNKNOWN if drill.reason else Answer.DAMAGED,
                )
        except FilingError as error:
            drill = replace(drill, answer=Answer.UNKNOWN, reason=str(error)[:500])
        done = replace(drill, ended_at=self.clock.now())
        self.book.end_drill(done)
        return done

    def _carried_out(self, drill: Drill, still_ours: StillOurs) -> Drill:
        with self.scratch() as scratch:
            rebuilt = scratch.rebuild(lambda size: still_ours())
            drill = replace(
                drill,
                log_size=rebuilt.size,
                records=rebuilt.records,
                differences=rebuilt.troubles,
                shown=tuple(rebuilt.shown),
            )
            if not rebuilt.complete:
                return replace(drill, reason="it was interrupted")
            for compared, found in scratch.compare(rebuilt.size):
                shown = (*drill.shown, *found)[:SHOWN]
                count = drill.differences + len(found)
                drill = replace(drill, compared=compared, differences=count, shown=shown)
                if not still_ours():
                    return replace(drill, reason="it was interrupted")
        if drill.differences:
            return replace(drill, answer=Answer.DAMAGED)
        if rebuilt.doubts:
            why = f"{rebuilt.doubts} checkpoints are by none of the keys known"
            return replace(drill, reason=why)
        return replace(drill, answer=Answer.INTACT)

"""Copies as people and operators ask for them: permissions, then the use case whose business it is.

Keeps the promises of filing.services.copies.Copies; decides nothing else itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from filing.custody.acts_for_two import ActsForTwo
from filing.custody.copy_ports import CopyBook, Place
from filing.custody.copying import CatchingUp, Clock
from filing.custody.drill import Drilling
from filing.custody.keeping import Keeping, who_asks
from filing.custody.repair import Repairing
from filing.custody.rows_repair import TABLE_CODES, RowsRepairing
from filing.errors import ChangedMeanwhile, NotAllowed, NotFound, OutsideUnavailable, WrongState
from filing.model.copies import (
    Drill,
    Evidence,
    Location,
    LocationState,
    Repair,
    RepairState,
    Request,
    RequestKind,
    RequestState,
    Standing,
    Where,
)
from filing.model.custody import MAIN, Finding
from filing.model.people import Person
from filing.model.roles import Permission

_AT_ONCE = 100
_SUBJECTS_APART = frozenset({"log", "database", "store", "clock"})


class Places(Protocol):
    """Locations as places; see filing.app.copies."""

    def every(self) -> Mapping[str, Place]:
        """The main store and every active location, in the order they are asked."""

    def make(self, one: Location) -> Place:
        """Make a place a location, with its marker. Raises WrongState, Misconfigured."""

    def reach(self, one: Location) -> Place:
        """The place of a location, whatever its state."""


@dataclass(frozen=True, slots=True)
class CopyKeeping:
    """See filing.services.copies.Copies.

    carry_books   brings the copies of log and settings at a location up to the database:
                  without them an archive is not rebuilt from what is there
    """

    places: Places
    book: CopyBook
    clock: Clock
    catching: CatchingUp
    repairing: Repairing
    rows: RowsRepairing
    two: ActsForTwo
    drilling: Drilling
    custody: Callable[[str], Keeping]
    carry_books: Callable[[Location], None]

    def locations(self, by: Person | None) -> Sequence[Standing]:
        """See Copies."""
        who_asks(by, Permission.SEE_CUSTODY)
        return [self.book.standing(one) for one in self.book.locations()]

    def add(self, by: Person | None, name: str, where: Where) -> Location:
        """See Copies."""
        who = who_asks(by, Permission.REPAIR)
        one = Location(name, where, self.clock.new_id())
        if any(name == known.name for known in self.book.locations()):
            raise WrongState(f"there is a location {name} already", f"存储位置 {name} 已存在")
        self.places.make(one).available()
        self.book.add_location(one, who, self.clock.now())
        return one

    def change(self, by: Person | None, name: str, where: Where) -> Location:
        """See Copies."""
        who = who_asks(by, Permission.REPAIR)
        before = self._active(name)
        after = replace(before, where=where, version=before.version + 1)
        self.places.reach(after).available()
        self.book.change_location(before, after, who, self.clock.now())
        return after

    def check(self, by: Person | None, name: str) -> Location:
        """See Copies."""
        who_asks(by, Permission.SEE_CUSTODY)
        one = self.book.location(name)
        self.places.reach(one).available()
        return one

    def catch_up(self, by: Person | None, name: str, told: Callable[[Standing], None]) -> Standing:
        """See Copies."""
        who_asks(by, Permission.REPAIR)
        place, more = self.places.reach(self._active(name)), True
        while more:
            try:
                more = self.catching.do(self._active(name), place, lambda: True)
            except ChangedMeanwhile:
                more = False  # the server copies there as well
            standing = self.book.standing(self.book.location(name))
            told(standing)
        self.carry_books(standing.location)
        return standing

    def at(self, location: str) -> Keeping:
        """See Copies."""
        return self.custody(location)

    def repair(self, by: Person | None, location: str, record_id: str) -> Repair:
        """See Copies."""
        return self.repairing.repair(location, record_id, who_asks(by, Permission.REPAIR))

    def repair_finding(self, by: Person | None, finding_id: str) -> Repair:
        """See Copies."""
        who = who_asks(by, Permission.REPAIR)
        one = self.custody(MAIN).book.finding(finding_id)
        return self._mend(one, who)

    def repair_all(
        self, by: Person | None, location: str, told: Callable[[Repair], None]
    ) -> Sequence[Repair]:
        """See Copies."""
        who = who_asks(by, Permission.REPAIR)
        done: dict[tuple[str, bool], Repair] = {}
        after = ""
        while found := self.book.hurt(location, after, _AT_ONCE):
            after = found[-1].id
            for one in found:
                key = one.subject, one.fault.code in TABLE_CODES
                if key not in done:
                    done[key] = self._mend(one, who)
                    told(done[key])
        return list(done.values())

    def repairs(
        self, by: Person | None, state: RepairState | None, record_id: str, before: str, limit: int
    ) -> Sequence[Repair]:
        """See Copies."""
        who_asks(by, Permission.SEE_CUSTODY)
        return self.book.repairs(state, record_id, before, limit)

    def ask(self, by: Person | None, kind: RequestKind, subject: str, reason: str) -> Request:
        """See Copies."""
        needed = Permission.DECIDE_FINDINGS if kind is RequestKind.ACCEPT else Permission.REPAIR
        return self.two.ask(who_asks(by, needed), kind, subject, reason)

    def decide(self, by: Person, request_id: str, agreed: bool) -> Request:
        """See Copies."""
        if by is None:  # whoever sits at the machine is no second person
            raise NotAllowed("a second person must sign in and agree", "须由第二人登录后复核")
        return self.two.decide(by, request_id, agreed)

    def requests(
        self, by: Person | None, state: RequestState, before: str, limit: int
    ) -> Sequence[Request]:
        """See Copies."""
        _may_see_requests(by)
        return self.book.requests(state, before, limit)

    def evidence(self, by: Person | None, one: Request) -> Evidence:
        """See Copies."""
        _may_see_requests(by)
        return self.two.evidence(one)

    def drill(self, by: Person | None) -> Drill:
        """See Copies."""
        who_asks(by, Permission.AUDIT)
        return self.drilling.run()

    def drills(self, by: Person | None, limit: int) -> Sequence[Drill]:
        """See Copies."""
        who_asks(by, Permission.SEE_CUSTODY)
        return self.book.drills(False, limit)

    def last_good_drill(self, by: Person | None) -> Drill | None:
        """See Copies."""
        who_asks(by, Permission.SEE_CUSTODY)
        return next(iter(self.book.drills(True, 1)), None)

    def _mend(self, one: Finding, who: str) -> Repair:
        if one.fault.code in TABLE_CODES or one.subject in _SUBJECTS_APART:
            return self.rows.repair(one, who)
        try:
            return self.repairing.repair(one.location, one.subject, who)
        except (OutsideUnavailable, ChangedMeanwhile, NotFound):
            at = self.clock.now()
            return Repair("", one.location, one.subject, "", RepairState.NOT_TOLD, who, at, at)

    def _active(self, name: str) -> Location:
        one = self.book.location(name)
        if one.state is not LocationState.ACTIVE:
            raise WrongState(f"location {name} is {one.state}", f"存储位置 {name} 已停用")
        return one


def _may_see_requests(by: Person | None) -> None:
    if by is not None and not by.may(Permission.APPROVE):
        by.need(Permission.SEE_CUSTODY)

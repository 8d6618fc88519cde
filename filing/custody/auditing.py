"""An audit from its beginning to its end, some records at a time.

Each step reads, settles what looks hurt by a second look, and writes results, coverage and
where the audit stands in one transaction; so a crash between any two moments costs one
step, nothing is counted twice and nothing is left out. Before and after each step the
place itself must be there: a missing mount is not a thousand missing records.

An audit of everything ends with log, database and store as wholes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from filing.custody import absence
from filing.custody.counting import counted, with_wholes
from filing.custody.draw import throws
from filing.custody.expected import Expected
from filing.custody.opened import recent_enough
from filing.custody.ports import Book, Copies, Read, StillOurs, Tables
from filing.custody.settling import settle
from filing.errors import BadRequest, NotFound, WrongState
from filing.model.custody import Answer, Audit, AuditState, Fault, Look, Scope

#: Entries of the log taken in one step; small records make steps of this size.
WINDOW = 512
#: A step of large records ends sooner.
STEP_BYTES = 256 << 20


class Clock(Protocol):
    """The time, and ids."""

    def now(self) -> datetime: ...
    def new_id(self) -> str: ...


class Wholes(Protocol):
    """Log, database and store held to each other as wholes: filing.custody.wholes."""

    def before(self, location: str) -> dict[str, list[Fault]]:
        """What must be looked at before the audit's own event is logged."""

    def faults(self, audit: Audit, still_ours: StillOurs) -> dict[str, list[Fault]] | None:
        """Everything found, by subject; None when it was not finished."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step on its way: the records, the reading begun, and where it will lead."""

    cursor: int
    some: Sequence[Expected]
    begun_at: datetime
    looks: Callable[[], list[Look]]


@dataclass(frozen=True, slots=True)
class Auditing:
    """Audits of one location.

    wait   so many seconds, before what is missing is looked for again
    """

    location: str
    copies: Copies
    tables: Tables
    book: Book
    wholes: Wholes
    clock: Clock
    wait: Callable[[float], None]

    def begin(self, scope: Scope, who: str, scheduled: bool = False) -> Audit:
        """Open an audit; nothing is read yet. Raises NotFound for records there are none of."""
        size = self.tables.log_size()
        if scope.records and len(self.tables.of(scope.records)) != len(set(scope.records)):
            raise NotFound("not every record named is in the log", "所列档案并非都在日志中")
        early = self.wholes.before(self.location) if scope.is_all else {}
        audit = Audit(
            id=self.clock.new_id(),
            location=self.location,
            scope=scope,
            who=who,
            begun_at=self.clock.now(),
            log_size=size,
            planned=self._planned(scope, size),
            scheduled=scheduled,
            faults=sum(len(some) for some in early.values()),
        )
        self.book.begin(audit)
        if early:
            self.book.whole(audit, early, self.clock.now(), closing=False)
        return audit

    def run(
        self,
        audit: Audit,
        still_ours: StillOurs = lambda: True,
        told: Callable[[Audit], None] = lambda audit: None,
    ) -> Audit:
        """Carry an audit on, to its end or until it is no longer ours.

        told   the audit after each step

        Raises OutsideUnavailable when the place or the database does not answer (the audit
        stays where it was), ChangedMeanwhile when somebody else took it up or paused it.
        """
        if audit.state is not AuditState.RUNNING:
            raise WrongState(f"audit {audit.id} is {audit.state}", "该检查不在进行中")
        self.copies.available()
        steps = self._steps(audit)
        coming = next(steps, None)
        while coming is not None:
            step, coming = coming, next(steps, None)
            audit = self._carry_out(audit, step, still_ours)
            told(audit)
            if not still_ours():
                return audit
        return self.end(audit, still_ours)

    def look_at(self, some: Sequence[Expected], audit: Audit, still_ours: StillOurs) -> Audit:
        """One step over these records, outside any order: for the schedule. Raises as ``run``."""
        self.copies.available()
        return self._carry_out(audit, self._begun(audit, audit.cursor, some), still_ours)

    def move(self, audit_id: str, state: AuditState, who: str) -> Audit:
        """Pause, resume or stop. Raises WrongState, NotFound, ChangedMeanwhile."""
        before = self.book.audit(audit_id)
        if state not in _MOVES.get(before.state, ()):
            raise WrongState(f"audit {audit_id} is {before.state}", "该检查的状态不允许此操作")
        at = self.clock.now()
        ended = at if state is AuditState.STOPPED else None
        return self.book.move(before, replace(before, state=state, ended_at=ended, who=who), at)

    def _planned(self, scope: Scope, size: int) -> int:
        records = self.tables.records_before(size)
        if scope.sample is not None:
            return min(scope.sample.size, records)
        return len(scope.records) if scope.records else records

    def _steps(self, audit: Audit) -> Iterator[Step]:
        """The steps from where the audit stands. One is read while the one before is written."""
        for cursor, some in self._windows(audit):
            for at, part in _portions(some):
                place = cursor if at == len(some) else _inside(audit, cursor, some, at)
                yield self._begun(audit, place, part)

    def _begun(self, audit: Audit, cursor: int, some: Sequence[Expected]) -> Step:
        """A step whose reading goes on from here."""
        now = self.clock.now()
        return Step(cursor, some, now, self.copies.begin(some, recent_enough(audit, now)))

    def _windows(self, audit: Audit) -> Iterator[tuple[int, Sequence[Expected]]]:
        scope, cursor = audit.scope, audit.cursor
        if scope.sample is not None:
            yield from self._drawn(audit)
        elif scope.records:
            left = sorted(self.tables.of(scope.records), key=lambda one: one.position)
            left = [one for one in left if one.position >= cursor]
            yield audit.log_size, left
        else:
            while cursor < audit.log_size:
                last = min(cursor + WINDOW, audit.log_size)
                yield last, self.tables.between(cursor, last, scope)
                cursor = last

    def _drawn(self, audit: Audit) -> Iterator[tuple[int, Sequence[Expected]]]:
        """Drawn positions are looked at in the order of the log: the cursor is a position."""
        if audit.scope.sample is None:
            raise BadRequest("not a sample")
        wanted, found = audit.planned, list[Expected]()
        batch: list[int] = []
        for position in throws(audit.scope.sample.seed, audit.log_size):
            batch.append(position)
            if len(batch) >= min(WINDOW, max(1, wanted - len(found))):
                found += _in_order(batch, self.tables.at(batch))[: wanted - len(found)]
                batch = []
            if len(found) >= wanted:
                break
        if batch and len(found) < wanted:
            found += _in_order(batch, self.tables.at(batch))[: wanted - len(found)]
        chosen = sorted(one.position for one in found if one.position >= audit.cursor)
        del found
        for at in range(0, len(chosen), WINDOW):
            part = chosen[at : at + WINDOW]
            done = at + WINDOW >= len(chosen)
            yield (audit.log_size if done else part[-1] + 1), self.tables.at(part)

    def _carry_out(self, audit: Audit, step: Step, still_ours: StillOurs) -> Audit:
        looks = step.looks()
        hurt = [n for n, one in enumerate(looks) if one.answer is not Answer.INTACT]
        if hurt:
            # Before anything is called damaged: is the place still there at all?
            self.copies.available()
            looks = self._settled(audit, step, looks, hurt)
            looks = self._sought(audit, step, looks, still_ours)
        after = counted(replace(audit, cursor=step.cursor), looks)
        self.copies.available()
        read = Read(audit, after, looks, step.begun_at, audit.scope.depth)
        return self.book.advance(read, self.clock.now())

    def _settled(self, audit: Audit, step: Step, looks: list[Look], hurt: list[int]) -> list[Look]:
        """A second look past the page cache for all that is not intact."""
        settled = list(looks)
        for n, second in zip(hurt, self._again(audit, step, hurt), strict=True):
            settled[n] = settle(looks[n], second)
        return settled

    def _sought(self, audit: Audit, step: Step, looks: list[Look], ours: StillOurs) -> list[Look]:
        """What is missing, looked for once more after a pause unless it is known to be gone."""
        sought, fresh = absence.sift(looks, partial(self.book.open_findings, self.location))
        if not fresh:
            return sought
        first = self.clock.now()
        absence.pause(self.wait, ours)
        at = first, self.clock.now()
        for n, second in zip(fresh, self._again(audit, step, fresh), strict=True):
            sought[n] = absence.after_pause(looks[n], second, at)
        return sought

    def _again(self, audit: Audit, step: Step, which: list[int]) -> list[Look]:
        """These records of a step past the page cache, held to rows read anew."""
        some = [step.some[n] for n in which]
        anew = {one.record_id: one for one in self.tables.of([one.record_id for one in some])}
        some = [anew.get(one.record_id, one) for one in some]
        return self.copies.again(some, recent_enough(audit, self.clock.now()))

    def end(self, audit: Audit, still_ours: StillOurs) -> Audit:
        """Finish an audit whose records are done."""
        if audit.scope.is_all:
            faults = self.wholes.faults(audit, still_ours)
            if faults is None:
                return audit
            self.book.whole(audit, faults, self.clock.now())
            after = with_wholes(audit, faults)
        else:
            after = audit
        at = self.clock.now()
        return self.book.move(audit, replace(after, state=AuditState.FINISHED, ended_at=at), at)


_MOVES = {
    AuditState.RUNNING: {AuditState.PAUSED, AuditState.STOPPED},
    AuditState.PAUSED: {AuditState.RUNNING, AuditState.STOPPED},
}


def _portions(some: Sequence[Expected]) -> Iterator[tuple[int, Sequence[Expected]]]:
    """(end, records): as many as STEP_BYTES hold, at least one; once even for none."""
    begun, size = 0, 0
    for at, one in enumerate(some):
        size += one.size_bytes
        if size >= STEP_BYTES and at + 1 < len(some):
            yield at + 1, some[begun : at + 1]
            begun, size = at + 1, 0
    yield len(some), some[begun:]


def _inside(audit: Audit, cursor: int, some: Sequence[Expected], at: int) -> int:
    return min(cursor, some[at].position)


def _in_order(positions: Sequence[int], found: Sequence[Expected]) -> list[Expected]:
    by_position = {one.position: one for one in found}
    return [by_position[one] for one in positions if one in by_position]

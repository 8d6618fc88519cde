"""The promise kept without anybody asking: what is read next, how much, and what it will take.

The longest unread comes first. Reading is spread so that every copy is read within two
thirds of the promised time; the last third is for what goes wrong. How much is due on a
day follows from what all copies weigh and what was read since midnight, both in the
tables: nothing is remembered between two calls, so nothing is lost with a process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from filing.custody.auditing import Auditing
from filing.custody.ports import Book, StillOurs
from filing.errors import ChangedMeanwhile
from filing.model.custody import Audit, Depth, Scope
from filing.model.promise import Coverage, Day, Policy

CHINA = timezone(timedelta(hours=8))
_STEP = 64
_STEP_BYTES = 64 << 20
#: Nothing is read again so soon after, whatever the pace asks for.
_REST = timedelta(days=1)
_DAY_SECONDS = 86_400
_WEEK = 7
_ENROL = 2_000
#: A pause as short as this is saved up for the next.
_SHORT_SECONDS = 0.02


class Stopped(Exception):
    """The work was to end in the middle of a step; the step is done again."""


class Meter:
    """Told of every block read; waits as long as the policy wants."""

    def __init__(self, tick: Callable[[], float], wait: Callable[[float], None]) -> None:
        self._tick, self._wait = tick, wait
        self._policy: Policy | None = None
        self._still_ours: StillOurs = lambda: True
        self._begun = 0.0
        self._owed = 0.0
        self._read = 0

    def begin(self, policy: Policy | None, still_ours: StillOurs = lambda: True) -> None:
        """From now on by this policy; None: as fast as can be."""
        self._policy, self._still_ours = policy, still_ours
        self._begun, self._owed, self._read = self._tick(), 0.0, 0

    def __call__(self, count: int) -> None:
        """``count`` bytes were read. Raises Stopped."""
        policy = self._policy
        if policy is None:
            return
        self._read += count
        busy = self._tick() - self._begun - self._owed
        wanted = busy * 100 / policy.percent
        if policy.bytes_per_second:
            wanted = max(wanted, self._read / policy.bytes_per_second)
        until = self._begun + wanted
        while True:
            if not self._still_ours():
                raise Stopped
            before = self._tick()
            if until - before <= _SHORT_SECONDS:
                return
            self.pause(min(until - before, 1.0))

    def pause(self, seconds: float) -> None:
        """Wait; this is no work and no reason to wait longer."""
        before = self._tick()
        self._wait(seconds)
        self._owed += self._tick() - before


@dataclass(frozen=True, slots=True)
class Schedule:
    """The duty of one location.

    settle   brings what is remembered outside the database up to date, and onto the disk
    mine     takes an audit for this process: how to ask whether it still is ours, None when
             another carries it on
    """

    auditing: Auditing
    book: Book
    meter: Meter
    settle: Callable[[], None]
    mine: Callable[[Audit], StillOurs | None]

    def do(self, still_ours: StillOurs) -> bool:
        """Some of what is due: audits people asked for, then the promise. True: more waits."""
        location, clock = self.auditing.location, self.auditing.clock
        self.settle()
        while self.book.enrol(location, clock.now(), _ENROL):
            if not still_ours():
                return False
        for audit in self.book.running():
            if not audit.scheduled and audit.location == location and still_ours():
                self._carry_on(audit, still_ours)
        now = clock.now()
        policy = self.book.policy(location)
        if not policy.is_open_at(now.astimezone(CHINA).hour):
            return False
        due = self._due(policy, now)
        if not due:
            return False
        audit = self._todays(now)
        self.meter.begin(policy, still_ours)
        try:
            self.auditing.look_at(self.auditing.tables.of(due), audit, still_ours)
        except (Stopped, ChangedMeanwhile):
            return False
        finally:
            self.meter.begin(None)
        return still_ours()

    def _carry_on(self, audit: Audit, still_ours: StillOurs) -> None:
        """An audit somebody asked for, at full speed; where another process has it, later."""
        mine = self.mine(audit)
        if mine is None:
            return
        self.meter.begin(None)
        try:
            self.auditing.run(audit, lambda: mine() and still_ours())
        except ChangedMeanwhile:
            return

    def _due(self, policy: Policy, now: datetime) -> Sequence[str]:
        """The next records, at most _STEP of them and not many more bytes than are due."""
        location = self.auditing.location
        cycle = timedelta(days=policy.within_days) * 2 / 3
        late = self.book.oldest(location, now, now - cycle, _STEP)
        if late:
            return late
        total, read = self.book.read_on(location, now)
        local = now.astimezone(CHINA)
        passed = local.hour * 3600 + local.minute * 60 + local.second
        pace = total * passed / cycle.total_seconds()
        if read >= pace:
            return ()
        return self.book.oldest(location, now, now - _REST, _STEP)

    def _todays(self, now: datetime) -> Audit:
        """The scheduled audit of this day; yesterday's is ended first, with log and store."""
        location = self.auditing.location
        today = now.astimezone(CHINA).date()
        for audit in self.book.running():
            if audit.scheduled and audit.location == location:
                if audit.begun_at.astimezone(CHINA).date() == today:
                    return audit
                self.auditing.end(audit, lambda: True)
        return self.auditing.begin(Scope(depth=Depth.WHOLE), "system", scheduled=True)


def coverage(
    location: str,
    policy: Policy,
    days: Sequence[tuple[Day, int]],
    longest: datetime | None,
    unread: int,
    now: datetime,
) -> Coverage:
    """How the promise stands, from what the tables say.

    days   copies by the day of their last reading and bytes read on it, newest first
    """
    today = now.astimezone(CHINA).date()
    last = today - timedelta(days=policy.within_days)
    cycle = policy.within_days * _DAY_SECONDS
    standing = [one for one, _ in days if one.copies > 0]
    total = sum(one.size_bytes for one in standing)
    recent = sum(read for one, read in days if (today - one.day).days < _WEEK)
    rate = recent // (_WEEK * _DAY_SECONDS)
    needed = total // cycle
    late = [one for one in standing if one.day < last]
    waiting = sum(one.copies for one in late)
    due = sum(one.size_bytes for one in standing if one.day <= today - _two_thirds(policy))
    done_by = now + timedelta(seconds=due / rate) if due and rate else None
    return Coverage(
        location=location,
        policy=policy,
        copies=sum(one.copies for one in standing),
        size_bytes=total,
        oldest=longest,
        waiting=waiting,
        unread=unread,
        rate=rate,
        needed=needed,
        able=_able(policy),
        done_by=done_by,
        alarm=_alarm(policy, waiting, unread, needed, longest, done_by, now),
        days=tuple(standing),
    )


def _two_thirds(policy: Policy) -> timedelta:
    return timedelta(days=policy.within_days) * 2 / 3


def _able(policy: Policy) -> int:
    """Bytes a second, spread over whole days; 0: without bound."""
    return policy.bytes_per_second * policy.hours // 24


def _alarm(
    policy: Policy,
    waiting: int,
    unread: int,
    needed: int,
    longest: datetime | None,
    done_by: datetime | None,
    now: datetime,
) -> str:
    """The worst that can be said, before the promise breaks if at all possible."""
    if waiting:
        return "broken"
    limit = timedelta(days=policy.within_days)
    if longest is not None and longest < now - limit:
        return "broken"
    late = longest is not None and longest < now - limit * 5 / 6
    if late or (done_by is not None and longest is not None and done_by > longest + limit):
        return "will-break"
    if policy.bytes_per_second and needed > _able(policy):
        return "too-slow"
    return "cannot-read" if unread else ""

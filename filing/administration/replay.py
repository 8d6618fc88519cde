"""A change of settings tried on recent deliveries, before it is made.

Each delivery is read and looked into again, and judged twice on the same facts: by what
is in force and by what is proposed. Bounded in number, bytes and time; what was left out
or cannot be told is counted and shown, never taken for "no change".

Keeps nothing and decides nothing about any submission.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from filing.administration.ports import Agencies, Past
from filing.errors import FilingError, OutsideUnavailable
from filing.ingest.examine import Examine, Verdict
from filing.ingest.receive import Staged
from filing.model.administration import Change, Rehearsal, Replayed
from filing.model.agency import Agency, Channel
from filing.model.package import Package
from filing.model.submission import State, Submission
from filing.rules.detection import detect
from filing.rules.facts import Facts, Registration
from filing.rules.report import Report
from filing.rules.rule_set import RuleSet

REJECTED, ACCEPTED = 200, 50
SECONDS = 10.0
MAX_BYTES = 32 << 20

RulesFor = Callable[[Agency, Package], RuleSet]


@dataclass(frozen=True, slots=True)
class Replay:
    """Rehearsals. ``now`` are the rules in force; one rehearsal at a time in a process."""

    examine: Examine
    past: Past
    agencies: Agencies
    now: RulesFor
    tick: Callable[[], float] = time.monotonic
    turn: threading.Lock = field(default_factory=threading.Lock)

    def __call__(
        self, agency_id: str, then: RulesFor, sender: Callable[[Agency], Agency] = lambda one: one
    ) -> Rehearsal:
        """Try it on the recent deliveries of one agency ("": of all).

        then     the rules proposed
        sender   the agency as it is proposed to be

        Raises OutsideUnavailable while another rehearsal runs here.
        """
        if not self.turn.acquire(blocking=False):
            raise OutsideUnavailable(
                "another rehearsal is running; try again in a moment",
                "另一项试算正在进行，请稍后再试",
            )
        try:
            return self._run(agency_id, then, sender)
        finally:
            self.turn.release()

    def _run(self, agency_id: str, then: RulesFor, sender: Callable[[Agency], Agency]) -> Rehearsal:
        until = self.tick() + SECONDS
        looked = {State.REJECTED: 0, State.RECEIPTED: 0}
        left, found = 0, []
        for submission in self._recent(agency_id):
            if self.tick() > until:
                left += 1
                continue
            looked[submission.state] += 1
            found.append(self._one(submission, then, sender))
        told = tuple(one for one in found if one.change is not Change.SAME)
        return Rehearsal(looked[State.REJECTED], looked[State.RECEIPTED], left, told)

    def _recent(self, agency_id: str) -> Iterator[Submission]:
        """By turns, so that time runs out for both kinds alike."""
        rejected = list(self.past.recent(agency_id, State.REJECTED, REJECTED))
        accepted = list(self.past.recent(agency_id, State.RECEIPTED, ACCEPTED))
        step = REJECTED // ACCEPTED
        for number in range(max(len(accepted), -(-len(rejected) // step))):
            yield from rejected[number * step : (number + 1) * step]
            yield from accepted[number : number + 1]

    def _one(
        self, submission: Submission, then: RulesFor, sender: Callable[[Agency], Agency]
    ) -> Replayed:
        which = submission.id, submission.agency_id
        if submission.size_bytes > MAX_BYTES:
            return Replayed(*which, Change.UNKNOWN, why="too-large")
        was = self.agencies.agency(submission.agency_id)
        if was is None:
            return Replayed(*which, Change.UNKNOWN, why="gone")
        accepted = submission.state is State.RECEIPTED
        try:
            with self.past.opened(submission) as staged:
                facts = self._facts(staged, was, filed=accepted)
                new = self._as(facts, sender(was))
                before = detect(facts, self.now(was, facts.package))
                after = detect(new, then(sender(was), new.package))
        except FilingError:
            return Replayed(*which, Change.UNKNOWN, why="gone")
        if before.accepted is not accepted:
            # What decided then (figures sent along, the channel, a code held) is not seen now.
            return Replayed(*which, Change.UNKNOWN, why="differs")
        if before.accepted is after.accepted:
            return Replayed(*which, Change.SAME)
        change = Change.ACCEPTED if after.accepted else Change.REFUSED
        return Replayed(*which, change, _refusing(before if after.accepted else after))

    def _facts(self, staged: Staged, sender: Agency, *, filed: bool) -> Facts:
        caught: list[Facts] = []

        def catch(facts: Facts) -> Verdict:
            caught.append(facts)
            return Verdict(False, b"", (), (), (), rules=self.now(sender, facts.package).used)

        # A record that is held would meet itself in the holding.
        ledger = None if filed else self.examine.ledger
        look = replace(self.examine, judge=catch, ledger=ledger)
        look(staged, sender, Channel.OFFLINE, Registration(), filing=False)
        return caught[0]

    def _as(self, facts: Facts, sender: Agency) -> Facts:
        """The same delivery, had this been its sender."""
        if sender == facts.sender:
            return facts
        signatures = self.examine.verify(facts.package, sender, self.examine.clock.now())
        return replace(facts, sender=sender, signatures=signatures)


def _refusing(report: Report) -> tuple[str, ...]:
    refuses = report.rules.catalogue.refuses
    return tuple(dict.fromkeys(one.code for one in report.findings() if refuses(one)))

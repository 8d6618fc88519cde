"""A refused delivery changed and handed in at once: what an act does with each member.

The delivery is read once and its files are looked into once, for the look at what is
wrong and for the judgement of what was changed. Accepted, no draft was ever kept: the
claim is recorded only while nobody else began one. Still refused, the changes stay as a
draft, written before the new report is recorded, so that whoever takes the member up
again finds them.

Decides neither what is changed nor whether; see filing.desk.members.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Protocol

from filing.errors import KeptLost, NotFound, StoreDoubtful
from filing.ingest.correct import Correct, changed_meanwhile, not_to_be_corrected
from filing.ingest.examine import Examination, Examine
from filing.ingest.hand_in import HandInCorrection, must_say
from filing.ingest.handing import Attempt, Handing
from filing.ingest.remembered import RememberedInspector, RememberedScanner, RememberedSignatures
from filing.ingest.with_draft import judged
from filing.model.correction import Change, Draft
from filing.model.people import Person
from filing.model.roles import Permission
from filing.model.submission import State, Submission


class Plan(Protocol):
    """What is to be done with one delivery. Both raise where it is to be left as it is."""

    def free(self, draft: Draft) -> None:
        """The draft that stands leaves it free to be worked on."""

    def changes(self, found: Examination) -> tuple[Change, ...]:
        """What to change, by what is wrong."""


@dataclass(frozen=True)
class AtOnce:
    """The use case."""

    correct: Correct
    handing_in: HandInCorrection

    def __call__(
        self, person: Person, submission_id: str, plan: Plan, reason: str, act: str
    ) -> Handing:
        """Change it by ``plan``, judge it and make it ready to be filed.

        act   who makes the changes, as the draft notes it

        Raises what the plan raises, ChangedMeanwhile, NotAllowed, BadRequest, WrongState,
        OutsideUnavailable.
        """
        own, reason = self.handing_in, must_say(reason)
        found = own.desk.found(person, submission_id, Permission.CORRECT)
        held = ExitStack()
        try:
            held.enter_context(own.alone(submission_id))
            one = _One(self.correct, own, person, found, plan, reason, act, held)
            return Handing(one.attempt, own.file, own.clear, held)
        except BaseException:
            held.close()
            raise


@dataclass
class _One:
    """One delivery on its way; ``after`` is its draft with the changes, once they are known."""

    correct: Correct
    own: HandInCorrection
    person: Person
    found: Submission
    plan: Plan
    reason: str
    act: str
    held: ExitStack
    before: Draft | None = None
    after: Draft | None = field(default=None)

    def attempt(self) -> Attempt:
        """See filing.ingest.handing.Handing."""
        try:
            if self.before is None or self.after is None:
                return self._first()
            return self._again(self.before, self.after)
        except (FileNotFoundError, NotFound, KeptLost, StoreDoubtful):
            # What was kept of it goes when it is filed: perhaps somebody was faster.
            self.own.standing(self.found)
            raise

    def _again(self, before: Draft, after: Draft) -> Attempt:
        # Somebody was faster with its codes, or its draft: all is read again.
        found = self.own.standing(self.found)
        draft = self.own.drafts.draft(found.id)
        if self._made(draft):
            return self._judged(found, draft, draft, self.own.examine)
        if draft.version != before.version:
            raise changed_meanwhile(draft)
        return self._judged(found, draft, after, self.own.examine)

    def _first(self) -> Attempt:
        found, examine = self.found, looking_once(self.own.examine)
        if found.state is not State.REJECTED:
            raise not_to_be_corrected(found)
        draft = self.own.drafts.draft(found.id)
        self.plan.free(draft)
        self.before = self.after = draft
        if not self._made(draft):
            case = self.own.desk.case(found)
            _, wrong, _ = judged(examine, case, draft, self.own.desk, "")
            changes = self.plan.changes(wrong)
            self.after = self.correct.changed(self.person, case, draft, changes, self.act)
        return self._judged(found, draft, self.after, examine)

    def _made(self, draft: Draft) -> bool:
        """Whether the act's changes stand in the draft: it was cut off, or refused, behind them."""
        return any(one.act == self.act for one in draft.changes)

    def _judged(self, found: Submission, before: Draft, after: Draft, examine: Examine) -> Attempt:
        return self.own.judged(self.person, found, before, after, self.reason, self.held, examine)


def looking_once(examine: Examine) -> Examine:
    """The same examination for one delivery that is judged several times in a row."""
    return replace(
        examine,
        inspector=RememberedInspector(examine.inspector),
        scanner=RememberedScanner(examine.scanner),
        verify=RememberedSignatures(examine.verify),
    )

"""Some members of an act, mended and handed in.

Several are handed in together, for they share one ceremony and its waits for the disk;
while those are filed, the next are mended. One thread does it: more would only take the
interpreter from each other.

A member somebody else is working on is left alone, with the reason.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from filing.desk.ports import Acts, Examined, Handing, Mending, Queue, Work
from filing.desk.remedy import changes_for, in_other_hands, why_left
from filing.errors import ChangedMeanwhile, FilingError, NotFound, OutsideUnavailable
from filing.model.correction import Change, Draft
from filing.model.desk import Act, Cause
from filing.model.people import Person

_log = logging.getLogger("filing.desk")
#: Handed in together; as many again may be on their way.
TOGETHER = 8
#: A member that ends neither well nor ill this often is left, so that the act ends.
_MOST_TRIES = 5
_Begun = list[tuple[Work, Handing]]
_Given = TypeVar("_Given")


@dataclass(frozen=True, slots=True)
class Members:
    """Members of one act that are under way.

    tries   how often each was tried in this process
    """

    acts: Acts
    entries: Queue
    mending: Mending
    act: Act
    cause: Cause
    person: Person
    tries: Counter[tuple[str, int]]
    _failed: list[OutsideUnavailable] = field(default_factory=list)

    def mend(self, works: Sequence[Work]) -> None:
        """Mend every one; each has its outcome, or stays under way. Raises OutsideUnavailable."""
        filed: _Begun = []
        try:
            for start in range(0, len(works), TOGETHER):
                before, filed = filed, []
                try:
                    self._begin(works[start : start + TOGETHER], filed)
                finally:
                    self._end(before)
        finally:  # whatever happens, what was begun is waited for
            self._end(filed)
        if self._failed:
            raise self._failed[0]

    def _begin(self, works: Sequence[Work], begun: _Begun) -> None:
        given = self.entries.assignees([one.submission_id for one in works])
        for work in works:
            self.tries[self.act.id, work.place] += 1
            assignee = given.get(work.submission_id)
            if handing := self._heard(work, lambda: self._ready(work, assignee)):  # noqa: B023  # called at once
                begun.append((work, handing))
        for _, handing in begun:
            handing.file()

    def _end(self, begun: _Begun) -> None:
        for work, handing in begun:
            done = self._heard(work, handing.done)
            if done and self.tries[self.act.id, work.place] > _MOST_TRIES:
                self.acts.skip(self.act, work, "failed")  # nothing, where it has its outcome

    def _heard(self, work: Work, do: Callable[[], _Given]) -> _Given | None:
        """Do one step of a member; where it cannot be done, the member is left, or stays."""
        why = ""
        try:
            return do()
        except OutsideUnavailable as error:
            self.tries[self.act.id, work.place] -= 1  # the outside's fault, not the member's
            self._failed.append(error)
        except FilingError as error:
            why = self._why(work, error)
            if not why and self.tries[self.act.id, work.place] > _MOST_TRIES:
                why = "failed"
        if why:
            self.acts.skip(self.act, work, why)
        return None

    def _ready(self, work: Work, assignee: str | None) -> Handing:
        """Mend one member and make it ready."""
        act, person, submission_id = self.act, self.person, work.submission_id
        if assignee is None:
            raise NotFound(f"there is no submission {submission_id}", "没有这件归档提交")
        plan = _Remedied(act, self.cause, person, assignee)
        return self.mending.mend(person, submission_id, plan, act.reason, act.id)

    def _why(self, work: Work, error: FilingError) -> str:
        why = error.why if isinstance(error, _Left) else why_left(error)
        _log.info(
            "event=member-left act=%s submission=%s why=%s", self.act.id, work.submission_id, why
        )
        if isinstance(error, ChangedMeanwhile):
            # By this very act, where two processes are at it: it is not given up.
            draft = self.mending.draft(self.person, work.submission_id)
            if any(one.act == self.act.id for one in draft.changes):
                return ""
        return why


class _Left(FilingError):
    """A member is left as it is. ``why`` is a slug."""

    def __init__(self, why: str) -> None:
        super().__init__(f"left: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class _Remedied:
    """What an act does with one member; keeps the promise of filing.desk.ports.Plan."""

    act: Act
    cause: Cause
    person: Person
    assignee: str

    def free(self, draft: Draft) -> None:
        """See filing.desk.ports.Plan."""
        if why := in_other_hands(self.assignee, draft, self.person):
            raise _Left(why)

    def changes(self, found: Examined) -> tuple[Change, ...]:
        """See filing.desk.ports.Plan."""
        changes = changes_for(self.act.remedy, self.cause, found.refusing, found.package)
        if not changes:
            raise _Left("unchanged")
        return changes

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

from filing.desk.ports import Acts, Handing, Mending, Queue, Work
from filing.desk.remedy import changes_for, in_other_hands, why_left
from filing.errors import ChangedMeanwhile, FilingError, NotFound, OutsideUnavailable
from filing.model.correction import Draft
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
        for work in works:
            self.tries[self.act.id, work.place] += 1
            if handing := self._heard(work, lambda: self._ready(work)):  # noqa: B023  # called at once
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

    def _ready(self, work: Work) -> Handing | None:
        """Mend one member and make it ready; None where it is left as it is."""
        act, person, submission_id = self.act, self.person, work.submission_id
        entry = self.entries.entry(submission_id)
        if entry is None:
            raise NotFound(f"there is no submission {submission_id}", "没有这件归档提交")
        draft = self.mending.draft(person, submission_id)
        if why := in_other_hands(entry, draft, person):
            self.acts.skip(act, work, why)
            return None
        if not any(one.act == act.id for one in draft.changes):
            found = self.mending.examine(person, submission_id, ())
            changes = changes_for(act.remedy, self.cause, found.refusing, found.package)
            if not changes:
                self._must_stand(draft)
                self.acts.skip(act, work, "unchanged")
                return None
            draft = self.mending.change(person, submission_id, draft.version, changes, act.id)
        return self.mending.hand_in(person, submission_id, draft.version, act.reason)

    def _must_stand(self, draft: Draft) -> None:
        """Nothing to change is only true of the draft that was read before it was looked at."""
        now = self.mending.draft(self.person, draft.submission_id)
        if now.version != draft.version:
            raise ChangedMeanwhile("the draft was changed meanwhile", "草稿已被改动")

    def _why(self, work: Work, error: FilingError) -> str:
        _log.info(
            "event=member-left act=%s submission=%s why=%s",
            self.act.id,
            work.submission_id,
            error.code,
        )
        if isinstance(error, ChangedMeanwhile):
            # By this very act, where two processes are at it: it is not given up.
            draft = self.mending.draft(self.person, work.submission_id)
            if any(one.act == self.act.id for one in draft.changes):
                return ""
        return why_left(error)

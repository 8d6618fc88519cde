"""The duty that carries acts on many out, member by member.

For each member: its draft takes the change, it is handed in, and what becomes of it
is written by the transaction that decides it (filing.ports.Ledger.claim). So the duty
may be cut off anywhere and taken up by any process: a member under way either has its
outcome or is done again from where it stands. Several are handed in at once, for they
share the waits for the disk.

A member somebody else is working on is left alone, with the reason.
"""

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from filing.desk.ports import Acts, Causes, Mending, Queue, Work
from filing.desk.remedy import changes_for, in_other_hands
from filing.errors import (
    BadRequest,
    ChangedMeanwhile,
    FilingError,
    NotAllowed,
    NotFound,
    OutsideUnavailable,
    WrongState,
)
from filing.model.correction import Draft
from filing.model.desk import Act, ActState, Cause
from filing.model.events import Event, Kind
from filing.model.people import Person
from filing.model.roles import Permission
from filing.ports import Clock

_log = logging.getLogger("filing.desk")
#: Members taken up at a time; a stop waits for no more than these.
BATCH = 32
#: Handed in at once.
THREADS = 8
_MOST_ACTS = 100
#: A member that ends neither well nor ill this often is left, so that the act ends.
_MOST_TRIES = 5
_WHY = {BadRequest: "not-mendable", NotAllowed: "not-allowed", NotFound: "changed-meanwhile",
        WrongState: "changed-meanwhile", ChangedMeanwhile: "changed-meanwhile"}  # fmt: skip


class Working:
    """The duty. ``person`` gives the account of an id; None when there is none."""

    def __init__(
        self,
        causes: Causes,
        acts: Acts,
        entries: Queue,
        mending: Mending,
        person: Callable[[str], Person | None],
        clock: Clock,
    ) -> None:
        self._causes = causes
        self._acts = acts
        self._entries = entries
        self._mending = mending
        self._person = person
        self._clock = clock
        self._tries: Counter[tuple[str, int]] = Counter()

    def __call__(self, still_ours: Callable[[], bool]) -> bool:
        """Work on every running act, some members of each in turn, while it is ours.

        False when there is nothing left to do. Raises OutsideUnavailable.
        """
        with ThreadPoolExecutor(THREADS, thread_name_prefix="act") as threads:
            while True:
                running = self._acts.running(_MOST_ACTS)
                if not running:
                    self._tries.clear()
                    return False
                for act in running:
                    if not still_ours():
                        return False
                    self._some(act, threads)

    def _some(self, act: Act, threads: ThreadPoolExecutor) -> None:
        cause = self._causes.cause(act.cause_id)
        person = self._person(act.by)
        if cause is None or person is None or not _may_act(person, cause):
            self._turn(act, ActState.STOPPED, Kind.ACT_STOPPED, {"why": "not-allowed"})
            return
        works = self._acts.take_up(act, BATCH)
        if not works:
            self._turn(act, ActState.DONE, Kind.ACT_DONE, {})
            return
        waiting = [threads.submit(self._one, act, cause, person, one) for one in works]
        # Every one is waited for, and then the first that could not go on is heard.
        failed = [error for one in waiting if (error := one.exception()) is not None]
        if failed:
            raise failed[0]

    def _one(self, act: Act, cause: Cause, person: Person, work: Work) -> None:
        self._tries[act.id, work.place] += 1
        try:
            why = self._mend(act, cause, person, work.submission_id)
        except OutsideUnavailable:
            self._tries[act.id, work.place] -= 1  # the outside's fault, not the member's
            raise
        except FilingError as error:
            why = self._why(act, person, work, error)
        if not why and self._tries[act.id, work.place] > _MOST_TRIES:
            why = "failed"
        if why:
            self._acts.skip(act, work, why)

    def _mend(self, act: Act, cause: Cause, person: Person, submission_id: str) -> str:
        """Mend and hand in one member; why it was left as it is, or ""."""
        entry = self._entries.entry(submission_id)
        if entry is None:
            return "changed-meanwhile"
        draft = self._mending.draft(person, submission_id)
        if why := in_other_hands(entry, draft, person):
            return why
        if not any(one.act == act.id for one in draft.changes):
            found = self._mending.examine(person, submission_id, ())
            changes = changes_for(act.remedy, cause, found.refusing, found.package)
            if not changes:
                self._must_stand(person, draft)
                return "unchanged"
            draft = self._mending.change(person, submission_id, draft.version, changes, act.id)
        self._mending.hand_in(person, submission_id, draft.version, act.reason)
        return ""

    def _must_stand(self, person: Person, draft: Draft) -> None:
        """Nothing to change is only true of the draft that was read before it was looked at."""
        now = self._mending.draft(person, draft.submission_id)
        if now.version != draft.version:
            raise ChangedMeanwhile("the draft was changed meanwhile", "草稿已被改动")

    def _why(self, act: Act, person: Person, work: Work, error: FilingError) -> str:
        _log.info(
            "event=member-left act=%s submission=%s why=%s", act.id, work.submission_id, error.code
        )
        if isinstance(error, ChangedMeanwhile):
            # By this very act, where two processes are at it: it is not given up.
            draft = self._mending.draft(person, work.submission_id)
            if any(one.act == act.id for one in draft.changes):
                return ""
        return next((why for kind, why in _WHY.items() if isinstance(error, kind)), "failed")

    def _turn(self, act: Act, state: ActState, kind: Kind, detail: dict[str, str]) -> None:
        given = {"act": act.id, **detail}
        event = Event("", "", kind, self._clock.now(), "system", given)
        try:
            self._acts.turn(act, state, event, self._clock.now())
        except ChangedMeanwhile:
            return  # stopped, or ended by another process, this moment


def _may_act(person: Person, cause: Cause) -> bool:
    able = person.may(Permission.CORRECT_IN_BULK) and not person.disabled
    return able and person.sees(cause.agency_id)

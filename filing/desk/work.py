"""The duty that carries acts on many out, member by member.

Each member is changed and handed in at once, and what becomes of it is written by the
transaction that decides it (filing.ports.Ledger.claim). So the duty may be cut off
anywhere and taken up by any process: a member under way either has its outcome or is
done again from where it stands.
How a member is mended is in filing.desk.members.
"""

from collections import Counter
from collections.abc import Callable

from filing.desk.members import Members
from filing.desk.ports import Acts, Causes, Mending, Queue
from filing.errors import ChangedMeanwhile
from filing.model.desk import Act, ActState, Cause
from filing.model.events import Event, Kind
from filing.model.people import Person
from filing.model.roles import Permission
from filing.ports import Clock

#: Members taken up at a time; a stop waits for no more than these.
BATCH = 32
_MOST_ACTS = 100


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
        while True:
            running = self._acts.running(_MOST_ACTS)
            if not running:
                self._tries.clear()
                return False
            for act in running:
                if not still_ours():
                    return False
                self._some(act)

    def _some(self, act: Act) -> None:
        cause = self._causes.cause(act.cause_id)
        person = self._person(act.by)
        if cause is None or person is None or not _may_act(person, cause):
            self._turn(act, ActState.STOPPED, Kind.ACT_STOPPED, {"why": "not-allowed"})
            return
        works = self._acts.take_up(act, BATCH)
        if not works:
            self._turn(act, ActState.DONE, Kind.ACT_DONE, {})
            return
        members = Members(self._acts, self._entries, self._mending, act, cause, person, self._tries)
        members.mend(works)

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

"""One remedy for every reject of a cause: looked at first, then carried out.

Carrying out is a duty of the servers (filing.desk.work); here an act is begun,
stopped and let go on, and its left-overs are shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from filing.desk.causes import shows_values
from filing.desk.ports import Acts, Causes, Examined, Mending
from filing.desk.queue import bounded
from filing.desk.remedy import changes_for, checked, in_other_hands, targets, why_left
from filing.errors import BadRequest, FilingError, NotFound, OutsideUnavailable, WrongState
from filing.model.desk import Act, ActState, Cause, Entry, Preview, Remedy
from filing.model.events import Event, Kind
from filing.model.people import Person
from filing.model.roles import Permission
from filing.ports import Clock

MAX_REASON = 1000
_MAX_ID = 100
#: Members examined to show what stands in them.
_MOST_SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Acting:
    """The use case.

    mendable   whether this person may mend the cause here at all
    wake       tells the duty that there is work
    """

    kept: Causes
    kept_acts: Acts
    mending: Mending
    mendable: Callable[[Person, Cause], bool]
    clock: Clock
    wake: Callable[[], None]

    def causes(self, by: Person, agency_id: str, after: str, limit: int) -> tuple[Cause, ...]:
        """See filing.services.desk.Desk."""
        by.need(Permission.SEE_SUBMISSIONS)
        agency = by.agency_id or agency_id
        if not _is_id(agency) or not _is_id(after) or not by.sees(agency_id or agency):
            return ()
        return tuple(
            self._judged(by, one) for one in self.kept.causes(agency, after, bounded(limit))
        )

    def cause(self, by: Person, cause_id: str) -> Cause:
        """See filing.services.desk.Desk. Raises NotFound."""
        by.need(Permission.SEE_SUBMISSIONS)
        found = self.kept.cause(cause_id) if _is_id(cause_id) else None
        if found is None or not by.sees(found.agency_id):
            raise NotFound(f"there is no cause {cause_id[:_MAX_ID]}", "没有这一退件原因")
        return self._judged(by, found)

    def values(self, by: Person, cause_id: str, limit: int) -> dict[str, int]:
        """See filing.services.desk.Desk."""
        return dict(self.kept.values(self.cause(by, cause_id).id, bounded(limit)))

    def samples(self, by: Person, cause_id: str, limit: int) -> tuple[str, ...]:
        """See filing.services.desk.Desk."""
        cause = self.cause(by, cause_id)
        members = self.kept.members(cause.id, "", min(bounded(limit), _MOST_SAMPLES))
        found = [value for one in members for value in self._standing(by, cause, one)]
        return tuple(dict.fromkeys(found))

    def preview(
        self, by: Person, cause_id: str, remedy: Remedy, after: str, limit: int
    ) -> tuple[Preview, ...]:
        """See filing.services.desk.Desk. Raises BadRequest, WrongState."""
        by.need(Permission.CORRECT_IN_BULK)
        cause, remedy = self.cause(by, cause_id), checked(remedy)
        _must_be_mendable(cause)
        behind = after if _is_id(after) else ""
        members = self.kept.members(cause.id, behind, bounded(limit))
        return tuple(self._preview(by, cause, remedy, one) for one in members)

    def begin(self, by: Person, cause_id: str, remedy: Remedy, reason: str) -> Act:
        """See filing.services.desk.Desk. Raises BadRequest, WrongState."""
        by.need(Permission.CORRECT_IN_BULK)
        cause, remedy, reason = self.cause(by, cause_id), checked(remedy), reason.strip()
        if not 0 < len(reason) <= MAX_REASON or "\0" in reason:
            raise BadRequest(
                f"an act needs a reason of at most {MAX_REASON} characters",
                f"批量更正须说明理由，最多 {MAX_REASON} 字",
            )
        _must_be_mendable(cause)
        act = Act(
            id=self.clock.new_id(),
            cause_id=cause.id,
            remedy=remedy,
            reason=reason,
            by=by.id,
            state=ActState.RUNNING,
            total=0,
            accepted=0,
            rejected=0,
            skipped=0,
            started_at=self.clock.now(),
            ended_at=None,
        )
        detail = {"cause": cause.id}
        begun = self.kept_acts.begin(
            act, cause.agency_id, self._event(by, Kind.ACT_BEGUN, act, detail)
        )
        self.wake()
        return begun

    def act(self, by: Person, act_id: str) -> Act:
        """See filing.services.desk.Desk. Raises NotFound."""
        by.need(Permission.SEE_SUBMISSIONS)
        found = self.kept_acts.act(act_id) if _is_id(act_id) else None
        if found is None or not by.sees(found[1]):
            raise NotFound(f"there is no act {act_id[:_MAX_ID]}", "没有这一批量更正")
        return found[0]

    def acts(self, by: Person, limit: int) -> tuple[Act, ...]:
        """See filing.services.desk.Desk."""
        by.need(Permission.SEE_SUBMISSIONS)
        return self.kept_acts.acts(by.agency_id, bounded(limit))

    def stop(self, by: Person, act_id: str) -> Act:
        """See filing.services.desk.Desk. Raises WrongState."""
        return self._turn(by, act_id, ActState.RUNNING, ActState.STOPPED, Kind.ACT_STOPPED)

    def resume(self, by: Person, act_id: str) -> Act:
        """See filing.services.desk.Desk. Raises WrongState."""
        resumed = self._turn(by, act_id, ActState.STOPPED, ActState.RUNNING, Kind.ACT_RESUMED)
        self.wake()
        return resumed

    def left_over(self, by: Person, act_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """See filing.services.desk.Desk."""
        act = self.act(by, act_id)
        return self.kept_acts.left_over(act.id, after if _is_id(after) else "", bounded(limit))

    def filed(self, by: Person, act_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """See filing.services.desk.Desk."""
        act = self.act(by, act_id)
        return self.kept_acts.filed(act.id, after if _is_id(after) else "", bounded(limit))

    def _turn(self, by: Person, act_id: str, stands: ActState, goes: ActState, kind: Kind) -> Act:
        by.need(Permission.CORRECT_IN_BULK)
        act = self.act(by, act_id)
        if act.state is goes:
            return act
        if act.state is not stands:
            raise WrongState(f"the act is {act.state}", "该批量更正已结束或未在进行")
        detail = {"why": "asked"} if kind is Kind.ACT_STOPPED else {}
        event = self._event(by, kind, act, detail)
        return self.kept_acts.turn(act, goes, event, self.clock.now())

    def _preview(self, by: Person, cause: Cause, remedy: Remedy, member: Entry) -> Preview:
        given = Preview(
            member.submission_id, member.title, member.archival_code, "", None, "unchanged"
        )
        try:
            found = self.mending.examine(by, member.submission_id, ())
            before = next(iter(targets(cause, found.refusing, found.package)), None)
            given = replace(
                given, before=(before.before or "") if before else "", codes=_codes(found)
            )
            draft = self.mending.draft(by, member.submission_id)
            if why := in_other_hands(member.assignee, draft, by):
                return replace(given, why=why)
            changes = changes_for(remedy, cause, found.refusing, found.package)
            if not changes:
                return replace(given, why="unchanged")
            tried = self.mending.examine(by, member.submission_id, changes)
        except OutsideUnavailable:
            raise
        except FilingError as error:
            return replace(given, why=why_left(error))
        outcome = "accepted" if tried.accepted else "rejected"
        return replace(given, after=changes[0].after, outcome=outcome, codes=_codes(tried))

    def _judged(self, by: Person, cause: Cause) -> Cause:
        valued = shows_values(cause.code, cause.reason)
        return replace(cause, mendable=self.mendable(by, cause), valued=valued)

    def _standing(self, by: Person, cause: Cause, member: Entry) -> tuple[str, ...]:
        try:
            found = self.mending.examine(by, member.submission_id, ())
        except OutsideUnavailable:
            raise
        except FilingError:
            return ()  # accepted or sent back this moment
        return tuple(one.before or "" for one in targets(cause, found.refusing, found.package))

    def _event(self, by: Person, kind: Kind, act: Act, detail: dict[str, str]) -> Event:
        given = {"act": act.id, **detail}
        return Event(by.agency_id, "", kind, self.clock.now(), by.who, given)


def _must_be_mendable(cause: Cause) -> None:
    """Raises WrongState."""
    if not cause.mendable:
        raise WrongState(
            "this cause cannot be mended in bulk: its rejects are dealt with one by one",
            "这一原因不能批量更正，须逐件处理",
        )


def _codes(found: Examined) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.code for one in found.refusing))


def _is_id(text: str) -> bool:
    return len(text) <= _MAX_ID and "\0" not in text and text.isprintable()

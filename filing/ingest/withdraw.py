"""Take back what was not accepted yet, at its agency's wish."""

from filing.errors import BadRequest
from filing.model.events import Event, Kind
from filing.model.submission import Step, Submission, take
from filing.ports import Clock, Ledger

_REASON = 1000


def withdraw(before: Submission, reason: str, ledger: Ledger, clock: Clock) -> Submission:
    """The submission as it is then. Raises BadRequest without a reason, WrongState."""
    if not reason.strip():
        raise BadRequest("a withdrawal needs a reason", "撤回须说明理由")
    event = Event(
        agency_id=before.agency_id,
        submission_id=before.id,
        kind=Kind.WITHDRAWN,
        at=clock.now(),
        who=f"agency:{before.agency_id}",
        detail={"reason": reason[:_REASON]},
    )
    return ledger.save(before, take(before, Step.WITHDRAW), event)

"""A submission and the steps it may take.

A submission is never deleted and never goes back to an earlier state; a
correction makes it go round again by a named step.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from filing.errors import WrongState


class State(StrEnum):
    """Where a submission stands."""

    RECEIVED = "received"
    EXAMINED = "examined"
    REJECTED = "rejected"  # may be corrected
    CORRECTED = "corrected"
    RETURNED = "returned"  # 退回: the agency must send anew
    WITHDRAWN = "withdrawn"  # by the agency, before acceptance
    ACCEPTED = "accepted"
    SEALED = "sealed"
    STORED = "stored"
    LOGGED = "logged"
    RECEIPTED = "receipted"


class Step(StrEnum):
    """What moves it on."""

    EXAMINE = "examine"
    REJECT = "reject"
    CORRECT = "correct"
    RETURN = "return"
    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    SEAL = "seal"
    STORE = "store"
    LOG = "log"
    ISSUE_RECEIPT = "issue-receipt"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.RECEIVED, Step.EXAMINE): State.EXAMINED,
    (State.RECEIVED, Step.WITHDRAW): State.WITHDRAWN,
    (State.EXAMINED, Step.REJECT): State.REJECTED,
    (State.EXAMINED, Step.ACCEPT): State.ACCEPTED,
    (State.REJECTED, Step.CORRECT): State.CORRECTED,
    (State.REJECTED, Step.RETURN): State.RETURNED,
    (State.REJECTED, Step.WITHDRAW): State.WITHDRAWN,
    (State.CORRECTED, Step.EXAMINE): State.EXAMINED,
    (State.ACCEPTED, Step.SEAL): State.SEALED,
    (State.SEALED, Step.STORE): State.STORED,
    (State.STORED, Step.LOG): State.LOGGED,
    (State.LOGGED, Step.ISSUE_RECEIPT): State.RECEIPTED,
}

#: States in which nothing more will happen by itself or by anybody.
FINAL = frozenset(set(State) - {state for state, _ in TRANSITIONS})


@dataclass(frozen=True, slots=True)
class Submission:
    """One delivery. ``version`` counts saves, for replace-if-unchanged.

    delivery_key     what makes it one delivery: the sender's Idempotency-Key, or
                     the package's digest where it sent none
    package_digest   "sha256:…" of the package
    record_id        given when it is accepted
    """

    id: str
    agency_id: str
    delivery_key: str
    package_digest: str
    form: str
    size_bytes: int
    received_at: datetime
    state: State = State.RECEIVED
    version: int = 0
    record_id: str = ""

    def __post_init__(self) -> None:
        if self.received_at.utcoffset() is None:
            raise ValueError("received_at must carry its UTC offset")


def take(submission: Submission, step: Step) -> Submission:
    """Return the submission after ``step``.

    Raises WrongState if the table has no such arrow.
    """
    try:
        arrived = TRANSITIONS[submission.state, step]
    except KeyError:
        raise WrongState(
            f"submission {submission.id} is {submission.state}: cannot {step}",
            "该件当前的状态不允许此操作，请刷新后查看",
        ) from None
    return replace(submission, state=arrived)

"""What a submission may do next, and nothing else."""

import itertools
from datetime import UTC, datetime

import pytest

from filing.errors import WrongState
from filing.model.submission import FINAL, TRANSITIONS, State, Step, Submission, take


def a_submission(**changes):
    given = {
        "id": "S1",
        "agency_id": "city-office",
        "delivery_key": "key:1",
        "package_digest": "sha256:" + "0" * 64,
        "form": "eep",
        "size_bytes": 1,
        "received_at": datetime(2026, 1, 5, tzinfo=UTC),
    }
    return Submission(**given | changes)


def test_from_arrival_to_receipt_there_are_six_steps():
    submission = a_submission()
    steps = (Step.EXAMINE, Step.ACCEPT, Step.SEAL, Step.STORE, Step.LOG, Step.ISSUE_RECEIPT)
    for step in steps:
        submission = take(submission, step)
    assert submission.state is State.RECEIPTED


def test_a_rejected_submission_goes_round_again_after_correction():
    submission = a_submission(state=State.REJECTED)
    for step in (Step.CORRECT, Step.EXAMINE, Step.ACCEPT):
        submission = take(submission, step)
    assert submission.state is State.ACCEPTED


@pytest.mark.parametrize(
    ("state", "step"), sorted(set(itertools.product(State, Step)) - set(TRANSITIONS))
)
def test_every_other_step_is_refused(state, step):
    with pytest.raises(WrongState, match=f"is {state}: cannot {step}$"):
        take(a_submission(state=state), step)


def test_nothing_is_withdrawn_once_it_was_accepted():
    after = {State.ACCEPTED, State.SEALED, State.STORED, State.LOGGED, State.RECEIPTED}
    assert not [state for state, step in TRANSITIONS if step is Step.WITHDRAW and state in after]


def test_three_states_are_final():
    assert {State.RECEIPTED, State.RETURNED, State.WITHDRAWN} == FINAL


def test_a_time_without_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        a_submission(received_at=datetime(2026, 1, 5))  # noqa: DTZ001  # the point of the test

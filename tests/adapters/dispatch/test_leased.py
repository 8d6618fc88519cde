"""A lease is believed for a while, renewed, and lost for good."""

from filing.adapters.dispatch.leased import holding


def test_what_was_taken_a_moment_ago_is_not_asked_for_again():
    def take() -> bool:
        raise AssertionError("it was asked")

    still_ours = holding(take, 600.0)
    assert still_ours() and still_ours()


def test_it_is_renewed_and_once_lost_it_is_not_taken_back():
    """What another did in between is not known here."""
    asked = []
    answers = iter((True, False, True))

    def take() -> bool:
        asked.append(True)
        return next(answers)

    still_ours = holding(take, -1.0)
    assert [still_ours() for _ in range(4)] == [True, False, False, False]
    assert len(asked) == 2

"""An audit under a wrong clock cries no damage, names the clock, and the promise stands."""

from datetime import timedelta

import pytest

from filing.model.custody import MAIN, Answer
from tests.custody.holding import a_holding

HOURS, YEARS = timedelta(hours=7), timedelta(days=30 * 365)


@pytest.mark.parametrize("wrong", [HOURS, -HOURS, YEARS, -YEARS], ids=str)
def test_under_a_wrong_clock_nothing_is_damaged_and_the_clock_is_named(tmp_path, wrong):
    with a_holding(tmp_path / "home", count=2) as holding:
        clock = holding.site.clock
        right = clock.now
        clock.now = lambda: right() + wrong
        during = holding.audit()
        clock.now = right
        after = holding.audit()
        # No certificate has "expired": what counts is when it sealed.
        assert (during.damaged, during.faults, after.damaged, after.faults) == (0, 0, 0, 0)
        # Behind, the audit sees checkpoints of the future; ahead, the next one does.
        assert Answer.UNKNOWN in {during.answer, after.answer}
        assert holding.open() == {("clock", "CX-1-16")}
        coverage = holding.parts.keeping.coverage(None, MAIN)
        assert (coverage.copies, coverage.unread) == (2, 0)


@pytest.mark.parametrize("wrong", [HOURS, -HOURS, YEARS, -YEARS], ids=str)
def test_what_was_read_under_a_wrong_clock_is_due_again_or_not_too_late(tmp_path, wrong):
    with a_holding(tmp_path / "home", count=2) as holding:
        clock, parts = holding.site.clock, holding.parts
        while parts.book.enrol(MAIN, parts.site.clock.now(), 100):
            pass
        right = clock.now
        clock.now = lambda: right() + wrong
        holding.audit()
        clock.now = right
        now = right()
        due = parts.book.oldest(MAIN, now, now - timedelta(days=60), 10)
        # Hours do not matter to a promise of days; of what lies years off nothing is believed.
        ahead = wrong > timedelta(hours=1)
        assert len(due) == (2 if ahead or abs(wrong) == YEARS else 0)
        holding.audit()
        assert parts.book.oldest(MAIN, now, now - timedelta(days=60), 10) == []
        assert parts.keeping.coverage(None, MAIN).alarm == ""

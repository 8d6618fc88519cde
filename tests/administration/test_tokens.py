"""A token's last day, and the moment it ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.administration.tokens import end_of, last_day_of
from filing.errors import BadRequest

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_last_day_is_over_at_midnight_in_china():
    assert end_of(date(2026, 1, 31), BEGIN) == datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert end_of(None, BEGIN) is None


def test_today_may_be_the_last_day_and_yesterday_may_not():
    now = datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)
    assert end_of(date(2026, 1, 31), now) == now + timedelta(seconds=1)
    with pytest.raises(BadRequest, match="2026-01-31 is past"):
        end_of(date(2026, 1, 31), now + timedelta(seconds=1))


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_beyond_the_calendar_is_refused(day):
    with pytest.raises(BadRequest):
        end_of(day, BEGIN)


@given(st.dates(date(2026, 1, 2), date(9998, 12, 31)))
def test_the_last_day_shown_is_the_one_that_was_given(day):
    end = end_of(day, BEGIN)
    assert last_day_of(end) == last_day_of(end.astimezone(UTC)) == day

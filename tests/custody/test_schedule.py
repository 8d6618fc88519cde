"""The promise: the longest unread first, spread out, and never claimed before it was kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from filing.adapters.db.custody_rows import copy
from filing.custody.schedule import Meter, Stopped, coverage
from filing.errors import BadRequest, NotAllowed
from filing.model.custody import MAIN, Answer
from filing.model.people import Person
from filing.model.promise import Day, Policy
from filing.model.roles import Role
from tests.custody.holding import a_holding, flip

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)  # in China


def days_ago(days: int, copies: int = 1, size: int = 100) -> Day:
    return Day(date(2026, 11, 22) - timedelta(days=days), copies, size)


def test_records_that_are_not_due_are_left_alone_and_due_ones_are_read(database_url, tmp_path):
    with a_holding(tmp_path / "home", database_url, count=4) as holding:
        schedule = holding.parts.schedule
        assert schedule.do(lambda: True) is False
        assert holding.parts.book.running() == []
        assert holding.parts.keeping.coverage(None, MAIN).copies == 4
        clock = holding.site.clock
        begun, clock.now = clock.now(), lambda: begun + timedelta(days=61)
        assert schedule.do(lambda: True) is True
        (audit,) = holding.parts.book.running()
        assert (audit.scheduled, audit.looked, audit.damaged) == (True, 4, 0)
        assert schedule.do(lambda: True) is False
        found = holding.parts.keeping.coverage(None, MAIN)
        assert found.oldest == begun + timedelta(days=61)
        # The next day ends the audit of this one, with log and store.
        clock.now = lambda: begun + timedelta(days=125)
        schedule.do(lambda: True)
        ended, fresh = holding.parts.book.audits("", 2)[::-1]
        assert (ended.id, ended.state) == (audit.id, "finished")
        assert fresh.looked == 4


def test_a_record_whose_coverage_was_lost_is_taken_in_again(database_url, tmp_path):
    """Its row taken away, it would be due never again; and its day would count it for ever."""
    with a_holding(tmp_path / "home", database_url, count=4) as holding:
        holding.audit()
        schedule, keeping = holding.parts.schedule, holding.parts.keeping
        schedule.do(lambda: True)
        with holding.tampering() as connection:
            connection.execute(delete(copy).where(copy.c.record_id == holding.ids[2]))
        schedule.do(lambda: True)
        found = keeping.coverage(None, MAIN)
        assert found.copies == sum(one.copies for one in found.days) == 4
        due = holding.parts.book.oldest(MAIN, NOON, holding.site.clock.now(), 10)
        assert due[0] == holding.ids[2]
        before = found.size_bytes
        schedule.do(lambda: True)
        assert keeping.coverage(None, MAIN).size_bytes == before


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_every_page_of_the_coverage_comes_up_in_turn(tmp_path, limit):
    with a_holding(tmp_path / "home", count=4) as holding:
        book, now = holding.parts.book, holding.site.clock.now()
        while book.enrol(MAIN, now, limit):
            pass
        with holding.tampering() as connection:
            connection.execute(delete(copy))
        for minute in range(8):
            assert book.enrol(MAIN, now + timedelta(minutes=minute), limit) == 0
        assert holding.parts.keeping.coverage(None, MAIN).copies == 4


def test_a_day_reads_its_share_and_the_longest_unread_first(tmp_path):
    with a_holding(tmp_path / "home", count=6) as holding:
        schedule, clock = holding.parts.schedule, holding.site.clock
        schedule.do(lambda: True)
        at = clock.now().replace(hour=10, minute=0) + timedelta(days=30)
        clock.now = lambda: at
        schedule.do(lambda: True)
        assert holding.parts.keeping.coverage(None, MAIN).oldest is not None
        total, read = holding.parts.book.read_on(MAIN, at)
        assert 0 < read <= total


def test_what_could_not_be_told_is_tried_again_and_is_not_covered(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        path = holding.file(holding.ids[0], "eep.xml")
        holding.parts.copies._reader = unreadable(path.name, holding.parts.copies._reader)
        holding.parts.copies._fresh = unreadable(path.name, holding.parts.copies._fresh)
        audit = holding.audit()
        assert (audit.answer, audit.unknown) == (Answer.UNKNOWN, 2)
        found = holding.parts.keeping.coverage(None, MAIN)
        assert (found.unread, found.alarm) == (2, "cannot-read")
        now = holding.site.clock.now()
        assert list(holding.parts.book.oldest(MAIN, now, now, 10)) == []
        soon = now + timedelta(seconds=61)
        assert set(holding.parts.book.oldest(MAIN, soon, now, 10)) == set(holding.ids)


def unreadable(name: str, made):
    def make(pace):
        reader = made(pace)
        digest = reader.digest

        def failing(path, *given):
            if path.endswith(name):
                from filing.adapters.custody.reading import Unreadable

                raise Unreadable("EIO: injected")
            return digest(path, *given)

        reader.digest = failing
        return reader

    return make


def test_a_reading_of_a_clock_that_was_ahead_does_not_count(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        clock = holding.site.clock
        right, ahead = clock.now, clock.now() + timedelta(days=800)
        clock.now = lambda: ahead
        holding.audit()
        clock.now = right
        assert set(holding.parts.book.oldest(MAIN, right(), right(), 10)) == set(holding.ids)


def test_damage_found_by_the_schedule_is_a_finding_like_any_other(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        clock = holding.site.clock
        begun = clock.now()
        clock.now = lambda: begun + timedelta(days=70)
        flip(holding.file(holding.ids[1], "eep.xml"), 4321)
        holding.parts.schedule.do(lambda: True)
        assert holding.open() == {(holding.ids[1], "CX-2-11")}


def test_the_alarm_comes_before_the_promise_breaks():
    policy = Policy(within_days=90, bytes_per_second=1000)

    def alarm(oldest_days: int, size: int = 100, unread: int = 0) -> str:
        longest = NOON - timedelta(days=oldest_days)
        days = [(days_ago(oldest_days, 1, size), 0)]
        return coverage(MAIN, policy, days, longest, unread, NOON).alarm

    assert [alarm(one) for one in (1, 60, 76, 91)] == ["", "", "will-break", "broken"]
    assert alarm(1, size=90 * 86_400 * 1001) == "too-slow"
    assert alarm(1, unread=1) == "cannot-read"


@given(
    st.integers(1, 100),
    st.one_of(st.just(0), st.integers(1000, 50_000_000)),
    st.lists(st.integers(1, 1 << 20), max_size=20),
)
def test_no_reading_is_faster_or_busier_than_the_policy_allows(percent, rate, blocks):
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    meter = Meter(lambda: now[0], wait)
    meter.begin(Policy(percent=percent, bytes_per_second=rate))
    for one in blocks:
        now[0] += one / 500e6  # the disk
        meter(one)
    slowest = max(sum(blocks) / 500e6 * 100 / percent, sum(blocks) / rate if rate else 0.0)
    assert slowest - 0.03 <= now[0] <= slowest * 1.01 + 0.03


def test_a_reading_ends_when_it_is_no_longer_ours():
    meter = Meter(lambda: 0.0, lambda seconds: None)
    meter.begin(Policy(), lambda: False)
    with pytest.raises(Stopped):
        meter(1)


def test_a_policy_is_changed_by_who_may_and_is_an_event(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        keeping = holding.parts.keeping
        clerk = Person("p1", "clerk", "", frozenset({Role.ARCHIVE_CLERK}))
        archivist = Person("p2", "archivist", "", frozenset({Role.ARCHIVIST}))
        with pytest.raises(NotAllowed):
            keeping.change_policy(clerk, MAIN, Policy(within_days=30))
        keeping.change_policy(archivist, MAIN, Policy(within_days=30))
        assert keeping.coverage(clerk, MAIN).policy.within_days == 30
        ((_, event),) = keeping.history(clerk, MAIN, 0, 10)
        assert (event.kind, event.who) == ("custody-policy-changed", "person:p2")
        with pytest.raises(BadRequest):
            Policy(percent=0)

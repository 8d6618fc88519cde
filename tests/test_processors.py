"""A thread keeps to one processor where each server process has its own, and else roams."""

import os
import threading

import pytest

from filing import processors

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="the system says nothing about processors"
)


def ran_on(*steps):
    """Where a thread of its own may run after these steps; ours is not touched."""
    found = []

    def run():
        for step in steps:
            step()
        found.append(os.sched_getaffinity(0))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture
def given(monkeypatch):
    """The processors of the machine, as many as it has."""
    some = sorted(os.sched_getaffinity(0))
    monkeypatch.setattr(processors, "_GIVEN", frozenset(some))
    return some


def test_each_process_has_a_processor_of_its_own(given):
    if len(given) < 2:
        pytest.skip("there is one processor")
    for number in range(2 * len(given)):
        found = ran_on(lambda number=number: processors.keep_to_one(number, len(given)))
        assert found == {given[number % len(given)]}


def test_fewer_processes_than_processors_roam(given):
    assert ran_on(lambda: processors.keep_to_one(0, len(given) - 1)) == set(given)


def test_a_thread_that_roams_does_not_stay_where_it_was_begun(given):
    def keep():
        processors.keep_to_one(0, len(given))

    assert ran_on(keep, processors.roam) == set(given)


def test_a_processor_that_was_taken_away_is_no_error(monkeypatch):
    monkeypatch.setattr(processors, "_GIVEN", frozenset({100_000, 100_001}))
    before = os.sched_getaffinity(0)
    assert ran_on(lambda: processors.keep_to_one(0, 2), processors.roam) == before


def test_where_the_system_knows_no_such_thing_nothing_happens(monkeypatch):
    monkeypatch.setattr(processors, "_GIVEN", frozenset())
    before = os.sched_getaffinity(0)
    assert ran_on(lambda: processors.keep_to_one(0, 2), processors.roam) == before


def test_what_is_begun_in_the_block_roams_and_the_thread_stays_where_it_was(given):
    if len(given) < 2:
        pytest.skip("there is one processor")
    seen = []

    def begin():
        with processors.roaming():
            seen.append(os.sched_getaffinity(0))

    after = ran_on(lambda: processors.keep_to_one(1, len(given)), begin)
    assert (seen, after) == ([set(given)], {given[1]})

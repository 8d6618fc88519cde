"""Work for later: each piece done, failures tried again, the others not held up."""

import threading

import pytest

from filing.adapters.dispatch import threads as module
from filing.adapters.dispatch.threads import Threads
from filing.errors import NotFound, OutsideUnavailable


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)


class Work:
    """Notes what it is asked; ``errors`` are raised first, by id."""

    def __init__(self, wanted, **errors):
        self.asked = []
        self.errors = {one: list(some) for one, some in errors.items()}
        self.wanted = wanted
        self.done = threading.Event()

    def __call__(self, submission_id):
        self.asked.append(submission_id)
        if self.errors.get(submission_id):
            raise self.errors[submission_id].pop()
        self.wanted -= 1
        if not self.wanted:
            self.done.set()


def test_everything_put_is_done_in_order():
    threads = Threads(work := Work(3))
    for one in "abc":
        threads.put(one)
    assert work.done.wait(10)
    threads.stop()
    assert work.asked == ["a", "b", "c"]


@pytest.mark.parametrize(
    "error", [OutsideUnavailable("gone"), NotFound("no agency"), RuntimeError("unforeseen")]
)
def test_what_fails_is_tried_again_and_holds_up_nobody(error):
    work = Work(3, a=[error] * 4)
    threads = Threads(work)
    for one in "abc":
        threads.put(one)
    assert work.done.wait(10)
    threads.stop()
    assert work.asked == ["a", "b", "c", "a", "a", "a", "a"]


def test_what_waits_already_is_not_put_twice():
    begun, go_on = threading.Event(), threading.Event()
    asked = []

    def work(submission_id):
        asked.append(submission_id)
        begun.set()
        assert go_on.wait(10)

    threads = Threads(work)
    threads.put("a")
    assert begun.wait(10)
    for _ in range(5):
        threads.put("b")
    go_on.set()
    threading.Event().wait(0.1)
    threads.stop()
    assert asked == ["a", "b"]


def test_it_stops_after_what_is_under_way_and_takes_nothing_more():
    begun, go_on = threading.Event(), threading.Event()
    asked = []

    def work(submission_id):
        asked.append(submission_id)
        begun.set()
        assert go_on.wait(10)

    threads = Threads(work)
    for one in "abc":
        threads.put(one)
    assert begun.wait(10)
    stopping = threading.Thread(target=threads.stop)
    stopping.start()
    go_on.set()
    stopping.join(10)
    assert not stopping.is_alive()
    threads.put("d")
    assert asked in (["a"], ["a", "b"])


def test_it_stops_at_once_while_something_waits_to_be_tried_again(monkeypatch):
    monkeypatch.setattr(module, "_RETRY_SECONDS", 600)
    failed = threading.Event()

    def work(_submission_id):
        failed.set()
        raise OutsideUnavailable("gone")

    threads = Threads(work)
    threads.put("a")
    assert failed.wait(10)
    threads.stop()


def test_stopping_one_that_never_began_is_no_error():
    asked: list[str] = []
    threads = Threads(asked.append)
    threads.stop()
    threads.put("a")
    threads.stop()
    assert asked == []

"""The committer: together what waits together, an answer for everybody, whatever happens."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from filing.adapters.dispatch import committer as module
from filing.adapters.dispatch.committer import Committer
from filing.errors import OutsideUnavailable, StorageFull, StoreDoubtful


class Ceremony:
    """Stands in for filing.ingest.accept.Ceremony: what is handed in comes out.

    say    called with each batch, in the committer's thread; returns results or raises
    """

    def __init__(self, say=list):
        self.say = say
        self.batches = []
        self.abandoned = []
        self.finishes = []
        self.ending = lambda: 0

    def prepare(self, judged):
        if isinstance(judged, Exception):
            raise judged
        return judged

    def commit(self, batch):
        self.batches.append(list(batch))
        return self.say(batch)

    def finish(self):
        self.finishes.append(threading.current_thread().name)
        return self.ending()

    def abandon(self, one):
        self.abandoned.append(one)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)


def test_what_waits_while_a_batch_is_on_its_way_goes_together():
    begun, go_on = threading.Event(), threading.Event()

    def say(batch):
        begun.set()
        assert go_on.wait(10)
        return list(batch)

    committer = Committer(ceremony := Ceremony(say), most=4)
    first = committer.hand_in(0)
    assert begun.wait(10)
    others = [committer.hand_in(number) for number in range(1, 11)]
    go_on.set()
    assert [one.result(10) for one in (first, *others)] == list(range(11))
    assert ceremony.batches == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    committer.stop()


def test_what_cannot_be_prepared_is_said_at_once_and_hinders_nobody():
    committer = Committer(ceremony := Ceremony(), most=4)
    with pytest.raises(StorageFull, match="no room"):
        committer.hand_in(StorageFull("no room"))
    assert committer.hand_in(1).result(10) == 1
    assert ceremony.batches == [[1]]
    committer.stop()


def test_each_gets_its_own_result():
    answers = {1: "receipt", 2: None, 3: OutsideUnavailable("gone")}
    committer = Committer(Ceremony(lambda batch: [answers[one] for one in batch]), most=4)
    assert committer.hand_in(1).result(10) == "receipt"
    assert committer.hand_in(2).result(10) is None
    with pytest.raises(OutsideUnavailable, match="gone"):
        committer.hand_in(3).result(10)
    committer.stop()


@pytest.mark.parametrize("error", [RuntimeError("unforeseen"), OutsideUnavailable("gone")])
def test_no_failure_leaves_a_waiter_hanging_or_ends_the_thread(error):
    finished = threading.Event()
    left = [error, error, error]

    def fail():
        if left:
            raise left.pop()
        finished.set()
        return 1

    def say(batch):
        if batch == ["bad"]:
            raise error
        return list(batch)

    ceremony = Ceremony(say)
    ceremony.ending = fail
    committer = Committer(ceremony, most=1)
    with pytest.raises(type(error), match=str(error)):
        committer.hand_in("bad").result(10)
    # Taking it up again fails three times, in whatever way, and others are served meanwhile.
    assert committer.hand_in("good").result(10) == "good"
    assert finished.wait(10)
    assert committer.hand_in("better").result(10) == "better"
    committer.stop()
    assert ceremony.finishes == ["committer"] * 4


def test_after_a_doubtful_barrier_only_a_restart_goes_on():
    doubtful = StoreDoubtful("sync failed")
    ceremony = Ceremony(lambda batch: [doubtful] * len(batch))
    tried = threading.Event()

    def fail():
        tried.set()
        raise doubtful

    ceremony.ending = fail
    committer = Committer(ceremony, most=1)
    with pytest.raises(StoreDoubtful):
        committer.hand_in(1).result(10)
    assert tried.wait(10)
    threading.Event().wait(0.1)
    assert len(ceremony.finishes) == 1
    committer.stop()


def test_at_its_end_what_waits_is_committed_and_nothing_more_is_taken():
    slow = threading.Event()

    def say(batch):
        slow.wait(0.1)
        return list(batch)

    committer = Committer(ceremony := Ceremony(say), most=2)
    waiting = [committer.hand_in(number) for number in range(5)]
    committer.stop()
    assert [one.result(0) for one in waiting] == list(range(5))
    with pytest.raises(OutsideUnavailable, match="stopping"):
        committer.hand_in(9)
    # What it had staged is cleared, or nobody would before the next start.
    assert ceremony.abandoned == [9]
    committer.stop()


def test_handing_in_while_it_stops_is_answered_or_refused_never_forgotten():
    for _ in range(30):
        committer = Committer(Ceremony(), most=3)

        def hand_in(number, committer=committer):
            try:
                return committer.hand_in(number).result(10)
            except OutsideUnavailable:
                return "refused"

        with ThreadPoolExecutor(9) as pool:
            answers = [pool.submit(hand_in, number) for number in range(8)]
            pool.submit(committer.stop)
            assert all(one.result(20) in {n, "refused"} for n, one in enumerate(answers))


def test_stopping_one_that_never_began_is_no_error():
    committer = Committer(ceremony := Ceremony(), most=3)
    committer.stop()
    with pytest.raises(OutsideUnavailable, match="stopping"):
        committer.hand_in(1)
    assert (ceremony.batches, ceremony.abandoned) == ([], [1])

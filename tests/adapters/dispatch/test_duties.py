"""Duties: one holder at a time, taken up by another when it ends."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from filing.adapters.db.engine import Database
from filing.adapters.db.leases import SqlLeases
from filing.adapters.db.migrate import migrate
from filing.adapters.dispatch import duties as duties_module
from filing.adapters.dispatch.duties import Duties, Duty
from filing.errors import OutsideUnavailable

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LONG = 30.0


class _Everything:
    """Leases of a machine with one process."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def take(self, name: str, holder: str, seconds: float) -> bool:
        return self.held.setdefault(name, holder) == holder

    def give_up(self, name: str, holder: str) -> None:
        if self.held.get(name) == holder:
            del self.held[name]


def test_a_lease_has_one_holder_until_it_runs_out(database_url: str) -> None:
    at = [NOW]
    database = Database(database_url)
    migrate(database)
    leases = SqlLeases(database, lambda: at[0])
    assert leases.take("audit", "one", 30)
    assert not leases.take("audit", "two", 30)
    assert leases.take("audit", "one", 30)
    at[0] += timedelta(seconds=31)
    assert leases.take("audit", "two", 30)
    assert not leases.take("audit", "one", 30)
    leases.give_up("audit", "one")
    assert not leases.take("audit", "one", 30)
    leases.give_up("audit", "two")
    assert leases.take("audit", "one", 30)
    database.close()


def _once(done: threading.Event) -> Callable[[Callable[[], bool]], bool]:
    def do(still_ours: Callable[[], bool]) -> bool:
        assert still_ours()
        done.set()
        return False

    return do


def test_what_is_due_is_done_and_done_again_when_woken() -> None:
    done = threading.Event()
    duties = Duties(_Everything(), lambda: "one")
    duties.add(Duty("mail", LONG, _once(done)))
    duties.start()
    assert done.wait(LONG)
    done.clear()
    duties.wake("mail")
    assert done.wait(LONG)
    duties.stop()


def test_a_duty_that_was_lost_once_is_not_taken_back_in_the_middle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(duties_module, "_LEASE_SECONDS", -1.0)
    answers = iter((True, True, False, True, True))

    class Flapping(_Everything):
        def take(self, name: str, holder: str, seconds: float) -> bool:
            return next(answers)

    found: list[bool] = []

    def do(still_ours: Callable[[], bool]) -> bool:
        found.extend(still_ours() for _ in range(3))
        return False

    duties = Duties(Flapping(), lambda: "one")
    duties.add(Duty("mail", LONG, do))
    duties.once("mail")
    assert found == [True, False, False]


def test_while_more_waits_there_is_no_pause() -> None:
    left = list(range(100))
    empty = threading.Event()

    def do(_: Callable[[], bool]) -> bool:
        left.pop()
        if not left:
            empty.set()
        return bool(left)

    duties = Duties(_Everything(), lambda: "one")
    duties.add(Duty("mail", LONG, do))
    duties.start()
    assert empty.wait(LONG)
    duties.stop()


def test_a_failure_is_tried_again_and_the_lease_is_given_up_at_the_end() -> None:
    leases = _Everything()
    tries: list[int] = []
    again = threading.Event()

    def do(_: Callable[[], bool]) -> bool:
        tries.append(1)
        if len(tries) == 1:
            raise OutsideUnavailable("not now")
        if len(tries) == 2:
            raise ValueError("a slip of ours")
        again.set()
        return False

    duties = Duties(leases, lambda: "one")
    duties.add(Duty("mail", 0.01, do))
    duties.start()
    assert again.wait(LONG)
    assert leases.held == {"mail": "one"}
    duties.stop()
    assert leases.held == {}


def test_another_process_does_it_once_the_first_ended() -> None:
    leases = _Everything()
    first, second = threading.Event(), threading.Event()
    one, two = Duties(leases, lambda: "one"), Duties(leases, lambda: "two")
    one.add(Duty("mail", 0.01, _once(first)))
    two.add(Duty("mail", 0.01, _once(second)))
    one.start()
    assert first.wait(LONG)
    two.start()
    assert not second.wait(0.1)
    one.stop()
    assert second.wait(LONG)
    two.stop()


def test_asked_to_stop_a_long_duty_hears_of_it() -> None:
    asked = threading.Event()

    def do(still_ours: Callable[[], bool]) -> bool:
        asked.set()
        while still_ours():
            pass
        return True

    duties = Duties(_Everything(), lambda: "one")
    duties.add(Duty("audit", LONG, do))
    duties.start()
    assert asked.wait(LONG)
    duties.stop()

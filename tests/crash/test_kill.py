"""kill -9 at every step of the ceremony, then a restart: no half record, no second one."""

import threading

import pytest

from tests.crash.audit import audit, tables_of
from tests.crash.drill import STEPS
from tests.crash.yard import a_yard, samples, statuses


def test_whatever_step_it_dies_at_every_delivery_ends_as_one_record(database_url, tmp_path):
    """SQLite under one worker, PostgreSQL under two: so they are mostly run."""
    workers = 1 if database_url.startswith("sqlite") else 2
    yard = a_yard(tmp_path / "home", database_url, workers=workers)
    given = samples(4 * len(STEPS))
    receipts: dict[str, bytes] = {}

    def sent(server, some):
        """Send, note the receipts that came back: always the same for one delivery."""
        for sample, reply in zip(some, replies := server.send_all(some, at_once=100), strict=True):
            if reply.status in {200, 201}:
                assert receipts.setdefault(sample.name, reply.body) == reply.body
        return statuses(replies)

    for number, step in enumerate(STEPS):
        with yard.serving() as server:
            # What died with the step before was finished or cleared at this start.
            assert audit(yard.settings) >= len(receipts)
            yard.order(step)
            assert sent(server, given[4 * number : 4 * number + 4] * 25) <= {0, 200, 201}
            server.died()
        assert yard.obeyed()
    with yard.serving() as server:
        audit(yard.settings)
        assert sent(server, given * 3) <= {200, 201}
    with yard.serving():
        assert audit(yard.settings) == len(given) == len(receipts)


def test_dying_again_while_recovering_changes_nothing(database_url, tmp_path):
    yard = a_yard(tmp_path / "home", database_url, workers=2)
    given = samples(6)
    with yard.serving() as server:
        yard.order("claim")
        server.send_all(given)
        server.died()
    claimed = len(tables_of(yard.settings.url)["intent"])
    assert claimed
    for step in ("publish", "log"):
        yard.order(step)
        with pytest.raises(AssertionError, match="the server ended"), yard.serving():
            pass
        assert yard.obeyed()
    with yard.serving() as server:
        assert audit(yard.settings) == claimed
        assert statuses(server.send_all(given)) <= {200, 201}
    with yard.serving():
        assert audit(yard.settings) == len(given)


def test_a_hundred_at_once_are_one_record_with_one_receipt(database_url, tmp_path):
    (one,) = samples(1)
    yard = a_yard(tmp_path / "home", database_url, workers=2)
    with yard.serving() as server:
        replies = server.send_all([one] * 100, at_once=100)
        assert sorted(reply.status for reply in replies) == [200] * 99 + [201]
        assert len({reply.body for reply in replies}) == 1
        keyed = server.send_all([one] * 20, key="another", at_once=20)
        assert {(reply.status, reply.body) for reply in keyed} == {(200, replies[0].body)}
    with yard.serving() as server:
        assert audit(yard.settings) == 1
        assert server.send(one).body == replies[0].body


def test_one_worker_dies_the_other_goes_on_and_its_successor_cleans_up(database_url, tmp_path):
    yard = a_yard(tmp_path / "home", database_url, workers=2)
    given = samples(18)
    receipts: dict[str, bytes] = {}
    with yard.serving() as server:
        for number, step in enumerate(("stage", "claim", "publish")):
            yard.order(f"{step}!")
            mine = given[6 * number : 6 * number + 6]
            for again in (mine, mine * 2):
                for sample, reply in zip(again, server.send_all(again), strict=True):
                    if reply.status:
                        assert reply.status in {200, 201}, yard.said()[-6000:]
                        assert receipts.setdefault(sample.name, reply.body) == reply.body
            assert yard.obeyed()
        assert statuses(server.send_all(given)) <= {200, 201}
        server.stop()
    assert audit(yard.settings) == len(given) == len(receipts)


def test_a_server_told_to_stop_answers_what_it_took_and_leaves_nothing(database_url, tmp_path):
    yard = a_yard(tmp_path / "home", database_url, workers=2)
    given = samples(30)
    with yard.serving() as server:
        replies = []
        sending = threading.Thread(target=lambda: replies.extend(server.send_all(given)))
        sending.start()
        while not tables_of(yard.settings.url)["receipt"]:
            assert sending.is_alive()
        server.stop()
        sending.join(30)
    assert statuses(replies) <= {0, 200, 201, 503}
    filed = [one for one in replies if one.status in {200, 201}]
    assert audit(yard.settings) >= len(filed) >= 1
    owners = [one.name for one in yard.settings.staging.rglob("owner-*")]
    assert owners == []

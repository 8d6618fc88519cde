"""Deliveries that contradict or repeat each other at the same moment, over HTTP."""

from itertools import chain

import pytest

from examples.bad import bad
from examples.documents import AGENCIES
from tests.crash.audit import audit, tables_of
from tests.crash.yard import a_yard, samples

PAIRS = 6


@pytest.fixture
def yard(database_url, tmp_path):
    return a_yard(tmp_path / "home", database_url, workers=2)


def failed(reply):
    """The codes a rejection names."""
    checks = reply.json["report"]["checks"]
    return {one["code"] for one in checks if one["outcome"] == "failed"}


def test_of_two_packages_with_the_same_codes_one_is_filed_and_one_refused(yard):
    """The n-th sample of every seed has the same 档号 and 电子文件号, and other bytes."""
    pairs = list(zip(samples(PAIRS, seed=1), samples(PAIRS, seed=2), strict=True))
    flat = list(chain.from_iterable(pairs))
    with yard.serving() as server:
        first = server.send_all(flat * 2, at_once=24)
        again = server.send_all(flat)
        for number in range(0, len(flat), 2):
            seen = [first[at] for at in (number, number + 1)]
            assert sorted(one.status for one in seen) in ([200, 422], [201, 422])
            (refused,) = (one for one in seen if one.status == 422)
            assert failed(refused) == {"GD-1-8"}
        for at, reply in enumerate(again):
            assert reply.body == first[at].body == first[at + len(flat)].body
            assert reply.headers["Location"] == first[at].headers["Location"]
    with yard.serving():
        assert audit(yard.settings) == PAIRS


@pytest.mark.parametrize(
    "sample",
    [one for one in bad() if one.code == "GD-1-8" and one.before],
    ids=lambda one: one.name,
)
def test_a_package_and_the_one_it_repeats_arrive_together(database_url, tmp_path, sample):
    agency = next(one for one in AGENCIES if one.id == sample.agency_id)
    yard = a_yard(tmp_path / "home", database_url, agency, workers=2)
    with yard.serving() as server:
        replies = server.send_all([sample, *sample.before])
        assert sorted(one.status for one in replies) == [201, 422]
        assert failed(max(replies, key=lambda one: one.status)) == {"GD-1-8"}
        assert audit(yard.settings) == 1


def test_keys_and_repeats_are_answered_alike_whoever_comes_first(yard):
    one, other, third = samples(3)
    wrong = next(each for each in bad() if each.code == "GD-2-6")
    with yard.serving() as server:
        # One key, two bodies.
        both = server.send_all([one, other] * 10, key="k-1")
        assert {reply.status for reply in both} <= {200, 201, 409}
        assert len({reply.body for reply in both if reply.status < 300}) == 1
        refused = [reply for reply in both if reply.status == 409]
        assert len(refused) == 10
        assert {reply.json["type"].rpartition("/")[2].rpartition(":")[2] for reply in refused} == {
            "idempotency-key-reused"
        }
        # One package, many keys, at once.
        many = server.each(lambda number: server.send(third, key=f"k-3-{number}"), 24)
        assert {reply.status for reply in many} == {200, 201}
        assert len({reply.body for reply in many}) == 1
        # A package that is refused, many times.
        bodies = {(reply.status, reply.body) for reply in server.send_all([wrong] * 24)}
        assert len(bodies) == 1
        assert bodies.pop()[0] == 422
    with yard.serving():
        assert audit(yard.settings) == 2
        states = [row["state"] for row in tables_of(yard.settings.url)["submission"]]
        assert sorted(states) == ["receipted", "receipted", "rejected"]

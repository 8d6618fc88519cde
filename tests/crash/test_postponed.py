"""Prefer: respond-async. What was answered 202 is decided, whatever happens meanwhile."""

import time

from examples.bad import bad
from tests.crash.audit import audit, tables_of
from tests.crash.yard import a_yard, samples

LATER = {"Prefer": "respond-async"}


def decided(yard, seconds=20):
    """Wait until nothing waits; the states, by submission."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        tables = tables_of(yard.settings.url)
        states = {one["id"]: one["state"] for one in tables["submission"]}
        if not {"received", "sealed"} & set(states.values()):
            return states
        time.sleep(0.05)
    raise AssertionError(f"{states}\n{yard.said()[-3000:]}")


def test_what_was_postponed_is_decided_though_it_dies_at_every_step(database_url, tmp_path):
    yard = a_yard(tmp_path / "home", database_url, workers=2)
    wrong = next(one for one in bad() if one.code == "GD-2-6")
    given = samples(6)
    promised = {}
    for sample, step in zip(given, ("take-up", "stage", "claim", "log", "take-down"), strict=False):
        with yard.serving() as server:
            decided(yard)
            yard.order(step)
            if (reply := server.send(sample, **LATER)).status:
                assert (reply.status, reply.headers["Preference-Applied"]) == (202, LATER["Prefer"])
                promised[reply.headers["Location"]] = sample
            server.died()
        assert yard.obeyed()
    with yard.serving() as server:
        decided(yard)
        for place, sample in promised.items():
            receipt = server.get(f"{place}/receipt")
            assert receipt.status == 200
            assert server.send(sample).body == receipt.body
        # Before its answer, and with its report on disk but not on record.
        yard.order("keep")
        assert server.send(wrong, **LATER).status == 0
        server.died()
    with yard.serving() as server:
        assert audit(yard.settings) == len(promised)
        yard.order("report")
        assert server.send(wrong, **LATER).status in {0, 202}
        server.died()
    with yard.serving() as server:
        assert sorted(decided(yard).values()) == ["receipted"] * len(promised) + ["rejected"]
        reply = server.send(wrong)
        assert reply.status == 422
        assert server.get(f"{reply.headers['Location']}/report").json == reply.json["report"]
    with yard.serving():
        assert audit(yard.settings) == len(promised)

"""Prefer: respond-async. What was answered 202 is decided, whatever happens meanwhile."""

import json
import time
from dataclasses import replace

from examples.bad import bad
from examples.sample import finish
from filing.model.package import Form
from tests.crash.audit import audit, tables_of
from tests.crash.desk import a_desk
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
        # One that died before its answer arrived may be on record all the same.
        filed = list(decided(yard).values())
        assert len(promised) <= len(filed) <= len(given)
        assert set(filed) == {"receipted"}
        for place, sample in promised.items():
            receipt = server.get(f"{place}/receipt")
            assert receipt.status == 200
            assert server.send(sample).body == receipt.body
        # Before its answer, and with its report on disk but not on record.
        yard.order("keep")
        assert server.send(wrong, **LATER).status == 0
        server.died()
    with yard.serving() as server:
        assert audit(yard.settings) == len(filed)
        yard.order("report")
        assert server.send(wrong, **LATER).status in {0, 202}
        server.died()
    with yard.serving() as server:
        assert sorted(decided(yard).values()) == [*filed, "rejected"]
        reply = server.send(wrong)
        assert reply.status == 422
        assert server.get(f"{reply.headers['Location']}/report").json == reply.json["report"]
    with yard.serving():
        assert audit(yard.settings) == len(filed)


def test_a_delivery_of_parts_is_judged_alike_at_once_and_later(tmp_path):
    """No part is called metadata, but the first file is named as its document would be."""
    yard = a_yard(tmp_path / "home", "")
    lawful, other = samples(2, form=Form.RECORD_PARTS)
    first = replace(other.parts[0], name="file", file_name="metadata.xml")
    misnamed = finish(replace(other, parts=(first, *other.parts[1:])))
    with a_desk(yard) as desk:
        for sample, state in ((misnamed, "rejected"), (lawful, "receipted")):
            status, said = desk.send(sample, **LATER)
            assert (status, json.loads(said)["state"]) == (202, "received")
            assert state in decided(yard).values()
            at_once = desk.send(sample, **{"Idempotency-Key": state})
            assert at_once[0] == (422 if state == "rejected" else 200)
        assert audit(yard.settings) == 1


def test_a_repeat_wakes_what_nobody_was_told_of(tmp_path):
    """The first answer was an error: it was recorded, and the archive did not learn it."""
    yard = a_yard(tmp_path / "home", "")
    (one,) = samples(1)
    with a_desk(yard) as desk:
        put, desk.site.archive._dispatch = desk.site.threads.put, id
        assert desk.send(one, **LATER)[0] == 202
        desk.site.archive._dispatch = put
        assert desk.send(one, **LATER)[0] == 202
        assert list(decided(yard).values()) == ["receipted"]


def test_what_another_process_took_up_first_is_no_failure(tmp_path, monkeypatch, caplog):
    """It is told by the files that go while they are read; the next look says the rest."""
    monkeypatch.setattr("filing.adapters.dispatch.threads._RETRY_SECONDS", 0.05)
    yard = a_yard(tmp_path / "home", "")
    (one,) = samples(1)
    with a_desk(yard) as desk:
        submit, site = desk.site.archive._submit, desk.site
        examine, taken = submit._examine, []

        def overtaken(staged, *given, **named):
            if not taken and any(site.staging.kept()):
                taken.append(one)
                site.later.take_up(next(iter(site.staging.kept())))
            return examine(staged, *given, **named)

        submit._examine = overtaken
        assert desk.send(one, **LATER)[0] == 202
        assert list(decided(yard).values()) == ["receipted"]
        desk.site.threads.stop()
        assert taken
        assert audit(yard.settings) == 1
    assert "later-failed" not in caplog.text

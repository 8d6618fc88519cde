"""Recovery: what dead processes left is finished or cleared, the living are left alone."""

import shutil
import threading
from dataclasses import replace

import pytest

from filing.errors import OutsideUnavailable
from filing.ingest.recover import recover
from filing.model.events import Event, Kind
from filing.model.package import Content
from filing.model.submission import Step, Submission, take
from filing.ports import Claim
from tests.crash.audit import audit, tables_of
from tests.crash.yard import SENDER, samples
from tests.ingest.made import a_site, claimed, die, judged, settings_of


@pytest.fixture
def settings(tmp_path):
    return settings_of(tmp_path / "home")


def test_what_a_dead_process_claimed_is_finished_and_what_it_staged_is_swept(settings):
    with a_site(settings) as gone:
        claimed(gone, *samples(3))
        staged = gone.ceremony.prepare(judged(gone, samples(1, start=3)[0]))
        assert staged.staged.folder
        die(gone)
        with a_site(settings):
            assert audit(settings) == 3
            assert tables_of(settings.url)["intent"] == []


def test_what_a_living_process_has_in_hand_is_left_to_it(settings):
    with a_site(settings) as living:
        ready = claimed(living, *samples(2))
        staged = living.ceremony.prepare(judged(living, samples(1, start=2)[0]))
        with a_site(settings) as other:
            done = other.recover()
            assert (done.finished, done.cleared, done.doubtful) == (0, 0, ())
            assert len(other.ledger.intents()) == 2
        # It goes on undisturbed.
        assert living.ceremony.complete(ready) == 2
        assert living.ceremony.commit([staged])[0]
        assert audit(settings) == 3


def test_what_is_published_but_not_logged_is_logged(settings):
    with a_site(settings) as gone:
        ready = claimed(gone, *samples(2))
        gone.records.publish([one.staged for one in ready[:1]])
        die(gone)
        with a_site(settings):
            assert audit(settings) == 2


def test_an_object_that_is_gone_is_said_and_the_others_are_finished(settings):
    with a_site(settings) as gone:
        first, second, third = claimed(gone, *samples(3))
        shutil.rmtree(second.staged.folder)
        die(gone)
        with a_site(settings) as site:
            again = site.recover()
            assert again.doubtful == (second.record.id,)
            assert {one["record_id"] for one in tables_of(settings.url)["leaf"]} == {
                first.record.id,
                third.record.id,
            }
            assert [one for one, _, _ in site.ledger.intents()] == [second.record.id]


def test_several_processes_that_recover_at_once_do_it_once(settings):
    with a_site(settings) as gone:
        claimed(gone, *samples(5))
        die(gone)
        failures = []

        def start():
            try:
                with a_site(settings):
                    pass
            except Exception as error:  # noqa: BLE001  # shown by the assertion below
                failures.append(error)

        threads = [threading.Thread(target=start) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        assert failures == []
        assert audit(settings) == 5


def test_what_is_claimed_and_orphaned_while_another_recovers_is_not_swept(settings):
    """It claims after the other one has read the intents, and dies before that one sweeps."""
    with a_site(settings) as gone, a_site(settings) as other:
        staged = gone.ceremony.prepare(judged(gone, samples(1)[0]))
        gone.records.barrier([staged.staged])
        sweep = other.records.sweep

        def late(keep):
            assert gone.ledger.claim([gone.ceremony._claim(staged)])
            die(gone)
            return sweep(keep)

        other.records.sweep = late
        assert other.recover().finished == 0
        other.records.sweep = sweep
        assert other.recover().finished == 1
        assert audit(settings) == 1


def test_what_was_kept_stays_as_long_as_somebody_needs_it(settings):
    """Kept by a dead process: recorded or not, with a report that was recorded or not."""
    with a_site(settings) as gone:
        names = ("unknown", "received", "attempted", "rejected", "filed")
        (sample,) = samples(1)
        for name in names:
            gone.staging.keep(name, [Content("package", 1, (), b"x")], {})
            opened = Submission(
                id=name, agency_id=SENDER.id, delivery_key=name,
                package_digest=f"sha256:{name.encode().hex():0>64}", form="",
                size_bytes=1, received_at=gone.clock.now(),
            )  # fmt: skip
            event = Event(SENDER.id, name, Kind.RECEIVED, gone.clock.now(), "system", {})
            if name == "unknown":
                continue
            gone.ledger.claim([Claim(None, opened, None, "", event)])
            if name in ("attempted", "rejected"):
                gone.staging.keep(f"{name}-report", [Content("report.json", 1, (), b"x")], {})
            if name == "rejected":
                rejected = take(take(opened, Step.EXAMINE), Step.REJECT)
                gone.ledger.save(opened, rejected, replace(event, kind=Kind.REJECTED))
            if name == "filed":
                ready = gone.ceremony.prepare(judged(gone, sample, opened))
                assert gone.ceremony.commit([ready])[0]
        die(gone)
        with a_site(settings) as site:
            site.threads.stop()
            assert sorted(site.staging.kept()) == [
                "attempted", "received", "rejected", "rejected-report"]  # fmt: skip


def test_a_database_that_does_not_answer_stops_the_start(settings):
    with a_site(settings) as site:

        class Gone:
            def intents(self):
                raise OutsideUnavailable("the database did not answer")

        with pytest.raises(OutsideUnavailable, match="did not answer"):
            recover(site.ceremony, site.records, site.staging, Gone())
        assert recover(site.ceremony, site.records, site.staging, site.ledger).finished == 0

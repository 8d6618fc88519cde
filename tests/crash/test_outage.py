"""A database, disk or key that fails: the answer says so, nothing is half done, work goes on."""

import errno
import os
import signal
import sys
import time
from dataclasses import replace

import pytest

from examples import documents
from examples.bad import bad
from examples.good import deliver, metadata
from filing.adapters import staging as staging_module
from filing.adapters.formats import pdf
from filing.adapters.ocfl import store as store_module
from filing.errors import Misconfigured, OutsideUnavailable
from filing.model.package import Form
from tests.adapters.formats.test_pdf import a_pdf_of
from tests.crash.audit import audit, tables_of
from tests.crash.desk import Desk, a_desk
from tests.crash.yard import a_yard, samples
from tests.postgres import Cluster


@pytest.fixture
def yard(database_url, tmp_path):
    return a_yard(tmp_path / "home", database_url)


class Failing:
    """A ledger of which one method fails once, before or after it has done its work."""

    def __init__(self, ledger, method, done, error):
        self._ledger, self._method, self._done, self._error = ledger, method, done, error
        self.failed = 0

    def __getattr__(self, name):
        real = getattr(self._ledger, name)
        if name != self._method or self.failed:
            return real

        def fails(*given):
            self.failed += 1
            if self._done:
                real(*given)
            raise self._error

        return fails


def settled(yard, seconds=60):
    """Wait until nothing is claimed and unfinished."""
    until = time.monotonic() + seconds
    while tables_of(yard.settings.url)["intent"]:
        assert time.monotonic() < until, "the committer does not finish what was claimed"
        time.sleep(0.05)


@pytest.mark.parametrize("error", [OutsideUnavailable("gone"), RuntimeError("unforeseen")])
@pytest.mark.parametrize("done", [False, True], ids=["not-done", "done"])
@pytest.mark.parametrize("method", ["claim", "log"])
def test_a_database_that_fails_leaves_nothing_half_done(tmp_path, method, done, error):
    """``done``: it did what it was asked, and only the answer was lost."""
    yard = a_yard(tmp_path / "home", "")
    one, two = samples(2)
    with a_desk(yard) as desk:
        desk.site.ceremony.ledger = Failing(desk.site.ledger, method, done, error)
        foreseen = isinstance(error, OutsideUnavailable)
        assert desk.code(one) == (
            (503, "outside-unavailable") if foreseen else (500, "internal-error")
        )
        settled(yard)
        # The thread that commits lives, and what was lost is answered as if it never had been.
        status, receipt = desk.send(one)
        assert status == (201 if (method, done) == ("claim", False) else 200)
        assert desk.send(one) == (200, receipt)
        assert desk.send(two)[0] == 201
        while desk.site.ceremony._unfinished:
            time.sleep(0.05)
        assert audit(yard.settings) == 2


def test_a_database_that_went_away_and_came_back(tmp_path, postgresql_programs):
    """A PostgreSQL of this test's own dies, and is started again on its data."""
    one, two = samples(2)
    with Cluster(postgresql_programs) as cluster:
        yard = a_yard(tmp_path / "home", cluster.database())
        with a_desk(yard) as desk:
            assert desk.send(one)[0] == 201
            publish = desk.site.records.publish

            def published(staged):
                publish(staged)
                cluster._server.send_signal(signal.SIGQUIT)  # at once, as in a crash
                cluster._server.wait()

            # It dies between publication and log: on disk, on record, not in the log.
            desk.site.records.publish = published
            assert desk.code(two) == (503, "outside-unavailable")
            desk.site.records.publish = publish
            assert desk.code(two) == (503, "outside-unavailable")
            # While it is away the archive says so and dies of nothing.
            assert desk.client.get("/readyz").status_code == 503
            cluster._start()
            settled(yard)
            assert desk.send(two)[0] == 200
            assert audit(yard.settings) == 2


def full(*_given, **_named):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_said_and_nothing_stays(tmp_path, monkeypatch):
    yard = a_yard(tmp_path / "home", "")
    wrong = next(one for one in bad() if one.code == "GD-2-6")
    (one,) = samples(1)
    with a_desk(yard) as desk:
        for sample, module, name, headers in (
            (one, store_module, "write_object", {}),
            (wrong, staging_module, "write_new", {}),
            (one, staging_module, "write_new", {"Prefer": "respond-async"}),
        ):
            with monkeypatch.context() as patched:
                patched.setattr(module, name, full)
                status, body = desk.send(sample, **headers)
                assert (status, b"storage-full" in body) == (507, True)
            assert audit(yard.settings) == 0
            assert tables_of(yard.settings.url)["submission"] == []
        assert (desk.send(one)[0], desk.send(wrong)[0]) == (201, 422)
        assert audit(yard.settings) == 1


@pytest.mark.parametrize("which", ["before-claim", "after-claim"])
def test_after_a_failed_barrier_nothing_is_taken_until_a_restart(yard, which):
    one, two = samples(2)
    with a_desk(yard) as desk:
        calls = []
        real = desk.site.barrier._sync_now

        def fails(pending):
            calls.append(pending)
            if len(calls) == (1 if which == "before-claim" else 2):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            real(pending)

        desk.site.barrier._sync_now = fails
        for sample in (one, two, one):
            assert desk.code(sample) == (503, "store-doubtful")
        assert desk.client.get("/readyz").status_code == 503
        assert len(tables_of(yard.settings.url)["intent"]) == (which == "after-claim")
    with a_desk(yard) as desk:
        assert audit(yard.settings) == (which == "after-claim")
        assert desk.send(one)[0] == (200 if which == "after-claim" else 201)
        assert desk.send(two)[0] == 201
        assert audit(yard.settings) == 2


def test_a_reader_that_cannot_be_started_is_said_and_nothing_stays(tmp_path, monkeypatch):
    official = documents.official(0)
    packed = [
        replace(one, files=[replace(file, body=a_pdf_of(9)) for file in one.files])
        for one in official.documents
    ]
    official = replace(official, documents=tuple(packed))
    sample = deliver(official, Form.RECORD_PARTS, metadata(official, Form.RECORD_PARTS))
    yard = a_yard(tmp_path / "home", "")
    with a_desk(yard) as desk:
        pdf._apart.close()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "executable", "/bin/false")
            assert desk.code(sample) == (503, "outside-unavailable")
        assert tables_of(yard.settings.url)["submission"] == []
        assert desk.send(sample)[0] in {201, 422}


def test_an_archive_without_its_keys_or_schema_says_what_to_do(tmp_path):
    yard = a_yard(tmp_path / "home", "")
    for key in yard.settings.keys.glob("*.key.pem"):
        key.unlink()
    with pytest.raises(Misconfigured, match=r"key.pem is missing; run filing init"):
        Desk(yard)
    (yard.home / "filing.db").unlink()
    with pytest.raises(Misconfigured, match=r"is at nothing, .* is needed: run filing init"):
        Desk(yard)


def test_a_failure_while_examining_does_not_lose_what_was_postponed(tmp_path, monkeypatch):
    monkeypatch.setattr("filing.adapters.dispatch.threads._RETRY_SECONDS", 0.05)
    yard = a_yard(tmp_path / "home", "")
    (one,) = samples(1)
    with a_desk(yard) as desk:
        errors = [RuntimeError("unforeseen"), OutsideUnavailable("gone"), MemoryError()]
        resume = desk.site.archive._submit.resume

        def fails(*given):
            if errors:
                raise errors.pop()
            return resume(*given)

        desk.site.archive._submit.resume = fails
        assert desk.send(one, Prefer="respond-async")[0] == 202
        until = time.monotonic() + 10
        while not tables_of(yard.settings.url)["receipt"]:
            assert time.monotonic() < until
            time.sleep(0.02)
        desk.site.threads.stop()
        assert desk.send(one)[0] == 200
        assert audit(yard.settings) == 1
    with a_desk(yard):
        assert audit(yard.settings) == 1


@pytest.mark.parametrize("method", ["claim", "log"])
def test_what_was_postponed_and_filed_after_a_failure_is_kept_no_longer(
    tmp_path, monkeypatch, method
):
    monkeypatch.setattr("filing.adapters.dispatch.threads._RETRY_SECONDS", 0.2)
    yard = a_yard(tmp_path / "home", "")
    (one,) = samples(1)
    with a_desk(yard) as desk:
        gone = Failing(desk.site.ledger, method, True, OutsideUnavailable("gone"))
        desk.site.ceremony.ledger = gone
        assert desk.send(one, Prefer="respond-async")[0] == 202
        until = time.monotonic() + 10
        while list(desk.site.staging.kept()):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert gone.failed == 1
        assert desk.send(one)[0] == 200
        assert audit(yard.settings) == 1

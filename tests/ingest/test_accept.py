"""The ceremony: its order, its batches, and what it remembers when something fails."""

import errno
import os
from pathlib import Path

import pytest

from filing.errors import OutsideUnavailable, StorageFull, StoreDoubtful
from filing.evidence import receipt
from filing.model.submission import State
from tests.crash.audit import audit, tables_of
from tests.crash.yard import samples
from tests.ingest.made import a_site, judged, settings_of


@pytest.fixture
def steps():
    return []


@pytest.fixture
def site(tmp_path, steps):
    with a_site(settings_of(tmp_path / "home"), steps.append) as one:
        yield one


def prepared(site, *some):
    return [site.ceremony.prepare(judged(site, one)) for one in some]


def test_the_steps_come_in_the_order_on_the_wall(site, steps):
    batch = prepared(site, *samples(2))
    assert steps == ["seal", "stage"] * 2
    assert audit_of_tables(site) == (0, 0, 0)
    results = site.ceremony.commit(batch)
    assert steps[4:] == ["barrier", "claim", "publish", "log"]
    for (submission, body), one in zip(results, batch, strict=True):
        assert submission.id == one.submission.id
        assert receipt.verify(body, None)
    assert audit(site.settings) == 2


def audit_of_tables(site):
    found = tables_of(site.settings.url)
    return len(found["submission"]), len(found["record"]), len(found["intent"])


def test_who_loses_in_a_batch_is_told_so_and_leaves_nothing(site):
    """The first sample of another seed has the same codes as the first of this one."""
    (one,), (same,), (two,) = samples(1, seed=1), samples(1, seed=2), samples(1, start=1)
    batch = prepared(site, one, same, two)
    first, second, third = site.ceremony.commit(batch)
    assert second is None
    assert None not in (first, third)
    assert not Path(batch[1].staged.folder).exists()
    assert audit(site.settings) == 2


def test_a_batch_of_losers_alone_touches_neither_store_nor_log(site, steps):
    (one,), (same,) = samples(1, seed=1), samples(1, seed=2)
    batch = prepared(site, one, same)
    site.ceremony.commit(batch[:1])
    head = site.ledger.head()
    assert site.ceremony.commit(batch[1:]) == [None]
    assert site.ledger.head() == head
    assert audit(site.settings) == 1


def test_a_failed_barrier_claims_nothing_and_clears_what_was_staged(site, monkeypatch):
    batch = prepared(site, *samples(2))

    def fails(_pending):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(site.barrier, "_sync_now", fails)
    results = site.ceremony.commit(batch)
    assert [type(one) for one in results] == [StoreDoubtful] * 2
    assert audit(site.settings) == 0
    assert site.ceremony.finish() == 0
    with pytest.raises(StoreDoubtful):
        prepared(site, *samples(1))


def test_no_room_for_the_object_is_said_and_leaves_nothing(site, monkeypatch):
    def full(*_given):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("filing.adapters.ocfl.store.write_object", full)
        with pytest.raises(StorageFull):
            prepared(site, *samples(1))
    assert audit(site.settings) == 0


class Fails:
    """Does what ``real`` does and then, or instead, raises ``error``; once."""

    def __init__(self, real, error, after):
        self.real, self.error, self.after, self.times = real, error, after, 1

    def __call__(self, *given):
        if not self.times:
            return self.real(*given)
        self.times -= 1
        if self.after:
            self.real(*given)
        raise self.error


@pytest.mark.parametrize("error", [OutsideUnavailable("gone"), OSError("unforeseen")])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("place", ["claim", "publish", "log"])
def test_whatever_fails_from_the_claim_on_is_finished_later(site, monkeypatch, place, after, error):
    on = site.records if place == "publish" else site.ledger
    batch = prepared(site, *samples(3))
    monkeypatch.setattr(on, place, Fails(getattr(on, place), error, after))
    if isinstance(error, OutsideUnavailable):
        assert site.ceremony.commit(batch) == [error] * 3
    else:
        with pytest.raises(OSError, match="unforeseen"):
            site.ceremony.commit(batch)
    # A second failure on the way is no harm either.
    with monkeypatch.context() as again:
        again.setattr(site.ledger, "pending", Fails(site.ledger.pending, error, False))
        with pytest.raises(type(error)):
            site.ceremony.finish()
    lost = place == "claim" and not after
    logged = place == "log" and after
    assert site.ceremony.finish() == (0 if lost or logged else 3)
    assert site.ceremony.finish() == 0
    assert audit(site.settings) == (0 if lost else 3)
    for one in batch:
        found = site.ledger.submission(one.submission.id)
        assert (found is None) if lost else (found.state, found.version) == (State.RECEIPTED, 1)


def test_completing_what_is_complete_changes_nothing(site):
    batch = prepared(site, *samples(2))
    site.ceremony.commit(batch)
    before = tables_of(site.settings.url)
    assert site.ceremony.complete(batch) == 2
    assert tables_of(site.settings.url) == before

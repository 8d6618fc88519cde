"""The log is in the store too, a moment after it is in the database."""

import pytest

from examples.documents import AGENCIES
from examples.good import good
from filing.adapters.db.log_copy import LogCopy
from filing.app import Site, initialise
from filing.app.logbook import CopyLog, logbook
from filing.config import Settings
from filing.errors import OutsideUnavailable
from filing.evidence import receipt
from filing.evidence.logbook import Copied, Signed
from filing.evidence.merkle import leaf_hash
from filing.ingest.receive import receiving
from filing.model.agency import Channel
from filing.model.package import Form
from filing.rules.facts import Registration


@pytest.fixture
def site(tmp_path, database_url):
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    initialise(settings)
    found = Site(settings)
    found.open()
    found.operations.add_agency(AGENCIES[0])
    yield found
    found.close()


def filed(site: Site, count: int, start: int = 0) -> dict[str, bytes]:
    receipts = {}
    for sample in good(count, form=Form.EEP, start=start, agency=AGENCIES[0]):
        with receiving(
            site.staging, f"d-{site.clock.new_id()}", sample.media_type, None, 1 << 30
        ) as to:
            to.write(sample.wire())
            answer = site.archive.submit(
                AGENCIES[0], to.finish({}), Channel.LOOPBACK, Registration(), "", False
            )
        receipts[answer.submission.record_id] = answer.body
    return receipts


def copied(site: Site) -> list[Copied]:
    return [one for one in logbook(site).lines() if isinstance(one, Copied)]


def test_every_receipt_and_checkpoint_stands_in_the_store_too(site):
    given = filed(site, 5)
    copy = CopyLog(logbook(site), LogCopy(site.database))
    assert copy(lambda: True) is False
    entries = copied(site)
    assert [one.position for one in entries] == list(range(5))
    assert {one.record_id: one.receipt for one in entries} == given
    for one in entries:
        said = receipt.read(one.receipt)[0].proof.statement
        assert leaf_hash(said) == one.leaf
        assert [past.kind for past in one.history] == ["submission-accepted", "receipt-issued"]
    signed = [one for one in logbook(site).lines() if isinstance(one, Signed)]
    assert signed[-1].size == 5
    assert signed[-1].note == site.ledger.head().note


def test_what_came_later_is_added_and_nothing_twice(site):
    copy = CopyLog(logbook(site), LogCopy(site.database))
    filed(site, 2)
    copy(lambda: True)
    filed(site, 2, start=2)
    copy(lambda: True)
    CopyLog(logbook(site), LogCopy(site.database))(lambda: True)
    assert [one.position for one in copied(site)] == [0, 1, 2, 3]


def test_another_process_goes_on_where_the_first_stopped(site):
    one, two = (CopyLog(logbook(site), LogCopy(site.database)) for _ in range(2))
    filed(site, 1)
    one(lambda: True)
    filed(site, 1, start=1)
    two(lambda: True)
    filed(site, 1, start=2)
    one(lambda: True)
    assert [one.position for one in copied(site)] == [0, 1, 2]


def test_asked_to_stop_it_says_that_more_waits(site):
    filed(site, 1)
    assert CopyLog(logbook(site), LogCopy(site.database))(lambda: False) is True


def test_nothing_is_written_where_the_store_is_not_mounted(site):
    filed(site, 1)
    store = site.settings.store
    store.rename(store.with_name("away"))
    store.mkdir()
    copy = CopyLog(logbook(site), LogCopy(site.database))
    with pytest.raises(OutsideUnavailable):
        copy(lambda: True)
    assert list(store.iterdir()) == []
    store.rmdir()
    store.with_name("away").rename(store)
    assert copy(lambda: True) is False
    assert [one.position for one in copied(site)] == [0]

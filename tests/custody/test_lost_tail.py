"""A log that lost its end never says otherwise than it once signed."""

import shutil
import sqlite3
from contextlib import closing, contextmanager

import pytest

from filing.app import Site
from filing.app.copies import CopyParts
from filing.app.custody import CustodyParts
from filing.app.scratch import rebuild
from filing.errors import StoreDoubtful
from filing.evidence import checkpoint
from filing.evidence.tiles import append
from filing.model.copies import Medium, Where
from filing.model.custody import Answer
from tests.crash.yard import Yard, samples
from tests.custody.copies import copied
from tests.custody.holding import Holding
from tests.ingest.made import judged


def signed(site: Site) -> list[str]:
    """Every checkpoint that was ever signed here: those of the witness."""
    return [note for _, note in site.witness.notes()]


def agree(site: Site) -> bool:
    """Whether the log as it is now bears out all of them."""
    with site.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT hash FROM leaf ORDER BY position")
        leaves = [bytes(one) for one in found.scalars()]
    heads = [checkpoint.read(note.encode())[0] for note in signed(site)]
    return all(
        one.size <= len(leaves)
        and append(0, lambda level, index: b"", leaves[: one.size]).root == one.root
        for one in heads
    )


@contextmanager
def opened(settings, after=lambda step: None, serving=True):
    """The archive started again, or what a command on the machine opens."""
    site = Site(settings, after)
    try:
        site.open() if serving else site.check()
        yield Holding(Yard, site, CustodyParts(site), [])
    finally:
        site.close()


def filed(site: Site, count: int, start: int) -> list[object]:
    """What came of filing so many: a receipt or an error each."""
    ready = [site.ceremony.prepare(judged(site, one)) for one in samples(count, start)]
    return site.ceremony.commit(ready)


@pytest.fixture
def set_back(tmp_path):
    """Settings of an archive whose database is of an hour ago; two records were filed since."""
    with copied(tmp_path, count=4) as made:
        made.parts.settle()
        settings = made.holding.site.settings
    shutil.copytree(settings.home, tmp_path / "backup", ignore=shutil.ignore_patterns("store"))
    with opened(settings) as holding:
        assert not [one for one in filed(holding.site, 2, 7000) if not isinstance(one, tuple)]
        CopyParts(holding.site, holding.parts).settle()
    for path in settings.home.glob("filing.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup" / "filing.db", settings.home / "filing.db")
    return settings


def test_a_database_set_back_signs_nothing_and_an_audit_says_why(set_back):
    with pytest.raises(StoreDoubtful, match="rebuild-index"), opened(set_back):
        pass
    with opened(set_back, serving=False) as holding:
        before = signed(holding.site)
        for one in filed(holding.site, 2, 8000):
            assert isinstance(one, StoreDoubtful)
            assert "were signed" in str(one)
        copies = CopyParts(holding.site, holding.parts)
        with pytest.raises(StoreDoubtful, match="were signed"):
            copies.keeping.add(None, "third", Where(Medium.LOCAL, path=f"{set_back.home}/third"))
        assert holding.audit().answer is Answer.DAMAGED
        assert ("log", "CX-1-18") in holding.open()
        assert signed(holding.site) == before


def test_a_home_set_back_learns_from_the_store_what_was_signed(set_back, tmp_path):
    shutil.copytree(tmp_path / "backup/witness", set_back.home / "witness", dirs_exist_ok=True)
    with opened(set_back, serving=False) as holding:
        assert isinstance(filed(holding.site, 1, 8000)[0], StoreDoubtful)


def test_without_a_witness_the_store_alone_holds_it_back(set_back):
    shutil.rmtree(set_back.home / "witness")
    with opened(set_back, serving=False) as holding:
        assert isinstance(filed(holding.site, 1, 8000)[0], StoreDoubtful)


def test_its_end_brought_back_from_the_store_it_goes_on(set_back):
    done = rebuild(set_back, None, "", False, lambda size: True)
    assert (done.complete, done.troubles, done.unlogged) == (True, 0, 0)
    with opened(set_back) as holding:
        assert not [one for one in filed(holding.site, 2, 8000) if not isinstance(one, tuple)]
        assert holding.audit().answer is Answer.INTACT
        assert agree(holding.site)


def test_what_was_on_its_way_when_the_backup_was_made_comes_back_as_well(set_back, tmp_path):
    """The backup holds claims that were logged since, and history that others follow."""
    rebuild(set_back, None, "", False, lambda size: True)
    live = set_back.home / "filing.db"

    def after(step):
        if step == "claim":
            with closing(sqlite3.connect(live)) as one, closing(sqlite3.connect(backup)) as other:
                one.backup(other)

    backup = tmp_path / "claimed.db"
    with opened(set_back, after) as holding:
        filed(holding.site, 2, 9000)
        CopyParts(holding.site, holding.parts).settle()
    for path in set_back.home.glob("filing.db*"):
        path.unlink()
    shutil.copy(backup, live)
    with pytest.raises(StoreDoubtful, match="rebuild-index"), opened(set_back):
        pass
    done = rebuild(set_back, None, "", False, lambda size: True)
    assert (done.complete, done.troubles, done.unlogged) == (True, 0, 0)
    with opened(set_back) as holding:
        assert list(holding.site.ledger.intents()) == []
        assert holding.audit().answer is Answer.INTACT
        assert agree(holding.site)
        drilled = CopyParts(holding.site, holding.parts).keeping.drill(None)
        assert (drilled.answer, drilled.shown) == (Answer.INTACT, ())


@pytest.mark.parametrize("lost", ["records alone", "an event too"])
def test_finishing_after_a_loss_never_forks_the_log(tmp_path, lost):
    """Entries the store's copy lacks come back at their places, or nothing is signed."""
    with copied(tmp_path, count=4) as made:
        made.parts.settle()
        settings = made.holding.site.settings
        if lost == "an event too":
            made.holding.audit()
        made.holding.file_some(2, 7000)
        before = signed(made.holding.site)
    for path in settings.home.glob("filing.db*"):
        path.unlink()
    done = rebuild(settings, None, "", True, lambda size: True)
    assert done.unlogged == 2
    if lost == "records alone":
        with opened(settings) as holding:
            assert agree(holding.site)
            assert signed(holding.site)[: len(before)] == before
    else:
        with pytest.raises(StoreDoubtful, match="were signed"), opened(settings):
            pass
        with pytest.raises(StoreDoubtful, match="were signed"), opened(settings):
            pass

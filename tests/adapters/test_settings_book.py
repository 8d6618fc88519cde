"""Agencies, settings and rules are in the store too, and only there."""

import pytest

from examples.documents import AGENCIES
from filing.adapters.custody.stored_log import SETTINGS
from filing.adapters.db.administration import SqlSettings
from filing.adapters.settings_book import FILE, SettingsBook
from filing.app import Site, initialise
from filing.config import Settings
from filing.errors import OutsideUnavailable
from filing.rules.rule_set import RulesUsed


@pytest.fixture
def site(tmp_path, database_url):
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    initialise(settings)
    found = Site(settings)
    found.operations.add_agency(AGENCIES[0])
    yield found
    found.close()


def carried(site):
    return [one["table"] for one in SettingsBook(site.settings.store / SETTINGS).lines()]


def test_what_is_added_later_is_carried_and_what_is_there_is_not_read_again(site, monkeypatch):
    book = SettingsBook(site.settings.store / SETTINGS)
    assert book.carry(site.database) == 1
    with monkeypatch.context() as while_nothing_changes:
        while_nothing_changes.setattr("filing.adapters.settings_book._rows", None)
        assert book.carry(site.database) == 0
    site.operations.add_agency(AGENCIES[1])
    assert book.carry(site.database) == 1
    SqlSettings(site.database, site.clock.now).keep_rules(RulesUsed("1", "sha256:00", b"{}"))
    assert book.carry(site.database) == 1
    assert carried(site) == ["agency", "agency", "rule-set"]


def test_a_line_that_was_cut_off_is_written_again(site):
    book = SettingsBook(site.settings.store / SETTINGS)
    book.carry(site.database)
    path = site.settings.store / SETTINGS / FILE
    path.write_bytes(path.read_bytes()[:-7])
    assert carried(site) == []
    assert book.carry(site.database) == 1
    assert carried(site) == ["agency"]


def test_no_settings_are_written_where_the_store_is_not_mounted(site):
    book = SettingsBook(site.settings.store / SETTINGS)
    book.carry(site.database)
    store = site.settings.store
    store.rename(store.with_name("away"))
    store.mkdir()
    with pytest.raises((OutsideUnavailable, OSError)):
        book.carry(site.database)
    assert list(store.iterdir()) == []
    store.rmdir()
    store.with_name("away").rename(store)
    assert book.carry(site.database) == 0
    assert carried(site) == ["agency"]

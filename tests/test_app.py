"""What one process says of itself once it is put together."""

import re
from pathlib import Path

import pytest

from filing import app
from filing.config import Settings
from filing.ingest.recover import Recovered


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def test_an_archive_without_a_scanner_is_ready(settings):
    app.initialise(settings)
    site = app.Site(settings)
    client = app.create_app(settings, site).test_client()
    answer = client.get("/readyz")
    site.close()
    assert answer.status_code == 200
    assert answer.get_json()["checks"] == {
        "database": "ok", "store": "ok", "space": "ok", "scanner": "not configured",
        "credentials": "ok",
    }  # fmt: skip


def test_records_recovery_could_not_tell_keep_the_archive_from_being_ready(settings, monkeypatch):
    monkeypatch.setattr(app.site, "recover", lambda *some: Recovered(1, 0, ("01J9", "01JA")))
    app.initialise(settings)
    site = app.Site(settings)
    client = app.create_app(settings, site).test_client()
    answer = client.get("/readyz")
    site.close()
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["store"] == "2 records in doubt"


def test_the_page_of_the_interface_has_the_icon_of_the_other_pages(settings):
    app.initialise(settings)
    site = app.Site(settings)
    client = app.create_app(settings, site, serving=False).test_client()
    try:
        icons = [
            re.search(r'<link rel="icon" href="([^"]+)"', client.get(path).text)
            for path in ("/", "/api/")
        ]
        assert all(icons)
        for one in icons:
            with client.get(one[1]) as icon:
                assert (icon.status_code, icon.mimetype) == (200, "image/svg+xml")
    finally:
        site.close()

"""People put together: settings that cannot be, what is forgotten, what pages are not given."""

from contextlib import closing
from datetime import timedelta

import pytest
from flask import Flask

from filing import app
from filing.adapters.sealing import FILE
from filing.app.people import SitePeople, create_people, install_people
from filing.config import Settings
from filing.errors import Misconfigured
from filing.services.people import Accounts


@pytest.mark.parametrize(
    "given",
    [
        {"public_url": "filing.example"},
        {"public_url": "javascript:alert(1)"},
        {"session_idle_seconds": 59},
        {"session_seconds": 1799},
        {"oidc_issuer": "https://id.example"},
        {"oidc_issuer": "http://id.example", "oidc_client_id": "filing"},
        {"oidc_issuer": "id.example", "oidc_client_id": "filing"},
        {"oidc_issuer": "file:///etc/passwd", "oidc_client_id": "filing"},
    ],
    ids=str,
)
def test_settings_of_sign_in_that_cannot_be_are_said_at_start(given, tmp_path):
    with pytest.raises(Misconfigured, match="FILING_"):
        Settings(home=tmp_path, **given)


def test_a_secret_that_is_not_there_is_said_at_start(tmp_path):
    settings = Settings(
        home=tmp_path, oidc_issuer="https://id.example", oidc_client_id="filing",
        oidc_client_secret_file=str(tmp_path / "nowhere"),
    )  # fmt: skip
    app.initialise(settings)
    with closing(app.Site(settings)) as site, pytest.raises(Misconfigured, match="SECRET_FILE"):
        create_people(site)


def test_a_damaged_key_of_second_factors_is_said_at_start_and_filing_goes_on(tmp_path, caplog):
    settings = Settings(home=tmp_path)
    app.initialise(settings)
    with closing(app.Site(settings)) as site:
        (site.settings.keys / FILE).write_bytes(b"damaged")
        install_people(Flask("pages"), site)
    assert f"event=misconfigured why={site.settings.keys / FILE} cannot be used" in caplog.text


def test_pages_are_given_nothing_of_what_is_for_the_machine_alone():
    acts = [name for name in vars(Accounts) if not name.startswith("_")]
    assert "create" in acts
    assert [name for name in acts if hasattr(SitePeople, name)] == []


def test_sessions_that_are_over_are_forgotten_by_a_duty(tmp_path):
    settings = Settings(home=tmp_path / "home")
    app.initialise(settings)
    with closing(app.Site(settings)) as site:
        people = create_people(site)
        person, password = people.create("clerk", "员", "", frozenset(), owed=False)
        people.sign_in("clerk", password, "192.0.2.7")
        flask = app.create_app(site.settings, site)
        forget = next(one for one in site.duties._duties if one.name == "forget-sessions")
        assert forget.do(lambda: True) is False
        assert len(people._at.sessions.of(person.id)) == 1
        now = site.clock.now
        site.clock.now = lambda: now() + timedelta(hours=13)
        assert forget.do(lambda: True) is False
        assert people._at.sessions.of(person.id) == ()
        assert flask.extensions["filing"] is site

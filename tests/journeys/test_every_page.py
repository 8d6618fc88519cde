"""Every page of every area: both languages, with scripts and without, for everybody.

The pages are found by following links (walk.py), so that a new one is looked at without
being named here. A route no link leads to stands in NAMED, or says in UNREACHED why.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest
import requests
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select, update

from examples.documents import AGENCIES
from filing.adapters.db.rows import metadata
from filing.app import Site
from filing.app.correction import SiteMending, corrections
from filing.app.custody import CustodyParts
from filing.app.desk import create_desk
from filing.app.notices import build as build_notices
from filing.app.pages import add_pages
from filing.app.people import create_people
from filing.config import Settings
from filing.errors import ChangedMeanwhile
from filing.model.custody import AuditState, Depth, Scope
from filing.model.desk import ActState, Remedy, Rewrite
from filing.model.notices import Wish
from filing.model.people import Person
from tests.custody.holding import flip
from tests.journeys.archive import PEOPLE, Staffed, a_staffed_archive, faulty, lawful
from tests.journeys.axe import plainly
from tests.journeys.browser import NARROW, WIDE, Window
from tests.journeys.walk import Found, Stop, routes, walk

#: Routes nothing on a page leads to by a link: who looks at which address below which.
NAMED = {
    "/submissions/<submission_id>/hand-in": ("/submissions/<submission_id>", "/hand-in"),
}
#: Routes that cannot be shown here, and why.
UNREACHED = {
    "/sign-in/code": "only between password and one-time code; the sign-in journey looks at it",
    "/sign-in/openid": "only where an outside provider is configured; it leads there at once",
    "/sign-in/openid/back": "only an outside provider leads here, and it leads on at once",
}
#: Turns the reading round, is no space, has no width, is a letter of no ink.
UNSEEN = "\u202e\u00a0\u200b\u3164"
#: Tables and columns with words that came from outside or were typed by somebody.
POISONED = (
    ("agency", "name"), ("person", "name"), ("record", "title"), ("desk_entry", "title"),
    ("desk_value", "value"), ("desk_member", "value"), ("desk_cause", "example"),
    ("desk_act", "reason"), ("setting_version", "reason"), ("credential", "label"),
    ("copy_request", "reason"), ("custody_finding", "place"), ("custody_finding", "reason"),
    ("person_session", "agent"), ("desk_filter", "name"), ("checkpoint", "note"),
)  # fmt: skip
#: The narrowest screen a page must fit.
NARROWEST = (360, 740)
#: What @page leaves of a sheet of A4, in pixels, and what rows of tables are shown as.
SHEET = (673, 1000)
_ROWS_ARE = """() => [...new Set([...document.querySelectorAll('table.list tbody tr')]
    .map((one) => getComputedStyle(one).display))].filter((one) => one !== 'table-row')"""
#: What can be wrong by the width alone, and by the colours alone.
LAYOUT = ("target-size", "scrollable-region-focusable")
COLOURS = ("color-contrast", "link-in-text-block")
#: Pages that are printed.
PRINTED = {
    "/submissions/<submission_id>/report", "/submissions/<submission_id>/receipt",
    "/records/<record_id>", "/notices/<number>", "/custody/audits/<audit_id>",
}  # fmt: skip
#: Sees least last: a page is looked at as the first of these who comes by it.
_ORDER = ("", "water", "clerk", "archivist", "system", "security", "auditor")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    """An archive with something on every page."""
    home = tmp_path_factory.mktemp("walk")
    with a_staffed_archive(home, webhook_networks="127.0.0.0/8") as staffed:
        slugs = ("title_too_long", "annex_not_in_the_zip", "date_in_words", "secrecy_not_in_list")
        staffed.send_all(faulty(slug, number) for number, slug in enumerate(slugs))
        staffed.send(faulty("zero_width_space_in_title", 9))
        staffed.send_all(faulty("secrecy_not_in_list", 10 + number) for number in range(3))
        staffed.send(lawful(20))
        site = Site(Settings.from_environ(staffed.served.environ))
        try:
            _act(site)
            _subscribe(site)
            _audit(site)
            _poison(site)
        finally:
            site.close()
        yield staffed


def _people(site: Site) -> Mapping[str, Person]:
    return {one.login: one for one in create_people(site).every()}


def _act(site: Site) -> None:
    """Correct a cause; one member at least gets its receipt, for the pages that show one."""
    own = corrections(site)
    desk = create_desk(site, SiteMending(own), lambda person, cause: True)
    clerk = _people(site)["clerk"]
    cause = next(one for one in desk.causes(clerk, "", "", 50) if "密级" in one.field)
    act = desk.begin_act(clerk, cause.id, Remedy(Rewrite.VALUE, value="公开"), "录入有误")
    until = time.monotonic() + 60
    while desk.act(clerk, act.id).state is ActState.RUNNING and time.monotonic() < until:
        time.sleep(0.2)


def _subscribe(site: Site) -> None:
    wish = Wish("webhook", "https://127.0.0.1:9/hook", ("receipt-issued",))
    build_notices(site).subscribing.subscribe(_people(site)["system"], AGENCIES[0].id, wish)


def _audit(site: Site) -> None:
    """Damage one record and let an audit find it, for the pages that show a finding."""
    site.check()
    flip(next(site.settings.store.rglob("report.json")), 99)
    keeping = CustodyParts(site).keeping
    audit = keeping.begin(None, Scope(depth=Depth.BYTES))
    with suppress(ChangedMeanwhile):  # the server may carry it on
        keeping.run(None, audit.id, lambda audit: None)
    until = time.monotonic() + 60
    while keeping.audit(None, audit.id).state is AuditState.RUNNING and time.monotonic() < until:
        time.sleep(0.2)
    assert keeping.audit(None, audit.id).damaged == 1


def _poison(site: Site) -> None:
    """Put what cannot be seen into everything that comes from outside or was typed by somebody."""
    with site.database.writing() as connection:
        for table, name in POISONED:
            column = metadata.tables[table].c[name]
            connection.execute(
                update(column.table).where(column != "").values({column: column + UNSEEN})
            )
        events = metadata.tables["event"]
        for one in connection.execute(select(events.c.number, events.c.detail)).all():
            detail = {
                name: value + UNSEEN if name in ("reason", "text", "label") else value
                for name, value in json.loads(one.detail).items()
            }
            where = update(events).where(events.c.number == one.number)
            connection.execute(where.values(detail=json.dumps(detail)))


@pytest.fixture(scope="module")
def app(archive: Staffed) -> Iterator[Flask]:
    """The application's routes; it serves nothing."""
    site = Site(Settings.from_environ(archive.served.environ))
    made = Flask("routes", static_folder=None)
    add_pages(made, site)
    yield made
    site.close()


@pytest.fixture(scope="module")
def found(archive: Staffed, app: Flask) -> Found:
    """Everything links lead to."""
    sessions = {login: _signed_in(archive, login) for login in _ORDER}
    try:
        return walk(app, archive.served.url, sessions)
    finally:
        for one in sessions.values():
            one.close()


def _signed_in(archive: Staffed, login: str) -> requests.Session:
    session = requests.Session()
    if login:
        page = session.get(f"{archive.served.url}/sign-in", timeout=60).text
        token = re.search(r'name="form_token" value="(.*?)"', page)
        form = {"login": login, "password": archive.passwords[login], "form_token": token[1]}
        assert session.post(f"{archive.served.url}/sign-in", data=form, timeout=60).ok
    return session


def test_no_link_leads_nowhere(found):
    assert found.broken == []


def test_what_cannot_be_seen_is_shown_wherever_it_stands(found):
    assert found.unseen == []
    assert found.marks > 100


def test_every_page_is_found_by_following_links(app, found):
    seen = set(found.pages) | set(found.other)
    assert set(PRINTED) - seen == set()
    assert routes(app) - seen - set(NAMED) - set(UNREACHED) == set()
    assert (set(NAMED) | set(UNREACHED)) - routes(app) == set()


def test_everybody_has_pages_of_their_own(found):
    assert {stop.login for stop in found.pages.values()} <= {"", *PEOPLE}
    assert len(found.pages) > 20


@pytest.mark.parametrize("login", _ORDER)
def test_every_page_can_be_read_by_everybody(archive, browser, found, mains, login):
    """axe on every page: each language, each width, each scheme, with scripts and without.

    What a page is without scripts is compared with what they made of it: where that is the
    same, axe need not see it twice. Whoever comes second to a route gets a look of their own
    where their page differs from everybody's before.
    """
    wrong = {}
    with archive.window(browser, login) as window:
        for stop in _seen_by(found, login):
            first = found.pages.get(stop.route, stop).login == login
            complaints = _in_chinese(window, stop, mains, first)
            if first:
                complaints += _in_english(window, stop)
            if complaints + window.complaints:
                wrong[stop.path] = complaints + window.complaints
            window.complaints.clear()
    assert wrong == {}


@pytest.fixture(scope="module")
def mains() -> set[str]:
    """What pages hold that axe has seen, whoever's they were."""
    return set()


def _in_chinese(window: Window, stop: Stop, mains: set[str], first: bool) -> list[str]:
    page = _open(window, stop.path, "zh")
    main = plainly(page.locator("main").inner_html())
    if main in mains:
        return window.too_wide()
    mains.add(main)
    wrong = [] if window.is_as_it_came() else window.look_as_it_came()
    page.evaluate(
        "() => document.querySelectorAll('.chart details').forEach((one) => one.open = true)"
    )
    # The colours of a route are seen with whoever comes to it first.
    wrong += window.look(but=() if first else COLOURS)
    if first and stop.route in PRINTED:
        page.emulate_media(media="print")
        wrong += window.look(COLOURS)
        _narrow(window, SHEET)
        wrong += window.too_wide()
        wrong += [f"a table is printed as {one}" for one in page.evaluate(_ROWS_ARE)]
        page.emulate_media(media="screen")
        _narrow(window, WIDE)
    _narrow(window, NARROW)
    wrong += window.look(LAYOUT)
    _narrow(window, NARROWEST)
    wrong += window.too_wide()
    _narrow(window, WIDE)
    return wrong


def _in_english(window: Window, stop: Stop) -> list[str]:
    page = _open(window, stop.path, "en")
    wrong = window.look(LAYOUT)
    _narrow(window, NARROW)
    page.emulate_media(color_scheme="dark")
    wrong += window.look()
    page.emulate_media(color_scheme="light")
    _narrow(window, NARROWEST)
    wrong += window.too_wide()
    _narrow(window, WIDE)
    return wrong


def _open(window: Window, path: str, lang: str) -> Page:
    page = window.open(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    said = page.locator("html").get_attribute("lang")
    assert said == ("zh-CN" if lang == "zh" else "en"), path
    assert page.locator("h1").count() == 1, path
    return page


def _narrow(window: Window, size: tuple[int, int]) -> None:
    window.page.set_viewport_size({"width": size[0], "height": size[1]})


@pytest.mark.parametrize("login", _ORDER)
def test_every_page_is_there_without_scripts(archive, browser, found, login):
    """Read as it comes, with JavaScript off, at every width."""
    wrong = {}
    with archive.window(browser, login, scripts=False) as window:
        for stop in _seen_by(found, login):
            if found.pages.get(stop.route, stop).login != login:
                continue
            _open(window, stop.path, "zh")
            complaints = [*window.too_wide()]
            for size in (NARROW, NARROWEST):
                _narrow(window, size)
                complaints += window.too_wide()
            _narrow(window, WIDE)
            if complaints + window.complaints:
                wrong[stop.path] = complaints + window.complaints
            window.complaints.clear()
    assert wrong == {}


def _seen_by(found: Found, login: str) -> list[Stop]:
    own = [stop for stop in found.stops if stop.login == login]
    below = {stop.route: stop.path for stop in own}
    named = [
        Stop(login, below[above] + more, route)
        for route, (above, more) in NAMED.items()
        if above in below and found.pages[above].login == login
    ]
    return [*own, *named]

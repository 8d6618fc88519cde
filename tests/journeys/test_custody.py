"""Custody in a real browser, on a served archive: an audit watched, damage found and healed.

Everything works without scripts; what is come by is held to the accessibility rules.
FILING_SHOTS names a folder to keep pictures in.
"""

import io
import os
import re
import time
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests

from filing.app import Site
from filing.app.copies import CopyParts
from filing.app.custody import CustodyParts
from filing.config import Settings
from filing.model.copies import Medium, Where
from tests.custody.holding import flip
from tests.journeys.archive import a_staffed_archive, lawful
from tests.journeys.browser import NARROW, WIDE

SHOTS = Path(os.environ["FILING_SHOTS"]) if "FILING_SHOTS" in os.environ else None


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Some records, a second copy of each, and damage of one that no audit has seen yet."""
    home = tmp_path_factory.mktemp("custody")
    with a_staffed_archive(home / "home") as found:
        for number in range(3):
            found.send(lawful(number))
        second = home / "second"
        second.mkdir()
        site = Site(Settings.from_environ(found.served.environ))
        try:
            site.check()
            copies = CopyParts(site, CustodyParts(site)).keeping
            copies.add(None, "second", Where(Medium.LOCAL, str(second)))
            copies.catch_up(None, "second", lambda standing: None)
            while copies.locations(None)[0].copied < 3:
                copies.catch_up(None, "second", lambda standing: None)
            flip(next(site.settings.store.rglob("report.json")), 99)
        finally:
            site.close()
        yield found


def shoot(window, name):
    if SHOTS:
        window.shot(SHOTS / f"{name}.png")


def await_end(page, scripts):
    """With scripts the part renews itself; without them the page does, or the reader."""
    ended, until = "#progress p .badge:has-text('已结束')", time.monotonic() + 120
    while not scripts and not page.locator(ended).count() and time.monotonic() < until:
        assert 'http-equiv="refresh"' in page.content() or page.locator(ended).count()
        page.reload()
    page.wait_for_selector(ended, timeout=120_000)


@pytest.mark.parametrize(
    ("scripts", "size"), [(False, NARROW), (True, WIDE)], ids=["plain", "scripts"]
)
def test_damage_is_found_compared_and_healed(archive, browser, scripts, size):
    """Without scripts first: whoever is second finds the damage healed, and a clean audit."""
    with archive.window(browser, "archivist", size, scripts) as window:
        page = window.open("/custody/audits?lang=zh")
        page.click("details.begin > summary")
        page.select_option("#depth", "bytes")
        page.click("form.begin p.actions button")
        page.wait_for_url(re.compile(r"/custody/audits/[0-9a-f-]{36}$"))
        address = page.url.removeprefix(archive.served.url)
        await_end(page, scripts)
        assert window.look() == []
        shoot(window, f"audit-{size[0]}")
        if scripts:
            assert page.locator("#progress p .badge").nth(1).inner_text() == "完好"
            assert page.locator(".badge:has-text('确认损坏')").count() == 0
            return
        page.click("a.title")
        assert window.look() == []
        page.click("form[action$='/compare'] button")
        assert page.locator(".differs").count() == 1
        assert page.locator("th .badge.good").count() == 1
        assert window.look() == []
        shoot(window, f"finding-{size[0]}")
        page.click("form[action$='/repair'] button")
        page.wait_for_url(re.compile("repaired=done"))
        assert page.locator(".notice.good").count() == 1
        assert window.look() == []
        page.click("dl a.code")
        page.wait_for_url(re.compile("/custody/records/"))
        assert page.locator(".badge:has-text('不成立')").count() == 0
        assert window.look() == []
        shoot(window, f"record-{size[0]}")
        window.open("/custody/repairs")
        page.click("section.repair details summary")
        assert window.look() == []
        window.open(address)
        cookies = {one["name"]: one["value"] for one in page.context.cookies()}
        report = page.locator("a[href*='format=csv']").get_attribute("href")
        answer = requests.get(archive.served.url + report, cookies=cookies, timeout=60)
        with ZipFile(io.BytesIO(answer.content)) as packed:
            assert "SHA256SUMS" in packed.namelist()


def test_a_sample_is_begun_with_the_keyboard_alone(archive, browser):
    with archive.window(browser, "archivist", WIDE) as window:
        page = window.open("/custody/audits?lang=zh")
        page.focus("details.begin > summary")
        page.keyboard.press("Enter")
        page.focus("#kind-sample")
        page.keyboard.press("Space")
        page.focus("form.begin p.actions button")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/custody/audits/[0-9a-f-]{36}$"))
        await_end(page, True)
        assert page.locator("text=抽样种子").count() == 1


def test_two_people_agree_to_retire_a_location(archive, browser):
    with archive.window(browser, "system", scripts=False) as window:
        page = window.open("/custody/locations?lang=zh")
        page.fill("[name=reason]", "设备到期")
        page.click("form.settings button")
        page.wait_for_url(re.compile("/custody/requests"))
        assert page.locator("text=须由他人复核").count() == 1
    with archive.window(browser, "security", NARROW, scripts=False) as window:
        page = window.open("/custody/requests?lang=zh")
        assert window.look() == []
        page.click("button:has-text('不同意')")
        assert page.locator(".life .badge:has-text('未同意')").count() == 1
        assert window.look() == []

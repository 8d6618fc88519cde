"""Notices and subscriptions in a real browser, in both languages, with scripts and without.

axe sees here what the walk over every page does not come by.
"""

import re
from pathlib import Path

import pytest

from filing.model.events import Kind
from tests.journeys.browser import NARROW, WIDE, a_window
from tests.notices.given import CITY
from tests.notices.receivers import Receiver, listening
from tests.notices.served import on_loopback, the_whole

SHOTS: Path | None = None


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with the_whole(tmp_path_factory.mktemp("notices") / "home") as made, on_loopback(made) as found:
        detail = {
            "reason": "题名与正文不一致",
            "text": "一、题名请改为正文标题。\n二、请补责任者𠀀。",
        }
        found.office.happen(*[Kind.RECEIPTED] * 60)
        found.office.happen(Kind.REJECTED, detail={"failed": ["GD-1-1", "GD-1-5"]})
        corrected = {"changes": 2, "fields": ["档号/保管期限", "内容描述/题名"], "reason": "笔误"}
        found.office.happen(Kind.CORRECTED, detail=corrected)
        found.office.happen(Kind.RETURNED, detail=detail)
        yield found


@pytest.mark.parametrize(("lang", "size", "scripts"), [("zh", WIDE, True), ("en", NARROW, False)])
def test_a_clerk_walks_through_the_notices(browser, whole, lang, size, scripts):
    with a_window(browser, whole.url, size, scripts) as window:
        window.sign_in("city-clerk", whole.passwords["city-clerk"])
        page = window.open(f"/notices?lang={lang}")
        assert page.locator("tbody tr").count() == 50
        shoot(window, f"notices-{lang}-{size[0]}")
        page.click("a[rel=next]")
        assert page.locator("tbody tr").count() == 13
        page.click("a[rel=prev]")
        page.click("tbody tr:first-child th a")
        assert page.locator("article.letter h1").inner_text() == (
            "退回通知" if lang == "zh" else "Return notice"
        )
        assert "𠀀" in page.locator(".letter .body").inner_text()
        assert window.look() == []
        shoot(window, f"notice-{lang}-{size[0]}")
        page.emulate_media(media="print")
        assert not page.locator("nav.areas").is_visible()
        shoot(window, f"notice-{lang}-{size[0]}-print")


@pytest.mark.parametrize(("lang", "size", "scripts"), [("zh", WIDE, True), ("en", NARROW, False)])
def test_two_offices_set_up_a_webhook(browser, whole, lang, size, scripts):
    with listening(Receiver()) as receiver:
        with a_window(browser, whole.url, size, scripts) as window:
            window.sign_in("system", whole.passwords["system"])
            page = window.open(f"/admin/subscriptions?lang={lang}")
            page.click(".page-head .button >> nth=0")
            page.select_option("[name=agency]", CITY)
            page.fill("[name=target]", "ftp://wrong.example/")
            page.click("main form .button >> nth=0")
            assert page.locator("[role=alert].bad").count() == 1
            assert window.look() == []
            page.fill("[name=target]", receiver.url)
            page.click("main form .button >> nth=0")
            page.wait_for_url(re.compile(r"/admin/subscriptions/[0-9a-f-]{36}"))
            address = page.url.removeprefix(whole.url)
        with a_window(browser, whole.url, size, scripts) as window:
            window.sign_in("security", whole.passwords["security"])
            page = window.open(f"{address.partition('?')[0]}?lang={lang}")
            page.click("form[action$='/secret'] button")
            assert page.locator("section.notice code").inner_text().startswith("whsec_")
            assert window.look() == []
            shoot(window, f"subscription-{lang}-{size[0]}")
            window.open(f"/admin/subscriptions?lang={lang}")
            shoot(window, f"subscriptions-{lang}-{size[0]}")


def shoot(window, name: str) -> None:
    """Keep a picture where somebody asked for them."""
    if SHOTS:
        window.shot(SHOTS / f"{name}.png")

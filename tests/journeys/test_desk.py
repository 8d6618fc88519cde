"""The desk as a clerk uses it: narrow the queue by keyboard, give work, mend a cause at once."""

import re

import pytest

from examples.documents import AGENCIES
from tests.journeys.archive import faulty

WATER, CULTURE = AGENCIES[0], AGENCIES[1]
#: What a cause of one wrong value has in these journeys.
MEMBERS = 200


@pytest.fixture(scope="module")
def rejects(staffed):
    """Rejects of two agencies: ids of the first agency's, and of the second's."""
    ours = staffed.send_all(faulty("title_too_long", number) for number in range(3))
    theirs = staffed.send_all(faulty("title_too_long", number, CULTURE.id) for number in range(2))
    return ours, theirs


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_clerk_narrows_the_queue_by_keyboard_alone(staffed, browser, rejects, scripts):
    _, theirs = rejects
    with staffed.window(browser, "clerk", scripts=scripts) as window:
        page = window.open("/desk")
        assert page.locator("[name=agency]").count() == 1
        # Without scripts there is no key for the search box; Tab leads there all the same.
        page.keyboard.press("/" if scripts else "Tab")
        for _ in range(30):
            if window.focused() == "agency":
                break
            page.keyboard.press("Tab")
        for _ in AGENCIES:
            page.keyboard.press("ArrowDown")
            if page.locator("[name=agency]").input_value() == CULTURE.id:
                break
        for _ in range(12):
            page.keyboard.press("Tab")
            if window.focused() == "筛选":
                break
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/desk?agency={CULTURE.id}")
        page.wait_for_selector(".chips")
        links = page.locator("table a.title")
        assert {one.get_attribute("href") for one in links.all()} == {
            f"/submissions/{one}" for one in theirs
        }
        assert window.look() == []


def test_keys_walk_the_list_select_and_lead_to_assignment(staffed, browser, rejects):
    with staffed.window(browser, "clerk") as window:
        page = window.open(f"/desk?agency={WATER.id}&code=GD-1-2")
        for key in "jxjxk":
            page.keyboard.press(key)
        assert page.locator("tr.here").count() == 1
        assert page.locator("[data-chosen]").inner_text() == "2"
        page.keyboard.press("a")
        assert window.focused().startswith("assignee")
        page.locator("#give-due").fill("2026-12-31")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("assigned=2"))
        assert page.locator(".notice.good").inner_text() == "已分派 2 项。"
        mine = window.open("/desk?assignee=me&due=2026-12-31")
        assert mine.locator("table a.title").count() == 2
        page.keyboard.press("j")
        first = page.locator("tr.here a.title").get_attribute("href")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/submissions/"))
        assert page.url.endswith(first)


def test_the_keys_are_shown_where_one_is(staffed, browser):
    with staffed.window(browser, "clerk") as window:
        page = window.open("/desk")
        page.keyboard.press("?")
        page.wait_for_selector("dialog[open]")
        assert page.locator("dialog[open] kbd").count() > 10
        assert window.look() == []
        page.keyboard.press("Escape")
        assert page.locator("dialog[open]").count() == 0
        page.keyboard.press("g")
        page.keyboard.press("c")
        page.wait_for_url(re.compile("/desk/causes"))


def test_a_filter_is_kept_under_a_name(staffed, browser, rejects):
    with staffed.window(browser, "archivist", scripts=False) as window:
        page = window.open("/desk?code=GD-1-2")
        page.locator("summary").click()
        page.fill("[name=name]", "过长的")
        page.click("text=保存")
        page.wait_for_selector(".saved")
        assert page.locator(".saved a[aria-current=page]").inner_text() == "过长的"
        page.click(".drop")
        assert page.locator(".saved").count() == 0


def test_another_agencys_entry_does_not_exist(staffed, browser, rejects):
    ours, theirs = rejects
    with staffed.window(browser, "culture") as window:
        page = window.open("/desk?state=all")
        shown = {one.get_attribute("href") for one in page.locator("table a.title").all()}
        assert shown == {f"/submissions/{one}" for one in theirs}
        assert page.locator("[name=agency]").count() == 0
        answer = page.goto(f"{window.url}/submissions/{ours[0]}")
        assert answer.status == 404
        assert window.look() == []


def test_a_cause_of_two_hundred_is_mended_in_one_act(staffed, browser):
    staffed.send_all(faulty("secrecy_not_in_list", 1000 + number) for number in range(MEMBERS))
    with staffed.window(browser, "clerk-2") as window:
        page = window.open("/desk/causes")
        row = page.locator("tr", has_text="密级").first
        assert row.locator(".open").inner_text().endswith(str(MEMBERS))
        row.locator("a.title").click()
        page.check("#rewrite-value")
        page.fill("#value", "公开")
        page.click("form.remedy button")
        page.wait_for_url(re.compile("/preview"))
        assert page.locator(".badge.good").count() > 0
        assert page.locator(".badge.bad").count() == 0
        assert window.look() == []
        page.fill("#reason", "录入时选错密级")
        page.click("form.apply button")
        page.wait_for_url(re.compile("/desk/acts/"))
        assert window.look() == []
        page.wait_for_selector("#progress .badge.good", timeout=240_000)
        figures = page.locator("#progress .figure strong").all_inner_texts()
        assert figures == [str(MEMBERS), "0", "0", "0"]
        # The rest of the page has come along with the figures.
        assert page.locator("dt", has_text="结束").count() == 1
        assert page.locator("text=到目前为止没有").count() == 0
        assert window.look() == []
        assert window.open("/desk/causes").locator("tr", has_text="密级").count() == 0
        window.open("/desk?state=receipted")
        assert page.locator("table a.title").count() > 0

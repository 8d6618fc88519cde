"""One rejected delivery put right by a clerk: with the keyboard, with a file, by two at once."""

import contextlib
import itertools
import json

from examples.ofd import make_ofd
from examples.pdf import make_pdf
from tests.journeys.archive import faulty

#: Numbers of the documents these journeys send; no two journeys send one.
NUMBERS = itertools.count(5000)
GREEN, RED = "#summary .notice.good", "#summary .notice.bad"


def sent(staffed, slug="empty_title", **more):
    return staffed.send(faulty(slug, next(NUMBERS), **more))


def tab_to(window, wanted, most=400):
    """Press Tab until the element ``wanted`` (a CSS selector) has the focus."""
    for _ in range(most):
        if window.page.evaluate("(css) => document.activeElement.matches(css)", wanted):
            return
        window.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


def test_a_reject_is_mended_by_keyboard_alone_and_the_receipt_says_so(staffed, browser):
    submission = sent(staffed)
    with staffed.window(browser, "clerk") as window:
        page = window.open(f"/submissions/{submission}")
        assert page.locator(RED).count() == 1
        tab_to(window, "#summary a")
        page.keyboard.press("Enter")
        # The link of the summary leads into the field itself.
        page.wait_for_selector("textarea[aria-invalid]:focus")
        page.keyboard.type("关于补正题名𠀀的通知")
        page.keyboard.press("Tab")
        page.wait_for_selector(GREEN)
        assert page.locator(".row.changed").count() == 1
        assert page.locator("[aria-invalid]").count() == 0
        assert window.look() == []
        tab_to(window, "[name=reason]")
        page.keyboard.type("题名漏填")
        page.keyboard.press("Enter")
        page.wait_for_url("**/receipt")
        assert page.locator(".deltas li").count() == 1
        assert "关于补正题名𠀀的通知" in page.locator(".deltas").inner_text()
        assert window.look() == []
        receipt = page.request.get(f"{window.url}/submissions/{submission}/receipt.json")
        said = json.loads(receipt.body())["receipt"]
        assert said["submission"] == submission
        assert [one["reason"] for one in said["statement"]["corrections"]] == ["题名漏填"]


def test_a_field_turns_green_when_it_is_left_and_what_is_typed_meanwhile_stays(staffed, browser):
    submission = sent(staffed)
    with staffed.window(browser, "clerk") as window:
        page = window.open(f"/submissions/{submission}")
        title = page.locator("textarea[aria-invalid]")
        title.fill("第一次")
        title.press("Tab")
        # At once on in another field, while the first is being examined.
        other = page.locator("input[data-live]:visible").nth(8)
        name = other.get_attribute("id")
        before = other.input_value()
        other.click()
        page.keyboard.press("End")
        page.keyboard.type("甲")
        page.wait_for_selector(GREEN)
        now = page.locator(f"#{name}")
        assert now.input_value() == f"{before}甲"
        assert page.evaluate("document.activeElement.id") == name
        now.press("Tab")
        page.wait_for_selector(".row.changed >> nth=1")
        assert page.url.endswith(submission)


def test_the_button_pressed_straight_from_a_field_calls_nobody_faster(staffed, browser):
    submission = sent(staffed)
    with staffed.window(browser, "clerk") as window:
        page = window.open(f"/submissions/{submission}")
        page.locator("textarea[aria-invalid]").click()
        page.keyboard.type("第一次")
        page.locator("#check").click()
        page.wait_for_selector(GREEN)
        assert page.locator(".clash").count() == 0
        assert page.locator(".row.changed textarea").input_value() == "第一次"


def test_a_change_is_taken_back_and_the_fault_stands_again(staffed, browser):
    submission = sent(staffed)
    with staffed.window(browser, "clerk", scripts=False) as window:
        page = window.open(f"/submissions/{submission}")
        page.locator("textarea[aria-invalid]").fill("题名")
        page.locator("#check").click()
        page.wait_for_selector(GREEN)
        page.locator("#draft button[name=number]").first.click()
        page.wait_for_selector(RED)
        assert page.locator(".row.changed").count() == 0


def test_two_clerks_at_one_record_the_second_is_told_and_nothing_is_lost(staffed, browser):
    submission = sent(staffed)
    with contextlib.ExitStack() as both:
        one = both.enter_context(staffed.window(browser, "clerk"))
        two = both.enter_context(staffed.window(browser, "clerk-2"))
        first, second = (each.open(f"/submissions/{submission}") for each in (one, two))
        first.locator("textarea[aria-invalid]").fill("甲的题名")
        first.keyboard.press("Tab")
        first.wait_for_selector(GREEN)
        second.locator("textarea[aria-invalid]").fill("乙的题名")
        second.keyboard.press("Tab")
        second.wait_for_selector(".clash")
        told = second.locator("main").inner_text()
        assert "甲的题名" in told
        assert "乙的题名" in told
        assert "clerk 样例" in told
        assert two.look() == []
        assert second.locator("[value=theirs]").is_checked()
        second.locator("[value=mine]").check()
        second.get_by_role("button", name="按所选保存").click()
        second.wait_for_selector(GREEN)
        assert second.locator(".row.changed textarea").input_value() == "乙的题名"
        # The first clerk hands in what is no longer what was seen, and is told too.
        first.fill("[name=reason]", "漏填")
        first.get_by_role("button", name="提交归档").click()
        first.wait_for_selector("text=别人刚刚也改了这一件")
        assert "漏填" in first.locator("main").inner_text()
        assert one.look() == []


def test_a_file_is_replaced_and_the_record_is_filed_with_it(staffed, browser, tmp_path):
    submission = sent(staffed, "ofd_without_its_document")
    better = tmp_path / "正文.ofd"
    better.write_bytes(make_ofd("补交的正文", ["第一段"]))
    with staffed.window(browser, "clerk") as window:
        page = window.open(f"/submissions/{submission}/files")
        assert window.look() == []
        wrong = page.locator(".file.wrong").first
        if not wrong.locator("details[open]").count():
            wrong.locator("summary").click()
        wrong.locator("input[type=file]").set_input_files(better)
        name = wrong.locator("h2").inner_text().strip()
        wrong.locator("form.upload button").click()
        page.wait_for_selector("#draft")
        # It keeps the name the metadata knows it by, for it is of the same kind.
        assert name.endswith(".ofd")
        assert name in page.locator(".file h2").all_inner_texts()
        page.goto(f"{window.url}/submissions/{submission}")
        page.wait_for_selector(GREEN)
        page.fill("[name=reason]", "换上完整的正文")
        page.keyboard.press("Enter")
        page.wait_for_url("**/receipt")
        page.get_by_role("link", name="馆藏档案").last.click()
        page.wait_for_url("**/records/**")
        assert window.look() == []


def test_a_file_that_is_missing_is_supplied_at_its_place(staffed, browser, tmp_path):
    submission = sent(staffed, "empty_annex")
    better = tmp_path / "附件.pdf"
    better.write_bytes(make_pdf("附件", ["第一段"]))
    with staffed.window(browser, "clerk", scripts=False) as window:
        page = window.open(f"/submissions/{submission}/files")
        missing = page.locator(".file", has=page.locator("h2 .badge.bad"))
        missing.locator("input[type=file]").set_input_files(better)
        missing.locator("form.upload button").click()
        page.wait_for_selector("#draft")
        assert page.locator("h2 .badge.bad").count() == 0
        page.goto(f"{window.url}/submissions/{submission}")
        assert page.locator(GREEN).count() == 1


def test_files_are_seen_before_they_are_judged(staffed, browser):
    submission = sent(staffed)
    with staffed.window(browser, "clerk") as window:
        page = window.open(f"/submissions/{submission}/files")
        links = [one.get_attribute("href") for one in page.get_by_role("link", name="预览").all()]
        assert links
        ways = set()
        for link in links:
            page = window.open(link)
            ways |= {"pdf"} if page.locator("iframe.shown").count() else set()
            ways |= {"ofd"} if page.locator(".tree").count() else set()
            assert window.look() == []
        assert ways == {"pdf", "ofd"}


def test_one_is_returned_with_a_notice_made_from_its_findings(staffed, browser):
    submission = sent(staffed)
    with staffed.window(browser, "clerk", scripts=False) as window:
        page = window.open(f"/submissions/{submission}")
        page.get_by_role("link", name="退回立档单位").click()
        assert "GD-2-4" in page.locator("#text").input_value()
        assert window.look() == []
        page.fill("#reason", "题名须由贵单位确定")
        page.get_by_role("button", name="预览").click()
        assert "题名须由贵单位确定" in page.locator(".letter").inner_text()
        assert window.look() == []
        page.get_by_role("button", name="确认退回").click()
        page.wait_for_selector(".notice.good")
        assert page.locator("form#form button").count() == 0
        assert "已退回" in page.locator(".page-head .badge").inner_text()
        assert page.get_by_role("link", name="退回立档单位").count() == 0


def test_another_agencys_record_does_not_exist(staffed, browser):
    submission = sent(staffed)
    with staffed.window(browser, "culture") as window:
        for part in ("", "/files", "/xml", "/history", "/report", "/return", "/receipt.json"):
            answer = window.page.request.get(f"{window.url}/submissions/{submission}{part}")
            # An agency's clerk returns nothing, whoever's it is.
            assert answer.status == (403 if part == "/return" else 404), part
    with staffed.window(browser, "water") as window:
        page = window.open(f"/submissions/{submission}")
        assert page.locator("#form").count() == 1
        assert page.get_by_role("link", name="退回立档单位").count() == 0


def test_what_cannot_be_mended_here_says_who_must_act(staffed, browser):
    submission = sent(staffed, "one_file_more_stated")
    with staffed.window(browser, "clerk") as window:
        page = window.open(f"/submissions/{submission}?lang=en")
        assert page.locator("#summary .acts").count() >= 1
        assert "agency" in page.locator("#summary .acts").first.inner_text()

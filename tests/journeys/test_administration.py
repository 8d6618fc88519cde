"""Administration in a real browser: two server processes, real database.

A change made on a page is tried first, judges the next delivery in every process, is put
back as a version, and its second author is told. Everything works without scripts.
"""

import time

import pytest

from examples.documents import AGENCIES
from tests.journeys.archive import a_staffed_archive, faulty, lawful

WATER = AGENCIES[0].id
AGENCY = f"/admin/agencies/{WATER}"
RULE = f"/admin/rules/scope?agency={WATER}"
MOST_SECONDS = 120


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with a_staffed_archive(tmp_path_factory.mktemp("administration"), workers="2") as found:
        for number in range(3):
            found.send(faulty("zero_width_space_in_title", number))
        found.send(lawful(20))
        yield found


def save(page, reason):
    page.fill("[name=reason]", reason)
    page.click("button[value=save]")


def decision(archive, number):
    answer = archive.served.post(lawful(number), "validations")
    return answer.json()["decision"]


def every_process(archive, number, wanted):
    """Ask until several answers in a row agree; several processes answer by turns."""
    until, agreed = time.monotonic() + MOST_SECONDS, 0
    while agreed < 8 and time.monotonic() < until:
        agreed = agreed + 1 if decision(archive, number) == wanted else 0
    return agreed == 8


def test_a_rule_is_tried_saved_in_force_everywhere_and_put_back(archive, browser):
    with archive.window(browser, "archivist", scripts=False) as window:
        page = window.open(RULE)
        page.select_option("[name=severity-GD-1-6]", "note")
        page.click("button[value=preview]")
        assert page.locator(".rehearsal .figure strong").first.inner_text() == "3"
        assert page.locator(".rehearsal tbody tr").count() == 3
        assert page.locator("[name=severity-GD-1-6]").input_value() == "note"
        assert window.look() == []
        page.select_option("[name=severity-GD-1-6]", "")
        page.select_option("[name='must-内容描述/摘要']", "required")
        save(page, "目录需要摘要")
        assert "done=1" in page.url
        assert "不调整时" in page.locator("thead").first.inner_text()
        assert every_process(archive, 30, "rejected")
        page.goto(window.url + f"/admin/versions/rules?owner={WATER}&key=/")
        assert "目录需要摘要" in page.locator("tbody").first.inner_text()
        page.goto(window.url + RULE)
        page.select_option("[name='must-内容描述/摘要']", "")
        save(page, "不再需要")
        assert every_process(archive, 30, "accepted")
        page.goto(window.url + f"/admin/versions/rules?owner={WATER}&key=/&from=2&to=1")
        page.fill("[name=reason]", "恢复第一版")
        page.click("main form button")
        assert every_process(archive, 30, "rejected")
        page.goto(window.url + RULE)
        page.select_option("[name='must-内容描述/摘要']", "")
        save(page, "收尾")
        assert every_process(archive, 30, "accepted")


def test_whoever_comes_second_is_told_and_keeps_what_was_typed(archive, browser):
    with (
        archive.window(browser, "system", scripts=False) as first,
        archive.window(browser, "system", scripts=False) as second,
    ):
        one, other = first.open(AGENCY), second.open(AGENCY)
        one.fill("[name=names]", "省水务样例厅\n省水务样例局\n省水利样例厅")
        save(one, "增加曾用名")
        other.fill("[name=name]", "另一名称")
        save(other, "更名")
        assert "他人" in other.locator(".notice.bad").inner_text()
        assert other.locator("[name=name]").input_value() == "另一名称"
        assert second.look() == []
        assert first.open(AGENCY).locator("[name=name]").input_value() == AGENCIES[0].name


def test_a_token_is_shown_once_opens_the_interface_and_is_revoked(archive, browser):
    with archive.window(browser, "security", scripts=False) as window:
        page = window.open(f"{AGENCY}/credentials")
        page.fill("[name=label]", "业务系统")
        page.fill("form.settings [name=reason]", "接入")
        page.fill("[name=last_day]", "2001-01-01")
        page.click("form.settings button")
        assert "已过" in page.locator(".notice.bad").inner_text()
        assert page.locator("[name=label]").input_value() == "业务系统"
        page.fill("[name=last_day]", "2999-12-31")
        page.click("form.settings button")
        token = page.locator("code.token").inner_text()
        assert window.look() == []
        call = {"Authorization": f"Bearer {token}"}
        assert archive.served.get("service", **call).status_code == 200
        assert token not in window.open(f"{AGENCY}/credentials").content()
        assert page.locator("td .badge").last.inner_text() == "有效"
        assert "最后有效日 2999年12月31日" in page.locator("td:has(.badge)").last.inner_text()
        page.locator("details summary").last.click()
        page.locator("details [name=reason]").last.fill("测试完毕")
        page.locator("details form button").last.click()
        assert page.locator("td .badge").last.inner_text() == "已吊销"
        until = time.monotonic() + MOST_SECONDS
        while archive.served.get("service", **call).status_code != 401:
            assert time.monotonic() < until


def test_words_of_a_notice_are_previewed_and_saved(archive, browser):
    with archive.window(browser, "archivist", scripts=False) as window:
        page = window.open("/admin/notice-texts/submission-returned")
        page.fill("[name=title-zh]", "退回：{archival_code}")
        page.click("button[value=preview]")
        assert "Z109-WS" in page.locator(".sample h3").first.inner_text()
        page.fill("[name=title-zh]", "退回：{nobody}")
        save(page, "错误")
        assert "{nobody}" in page.locator(".notice.bad").inner_text()
        page.fill("[name=title-zh]", "退回：{archival_code}")
        save(page, "简化标题")
        assert "done=1" in page.url


@pytest.mark.parametrize(
    ("login", "path"),
    [("auditor", "/admin/agencies"), ("system", "/admin/rules"), ("clerk", AGENCY),
     ("water", "/admin/notice-texts")],
)  # fmt: skip
def test_a_page_of_another_office_is_refused(archive, browser, login, path):
    with archive.window(browser, login) as window:
        answer = window.page.goto(window.url + path)
        assert answer is not None
        assert answer.status == 403

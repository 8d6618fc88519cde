"""The desk's pages over a fake desk: what is shown, what is asked of it, who may."""

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from filing.model.desk import Act, ActState, Filter, Remedy, Rewrite
from filing.model.submission import State
from tests.web.fakes import CAUSE, CITY, COUNTY, FakeDesk, a_site, entry, some_desk

PAGES = ["/desk", "/desk/causes", f"/desk/causes/{CAUSE.id}", "/desk/acts", "/desk/acts/a-1"]
PREVIEW = f"/desk/causes/{CAUSE.id}/preview"
BEGIN = f"/desk/causes/{CAUSE.id}/acts"
VALUE = {"form_token": "token", "rewrite": "value", "value": "定期30年"}


def a_client(made=None, login="clerk"):
    client = a_site(made).test_client()
    client.set_cookie("filing-session", login)
    return client


def text_of(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_the_desk_without_signing_in(path):
    answer = a_site().test_client().get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=/desk")


@pytest.mark.parametrize("path", PAGES)
def test_who_may_not_see_submissions_is_refused(path):
    assert a_client(login="auditor").get(path).status_code == 403


@pytest.mark.parametrize("path", ["/desk/assign", "/desk/filters", PREVIEW, BEGIN])
def test_a_form_without_its_token_changes_nothing(path):
    made = some_desk()
    assert a_client(made).post(path, data={"id": "s-0001", "name": "x"}).status_code == 403
    assert list(made.saved) == ["三月的"]


def test_the_queue_shows_each_entry_with_its_link_and_its_codes():
    page = text_of(a_client(FakeDesk((entry(7),))), "/desk")
    assert 'href="/submissions/s-0007"' in page
    assert "X043-WS·2025·D30-BGS-0007" in page
    assert "GD-1-5" in page


def test_what_stands_in_a_title_is_text():
    page = text_of(a_client(FakeDesk((entry(1, title="<script>alert(1)</script>"),))), "/desk")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_rare_characters_are_shown_as_they_are():
    assert "𠀀𪚥" in text_of(a_client(), "/desk")


def test_an_address_is_the_filter():
    made = FakeDesk()
    text_of(a_client(made), "/desk?q=通知&code=GD-1-5&assignee=me&from=2026-03-01&state=all")
    assert made.asked == [
        Filter(
            text="通知", code="GD-1-5", assignee="p-1", received_from=date(2026, 3, 1), states=()
        )
    ]


def test_a_mistake_in_the_filter_is_said_at_its_field_and_nothing_is_asked():
    made = FakeDesk()
    answer = a_client(made).get("/desk?from=yesterday")
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert 'href="#from"' in page
    assert 'aria-invalid="true"' in page
    assert made.asked == []


def test_each_narrowing_can_be_taken_away_alone():
    page = text_of(a_client(), "/desk?q=通知&state=returned")
    assert 'href="/desk?state=returned"' in page
    assert 'href="/desk?q=%E9%80%9A%E7%9F%A5"' in page


def test_pages_follow_each_other_under_the_same_filter():
    client = a_client()
    first = text_of(client, "/desk?q=通知")
    following = re.search(r'rel="next" href="(.*?)"', first)[1].replace("&amp;", "&")
    assert following == "/desk?q=%E9%80%9A%E7%9F%A5&page=50"
    assert 'rel="prev"' in text_of(client, following)


def test_an_agencys_clerk_is_offered_no_other_agency():
    page = text_of(a_client(login="city"), "/desk")
    assert 'name="agency"' not in page
    assert "县教育局" not in page


@pytest.mark.parametrize(
    ("chosen", "words"), [("", "一切都已处理"), ("?q=没有这样的", "没有符合条件的归档提交")]
)
def test_an_empty_queue_says_why(chosen, words):
    assert words in text_of(a_client(FakeDesk()), f"/desk{chosen}")


def test_several_are_given_to_somebody_in_one_act():
    made = some_desk()
    form = {"form_token": "token", "id": ["s-0004", "s-0005", "s-0004"], "assignee": "p-2",
            "due": "2026-03-31", "back": "/desk?q=通知"}  # fmt: skip
    answer = a_client(made).post("/desk/assign", data=form)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/desk?q=%E9%80%9A%E7%9F%A5&assigned=2"
    changed = [one for one in made.entries if one.due == date(2026, 3, 31)]
    assert [(one.submission_id, one.assignee) for one in changed] == [
        ("s-0004", "p-2"), ("s-0005", "p-2"),
    ]  # fmt: skip
    assert "已分派 2 项" in text_of(a_client(made), answer.headers["Location"])


@pytest.mark.parametrize(
    "form", [{}, {"id": ["s"], "due": "soon"}, {"id": [f"s-{one}" for one in range(201)]}]
)
def test_what_cannot_be_assigned_is_refused_with_a_sentence(form):
    answer = a_client().post("/desk/assign", data={"form_token": "token", **form})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/sign-out", "/desk\\@x", ""]
)
def test_one_comes_back_to_the_queue_and_nowhere_else(back):
    form = {"form_token": "token", "id": "s-0004", "back": back}
    answer = a_client().post("/desk/assign", data=form)
    assert answer.headers["Location"] == "/desk?assigned=1"


def test_a_filter_is_saved_shown_and_dropped():
    made = FakeDesk()
    client = a_client(made)
    form = {"form_token": "token", "name": " 我的  筛选 ", "q": "通知", "assignee": "me"}
    assert client.post("/desk/filters", data=form).status_code == 303
    assert made.saved["我的 筛选"].filter == Filter(text="通知", assignee="p-1")
    page = text_of(client, "/desk?assignee=me&q=通知")
    assert 'aria-current="page">我的 筛选' in page
    client.post("/desk/filters/drop", data={"form_token": "token", "name": "我的 筛选"})
    assert made.saved == {}


@pytest.mark.parametrize("name", ["", "  ", "a" * 61, "a\x00b"])
def test_a_saved_filter_needs_a_name(name):
    made = FakeDesk()
    form = {"form_token": "token", "name": name}
    assert a_client(made).post("/desk/filters", data=form).status_code == 400
    assert made.saved == {}


def test_causes_say_how_many_and_what():
    page = text_of(a_client(), "/desk/causes")
    assert "1,842 件未通过" in page
    assert "1 个原因" in page
    assert f'href="/desk/causes/{CAUSE.id}"' in page


def test_a_cause_of_another_agency_does_not_exist():
    made = some_desk()
    made.found[CAUSE.id] = replace(CAUSE, agency_id=COUNTY)
    assert a_client(made, "city").get(f"/desk/causes/{CAUSE.id}").status_code == 404


def test_a_cause_that_cannot_be_mended_here_says_so_and_offers_nothing():
    made = some_desk()
    made.found[CAUSE.id] = replace(CAUSE, mendable=False)
    page = text_of(a_client(made), f"/desk/causes/{CAUSE.id}")
    assert "不能批量更正" in page
    assert 'name="rewrite"' not in page


def test_a_cause_all_of_whose_rejects_were_dealt_with_offers_nothing():
    made = some_desk()
    made.found[CAUSE.id] = replace(CAUSE, open=0)
    page = text_of(a_client(made), f"/desk/causes/{CAUSE.id}")
    assert "这个原因的退件都已处理" in page
    assert 'name="rewrite"' not in page


def test_values_with_invisible_characters_show_them():
    assert 'class="unseen">␣</span>定期30年' in text_of(a_client(), f"/desk/causes/{CAUSE.id}")


def test_a_preview_shows_before_after_and_what_would_become_of_each():
    page = a_client().post(PREVIEW, data=VALUE).get_data(as_text=True)
    assert "<del>定期30</del>" in page
    assert "<ins>定期30年</ins>" in page
    assert "将通过" in page
    assert '<input type="hidden" name="value" value="定期30年">' in page


def test_a_remedy_that_says_nothing_is_asked_for_again_with_what_was_typed():
    form = {"form_token": "token", "rewrite": "replace", "put": "年"}
    answer = a_client().post(PREVIEW, data=form)
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert 'href="#search"' in page
    assert 'value="年"' in page


def test_an_act_needs_a_reason():
    made = some_desk()
    before = dict(made.kept_acts)
    answer = a_client(made).post(BEGIN, data={**VALUE, "reason": "  "})
    assert answer.status_code == 400
    assert 'href="#reason"' in answer.get_data(as_text=True)
    assert made.kept_acts == before


def test_an_act_begins_and_is_shown():
    made = some_desk()
    answer = a_client(made).post(BEGIN, data={**VALUE, "reason": "笔误"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/desk/acts/a-1"
    act = made.kept_acts["a-1"]
    assert (act.remedy, act.reason) == (Remedy(Rewrite.VALUE, value="定期30年"), "笔误")


def test_an_act_is_stopped_and_goes_on():
    made = some_desk()
    client = a_client(made)
    token = {"form_token": "token"}
    running = text_of(client, "/desk/acts/a-1")
    assert "hx-trigger" in running
    assert client.post("/desk/acts/a-1/stop", data=token).status_code == 303
    assert made.kept_acts["a-1"].state is ActState.STOPPED
    stopped = text_of(client, "/desk/acts/a-1")
    assert "hx-trigger" not in stopped
    assert "http-equiv" not in stopped
    assert client.post("/desk/acts/a-1/resume", data=token).status_code == 303
    assert client.post("/desk/acts/a-1/resume", data=token).status_code == 409


def test_what_an_act_left_over_is_linked():
    page = text_of(a_client(), "/desk/acts/a-1")
    assert 'href="/submissions/s-0002"' in page
    assert "700" in page


@pytest.mark.parametrize("path", ["/desk/acts", "/desk/acts/a-1"])
def test_who_began_an_act_is_not_said_to_have_been_given_it(path):
    page = text_of(a_client(), f"{path}?lang=en")
    assert "Begun by" in page
    assert "Assigned to" not in page


def stopped():
    made = some_desk()
    made.stop_act(None, "a-1")
    return a_client(made)


def test_what_an_act_put_right_is_listed_when_the_page_stands_still():
    page = text_of(a_client(), "/desk/acts/a-1")
    assert 'href="/submissions/s-0010"' not in page
    assert "结束或停止后列在这里" in page


def test_what_an_act_put_right_is_linked_page_by_page():
    client = stopped()
    page = text_of(client, "/desk/acts/a-1?page=s-0001")
    assert 'href="/submissions/s-0010"' in page
    assert 'href="/submissions/s-0010/receipt"' in page
    (onward,) = re.findall(r'rel="next" href="([^"#]*)#filed"', page)
    behind = text_of(client, unescape(onward))
    assert 'href="/submissions/s-0062"' in behind
    assert 'rel="next"' not in behind
    assert 'href="/desk/acts/a-1?page=s-0001#filed"' in behind


@pytest.mark.parametrize("path", [f"/desk/causes?agency={CITY}", "/desk/acts/a-1?filed=s-0002"])
def test_a_list_that_only_goes_on_leads_back_to_its_beginning_and_calls_it_so(path):
    client = stopped()
    first = text_of(client, path)
    assert 'rel="start"' not in first.partition("更正后已接收的")[0]
    later = text_of(client, f"{path}&page=s-0001")
    assert 'rel="prev"' not in later
    back = re.search(r'rel="start" href="([^"#]*)[^>]*>回到开头<', later)
    assert unescape(back[1]) == path


def test_states_and_acts_there_are_all_have_a_name():
    assert isinstance(some_desk().kept_acts["a-1"], Act)
    page = text_of(a_client(), "/desk?state=all")
    assert str(State.REJECTED) not in re.sub(r'value="\w+"', "", page)
    assert CITY in page


def test_what_a_check_saw_is_not_offered_as_a_value():
    made = FakeDesk()
    (known,) = made.found.values()
    page = f"/desk/causes/{known.id}"
    assert 'id="rewrite-map"' in text_of(a_client(made), page)
    seen = replace(known, code="GD-1-6", reason="special-character", valued=False)
    made.found = {known.id: seen}
    shown = text_of(a_client(made), page)
    assert 'id="rewrite-map"' not in shown
    assert 'id="rewrite-replace"' in shown
    assert "检测所见（不是该项的值）" in shown
    assert '关<span class="unseen">U+200B</span>于的通知' in shown
    assert "所见：" in text_of(a_client(made), "/desk/causes")

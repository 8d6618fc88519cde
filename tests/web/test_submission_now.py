"""The record page says what stands now: in its head, in its history, and to who comes second."""

import io
import json
import re

import pytest

from filing.errors import WrongState
from filing.model.correction import Change, ChangeKind
from filing.model.events import MEANINGS, Kind
from filing.model.submission import State
from filing.services import EventView
from filing.web import event_details
from tests.web.fakes import AT
from tests.web.submission_fakes import ID, SECOND, SENDER, FakeDesk, a_site, bad, lawful

PAGE = f"/submissions/{ID}"
HEAD = {"Sec-Fetch-Site": "same-origin", "X-Form-Token": "token"}


@pytest.fixture
def opened(tmp_path):
    def open_(one):
        made = FakeDesk(one)
        client = a_site(made, tmp_path).test_client()
        client.set_cookie("filing-session", "clerk")
        return made, client

    return open_


def xpath_of(made, path):
    """Where a field stands in the document at hand."""
    package = made.examine(SECOND, ID).package
    return next(one.place.xpath for one in package.fields if one.path == path)


def by_another(made, path="内容描述/题名", after="乙改的题名"):
    """The second clerk changes a field."""
    change = Change(ChangeKind.SET, xpath_of(made, path), path, after=after)
    made.change(SECOND, ID, made.kept.version, (change,))


def heading(page):
    return re.search(r"<h1[^>]*>(.*?)</h1>", page)[1]


def code(page):
    return re.search(r'<dd id="head-code"[^>]*>(.*?)</dd>', page)[1]


def test_the_head_shows_title_and_code_as_the_draft_has_them(opened):
    made, client = opened(lawful())
    before = client.get(PAGE).get_data(as_text=True)
    assert heading(before) != made.entry_title
    by_another(made)
    by_another(made, "档号", "Z999-1")
    for part in ("", "/files", "/xml", "/history", "/report", "/hand-in", "/return"):
        page = client.get(f"{PAGE}{part}").get_data(as_text=True)
        assert heading(page) == "乙改的题名", part
        assert code(page) == "Z999-1", part
        assert "<title>乙改的题名" in page, part


@pytest.mark.parametrize("part", ["", "/report"])
def test_the_report_leads_to_the_rules_that_judged_it(opened, part):
    made, client = opened(bad("GD-2-4"))
    said = json.loads(made.examine(SECOND, ID).report)["rule_set"]
    page = client.get(f"{PAGE}{part}").get_data(as_text=True)
    assert f'<a href="/admin/rules/sets/{said["digest"]}">{said["version"]}</a>' in page


def test_a_title_that_is_empty_is_said_to_be_so(opened):
    _, client = opened(bad("GD-2-4", "empty_title"))
    assert heading(client.get(PAGE).get_data(as_text=True)) == "（无题名）"


def test_the_head_of_what_is_kept_shows_what_is_kept(opened):
    made, client = opened(lawful())
    made.state = State.RECEIPTED
    made.document = no_document
    page = client.get(f"{PAGE}/receipt").get_data(as_text=True)
    assert heading(page) == "题名"


def no_document(person, submission_id, corrected):
    raise WrongState("it was filed", "已归档")


@pytest.mark.parametrize(
    ("path", "form", "told"),
    [
        ("/files", {"member": "", "upload": "稿.pdf"}, "稿.pdf"),
        ("/files/remove", {"member": None}, "没有移除"),
        ("/take-back", {"number": "1"}, "没有撤销"),
        ("/hand-in", {"reason": "漏填"}, "漏填"),
    ],
)
def test_who_comes_second_is_told_by_name_what_was_changed_and_how_to_go_on(
    opened, path, form, told
):
    made, client = opened(lawful())
    by_another(made)
    member = next(iter(made.examine(SECOND, ID).package.contents())).member
    filled = {name: member if value is None else value for name, value in form.items()}
    if "upload" in filled:
        filled["upload"] = (io.BytesIO(b"%PDF-1.7"), filled["upload"])
    answer = client.post(
        f"{PAGE}{path}", data={"form_token": "token", "version": "0", **filled}, headers=HEAD
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert SECOND.name in page
    assert SECOND.id not in page
    assert "乙改的题名" in page
    assert told in page
    assert re.search(rf'<a class="button" href="{PAGE}(/files)?"', page)
    assert made.kept.version == 1
    assert made.told == []


def test_the_history_says_everything_in_the_language_of_the_page(opened):
    made, client = opened(lawful())
    made.history = lambda *_: tuple(
        EventView(number, ID, kind, AT, f"agency:{SENDER}", detail)
        for number, (kind, detail) in enumerate(
            [
                (Kind.REJECTED, {"failed": ["GD-2-4", "GD-1-4"]}),
                (Kind.ASSIGNED, {"assignee": SECOND.id, "due": "2026-03-09"}),
                (Kind.CORRECTED, {"changes": 2, "fields": ["档号"], "files": 0, "reason": "漏"}),
            ]
        )
    )
    page = client.get(f"{PAGE}/history").get_data(as_text=True)
    for said in ("未通过的检测项", "GD-2-4、GD-1-4", SECOND.name, "2026年3月9日", "更正处数"):
        assert said in page
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert not re.search(r">\s*(failed|assignee|due|changes|fields|files|reason)\b", table)
    page = client.get(f"{PAGE}/history?lang=en").get_data(as_text=True)
    assert "9 Mar 2026" in page
    assert "Failed checks" in page


@pytest.mark.parametrize("kind", list(Kind))
def test_everything_an_event_may_say_has_a_label(kind):
    assert [one for one in MEANINGS[kind].detail if one not in event_details._LABELS] == []

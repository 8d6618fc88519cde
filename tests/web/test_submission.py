"""The record page over HTTP, on one delivery: what it shows and what its forms do."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from examples.bad import FAULTS, sample
from filing.model.correction import ChangeKind
from filing.model.package import Form
from filing.model.submission import State
from tests.web.submission_fakes import ID, RECORD, FakeDesk, a_site, bad, lawful

PAGE = f"/submissions/{ID}"
HEAD = {"Sec-Fetch-Site": "same-origin", "X-Form-Token": "token"}


@pytest.fixture
def opened(tmp_path):
    def open_(one, login="clerk"):
        made = FakeDesk(one)
        client = a_site(made, tmp_path).test_client()
        client.set_cookie("filing-session", login)
        return made, client

    return open_


def field(page: str, label: str) -> tuple[str, str]:
    """(id, name) of the first control with this label."""
    found = re.search(rf'<label for="(f-[0-9a-f]+)">{label}.*?name="(v-[^"]+)"', page, re.DOTALL)
    assert found, label
    return found[1], found[2]


def version(page: str) -> str:
    return re.search(r'name="version" value="(\d+)"', page)[1]


def post(client, path, **form):
    return client.post(path, data={"form_token": "token", **form}, headers=HEAD)


def test_the_page_shows_report_and_form_with_every_fault_at_its_field(opened):
    _, client = opened(bad("GD-1-4"))
    page = client.get(PAGE)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "关于" in text
    told = re.findall(r'<li><a href="#(f-[0-9a-f]+)">', text)
    assert told
    assert f'id="{told[0]}"' in text
    assert 'aria-invalid="true"' in text
    assert "GD-1-4" in text
    assert text.count('class="property"') == 4


def test_the_report_says_how_to_print_it_and_each_thing_once(opened):
    _, client = opened(bad("GD-1-4"))
    text = client.get(f"{PAGE}/report").get_data(as_text=True)
    assert f'href="{PAGE}/report"' not in text
    assert "用浏览器的打印功能" in text
    said = re.findall(r"<td data-name=\"说明\">(.*?)</td>", text, re.S)
    told = [re.findall(r"<p>(.*?)</p>", one, re.S) for one in said]
    assert any(told)
    assert not any(other.startswith(one[0]) for one in told for other in one[1:])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["", "/report", "/history", "/files", "/xml", "/hand-in", "/receipt", "/return"]
)
def test_every_page_is_there_in_both_languages(opened, path, lang):
    _, client = opened(bad("GD-2-4"))
    page = client.get(f"{PAGE}{path}?lang={lang}")
    assert page.status_code == 200
    assert "script-src" in page.headers["Content-Security-Policy"] or (
        "default-src 'self'" in page.headers["Content-Security-Policy"]
    )
    assert "<script>" not in page.get_data(as_text=True)


def test_what_is_typed_goes_to_the_draft_and_the_fault_is_gone(opened):
    made, client = opened(bad("GD-2-4"))
    page = client.get(PAGE).get_data(as_text=True)
    wrong = re.search(r'<li><a href="#(f-[0-9a-f]+)">', page)[1]
    name = re.search(rf'id="{wrong}" name="([^"]+)"', page)[1]
    answer = post(client, f"{PAGE}/changes", version="0", **{name: "补上的内容"})
    assert answer.status_code == 303
    (only,) = made.kept.changes
    assert only.change.after == "补上的内容"
    after = client.get(PAGE).get_data(as_text=True)
    assert f'<a href="#{wrong}">' not in after
    assert "补上的内容" in after


def test_every_link_of_the_summary_leads_somewhere_whatever_is_wrong(tmp_path):
    leads = Counter()
    first = {fault.code: fault for fault in reversed(FAULTS) if not fault.code.startswith("ZX-4")}
    for fault in first.values():
        one = sample(fault)
        if one.form is not Form.EEP:
            continue
        client = a_site(FakeDesk(one), tmp_path).test_client()
        client.set_cookie("filing-session", "clerk")
        page = client.get(PAGE)
        assert page.status_code == 200, fault.slug
        text = page.get_data(as_text=True)
        summary = text.partition('id="summary"')[2].partition('id="draft"')[0]
        for link in re.findall(r'<li><a href="#([^"]+)"', summary):
            assert f'id="{link}"' in text, (fault.slug, link)
            leads[link[0]] += 1
    # Most lead to a field or a group of the form, the others to the report.
    assert leads["f"] + leads["g"] > leads["r"] > 0


def test_a_field_left_alone_is_no_change(opened):
    made, client = opened(bad("GD-2-4"))
    page = client.get(PAGE).get_data(as_text=True)
    shown = dict(re.findall(r'<input id="f-[0-9a-f]+" name="(v-[^"]+)" value="([^"<&]*)"', page))
    assert len(shown) > 20
    assert post(client, f"{PAGE}/changes", version="0", **shown).status_code == 303
    assert made.kept.changes == ()


def test_several_fields_are_one_save_and_missing_ones_are_added(opened):
    made, client = opened(lawful())
    page = client.get(PAGE).get_data(as_text=True)
    _, title = field(page, "题名")
    _, keyword = field(page, "关键词")
    post(client, f"{PAGE}/changes", version="0", **{title: "新题名", keyword: "水务"})
    kinds = [(one.change.kind, one.change.field) for one in made.kept.changes]
    assert kinds == [(ChangeKind.SET, "内容描述/题名"), (ChangeKind.ADD, "内容描述/关键词")]
    assert made.kept.version == 1


def test_one_more_of_a_group_is_asked_for_filled_in_and_taken_out(opened):
    made, client = opened(lawful())
    page = client.get(PAGE).get_data(as_text=True)
    key = re.search(r'name="add" value="([^"]*业务实体)"', page)[1]
    answer = post(client, f"{PAGE}/changes", version="0", add=key)
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    absent = re.findall(r'class="field row absent".*?name="(v-[^"]+)"', page, re.DOTALL)
    assert absent
    row = r'class="field row absent" id="(f-[0-9a-f]+)-row" data-part>\s*<div class="name">'
    labels = re.findall(rf"{row}<label[^>]*>业务行为", page)
    name = re.search(rf'id="{labels[0]}" name="([^"]+)"', page)[1]
    post(client, f"{PAGE}/changes", version="0", more=key, **{name: "归档"})
    (only,) = made.kept.changes
    assert only.change.kind is ChangeKind.ADD
    assert re.search(r"业务实体\[\d+\]/业务行为$", only.change.xpath)
    page = client.get(PAGE).get_data(as_text=True)
    last = re.findall(r'name="remove" value="([0-9a-f]+)">移除这一项“业务实体”', page)[-1]
    post(client, f"{PAGE}/changes", version="1", remove=last)
    assert made.kept.changes[-1].change.kind is ChangeKind.REMOVE


def test_what_may_not_be_corrected_has_no_control_and_says_why(opened):
    made, client = opened(lawful())
    page = client.get(PAGE).get_data(as_text=True)
    row = re.search(r'<label for="(f-[0-9a-f]+)">立档单位名称', page)[1]
    assert f'id="{row}" class="fixed"' in page
    assert f'id="{row}-lock"' in page
    forged = f"v-{row[2:]}-{'0' * 12}"
    post(client, f"{PAGE}/changes", version="0", **{forged: "别的单位"})
    assert made.kept.changes == ()


def test_who_comes_second_is_told_and_chooses(opened, tmp_path):
    made, client = opened(lawful())
    second = client.application.test_client()
    second.set_cookie("filing-session", "clerk-2")
    page = client.get(PAGE).get_data(as_text=True)
    _, title = field(page, "题名")
    _, paper = field(page, "责任者")
    post(second, f"{PAGE}/changes", version="0", **{title: "乙的题名"})
    answer = post(
        client, f"{PAGE}/changes", version="0", **{title: "甲的题名", paper: "甲的责任者"}
    )
    told = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "业务员乙" in told
    assert "乙的题名" in told
    assert "甲的题名" in told
    assert len(made.kept.changes) == 1
    names = re.findall(r'name="(v-[^"]+)" value="([^"]*)"', told)
    keep = {
        f"keep-{name[2:14]}": "theirs" if value == "甲的题名" else "mine" for name, value in names
    }
    post(client, f"{PAGE}/changes", version=version(told), **dict(names), **keep)
    assert [one.change.after for one in made.kept.changes] == ["乙的题名", "甲的责任者"]


def test_what_was_typed_and_stands_there_already_is_no_conflict(opened):
    """A field that is left is sent by itself; the button sends it again with the old version."""
    made, client = opened(lawful())
    page = client.get(PAGE).get_data(as_text=True)
    _, title = field(page, "题名")
    _, paper = field(page, "责任者")
    for _ in range(2):
        answer = post(client, f"{PAGE}/changes", version="0", **{title: "新题名"})
        assert answer.status_code == 303
    assert [one.change.after for one in made.kept.changes] == ["新题名"]
    both = {title: "新题名", paper: "新责任者"}
    assert post(client, f"{PAGE}/changes", version="0", **both).status_code == 409
    assert len(made.kept.changes) == 1


def test_a_form_of_many_long_fields_is_taken_whole(opened):
    made, client = opened(lawful())
    _, name = field(client.get(PAGE).get_data(as_text=True), "题名")
    rest = {f"v-{number:012x}-{'0' * 12}": "字" * 300 for number in range(400)}
    answer = post(client, f"{PAGE}/changes", version="0", **{name: "新题名"}, **rest)
    assert answer.status_code == 303
    assert [one.change.after for one in made.kept.changes] == ["新题名"]
    much = {f"v-{number:012x}-{'0' * 12}": "字" * 3000 for number in range(400)}
    assert post(client, f"{PAGE}/changes", version="1", **much).status_code == 413


def test_a_change_is_taken_back_and_all_are(opened):
    made, client = opened(lawful())
    for number, label in enumerate(("题名", "责任者")):
        _, name = field(client.get(PAGE).get_data(as_text=True), label)
        post(client, f"{PAGE}/changes", version=str(number), **{name: "改"})
    post(client, f"{PAGE}/take-back", version="2", number="1")
    assert [one.number for one in made.kept.changes] == [2]
    post(client, f"{PAGE}/take-back", version="3")
    assert made.kept.changes == ()
    assert post(client, f"{PAGE}/take-back", version="0", number="1").status_code == 409


def test_it_is_handed_in_with_a_reason_and_the_receipt_is_shown(opened):
    _, client = opened(lawful())
    assert post(client, f"{PAGE}/hand-in", version="0", reason=" ").status_code == 400
    answer = post(client, f"{PAGE}/hand-in", version="0", reason="笔误")
    assert answer.headers["Location"].endswith(f"{ID}/receipt")
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "三十年" in page
    assert f"/records/{RECORD}" in page
    receipt = client.get(f"{PAGE}/receipt.json")
    assert receipt.headers["Content-Disposition"].startswith("attachment")


def test_what_is_kept_has_its_description_in_the_record_and_is_not_handed_in_again(opened):
    made, client = opened(lawful())
    made.state = State.RECEIPTED
    page = client.get(PAGE).get_data(as_text=True)
    assert "无法读取" not in page
    assert re.search(f'本件已入库.*<a href="/records/{RECORD}">', page)
    page = client.get(f"{PAGE}/hand-in").get_data(as_text=True)
    assert "本件现在的状态不能提交" in page
    assert 'name="reason"' not in page


def test_what_was_returned_is_not_said_to_be_unreadable(opened):
    made, client = opened(lawful())
    made.state = State.RETURNED
    page = client.get(PAGE).get_data(as_text=True)
    assert "无法读取" not in page
    assert "本件现在没有可查看的著录" in page


def test_what_still_fails_comes_back_with_its_draft(opened):
    made, client = opened(bad("GD-2-4"))
    answer = post(client, f"{PAGE}/hand-in", version="0", reason="笔误")
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "仍未通过" in page
    assert made.state is State.REJECTED


def test_it_is_returned_with_the_findings_as_its_text(opened):
    made, client = opened(bad("GD-2-4"))
    page = client.get(f"{PAGE}/return").get_data(as_text=True)
    text = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1]
    assert "GD-2-4" in text
    lacking = post(client, f"{PAGE}/return", step="preview", reason="", text=text)
    assert lacking.status_code == 400
    preview = post(client, f"{PAGE}/return", step="preview", reason="缺项", text="请补上 <b>")
    assert "请补上 &lt;b&gt;" in preview.get_data(as_text=True)
    assert made.state is State.REJECTED
    done = post(client, f"{PAGE}/return", step="confirm", reason="缺项", text="请补上")
    assert done.status_code == 303
    assert made.told == [("returned", "缺项", "请补上")]
    assert client.get(done.headers["Location"]).status_code == 200


def test_who_must_act_is_told_until_it_was_returned(opened):
    made, client = opened(bad("GD-1-1"))
    assert 'class="acts"' in client.get(PAGE).get_data(as_text=True)
    made.state = State.RETURNED
    text = client.get(PAGE).get_data(as_text=True)
    assert "处问题妨碍接收" in text
    assert 'class="acts"' not in text


def test_another_agencys_delivery_does_not_exist(opened):
    _, client = opened(lawful(), "stranger")
    for path in (
        PAGE,
        f"{PAGE}/files",
        f"{PAGE}/xml",
        f"{PAGE}/receipt.json",
        f"/records/{RECORD}",
    ):
        assert client.get(path).status_code == 404
    assert post(client, f"{PAGE}/changes", version="0").status_code == 404
    assert client.get(f"{PAGE}/content?member=x").status_code == 404


def test_who_may_not_see_deliveries_is_told_so(opened):
    _, client = opened(lawful(), "auditor")
    assert client.get(PAGE).status_code == 403
    assert post(client, f"{PAGE}/changes", version="0").status_code == 403


def test_what_is_no_longer_rejected_is_shown_and_cannot_be_changed(opened):
    made, client = opened(bad("GD-2-4"))
    made.state = State.RETURNED
    page = client.get(PAGE).get_data(as_text=True)
    assert "保存并检测" not in page
    assert 'name="v-' not in page
    assert "GD-2-4" in page


@pytest.mark.parametrize("form", [{}, {"version": "x"}, {"version": "9" * 30}, {"version": "²"}])
def test_a_form_that_names_no_draft_is_refused(opened, form):
    _, client = opened(lawful())
    assert post(client, f"{PAGE}/changes", **form).status_code == 400
    assert post(client, f"{PAGE}/take-back", **form).status_code == 400


def test_a_form_from_elsewhere_changes_nothing(opened):
    made, client = opened(lawful())
    answer = client.post(f"{PAGE}/changes", data={"version": "0"})
    assert answer.status_code == 403
    assert made.kept.changes == ()


def test_a_document_that_cannot_be_read_says_so(opened):
    _, client = opened(replace(lawful(), body=b"<broken"))
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "没有著录表" in page.get_data(as_text=True)
    assert client.get(f"{PAGE}/xml").status_code == 200
    assert post(client, f"{PAGE}/changes", version="0").status_code == 400


def test_the_record_is_shown_with_what_was_corrected(opened):
    _, client = opened(lawful())
    page = client.get(f"/records/{RECORD}").get_data(as_text=True)
    assert "三十年" in page
    assert "&lt;b&gt;.pdf" in page
    assert client.get(f"/records/{RECORD}/proof").headers["Content-Type"] == "application/json"
    assert client.get("/records/none").status_code == 404


@pytest.mark.parametrize(
    ("lang", "name"), [("zh", "系统环境中是否安装杀毒软件检测"), ("en", "Virus scanner present")]
)
def test_what_waits_for_a_person_is_named_and_leads_to_the_report(opened, lang, name):
    _, client = opened(lawful())
    page = client.get(f"/records/{RECORD}?lang={lang}").get_data(as_text=True)
    assert f'href="{PAGE}#r-GD-4-1-1">{name}</a> <span class="code">GD-4-1</span>' in page

"""What a remedy makes of a value, and what it leaves alone."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.desk.causes import cause_of
from filing.desk.dates import normalised_date
from filing.desk.remedy import changes_for, checked, rewritten
from filing.errors import BadRequest
from filing.ingest.rejection import fault_of
from filing.model.desk import Cause, Remedy, Rewrite
from filing.model.digest import Digest
from filing.model.finding import Finding, Outcome, Place
from filing.model.package import Field, Form, Package

AT = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = "/电子文件元数据/文件实体块/文件实体"


@pytest.mark.parametrize(
    "text",
    ["2026-01-05", "2026-1-5", "2026/1/5", "2026.01.05", "20260105", "2026年1月5日", "2026年1月5号",
     " 2026 年 1 月 5 日 ", "２０２６／１／５", "二〇二六年一月五日", "二○二六年一月五日",
     "2026–1–5"],
)  # fmt: skip
def test_a_date_in_any_usual_writing(text):
    assert normalised_date(text) == "2026-01-05"


@pytest.mark.parametrize(
    ("text", "day"),
    [("二〇二六年十二月三十一日", "2026-12-31"), ("二〇二六年十月十日", "2026-10-10"),
     ("二〇二六年十一月二十日", "2026-11-20"), ("2024-2-29", "2024-02-29")],
)  # fmt: skip
def test_tens_and_leap_days(text, day):
    assert normalised_date(text) == day


@pytest.mark.parametrize(
    "text",
    ["5/1/2026", "1-5-26", "26-1-5", "2026-1", "2026年1月", "202615", "2026-02-30", "2025-2-29",
     "2026/1-5", "2026-1-5 09:00", "2026-01-05T09:00:00", "2026-13-01", "昨天", "", "2026-1-5日",
     "二六年一月五日", "0000-01-01", "2026 1 5", "x" * 100],
)  # fmt: skip
def test_what_could_be_two_dates_or_none_is_refused(text):
    assert normalised_date(text) is None


@given(st.dates(), st.sampled_from(["{0:04}-{1}-{2}", "{0:04}/{1:02}/{2}", "{0:04}年{1}月{2}日"]))
def test_every_day_comes_back(day, form):
    written = form.format(day.year, day.month, day.day)
    assert normalised_date(written) == day.isoformat()


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_a_date_or_nothing(text):
    found = normalised_date(text)
    assert found is None or date.fromisoformat(found)


@pytest.mark.parametrize(
    ("remedy", "before", "after"),
    [
        (Remedy(Rewrite.VALUE, value="永久"), "30年", "永久"),
        (Remedy(Rewrite.VALUE, value="永久"), "", "永久"),
        (Remedy(Rewrite.VALUE, value="永久"), "永久", None),
        (Remedy(Rewrite.REPLACE, value="·", search="•"), "Z109-WS•2025", "Z109-WS·2025"),
        (Remedy(Rewrite.REPLACE, value="·", search="•"), "Z109", None),
        (Remedy(Rewrite.MAP, mapping={"30年": "30年（D30）"}), "30年", "30年（D30）"),
        (Remedy(Rewrite.MAP, mapping={"30年": "D30"}), " 30年 ", "D30"),
        (Remedy(Rewrite.MAP, mapping={"30年": "D30"}), "10年", None),
        (Remedy(Rewrite.DATE), "2026/1/5", "2026-01-05"),
        (Remedy(Rewrite.DATE), "2026-01-05", None),
        (Remedy(Rewrite.DATE), "1/5/2026", None),
        (Remedy(Rewrite.TRIM), "\u3000水利\u200b厅\ufeff \n", "水利厅"),
        (Remedy(Rewrite.TRIM), "水利 厅", None),
    ],
)
def test_a_remedy_changes_what_it_is_for_and_nothing_else(remedy, before, after):
    assert rewritten(remedy, before) == after


@given(st.sampled_from([Rewrite.DATE, Rewrite.TRIM]), st.text(max_size=30))
def test_done_once_it_has_nothing_more_to_do(rewrite, text):
    after = rewritten(Remedy(rewrite), text)
    assert after is None or rewritten(Remedy(rewrite), after) is None


@pytest.mark.parametrize(
    "remedy",
    [Remedy(Rewrite.VALUE), Remedy(Rewrite.VALUE, value=" "), Remedy(Rewrite.REPLACE, value="x"),
     Remedy(Rewrite.REPLACE, value="x", search="x"), Remedy(Rewrite.MAP),
     Remedy(Rewrite.VALUE, value="x" * 5000),
     Remedy(Rewrite.MAP, mapping={str(n): "x" for n in range(51)})],
)  # fmt: skip
def test_a_remedy_that_does_not_say_what_to_do_is_refused(remedy):
    with pytest.raises(BadRequest):
        checked(remedy)


def a_finding(xpath, field, found="", code="GD-1-4", reason="not-in-list"):
    return Finding(code, Outcome.FAILED, Place("eep.xml", 3, xpath, field), reason, "", found)


def a_cause(finding):
    key = cause_of("city", fault_of(finding))
    return Cause(key.id, "city", "", key.code, key.reason, key.field, key.shape, "", "", 1, AT, AT)


def a_package(*fields):
    made = tuple(Field(path, text, Place(xpath=f"{ROOT}/{xpath}")) for path, xpath, text in fields)
    return Package(Form.EEP, Digest("sha256", bytes(32)), 1, None, fields=made)


def changed(finding, package, *others, remedy=None):
    remedy = remedy or Remedy(Rewrite.VALUE, value="公开")
    changes = changes_for(remedy, a_cause(finding), (finding, *others), package)
    return [(one.xpath.removeprefix(ROOT), one.field, one.before, one.after) for one in changes]


def test_the_value_at_the_place_of_the_fault_is_changed():
    finding = a_finding(f"{ROOT}/内容描述/密级", "内容描述/密级", "公开件")
    package = a_package(("内容描述/密级", "内容描述/密级", "公开件"))
    assert changed(finding, package) == [("/内容描述/密级", "内容描述/密级", "公开件", "公开")]


def test_a_missing_element_is_put_into_the_one_that_lacks_it():
    finding = a_finding(f"{ROOT}/内容描述", "内容描述/密级", reason="missing-element")
    assert changed(finding, a_package()) == [("/内容描述/密级", "内容描述/密级", None, "公开")]


def test_a_part_of_a_code_is_changed_and_not_the_code():
    finding = a_finding(f"{ROOT}/档号", "档号/保管期限", "Y", "GD-1-7", "part-differs")
    package = a_package(("档号", "档号", "Z109-1"), ("档号/保管期限", "档号/保管期限", "30年"))
    assert changed(finding, package) == [("/档号/保管期限", "档号/保管期限", "30年", "公开")]


def test_each_of_several_places_is_changed_and_those_of_other_causes_are_not():
    places = [f"{ROOT}/文件数据/文档[{n}]/题名" for n in (1, 2)]
    faults = [a_finding(one, "文件数据/文档/题名", "甲") for one in places]
    other = a_finding(f"{ROOT}/内容描述/题名", "内容描述/题名", "甲")
    package = a_package(*(
        ("文件数据/文档/题名", one.removeprefix(f"{ROOT}/"), "甲") for one in places
    ))  # fmt: skip
    found = changed(faults[0], package, faults[1], other)
    assert [one[0] for one in found] == ["/文件数据/文档[1]/题名", "/文件数据/文档[2]/题名"]


def test_a_fault_of_a_file_has_nothing_a_remedy_could_change():
    finding = a_finding(
        f"{ROOT}/文件数据/文档/编码", "附件1.pdf", "PDF", "GD-1-10", "format-differs"
    )
    assert changed(finding, a_package()) == []


def test_where_a_fault_could_mean_several_places_nothing_is_guessed():
    finding = replace(a_finding("", "文档序号"), code="GD-2-6")
    package = a_package(*(
        ("文档序号", f"文件数据/文档[{n}]/文档序号", "1") for n in (1, 2)
    ))  # fmt: skip
    assert changed(finding, package) == []

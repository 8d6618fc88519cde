from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.model.inspection import Format
from filing.rules.metadata_table import (
    _STRANGE,  # the law below compares the quick look with it
    is_ordinary,
    judge_fields,
    read_date,
)

from .cases import GOOD, RULES, TODAY, a_package, inspected

TABLE = RULES.table
FORMATS = RULES.formats


def codes(**values):
    paths = {path.rpartition("/")[2]: path for path in GOOD}
    package = a_package({paths[name]: value for name, value in values.items()})
    return set(judge_fields(package, TABLE, TODAY, frozenset()).by_code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-12", date(2026, 3, 12)),
        ("20260312", date(2026, 3, 12)),
        ("2026/3/12", date(2026, 3, 12)),
        ("2026年3月12日", date(2026, 3, 12)),
        ("2026-03-12T09:30:00+08:00", date(2026, 3, 12)),
        ("2026-03-12 09:30", date(2026, 3, 12)),
        ("2026-02-29", None),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-3", None),
        ("０２０６０３１２", None),
        ("2026-03-12T25:00:00", None),
        ("0000-01-01", None),
        ("", None),
    ],
)
def test_dates_are_read_in_the_forms_in_use(text, expected):
    assert read_date(text) == expected


@given(st.dates())
def test_every_date_reads_back(day):
    assert read_date(day.isoformat()) == day
    assert read_date(f"{day.year:04}年{day.month}月{day.day}日") == day


@given(st.text())
def test_no_text_makes_reading_a_date_raise(text):
    assert isinstance(read_date(text), date | None)


@pytest.mark.parametrize("text", ["龘靐齉", "〇", "𠮷野家", "Ａ１－Ｂ", "(试行)——甲、乙", "一\n二"])
def test_ordinary_and_rare_han_characters_are_not_special(text):
    assert codes(题名=text) == set()


@pytest.mark.parametrize("character", ["\u200b", "\ufeff", "\ue000", "\u202e", "\ufffd", "\x7f"])
def test_invisible_characters_are_special(character):
    assert codes(题名=f"通{character}知") == {"GD-1-6"}
    assert codes(责任者=character) == {"GD-1-6"}


def test_garbled_text_is_left_to_a_person():
    assert codes(题名="锟斤拷通知") == {"GD-1-6"}


def test_the_longest_title_is_one_of_five_hundred_characters():
    assert codes(题名="长" * 500) == set()
    assert codes(题名="长" * 501) == {"GD-1-2"}


def test_an_offline_medium_identifier_may_be_empty_but_must_stand():
    assert codes(脱机载体编号="") == set()
    package = a_package(without=("存储位置/脱机载体编号",))
    assert set(judge_fields(package, TABLE, TODAY, frozenset()).by_code) == {"GD-2-3"}


def test_a_time_with_a_zone_may_be_tomorrow_but_not_later():
    assert codes(封装包创建时间="2026-05-21T01:00:00+14:00") == set()
    assert codes(封装包创建时间="2026-05-22T01:00:00") == {"GD-1-5"}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("永久", "Y"),
        ("30年", "D30"),
        ("定期10年", "D10"),
        ("Y", "Y"),
        ("D10", "D10"),
        ("长期", ""),
        ("三十年", ""),
        ("D030", ""),
        ("D", ""),
    ],
)
def test_a_retention_period_has_its_code(written, code):
    assert TABLE.retention_code(written) == code


def test_the_table_numbers_each_element_of_the_standard():
    assert TABLE.elements["内容描述/密级"].number == "M38"
    assert TABLE.elements["档号/保管期限"].number == "M12"
    assert all(one.max > 0 for one in TABLE.elements.values())


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("格式名称：OFD，格式版本：1.1，MIME媒体类型：application/ofd", "ofd"),
        ("格式注册系统名称：PRONOM，注册ID：fmt/276", "pdf"),
        ("PDF", "pdf"),
        (".jpg", "jpeg"),
        ("application/pdf", "pdf"),
        ("某种格式", None),
        ("", None),
    ],
)
def test_a_declared_format_is_understood(text, family):
    found = FORMATS.declared(text)
    assert (found.name if found else None) == family


def test_no_puid_or_extension_belongs_to_two_families():
    for pick in ("puids", "extensions"):
        every = [one for family in FORMATS.families for one in getattr(family, pick)]
        assert len(every) == len(set(every))


def test_only_fixed_layout_formats_may_be_main_documents():
    assert {one.name for one in FORMATS.families if one.main} == {"ofd", "pdf"}


def test_a_format_the_table_lacks_is_not_identified():
    odd = inspected(format=Format("fmt/1", "Broadcast WAVE", "", "", "pronom"))
    assert FORMATS.identified(odd) is None
    assert FORMATS.identified(inspected(format=None)) is None


@given(
    st.text(st.characters(codec=None))
    | st.text("好 a锟斤拷烫屯ï»¿\ufffd\ufffc\u200b\t\n", max_size=8)
)
def test_text_that_looks_ordinary_is_ordinary(text):
    assert not is_ordinary(text) or _STRANGE.search(text) is None


def test_no_character_is_ordinary_and_strange():
    strange = [chr(one) for one in range(0x110000) if _STRANGE.search(chr(one))]
    assert not any(is_ordinary(one) for one in strange)
    assert is_ordinary("关于印发《办法》的通知（鄂办〔2026〕1号） a-1 😀")


@pytest.mark.parametrize(("kind", "examples"), list(TABLE.types.items()))
def test_what_a_type_is_shown_to_look_like_is_of_that_type(kind, examples):
    path = next(path for path, one in TABLE.elements.items() if one.type == kind)
    for example in examples.split(" / "):
        found = judge_fields(a_package({path: example}), TABLE, TODAY, frozenset())
        assert "GD-1-3" not in found.by_code


def test_every_type_has_examples():
    assert {one.type for one in TABLE.elements.values()} - {"text"} == set(TABLE.types)

"""Ids sort by time; a 档号 is read by the rule of its form, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.model.identifiers import ArchivalCode, new_id

moments = st.integers(0, 2**48 - 1)
randomness = st.binary(min_size=10, max_size=10)


def test_an_id_is_the_one_the_specification_shows():
    """RFC 9562, appendix A.6."""
    given = bytes.fromhex("0cc3" + "18c4dc0c0c07398f")
    assert new_id(0x017F22E279B0, given) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(moments, moments, randomness, randomness)
def test_ids_sort_by_the_time_they_were_given(first, second, some, other):
    if first < second:
        assert new_id(first, some) < new_id(second, other)


def test_too_little_randomness_is_refused():
    with pytest.raises(ValueError, match="10 random bytes"):
        new_id(0, b"short")


@pytest.mark.parametrize(
    ("text", "form", "parts"),
    [
        ("Z109-WS·2011-Y-BGS-0001", "dat22", ("Z109", "WS", 2011, "Y", "BGS", 1, ())),
        ("Z109-WS·2011·Y·办公室-0001", "dat13", ("Z109", "WS", 2011, "Y", "办公室", 1, ())),
        ("Z008-WS·2019·Y-037", "dat13", ("Z008", "WS", 2019, "Y", "", 37, ())),
        ("C015-WY·TZGG·2019·D10-00001", "dat13", ("C015", "WY", 2019, "D10", "", 1, ("TZGG",))),
    ],
)
def test_codes_as_the_standards_show_them_are_read(text, form, parts):
    """DA/T 22-2015 and DA/T 13-2022, their examples of items."""
    found = ArchivalCode.parse(text)
    assert found == ArchivalCode(form, *parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Z109-WS•2011-Y-BGS-0001",  # a bullet, not U+00B7
        "Z109-WS·2011-Y-BGS-0001\n",
        "z109-WS·2011-Y-0001",
        "Z109-WS·2011-X10-0001",
        "Z109-WS·2011-Y-٠٠٠١",
    ],
)
def test_what_only_looks_like_a_code_is_refused(text):
    with pytest.raises(ValueError, match="not an item-level archival code"):
        ArchivalCode.parse(text)


def test_a_code_is_read_only_by_the_forms_asked_for():
    with pytest.raises(ValueError, match="dat13"):
        ArchivalCode.parse("Z109-WS·2011-Y-BGS-0001", ("dat13",))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Z109-WS·2011-Y-BGS-0011", "Z109-WS·2011-Y-BGS-0011"),
        ("Z109-WS·2011-Y-BGS-011", "Z109-WS·2011-Y-BGS-0011"),
        ("Z109-WS·2011-Y-BGS-00011", "Z109-WS·2011-Y-BGS-0011"),
        ("Z109-WS·2011-D30-12345", "Z109-WS·2011-D30-12345"),
        ("Z109-WS·2011-D30-012345", "Z109-WS·2011-D30-12345"),
        ("Z109-WS·2011·Y-011", "Z109-WS·2011·Y-011"),
        ("Z109-WS·2011·Y-00011", "Z109-WS·2011·Y-00011"),
    ],
)
def test_an_item_number_has_four_digits_by_da_t_22_and_any_by_da_t_13(text, right):
    assert ArchivalCode.parse(text).rightly_padded(text) == right

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.evidence.canonical import (
    GREATEST,
    MAX_DEPTH,
    assembled,
    canonical,
    listed,
    number,
    parse,
    string,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-GREATEST, GREATEST) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


def test_keys_are_sorted_as_in_the_published_example():
    """RFC 8785, section 3.2.3: the emoji sorts before U+FB33 by its UTF-16 units."""
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical(value))) == order


def test_strings_and_literals_are_written_as_in_the_published_example():
    """RFC 8785, sections 3.2.2 and 3.2.4, without its fractions."""
    value = {"string": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]}
    expected = '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(value) == expected.encode()


def test_every_control_character_has_its_one_escape():
    """RFC 8785, section 3.2.2.2."""
    written = canonical("".join(map(chr, range(0x20))) + "\x7f").decode()
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}
    assert written == '"' + "".join(short.get(one, f"\\u{one:04x}") for one in range(32)) + '\x7f"'


@given(values)
def test_what_is_written_reads_back_the_same(value):
    assert parse(canonical(value)) == value


@given(st.dictionaries(st.text(), st.integers(0, 9)))
def test_keys_stand_in_utf16_order(value):
    keys = list(json.loads(canonical(value)))
    assert keys == sorted(value, key=lambda key: key.encode("utf-16-be"))


def deep(levels):
    value = "bottom"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1.0, "float"),
        ([{"a": 0.5}], "float"),
        (GREATEST + 1, "beyond"),
        (-GREATEST - 1, "beyond"),
        ("\ud800", "surrogate"),
        ({"\udc00": 1}, "surrogate"),
        ({1: "a"}, "int cannot name"),
        ({None: "a"}, "NoneType cannot name"),
        (b"bytes", "bytes"),
        ({"a"}, "set"),
        (deep(MAX_DEPTH + 1), "deeper"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value, why):
    with pytest.raises(ValueError, match=why):
        canonical(value)


def test_the_deepest_value_allowed_is_written():
    assert parse(canonical(deep(MAX_DEPTH))) == deep(MAX_DEPTH)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'"\\u0041"',
        b'"\\/"',
        b"1.0",
        b"1e3",
        b"-0",
        b"NaN",
        b"01",
        b" 1",
        b"1\n",
        b'"\xff"',
        b"\xef\xbb\xbf1",
        b'"\\ud800"',
        b"[" * 100_000,
        b"9" * 5000,
    ],
)
def test_other_bytes_for_a_value_are_refused(content):
    with pytest.raises(ValueError, match=r"JSON|number|surrogate|deeper|float"):
        parse(content)


names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1)


def put_together(value):
    if isinstance(value, str):
        return string(value)
    if isinstance(value, int):
        return number(value)
    if isinstance(value, list):
        return listed(put_together(one) for one in value)
    return assembled({name: put_together(one) for name, one in value.items()})


@given(
    st.recursive(
        st.integers(-GREATEST, GREATEST) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=15,
    )
)
def test_what_is_put_together_from_parts_is_the_same(value):
    assert put_together(value) == canonical(value)


@pytest.mark.parametrize("part", [lambda: string("\ud800"), lambda: number(GREATEST + 1)])
def test_a_part_that_has_no_canonical_form_is_refused(part):
    with pytest.raises(ValueError, match="no canonical form"):
        part()

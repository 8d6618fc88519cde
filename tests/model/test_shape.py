"""Values mistyped in one way have one shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.model.shape import FREE_TEXT, MAX_PARTS, shape_of

texts = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("", ""),
        ("30年", "9文"),
        ("2026/1/5", "9/9/9"),
        ("2026-01-05", "9-9-9"),
        ("2026年1月5日", "9文9文9文"),
        ("Z109-WS·2025-Y-BGS-0001", "X-A·9-A-A-9"),
        ("a18eca4813a5", "X"),
        ("长期 ", "文␣"),
        (" 长期\u3000\t", "␣文␣"),
        ("永久\u200b", "文◌"),
        ("𠀀村", "文"),
        ("三十年", "文"),
        ("30 years", "9␣A"),
        ("---", "-"),
    ],
)
def test_shapes_known(value, shape):
    assert shape_of(value) == shape


@given(texts)
def test_a_shape_is_short_and_always_the_same(value):
    assert len(shape_of(value)) <= MAX_PARTS
    assert shape_of(value) == shape_of(value)


@given(st.integers(0, 10**12), st.integers(0, 10**12), texts)
def test_a_number_may_be_any_other_number(one, other, rest):
    assert shape_of(f"-{one}-{rest}") == shape_of(f"-{other}-{rest}")


@given(st.from_regex(r"\A[甲-癸]{1,40}\Z"), st.from_regex(r"\A[甲-癸]{1,40}\Z"))
def test_words_of_ideographs_have_one_shape(one, other):
    assert shape_of(one) == shape_of(other) == "文"


@given(texts)
def test_an_empty_value_shares_its_shape_with_no_other(value):
    assert (shape_of(value) == "") == (value == "")


def test_free_text_has_no_shape_of_its_own():
    assert shape_of("1,a;" * 50) == FREE_TEXT
    assert shape_of("文" * 401) == FREE_TEXT

"""What a text can be found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.desk.words import normalised, words_of


def finds(query, text):
    return set(words_of(normalised(query))) <= set(words_of(normalised(text)))


@pytest.mark.parametrize(
    "query", ["通知", "水库", "关于印发水库", "２０２５", "z109", "bgs", "Z109-WS·2025-Y-BGS-0001"]
)
def test_found_by_words_of_two_ideographs_and_by_runs(query):
    assert finds(query, "关于印发水库管理办法的通知 Z109-WS·2025-Y-BGS-0001")


def test_a_rare_ideograph_is_found():
    assert finds("𠀀村", "关于𠀀村水利的批复")


@given(st.text(st.sampled_from("关于印发水库通知"), min_size=2), st.data())
def test_any_part_of_two_ideographs_or_more_is_found(text, data):
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 2, len(text)))
    assert finds(text[start:end], text)


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_normalising_twice_changes_nothing_more_for_the_words(text):
    once = normalised(text)
    assert words_of(normalised(once)) == words_of(once)
    assert all(0 <= one < 2**31 for one in words_of(once))

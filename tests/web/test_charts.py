"""Charts: what is drawn is what the table says, and nothing stands inline."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.web.charts import Series, bar, columns

numbers = st.lists(st.integers(0, 10**13), min_size=1, max_size=40)


def rects(chart, tone):
    root = ElementTree.fromstring(str(chart.svg))
    return [one for one in root.iter("rect") if one.get("class") == tone]


@given(numbers, st.integers(0, 10**13))
def test_columns_are_as_high_as_their_numbers_and_inside_the_drawing(values, limit):
    ticks = [str(n) for n in range(len(values))]
    drawn = columns(
        "c", "<题>", ("日", ticks), [Series("读", "calm", values)], str, ("需", float(limit))
    )
    bars = rects(drawn, "calm")
    assert len(bars) == sum(1 for one in values if one)
    highs = [float(one.get("height")) for one in bars]
    assert all(0 < one <= 180 for one in highs)
    assert all(0 <= float(one.get("y")) <= 180 for one in bars)
    shown = [one for one in values if one]
    for high, value in zip(highs, shown, strict=True):
        assert high <= max(highs)
        if value == max(shown):
            assert high == max(highs)
    assert [row[1] for row in drawn.rows] == [str(one) for one in values]


@pytest.mark.parametrize(("count", "named"), [(1, "0"), (5, "01234"), (10, "0369"), (12, "03579b")])
def test_the_first_and_the_last_have_names_and_those_between_as_there_is_room(count, named):
    ticks = [f"{n:x}" for n in range(count)]
    drawn = columns("c", "题", ("日", ticks), [Series("读", "calm", [1] * count)], str)
    root = ElementTree.fromstring(str(drawn.svg))
    shown = [one.text for one in root.iter("text") if one.get("text-anchor") == "middle"]
    assert shown == list(named)


@given(st.integers(1, 60))
def test_no_two_names_stand_nearer_than_the_last_two(count):
    ticks = [str(n) for n in range(count)]
    drawn = columns("c", "题", ("日", ticks), [Series("读", "calm", [1] * count)], str)
    root = ElementTree.fromstring(str(drawn.svg))
    shown = [int(one.text) for one in root.iter("text") if one.get("text-anchor") == "middle"]
    assert len(shown) <= 6
    assert (shown[0], shown[-1]) == (0, count - 1)
    gaps = [b - a for a, b in pairwise(shown)]
    assert not gaps or min(gaps) == gaps[-1]


@given(st.lists(st.integers(0, 10**9), min_size=3, max_size=3))
def test_shares_fill_the_bar_and_none_is_lost(values):
    tones = ("good", "unsure", "bad")
    parts = [(tone, tone, value) for tone, value in zip(tones, values, strict=True)]
    drawn = bar("b", "份额", ("状况", "数"), parts, str)
    wide = [float(one.get("width")) for tone in tones for one in rects(drawn, tone)]
    assert len(wide) == sum(1 for one in values if one)
    assert sum(wide) <= 420.5
    assert [row[1] for row in drawn.rows] == [str(one) for one in values]


def test_series_stand_on_each_other_and_doubt_is_hatched_too():
    series = [Series("损坏", "bad", [2]), Series("未判", "unsure", [3])]
    drawn = columns("c", "题", ("周", ["1"]), series, str)
    (low,), (high,) = rects(drawn, "bad"), rects(drawn, "unsure")
    assert float(high.get("y")) + float(high.get("height")) <= float(low.get("y")) + 0.11
    assert high.get("fill") == "url(#c-hatch)"


def test_a_title_is_text_and_no_style_stands_inline():
    svg = str(columns("c", "<b>&", ("日", ["<i>"]), [Series("读", "calm", [1])], str).svg)
    assert "&lt;b&gt;&amp;" in svg
    assert "<i>" not in svg
    assert not re.search(r"style=|<script|onload", svg)


def test_the_last_name_does_not_stand_out_of_the_drawing():
    """In the font of the pages "23 Nov" is 40 units wide at most."""
    ticks = [f"{n} Nov" for n in range(1, 31)]
    drawn = columns("c", "题", ("日", ticks), [Series("读", "calm", [1] * 30)], str)
    root = ElementTree.fromstring(str(drawn.svg))
    last = [one for one in root.iter("text") if one.get("text-anchor") == "middle"][-1]
    assert last.text == "30 Nov"
    assert float(last.get("x")) + 20 <= 420

"""Dates, sizes, numbers and values as they are shown."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from filing.web import formats


def shown(lang, one, *values):
    with Flask("page").test_request_context(f"/?lang={lang}"):
        return one(*values)


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "2026年3月10日 00:30"), ("en", "10 Mar 2026, 00:30")]
)
def test_a_moment_is_shown_in_the_time_of_the_place(lang, words):
    assert shown(lang, formats.moment, datetime(2026, 3, 9, 16, 30, tzinfo=UTC)) == words


@pytest.mark.parametrize(("lang", "words"), [("zh", "2026年3月9日"), ("en", "9 Mar 2026")])
def test_a_day_is_shown_by_language(lang, words):
    assert shown(lang, formats.date, date(2026, 3, 9)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1024, "1 kB"), (1536, "1.5 kB"),
     (20_000_000, "20 MB"), (999_940, "999.9 kB"), (999_950, "1 MB"), (300 << 20, "314.6 MB"),
     (4 * 10**12, "4 TB"), (4096 * 10**12, "4,096 TB")],
)  # fmt: skip
def test_a_size_is_shown_in_its_unit_as_the_policy_and_the_commands_count(value, words):
    assert shown("en", formats.size, value) == words


def test_all_is_not_done_before_it_is():
    assert shown("en", formats.percent, 0.9999) == "99%"
    assert shown("en", formats.percent, 1.0) == "100%"


@pytest.mark.parametrize("value", [None])
def test_nothing_is_shown_as_nothing(value):
    assert formats.date(value) == formats.moment(value) == ""


def test_what_cannot_be_seen_is_made_visible():
    assert formats.visible(" 定期\u200b30年\u3000").count("unseen") == 3
    assert "U+200B" in formats.visible("\u200b")
    assert formats.visible("关于 𠀀 的") == "关于 𠀀 的"


@given(st.text())
def test_no_value_becomes_markup(text):
    found = formats.visible(text)
    assert isinstance(found, Markup)
    bare = found.replace(Markup('<span class="unseen">'), "").replace(Markup("</span>"), "")
    assert "<" not in bare
    assert ">" not in bare

"""The queue's filter: an address says it, and it says the address."""

from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from filing.model.desk import Filter
from filing.model.submission import State
from filing.web import desk_filter

WORDS = st.text(st.characters(categories=("L", "N")), max_size=20)
DAYS = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))
STATES = st.lists(st.sampled_from(State), unique=True).map(tuple)


@pytest.fixture(autouse=True, scope="module")
def at_a_page():
    with Flask("page").test_request_context():
        yield


@given(WORDS, STATES, WORDS, WORDS, WORDS, DAYS, DAYS, DAYS, WORDS)
def test_what_was_written_is_read_back(agency, states, code, cause, who, first, last, due, text):
    if first and last and first > last:
        first, last = last, first
    chosen = Filter(agency, states, code, cause, who, first, last, due, text)
    asked = desk_filter.read(MultiDict(desk_filter.written(chosen, "me-myself")), "me-myself")
    if who == desk_filter.ME:
        return
    assert asked.mistakes == {}
    assert asked.filter == chosen


@given(st.dictionaries(st.sampled_from(desk_filter.ARGUMENTS), st.text(max_size=120)))
def test_whatever_is_typed_is_a_filter_or_a_mistake_at_its_field(arguments):
    asked = desk_filter.read(MultiDict(arguments), "p-1")
    assert set(asked.mistakes) <= set(desk_filter.ARGUMENTS)
    assert set(asked.arguments) <= set(arguments)


@pytest.mark.parametrize(
    "text", ["2026-3-9", "20260309", "2026-W10-1", "2026-02-30", "٢٠٢٦-٠٣-٠٩", "2026-03-09T00", "x"]
)
def test_what_is_no_date_is_said(text):
    assert set(desk_filter.read(MultiDict({"from": text}), "").mistakes) == {"from"}


def test_one_asks_for_ones_own_without_naming_oneself():
    asked = desk_filter.read(MultiDict({"assignee": "me"}), "p-7")
    assert asked.filter.assignee == "p-7"
    assert desk_filter.written(asked.filter, "p-7") == {"assignee": "me"}


def test_the_queue_is_of_what_stands_rejected_unless_asked_otherwise():
    assert desk_filter.read(MultiDict(), "").filter == Filter()
    assert desk_filter.read(MultiDict({"state": "all"}), "").filter.states == ()


def test_an_end_before_the_beginning_is_said():
    given = MultiDict({"from": "2026-03-09", "until": "2026-03-08"})
    assert set(desk_filter.read(given, "").mistakes) == {"until"}

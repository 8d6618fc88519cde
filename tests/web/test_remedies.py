"""A remedy as a form: read, written, refused with a sentence at the field."""

import pytest
from flask import Flask
from hypothesis import assume, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from filing.model.desk import Remedy, Rewrite
from filing.web import remedies

TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)


@pytest.fixture(autouse=True, scope="module")
def at_a_page():
    with Flask("page").test_request_context():
        yield


@given(TEXT, TEXT, st.dictionaries(TEXT, TEXT, min_size=1, max_size=50), st.sampled_from(Rewrite))
def test_a_remedy_comes_back_from_its_hidden_fields(value, search, mapping, rewrite):
    assume(value.strip() and value != search and all(old != new for old, new in mapping.items()))
    whole = {
        Rewrite.VALUE: Remedy(rewrite, value=value),
        Rewrite.REPLACE: Remedy(rewrite, value=value, search=search),
        Rewrite.MAP: Remedy(rewrite, mapping=mapping),
    }
    remedy = whole.get(rewrite, Remedy(rewrite))
    typed = remedies.read(MultiDict(remedies.hidden(remedy)))
    assert typed.mistakes == {}
    assert typed.remedy == remedy
    assert remedies.said(remedy)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "rewrite-value"),
        ({"rewrite": "burn"}, "rewrite-value"),
        ({"rewrite": "value"}, "value"),
        ({"rewrite": "value", "value": "  "}, "value"),
        ({"rewrite": "value", "value": "a\x00"}, "value"),
        ({"rewrite": "value", "value": "字" * 4001}, "value"),
        ({"rewrite": "replace", "put": "x"}, "search"),
        ({"rewrite": "replace", "search": "x", "put": "x"}, "put"),
        ({"rewrite": "map", "old-0": "a"}, "new-0"),
        ({"rewrite": "map", "old-0": "a", "new-0": "a"}, "new-0"),
        ({"rewrite": "map", "old-0": "a", "new-0": "\x1b"}, "new-0"),
    ],
)
def test_what_is_missing_is_said_at_its_field(form, field):
    typed = remedies.read(MultiDict(form))
    assert typed.remedy is None
    assert set(typed.mistakes) == {field}


def test_values_left_empty_are_not_mapped():
    form = {"rewrite": "map", "old-0": "a", "new-0": "", "old-1": "b", "new-1": "c"}
    assert remedies.read(MultiDict(form)).remedy == Remedy(Rewrite.MAP, mapping={"b": "c"})

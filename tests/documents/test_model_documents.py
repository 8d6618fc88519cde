"""What documents show of the model is printed from it."""

from pathlib import Path

import pytest

from filing.model import documents
from filing.model.events import MEANINGS, Kind
from filing.model.submission import TRANSITIONS

ROOT = Path(__file__).parents[2]


def test_the_kept_list_of_events_is_the_printed_one():
    """If not: python -m filing.model.documents"""
    assert (ROOT / documents.EVENTS).read_text(encoding="utf-8") == documents.events()


def test_the_kept_diagram_is_the_printed_one():
    """If not: python -m filing.model.documents"""
    text = (ROOT / documents.LIFE).read_text(encoding="utf-8")
    assert documents.with_diagram(text) == text


def test_every_kind_of_event_says_what_it_means():
    assert set(MEANINGS) == set(Kind)


def test_every_step_is_an_arrow_of_the_diagram():
    assert documents.diagram().count(": ") == len(TRANSITIONS)


def test_a_document_without_a_diagram_is_not_taken_for_one():
    with pytest.raises(ValueError, match="no diagram"):
        documents.with_diagram("# Life\n")

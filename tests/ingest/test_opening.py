"""Deliveries held open: few, and not much of them."""

import pytest

from filing.ingest import opening
from tests.crash.yard import a_yard
from tests.ingest.made import a_site
from tests.ingest.test_correct import CLERK, SAMPLES, Desk

NAMES = ("GD-2-4_empty_title", "GD-1-4_secrecy_not_in_list", "GD-1-5_classified_record")


@pytest.mark.parametrize(
    ("bounds", "held"), [({}, 3), ({"MOST_OPEN": 2}, 2), ({"MOST_HELD": 1}, 1)]
)
def test_what_was_unused_for_longest_is_let_go(tmp_path, monkeypatch, bounds, held):
    for name, value in bounds.items():
        monkeypatch.setattr(opening, name, value)
    with a_site(a_yard(tmp_path / "home", "").settings) as site:
        desk = Desk(site, SAMPLES[NAMES[0]])
        ids = [desk.id, *(desk.send(SAMPLES[one]).submission.id for one in NAMES[1:])]
        for one in ids:
            desk.own.examine(CLERK, one)
        assert list(desk.own.desk._open) == ids[-held:]
        for one in ids:  # and whatever was let go opens again
            assert desk.own.document(CLERK, one, corrected=True)

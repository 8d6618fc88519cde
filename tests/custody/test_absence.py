"""What is missing for a moment is nobody's damage; what stays missing says since when."""

import shutil

import pytest

from filing.custody import absence
from filing.custody.schedule import Meter
from filing.errors import ChangedMeanwhile, OutsideUnavailable
from filing.model.copies import RepairState
from filing.model.custody import MAIN, Answer, FindingState
from filing.model.promise import Policy
from tests.custody.copies import copied
from tests.custody.holding import ALL, a_holding


@pytest.fixture
def holding(tmp_path, monkeypatch):
    with a_holding(tmp_path / "home", count=4) as one:
        monkeypatch.setattr(absence, "PAUSE_SECONDS", 3)
        yield one


def while_waiting(holding, monkeypatch, act):
    """Do something in the pause instead of waiting; the seconds that were asked for."""
    asked = []

    def wait(seconds):
        asked.append(seconds)
        if len(asked) == 1:
            act()

    monkeypatch.setattr(holding.parts.meter, "_wait", wait)
    return asked


@pytest.mark.parametrize("what", ["object", "file", "all content"])
def test_what_comes_back_in_the_pause_is_intact(holding, monkeypatch, tmp_path, what):
    folder = holding.folder(holding.ids[1])
    path = {
        "object": folder,
        "file": holding.file(holding.ids[1], "eep.xml"),
        "all content": folder / "v1" / "content",
    }[what]
    shutil.move(path, tmp_path / "away")
    asked = while_waiting(holding, monkeypatch, lambda: shutil.move(tmp_path / "away", path))
    audit = holding.audit()
    assert (audit.answer, audit.intact, audit.damaged) == (Answer.INTACT, 4, 0)
    assert asked == [1.0] * 3
    assert holding.open() == set()


def test_what_stays_missing_is_damage_and_says_when_both_looks_were(holding, monkeypatch):
    one = holding.ids[1]
    holding.file(one, "eep.xml").unlink()
    asked = while_waiting(holding, monkeypatch, lambda: None)
    assert holding.audit().damaged == 1
    (finding,) = holding.parts.book.findings([FindingState.CONFIRMED], "", "", 9)
    assert (finding.subject, finding.fault.code) == (one, "CX-2-2")
    said, _, again = finding.fault.found.removeprefix("missing at ").partition(" and still at ")
    assert said < again
    assert said.endswith("Z")
    # Known to be gone, it is not waited for again, and keeps saying so.
    asked.clear()
    assert holding.audit().damaged == 1
    assert asked == []
    assert holding.parts.book.finding(finding.id).fault.found == finding.fault.found


def test_of_what_is_hurt_otherwise_nothing_is_excused_by_what_came_back(
    holding, monkeypatch, tmp_path
):
    one = holding.ids[1]
    missing, hurt = holding.file(one, "eep.xml"), holding.file(one, "report.json")
    shutil.move(missing, tmp_path / "away")
    hurt.write_bytes(hurt.read_bytes()[:-1] + b"?")
    while_waiting(holding, monkeypatch, lambda: shutil.move(tmp_path / "away", missing))
    assert holding.audit().damaged == 1
    assert holding.open() == {(one, "CX-2-12")}


def test_a_place_that_goes_in_the_pause_leaves_the_audit_where_it_was(
    holding, monkeypatch, tmp_path
):
    holding.file(holding.ids[1], "eep.xml").unlink()
    audit = holding.parts.keeping.begin(None, ALL)
    store = holding.site.settings.store
    while_waiting(holding, monkeypatch, lambda: store.rename(tmp_path / "elsewhere"))
    with pytest.raises(OutsideUnavailable):
        holding.parts.auditing.run(audit)
    (tmp_path / "elsewhere").rename(store)
    assert holding.parts.book.audit(audit.id).looked == 0
    assert holding.open() == set()


def test_a_pause_ends_when_the_work_is_no_longer_ours(holding):
    holding.file(holding.ids[1], "eep.xml").unlink()
    audit = holding.parts.keeping.begin(None, ALL)
    with pytest.raises(ChangedMeanwhile):
        holding.parts.auditing.run(audit, still_ours=lambda: False)
    assert holding.parts.book.audit(audit.id).looked == 0


def test_a_pause_is_no_work_and_costs_no_longer_rest():
    now = [0.0]

    def wait(seconds):
        now[0] += seconds

    meter = Meter(lambda: now[0], wait)
    meter.begin(Policy(percent=50, bytes_per_second=0))
    meter.pause(60)
    now[0] += 1
    meter(10)
    assert now[0] == 61


def test_a_record_something_is_missing_of_is_repaired_once_an_audit_has_told_it(tmp_path):
    """Two looks a moment apart are no reason to write over what may be on its way."""
    with copied(tmp_path, count=2) as made:
        one = made.holding.ids[0]
        whole = made.files(MAIN, one)
        shutil.rmtree(made.folder(MAIN, one))
        told = made.parts.keeping.repair(None, MAIN, one)
        assert told.state is RepairState.NOT_TOLD
        assert not made.folder(MAIN, one).exists()
        made.holding.audit()
        assert made.parts.keeping.repair(None, MAIN, one).state is RepairState.DONE
        assert made.files(MAIN, one) == whole

"""What is remembered outside the database is asked, or it is said that it cannot be."""

import shutil

import pytest

from filing.adapters.custody.learning import learn
from filing.adapters.custody.stored_log import LOG
from filing.adapters.custody.witness import Witness
from filing.app.custody import CustodyParts
from filing.errors import OutsideUnavailable
from tests.custody.copies import copied
from tests.custody.holding import ALL, a_holding
from tests.custody.test_lost_tail import filed


def test_a_checkpoint_before_much_that_is_none_is_remembered_all_the_same(tmp_path):
    """The file's end was overwritten: what is older still holds the log back."""
    with a_holding(tmp_path / "home", count=2) as holding:
        path = holding.site.settings.home / "witness/checkpoints.jsonl"
        note = holding.site.witness.last()
        with path.open("ab") as stream:
            for _ in range(40):
                stream.write(b"\x00" * (16 << 10) + b"\n")
        assert Witness(path.parent).last() == note != ""
        assert holding.parts.auditing.wholes.before("main") == {}


def test_what_is_remembered_and_cannot_be_read_is_not_nothing(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        path = holding.site.settings.home / "witness/checkpoints.jsonl"
        path.rename(tmp_path / "aside")
        path.mkdir()
        with pytest.raises(OutsideUnavailable):
            Witness(path.parent).last()
        with pytest.raises(OutsideUnavailable):
            list(Witness(path.parent).notes())
        (refused,) = filed(holding.site, 1, 8000)
        assert isinstance(refused, OutsideUnavailable)
        path.rmdir()
        shutil.move(tmp_path / "aside", path)
        assert holding.file_some(1, 9000)


def test_a_copy_of_the_log_that_cannot_be_read_holds_the_archive_back(tmp_path):
    with copied(tmp_path, count=2, locations=0) as made:
        made.parts.settle()
        site = made.holding.site
        (path,) = (site.settings.store / LOG).glob("*.jsonl")
        path.rename(tmp_path / "aside")
        path.mkdir()
        given = site.settings
        with pytest.raises(OutsideUnavailable):
            learn(site.witness, given.store, given.keys, given.origin)
        path.rmdir()
        (tmp_path / "aside").rename(path)
        assert learn(site.witness, given.store, given.keys, given.origin) > 0


def test_an_audit_that_was_lost_once_is_not_taken_back(tmp_path, monkeypatch):
    """What another process did in between this one has not seen."""
    with a_holding(tmp_path / "home", count=2) as holding:
        parts = CustodyParts(holding.site)
        monkeypatch.setattr("filing.app.custody._LEASE_SECONDS", -1.0)
        takes = iter((True, True, False, True, True))
        monkeypatch.setattr(parts._leases, "take", lambda *given: next(takes))
        ours = parts.mine(holding.parts.keeping.begin(None, ALL))
        assert [ours(), ours(), ours(), ours()] == [True, False, False, False]


def test_a_look_at_the_whole_that_was_left_in_the_middle_tells_nothing(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        audit, wholes = holding.parts.keeping.begin(None, ALL), holding.parts.auditing.wholes
        asked: list[bool] = []
        assert wholes.faults(audit, lambda: asked.append(True) or True) is not None
        for lost in range(len(asked)):
            left = iter([number < lost for number in range(100)])
            assert wholes.faults(audit, lambda left=left: next(left)) is None

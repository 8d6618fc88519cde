"""What is hurt is restored from a copy proven good; interrupted, it is finished or undone."""

import json
import random
import shutil
from pathlib import Path

import pytest

from filing.errors import Misconfigured, OutsideUnavailable
from filing.model.copies import Location, Medium, RepairState, Where
from filing.model.custody import Answer, FindingState
from tests.custody.copies import Copied, copied
from tests.custody.holding import flip


def quarantine(made: Copied, location: str = "main") -> Path:
    root = made.folders.get(location, made.holding.site.settings.store)
    return root / "extensions/filing-custody/quarantine"


def hurt(made: Copied, location: str, record_id: str, how: int) -> None:
    """One of many kinds of damage."""
    folder = made.folder(location, record_id)
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    one = random.Random(f"{record_id}{how}").choice(files)
    kind = how % 7
    if kind == 0:
        # A copy of a hard link, so that one name alone is hurt.
        content = one.read_bytes()
        one.unlink()
        one.write_bytes(content)
        flip(one, how % (8 * len(content)))
    elif kind == 1:
        one.write_bytes(one.read_bytes()[:-1])
    elif kind == 2:
        one.write_bytes(one.read_bytes() + b"x")
    elif kind == 3:
        one.unlink()
    elif kind == 4:
        (folder / "v1" / "content" / "stranger").write_bytes(b"?")
    elif kind == 5:
        one.rename(one.with_name(one.name + "~"))
    else:
        shutil.rmtree(folder)


@pytest.mark.parametrize("how", range(14))
def test_every_kind_of_damage_is_healed_and_the_damaged_bytes_are_kept(tmp_path, how):
    with copied(tmp_path, count=2) as made:
        one = made.holding.ids[0]
        whole = made.files("main", one)
        hurt(made, "main", one, how)
        damaged = made.files("main", one)
        assert made.holding.audit().damaged == 1
        (done,) = made.parts.keeping.repair_all(None, "main", lambda each: None)
        assert (done.state, done.source) == (RepairState.DONE, "second-0")
        assert made.files("main", one) == whole
        if damaged:
            aside = quarantine(made) / done.id
            kept = {
                str(path.relative_to(aside)): path.read_bytes()
                for path in aside.rglob("*")
                if path.is_file()
            }
            assert kept == damaged
            note = json.loads((quarantine(made) / f"{done.id}.json").read_text())
            assert note["record"] == one
        assert done.before
        assert made.holding.open() == set()
        assert made.holding.audit().answer is Answer.INTACT


def test_the_repair_is_told_in_the_log_with_what_was_and_what_is(tmp_path, database_url):
    with copied(tmp_path, database_url, count=2) as made:
        one = made.holding.ids[1]
        flip(next(made.folder("main", one).rglob("statement.json")), 77)
        made.holding.audit()
        (finding,) = made.parts.book.hurt("main", "", 10)
        done = made.parts.keeping.repair_finding(None, finding.id)
        assert done.state is RepairState.DONE
        kinds = [event.kind for _, event in made.holding.parts.keeping.history(None, one, 0, 50)]
        assert kinds == ["finding-confirmed", "repair-begun", "record-repaired", "finding-repaired"]
        kept = made.holding.parts.keeping.finding(None, finding.id)
        assert kept.state is FindingState.REPAIRED
        assert done.before[0]["sha256"] != done.before[0]["expected"]
        assert done.after[0]["sha256"] == done.before[0]["expected"]


def test_a_copy_at_a_location_is_healed_from_the_store(tmp_path):
    with copied(tmp_path, count=2) as made:
        one = made.holding.ids[0]
        flip(next(made.folder("second-0", one).rglob("statement.json")), 3)
        done = made.parts.keeping.repair(None, "second-0", one)
        assert (done.state, done.source) == (RepairState.DONE, "main")
        assert made.files("second-0", one) == made.files("main", one)


def test_without_a_good_copy_nothing_is_touched_and_it_is_said(tmp_path):
    with copied(tmp_path, count=2) as made:
        one = made.holding.ids[0]
        for place in ("main", "second-0"):
            flip(next(made.folder(place, one).rglob("statement.json")), 3)
        before = made.files("main", one)
        made.holding.audit()
        (done,) = made.parts.keeping.repair_all(None, "main", lambda each: None)
        assert done.state is RepairState.NO_COPY
        assert made.files("main", one) == before
        assert not quarantine(made).exists()
        assert [
            each.id for each in made.parts.keeping.repairs(None, RepairState.NO_COPY, "", "", 9)
        ]
        assert (one, "CX-1-1") in made.holding.open()


def test_the_third_copy_heals_where_the_second_is_hurt_too(tmp_path):
    with copied(tmp_path, count=2, locations=2) as made:
        one = made.holding.ids[0]
        for place in ("main", "second-0"):
            flip(next(made.folder(place, one).rglob("statement.json")), 3)
        done = made.parts.keeping.repair(None, "main", one)
        assert (done.state, done.source) == (RepairState.DONE, "second-1")


def test_what_is_whole_is_not_repaired(tmp_path):
    with copied(tmp_path, count=2) as made:
        done = made.parts.keeping.repair(None, "main", made.holding.ids[0])
        assert done.state is RepairState.NOT_NEEDED
        assert made.parts.keeping.repairs(None, None, "", "", 9) == []


def test_a_location_that_does_not_answer_heals_nothing_and_is_not_believed(tmp_path):
    with copied(tmp_path, count=2) as made:
        one = made.holding.ids[0]
        flip(next(made.folder("main", one).rglob("statement.json")), 3)
        made.folders["second-0"].rename(tmp_path / "away")
        done = made.parts.keeping.repair(None, "main", one)
        assert done.state is RepairState.NO_COPY
        (tmp_path / "away").rename(made.folders["second-0"])
        assert made.parts.keeping.repair(None, "main", one).state is RepairState.DONE


class Killed(BaseException):
    """The process ends here."""


def test_begun_and_never_to_be_finished_it_is_undone(tmp_path):
    def after(name: str) -> None:
        if name == "intend":
            raise Killed

    with copied(tmp_path, count=2, after=after) as made:
        one = made.holding.ids[0]
        flip(next(made.folder("main", one).rglob("statement.json")), 3)
        damaged = made.files("main", one)
        with pytest.raises(Killed):
            made.parts.keeping.repair(None, "main", one)
        shutil.rmtree(made.folder("second-0", one))
        assert made.parts.repairing.finish() == 1
        (left,) = made.parts.keeping.repairs(None, RepairState.UNDONE, "", "", 9)
        assert made.files("main", one) == damaged
        assert left.purged_at is None


def test_a_copy_that_changes_while_it_is_brought_is_not_put_in_place(tmp_path, monkeypatch):
    with copied(tmp_path, count=2) as made:
        one = made.holding.ids[0]
        flip(next(made.folder("main", one).rglob("statement.json")), 3)
        damaged = made.files("main", one)
        source = made.parts.places.every()["second-0"]
        real = source.blocks

        def lying(record_id, path):
            for block in real(record_id, path):
                yield block[:-1] + b"!"

        monkeypatch.setattr(source, "blocks", lying)
        with pytest.raises(OutsideUnavailable):
            made.parts.keeping.repair(None, "main", one)
        assert made.files("main", one) == damaged


def test_a_location_without_its_credentials_keeps_no_other_from_healing(tmp_path):
    with copied(tmp_path, count=2) as made:
        gone = Where(Medium.S3, bucket="bucket", credentials=str(tmp_path / "gone"))
        clock = made.holding.site.clock
        made.parts.book.add_location(Location("cloud", gone, clock.new_id()), "system", clock.now())
        one = made.holding.ids[0]
        flip(next(made.folder("main", one).rglob("statement.json")), 3)
        assert made.parts.keeping.repair(None, "main", one).state is RepairState.DONE
        with pytest.raises(Misconfigured):
            made.parts.keeping.repair(None, "cloud", one)

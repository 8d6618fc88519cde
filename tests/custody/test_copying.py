"""Every record comes to every location, whole, and only what is good is copied on."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from filing.adapters.custody.stored_log import LOG
from filing.errors import NotFound, OutsideUnavailable, WrongState
from filing.model.copies import Medium, Where
from filing.model.custody import Answer, Scope
from tests.custody.copies import copied
from tests.custody.holding import ALL, flip


def test_a_location_holds_what_the_store_holds_byte_for_byte(tmp_path, database_url):
    with copied(tmp_path, database_url) as made:
        for one in made.holding.ids:
            assert made.files("second-0", one) == made.files("main", one)
        (standing,) = made.parts.keeping.locations(None)
        assert (standing.copied, standing.gaps, standing.behind) == (6, 0, 0)


def test_what_is_filed_later_is_copied_too(tmp_path):
    with copied(tmp_path) as made:
        fresh = made.holding.file_some(3, 5000)
        made.caught_up()
        assert [made.files("second-0", one) == made.files("main", one) for one in fresh] == [
            True
        ] * 3


def test_a_damaged_object_is_never_copied_on(tmp_path):
    with copied(tmp_path) as made:
        hurt, good = made.holding.file_some(2, 5000)
        flip(next(made.folder("main", hurt).rglob("statement.json")), 99)
        made.caught_up()
        assert not made.folder("second-0", hurt).exists()
        assert made.files("second-0", good) == made.files("main", good)
        (standing,) = made.parts.keeping.locations(None)
        assert (standing.copied, standing.gaps, standing.behind) == (7, 1, 0)


def test_a_copy_nobody_noted_and_hurt_is_set_aside_and_written_anew(tmp_path):
    with copied(tmp_path) as made:
        (one,) = made.holding.file_some(1, 5000)
        shutil.copytree(made.folder("main", one), made.folder("second-0", one))
        flip(made.folder("second-0", one) / "inventory.json", 800)
        made.caught_up()
        assert made.files("second-0", one) == made.files("main", one)
        aside = made.folders["second-0"] / "extensions/filing-custody/quarantine"
        assert len(list(aside.iterdir())) == 2  # the folder, and the note of why


def test_a_location_that_is_not_there_is_told_and_nothing_is_noted(tmp_path):
    with copied(tmp_path) as made:
        made.folders["second-0"].rename(tmp_path / "away")
        (tmp_path / "second-0").mkdir()  # a mount point without its disk
        made.holding.file_some(1, 5000)
        with pytest.raises(OutsideUnavailable):
            made.caught_up()
        with pytest.raises(OutsideUnavailable):
            made.parts.keeping.check(None, "second-0")
        (standing,) = made.parts.keeping.locations(None)
        assert standing.behind > 0
        assert standing.gaps == 0


def test_another_disk_under_the_same_name_is_not_the_location(tmp_path):
    with copied(tmp_path, locations=2) as made:
        first, second = made.folders["second-0"], made.folders["second-1"]
        first.rename(tmp_path / "swap")
        second.rename(first)
        with pytest.raises(OutsideUnavailable, match="second-1"):
            made.parts.keeping.check(None, "second-0")


def test_a_folder_that_holds_anything_else_is_refused(tmp_path):
    with copied(tmp_path, locations=0) as made:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "letter.txt").write_text("mine")
        with pytest.raises(WrongState):
            made.parts.keeping.add(None, "third", Where(Medium.LOCAL, path=str(tmp_path / "mine")))
        assert made.parts.keeping.locations(None) == []


def test_an_audit_of_a_location_finds_what_is_hurt_there_and_nothing_else(tmp_path):
    with copied(tmp_path) as made:
        keeping = made.parts.keeping.at("second-0")
        clean = keeping.run(None, keeping.begin(None, ALL).id, lambda audit: None)
        assert (clean.answer, clean.looked, clean.intact) == (Answer.INTACT, 6, 6)
        flip(next(made.folder("second-0", made.holding.ids[2]).rglob("statement.json")), 5)
        shutil.rmtree(made.folder("second-0", made.holding.ids[3]))
        made.holding.file_some(1, 5000)  # not copied yet: nothing is missing
        again = keeping.run(None, keeping.begin(None, ALL).id, lambda audit: None)
        assert (again.looked, again.damaged) == (6, 2)
        assert made.holding.open() == {
            (made.holding.ids[2], "CX-1-1"),
            (made.holding.ids[3], "CX-2-8"),
        }


def test_an_audit_of_a_location_whose_disk_is_gone_calls_nothing_damaged(tmp_path):
    with copied(tmp_path) as made:
        keeping = made.parts.keeping.at("second-0")
        audit = keeping.begin(None, ALL)
        made.folders["second-0"].rename(tmp_path / "away")
        with pytest.raises(OutsideUnavailable):
            keeping.run(None, audit.id, lambda each: None)
        assert made.holding.open() == set()


def test_the_books_of_log_and_settings_are_at_the_location_too(tmp_path):
    with copied(tmp_path) as made:
        made.caught_up()
        store = made.holding.site.settings.store
        for folder in ("filing-logbook", "filing-settings"):
            files = sorted((store / "extensions" / folder).iterdir())
            assert files
            for path in files:
                there = Path(made.folders["second-0"], "extensions", folder, path.name)
                assert there.read_bytes() == path.read_bytes()


def test_a_copy_of_the_log_that_is_another_is_set_aside_and_carried_anew(tmp_path):
    """The store's own was made again from the database, in other pieces: going on behind the
    old one would leave a book that is neither."""
    with copied(tmp_path, count=4) as made:
        made.caught_up()
        ours = next((made.holding.site.settings.store / LOG).glob("*.jsonl"))
        theirs = made.folders["second-0"] / LOG / ours.name
        before = theirs.read_bytes()
        assert before == ours.read_bytes()
        ours.write_bytes(b"".join(reversed(before.splitlines(keepends=True))))
        made.holding.file_some(2, 7000)
        made.caught_up()
        assert theirs.read_bytes() == ours.read_bytes()
        (aside,) = theirs.parent.glob(f"{ours.name}.*.aside")
        assert aside.read_bytes() == before


def test_a_copy_no_row_speaks_of_is_looked_at_all_the_same(tmp_path):
    """What was copied and is no gap is there, whatever became of its row."""
    with copied(tmp_path, count=3) as made:
        lost = made.holding.ids[1]
        with made.holding.tampering() as connection:
            connection.execute(
                text("DELETE FROM custody_copy WHERE location = 'second-0' AND record_id = :one"),
                {"one": lost},
            )
        keeping = made.parts.keeping.at("second-0")
        audit = keeping.run(None, keeping.begin(None, ALL).id, lambda one: None)
        assert (audit.looked, audit.intact) == (3, 3)
        shutil.rmtree(made.folder("second-0", lost))
        audit = keeping.run(None, keeping.begin(None, ALL).id, lambda one: None)
        assert (audit.damaged, made.holding.open()) == (1, {(lost, "CX-2-8")})
        (fresh,) = made.holding.file_some(1, 7000)
        with pytest.raises(NotFound):
            keeping.begin(None, Scope(records=(fresh,)))

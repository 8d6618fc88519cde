"""What one may not do alone; and rows put right from the store."""

import shutil
from dataclasses import replace

import pytest
from sqlalchemy import text

from filing.errors import NotAllowed, NotFound, OutsideUnavailable, WrongState
from filing.model.copies import LocationState, RepairState, RequestKind, RequestState
from filing.model.custody import Answer, FindingState
from filing.model.people import Person
from filing.model.roles import Role
from tests.custody.copies import copied
from tests.custody.holding import ALL, flip

ONE = Person("01a00000-0000-7000-8000-000000000001", "one", "one", frozenset({Role.ARCHIVIST}))
TWO = Person("01a00000-0000-7000-8000-000000000002", "two", "two", frozenset({Role.ARCHIVIST}))
SECURITY = Person(
    "01a00000-0000-7000-8000-000000000004", "s", "s", frozenset({Role.SECURITY_ADMINISTRATOR})
)
CLERK = Person("01a00000-0000-7000-8000-000000000003", "c", "c", frozenset({Role.ARCHIVE_CLERK}))


def repaired(made):
    one = made.holding.ids[0]
    flip(next(made.folder("main", one).rglob("statement.json")), 3)
    made.holding.audit()
    return made.parts.keeping.repair(None, "main", one)


def test_quarantine_is_purged_by_two_and_the_note_stays(tmp_path, database_url):
    with copied(tmp_path, database_url, count=2) as made:
        keeping, done = made.parts.keeping, repaired(made)
        aside = made.holding.site.settings.store / "extensions/filing-custody/quarantine"
        asked = keeping.ask(ONE, RequestKind.PURGE, done.id, "kept long enough")
        with pytest.raises(NotAllowed):
            keeping.decide(ONE, asked.id, True)
        with pytest.raises(NotAllowed):
            keeping.decide(CLERK, asked.id, True)
        with pytest.raises(NotAllowed):
            keeping.decide(None, asked.id, True)
        assert (aside / done.id).is_dir()
        assert keeping.decide(TWO, asked.id, True).state is RequestState.DONE
        assert not (aside / done.id).exists()
        assert (aside / f"{done.id}.json").is_file()
        assert made.parts.book.repair(done.id).purged_at is not None
        with pytest.raises(WrongState):
            keeping.decide(TWO, asked.id, True)
        with pytest.raises(WrongState):
            keeping.ask(ONE, RequestKind.PURGE, done.id, "again")


def test_what_is_refused_is_not_done(tmp_path):
    with copied(tmp_path, count=2) as made:
        keeping, done = made.parts.keeping, repaired(made)
        asked = keeping.ask(None, RequestKind.PURGE, done.id, "why not")
        with pytest.raises(WrongState, match="already"):
            keeping.ask(ONE, RequestKind.PURGE, done.id, "the same, while that one waits")
        assert keeping.decide(TWO, asked.id, False).state is RequestState.REFUSED
        assert keeping.ask(ONE, RequestKind.PURGE, done.id, "again").state is RequestState.ASKED
        aside = made.holding.site.settings.store / "extensions/filing-custody/quarantine"
        assert (aside / done.id).is_dir()


def test_what_was_agreed_and_not_done_is_done_at_the_next_start(tmp_path, monkeypatch):
    with copied(tmp_path, count=2) as made:
        keeping, done = made.parts.keeping, repaired(made)
        asked = keeping.ask(None, RequestKind.PURGE, done.id, "why not")
        with monkeypatch.context() as patched:
            patched.setattr(made.parts.places.main, "purge", lambda token: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                keeping.decide(TWO, asked.id, True)
        assert made.parts.two.finish() == 1
        assert made.parts.book.request(asked.id).state is RequestState.DONE
        assert made.parts.book.repair(done.id).purged_at is not None


def test_a_location_is_retired_by_two_and_never_with_the_only_good_copy(tmp_path):
    with copied(tmp_path, count=2) as made:
        keeping, one = made.parts.keeping, made.holding.ids[0]
        flip(next(made.folder("main", one).rglob("statement.json")), 3)
        made.holding.audit()
        with pytest.raises(WrongState):
            keeping.ask(ONE, RequestKind.RETIRE, "second-0", "old disk")
        keeping.repair(None, "main", one)
        asked = keeping.ask(ONE, RequestKind.RETIRE, "second-0", "old disk")
        keeping.decide(TWO, asked.id, True)
        assert made.parts.book.location("second-0").state is LocationState.RETIRED
        with pytest.raises(WrongState):
            keeping.catch_up(None, "second-0", lambda standing: None)


def test_damage_without_a_copy_is_accepted_by_two(tmp_path):
    with copied(tmp_path, count=2, locations=0) as made:
        one = made.holding.ids[0]
        shutil.rmtree(made.folder("main", one))
        made.holding.audit()
        (finding,) = made.parts.book.hurt("main", "", 9)
        asked = made.parts.keeping.ask(ONE, RequestKind.ACCEPT, finding.id, "lost in the fire")
        with pytest.raises(NotAllowed):
            # Agreeing is accepting, which is not this office's to do; nothing is half decided.
            made.parts.keeping.decide(SECURITY, asked.id, True)
        made.parts.keeping.decide(TWO, asked.id, True)
        kept = made.holding.parts.keeping.finding(None, finding.id)
        assert kept.state is FindingState.ACCEPTED


def test_what_needs_no_accepting_is_not_asked_for_and_not_agreed_to(tmp_path):
    with copied(tmp_path, count=2) as made:
        keeping, one = made.parts.keeping, made.holding.ids[0]
        with pytest.raises(NotFound):
            keeping.ask(ONE, RequestKind.ACCEPT, "nobody", "why not")
        flip(next(made.folder("main", one).rglob("statement.json")), 3)
        made.holding.audit()
        (finding,) = made.parts.book.hurt("main", "", 9)
        asked = keeping.ask(ONE, RequestKind.ACCEPT, finding.id, "lost in the fire")
        keeping.repair(None, "main", one)
        with pytest.raises(WrongState):
            keeping.decide(TWO, asked.id, True)
        assert made.parts.book.request(asked.id).state is RequestState.ASKED
        assert keeping.decide(TWO, asked.id, False).state is RequestState.REFUSED


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE record SET title = 'another' WHERE id = :one",
        "UPDATE submission SET delivery_key = 'x' WHERE record_id = :one",
        "DELETE FROM receipt WHERE submission_id = "
        "(SELECT submission_id FROM record WHERE id = :one)",
        "DELETE FROM record WHERE id = :one",
        "UPDATE leaf SET hash = (SELECT root FROM checkpoint LIMIT 1) WHERE record_id = :one",
        "DELETE FROM leaf WHERE record_id = :one",
    ],
)
def test_rows_that_were_changed_are_put_right_from_the_store(tmp_path, database_url, damage):
    with copied(tmp_path, database_url, count=6) as made:
        made.parts.settle()
        one = made.holding.ids[1]
        with made.holding.tampering() as connection:
            assert connection.execute(text(damage), {"one": one}).rowcount == 1
        assert made.holding.audit().answer is Answer.DAMAGED
        done = made.parts.keeping.repair_all(None, "main", lambda each: None)
        assert RepairState.DONE in {each.state for each in done}
        assert made.holding.audit().answer is Answer.INTACT
        assert made.holding.open() == set()
        assert made.parts.keeping.drill(None).answer is Answer.INTACT


def test_an_act_at_a_place_that_is_away_waits_alone_and_is_not_called_done(tmp_path, caplog):
    """A location whose mount is gone looks empty: nothing was purged there."""
    with copied(tmp_path, count=2, locations=2) as made:
        keeping, holding = made.parts.keeping, made.holding
        asked = []
        for name in ("second-0", "second-1"):
            one = holding.ids[0]
            flip(next(made.folder(name, one).rglob("statement.json")), 3)
            there = keeping.at(name)
            there.run(None, there.begin(None, ALL).id, lambda audit: None)
            done = keeping.repair(None, name, one)
            assert done.state is RepairState.DONE
            asked.append(keeping.ask(ONE, RequestKind.PURGE, done.id, "kept long enough"))
        away = made.folders["second-1"]
        away.rename(tmp_path / "away")
        away.mkdir()
        with pytest.raises(OutsideUnavailable):
            keeping.decide(TWO, asked[1].id, True)
        fresh = holding.file_some(1, 7000)
        keeping.book.decide(  # agreed, and the process died
            asked[0], replace(asked[0], state=RequestState.APPROVED, decided_by=TWO.who,
                              decided_at=asked[0].asked_at),
        )  # fmt: skip
        made.parts.copy(lambda: True)
        states = [keeping.book.request(one.id).state for one in asked]
        assert states == [RequestState.DONE, RequestState.APPROVED]
        assert f"event=act-waits request={asked[1].id}" in caplog.text
        assert keeping.book.repair(asked[1].subject).purged_at is None
        assert made.folder("second-0", fresh[0]).exists()
        away.rmdir()
        (tmp_path / "away").rename(away)
        assert made.parts.two.finish() == 1


def test_a_repair_of_rows_that_cannot_read_the_logs_copy_does_not_say_there_is_none(tmp_path):
    with copied(tmp_path, count=2) as made:
        made.parts.settle()
        with made.holding.tampering() as connection:
            connection.execute(text("UPDATE record SET title = 'another'"))
        made.holding.audit()
        book = made.holding.site.settings.store / "extensions/filing-logbook"
        (path,) = book.glob("*.jsonl")
        path.rename(tmp_path / "aside")
        path.mkdir()  # what is there cannot be read
        done = made.parts.keeping.repair_all(None, "main", lambda each: None)
        assert {each.state for each in done} == {RepairState.NOT_TOLD}
        path.rmdir()
        (tmp_path / "aside").rename(path)
        done = made.parts.keeping.repair_all(None, "main", lambda each: None)
        assert {each.state for each in done} == {RepairState.DONE}


def test_a_record_the_log_lost_does_not_keep_the_others_from_being_repaired(tmp_path):
    with copied(tmp_path, count=3) as made:
        for one in made.holding.ids[:2]:
            flip(next(made.folder("main", one).rglob("statement.json")), 3)
        made.holding.audit()
        with made.holding.tampering() as connection:
            connection.execute(
                text("DELETE FROM leaf WHERE record_id = :one"), {"one": made.holding.ids[0]}
            )
        done = made.parts.keeping.repair_all(None, "main", lambda each: None)
        assert {each.record_id: each.state for each in done} == {
            made.holding.ids[0]: RepairState.NOT_TOLD,
            made.holding.ids[1]: RepairState.DONE,
        }


def test_a_damaged_copy_elsewhere_is_no_reason_to_retire_the_good_one(tmp_path):
    with copied(tmp_path, count=2, locations=2) as made:
        one = made.holding.ids[0]
        for name in ("main", "second-1"):
            flip(next(made.folder(name, one).rglob("statement.json")), 3)
        made.holding.audit()
        there = made.parts.keeping.at("second-1")
        there.run(None, there.begin(None, ALL).id, lambda audit: None)
        with pytest.raises(WrongState):
            made.parts.keeping.ask(ONE, RequestKind.RETIRE, "second-0", "old disk")
        made.parts.keeping.repair(None, "second-1", one)
        made.parts.keeping.ask(ONE, RequestKind.RETIRE, "second-0", "old disk")

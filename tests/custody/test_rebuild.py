"""The database comes back from the store alone, and the drill finds what would not."""

import json
import shutil
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy
from sqlalchemy import text

from filing.adapters.custody.stored_log import StoredLog
from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import migrate
from filing.adapters.db.rebuilt_index import SqlIndex
from filing.app import Site
from filing.app.copies import CopyParts
from filing.app.custody import CustodyParts
from filing.app.scratch import keys_of, rebuild
from filing.config import Settings
from filing.custody.rebuild import Rebuilding
from filing.errors import OutsideUnavailable, WrongState
from filing.model.custody import Answer
from tests.custody.copies import Copied, copied
from tests.custody.holding import Holding

TABLES = ("leaf", "log_event", "checkpoint", "record", "receipt", "tile", "agency")
BY = {"leaf": "position", "log_event": "position", "checkpoint": "size", "record": "id",
      "receipt": "submission_id", "tile": "level, position", "agency": "id"}  # fmt: skip


def tables(url: str) -> dict[str, list]:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            return {
                one: [
                    tuple(row)
                    for row in connection.execute(text(f"SELECT * FROM {one} ORDER BY {BY[one]}"))
                ]
                for one in TABLES
            }
    finally:
        engine.dispose()


def again(made: Copied, url: str, told=lambda size: True):
    holding = made.holding
    with closing(Database(url)) as database:
        migrate(database)
        trust = holding.parts.trust()
        return Rebuilding(
            StoredLog(holding.site.settings.store),
            SqlIndex(database, str(holding.site.settings.staging / "objects")),
            holding.site.settings.origin,
            keys_of(trust),
            told,
        ).run()


def test_everything_of_the_log_comes_back_byte_for_byte(tmp_path, database_url):
    with copied(tmp_path, database_url, count=8) as made:
        made.holding.audit()
        made.parts.settle()
        url = f"sqlite:///{tmp_path / 'again.db'}"
        done = again(made, url)
        assert (done.complete, done.troubles, done.unlogged) == (True, 0, 0)
        assert (done.records, done.events > 2) == (8, True)
        stood, rebuilt = tables(made.holding.site.settings.url), tables(url)
        if database_url.startswith("sqlite"):
            assert rebuilt == stood
        assert done.root == made.holding.site.ledger.head().root


def test_an_archive_on_a_rebuilt_database_gives_the_same_receipts_and_goes_on(
    tmp_path, database_url
):
    """Of an archive on SQLite, into a database of each kind."""
    with copied(tmp_path, count=4) as made:
        made.holding.audit()
        made.parts.settle()
        ids = made.holding.ids
        site = made.holding.site
        receipts = {one: site.ledger.receipt(site.ledger.record(one).submission_id) for one in ids}
        home, stood = site.settings.home, tables(site.settings.url)
    for path in home.glob("filing.db*"):
        path.unlink()
    settings = Settings(
        home=home, free_bytes=1 << 20, listen="127.0.0.1:1", database_url=database_url
    )
    halved = rebuild(settings, None, "", False, lambda size: False)
    assert not halved.complete
    done = rebuild(settings, None, "", False, lambda size: True)
    assert (done.complete, done.troubles) == (True, 0)
    if database_url.startswith("sqlite"):
        assert tables(settings.url) == stood
    site = Site(settings)
    try:
        site.open()
        for one in ids:
            assert site.ledger.receipt(site.ledger.record(one).submission_id) == receipts[one]
        holding = Holding(made.holding.yard, site, CustodyParts(site), ids)
        assert holding.audit().answer is Answer.INTACT
        assert len(holding.file_some(2, 9000)) == 2
        assert holding.audit().answer is Answer.INTACT
        drilled = CopyParts(site, holding.parts).keeping.drill(None)
        assert (drilled.answer, drilled.records) == (Answer.INTACT, 6)
    finally:
        site.close()


def test_interrupted_it_goes_on_where_it_was(tmp_path, monkeypatch):
    import filing.custody.rebuild as module

    monkeypatch.setattr(module, "BATCH", 3)
    with copied(tmp_path, count=10) as made:
        made.parts.settle()
        url = f"sqlite:///{tmp_path / 'again.db'}"
        sizes = []

        def told(size):
            sizes.append(size)
            return len(sizes) < 2

        assert not again(made, url, told).complete
        done = again(made, url)
        assert (done.complete, done.troubles) == (True, 0)
        assert tables(url) == tables(made.holding.site.settings.url)


def test_a_database_that_holds_anything_else_is_not_rebuilt_over(tmp_path):
    with copied(tmp_path, count=2) as made:
        settings = made.holding.site.settings
        url = settings.url
        with made.holding.tampering() as connection:
            connection.execute(text("DELETE FROM leaf"))
        with pytest.raises(WrongState):
            again(made, url)


def test_what_the_book_does_not_hold_is_told_and_can_be_logged_anew(tmp_path):
    with copied(tmp_path, count=4) as made:
        made.parts.settle()
        late = made.holding.file_some(2, 7000)  # the book does not know of these
        home = made.holding.site.settings.home
    for path in home.glob("filing.db*"):
        path.unlink()
    settings = Settings(home=home, free_bytes=1 << 20, listen="127.0.0.1:1")
    done = rebuild(settings, None, "", False, lambda size: True)
    assert sorted(done.unlogged_shown) == sorted(late)
    done = rebuild(settings, None, "", True, lambda size: True)
    site = Site(settings)
    try:
        site.open()
        for one in late:
            assert site.ledger.receipt(site.ledger.record(one).submission_id)
            assert site.ledger.record(one).leaf_index is not None
    finally:
        site.close()


def book_of(made: Copied):
    folder = made.holding.site.settings.store / "extensions/filing-logbook"
    return sorted(folder.glob("*.jsonl"))[0]


def change_line(made: Copied, number: int, change) -> None:
    path = book_of(made)
    lines = path.read_text().splitlines()
    one = json.loads(lines[number])
    change(one)
    lines[number] = json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_text("".join(f"{each}\n" for each in lines))


def test_a_drill_of_a_whole_archive_is_good_and_its_date_is_kept(tmp_path, database_url):
    with copied(tmp_path, database_url, count=5) as made:
        made.holding.audit()
        done = made.parts.keeping.drill(None)
        assert (done.answer, done.differences, done.shown) == (Answer.INTACT, 0, ())
        assert (done.records, done.compared) == (5, done.log_size)
        assert made.parts.keeping.last_good_drill(None) == done
        assert not list((made.holding.site.settings.home / "drill").glob("owner-*"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE record SET title = 'another' WHERE leaf_index = 1",
        "UPDATE submission SET delivery_key = 'x' WHERE id IN (SELECT min(id) FROM submission)",
        "DELETE FROM receipt WHERE submission_id IN (SELECT min(id) FROM submission)",
        "DELETE FROM record WHERE leaf_index = 2",
        "UPDATE event SET who = 'another' WHERE number = 1",
        "UPDATE checkpoint SET root = x'" + "00" * 32 + "' WHERE size = 1",
        "UPDATE leaf SET hash = x'" + "00" * 32 + "' WHERE position = 1",
    ],
)
def test_the_drill_finds_a_planted_difference(tmp_path, change):
    with copied(tmp_path, count=4) as made:
        made.parts.settle()
        if "size = 1" in change:
            change = change.replace("size = 1", "size = (SELECT min(size) FROM checkpoint)")
        with made.holding.tampering() as connection:
            assert connection.execute(text(change)).rowcount == 1
        done = made.parts.keeping.drill(None)
        assert (done.answer, done.differences > 0) == (Answer.DAMAGED, True)
        assert made.parts.keeping.last_good_drill(None) is None


def test_the_drill_finds_a_book_that_was_changed(tmp_path):
    with copied(tmp_path, count=4) as made:
        made.parts.settle()
        number = next(
            n for n, line in enumerate(book_of(made).read_text().splitlines())
            if '"receipt"' in line
        )  # fmt: skip
        change_line(made, number, lambda one: one.update(leaf="00" * 32))
        assert made.parts.keeping.drill(None).answer is Answer.DAMAGED


def test_a_drill_that_cannot_come_to_its_end_is_not_good(tmp_path):
    with copied(tmp_path, count=4) as made:
        answers = iter((True, False, False, False))
        done = made.parts.drilling.run(lambda: next(answers, False))
        assert (done.answer, done.reason) == (Answer.UNKNOWN, "it was interrupted")
        made.parts.settle()
        store = made.holding.site.settings.store
        shutil.move(store, tmp_path / "away")
        store.mkdir()
        assert made.parts.keeping.drill(None).answer is not Answer.INTACT


def test_a_copy_of_the_log_that_was_lost_since_the_last_drill_is_told(tmp_path):
    with copied(tmp_path, count=3) as made:
        assert made.parts.keeping.drill(None).answer is Answer.INTACT
        book_of(made).unlink()
        done = made.parts.keeping.drill(None)
        assert (done.answer, done.shown[0].column) == (Answer.DAMAGED, "copy in the store")


def test_a_drill_is_due_once_a_month(tmp_path):
    with copied(tmp_path, count=2) as made:
        assert made.parts.drilling.do(lambda: True) is False
        assert len(made.parts.keeping.drills(None, 9)) == 1
        made.parts.drilling.do(lambda: True)
        assert len(made.parts.keeping.drills(None, 9)) == 1


def test_a_drill_that_could_not_tell_is_done_again_the_next_day(tmp_path):
    with copied(tmp_path, count=2) as made:
        made.parts.drilling.run(lambda: False)
        clock = made.holding.site.clock
        right = clock.now
        made.parts.drilling.do(lambda: True)
        assert len(made.parts.keeping.drills(None, 9)) == 1
        clock.now = lambda: right() + timedelta(days=1, minutes=1)
        made.parts.drilling.do(lambda: True)
        assert [one.answer for one in made.parts.keeping.drills(None, 9)] == [
            Answer.INTACT,
            Answer.UNKNOWN,
        ]


def test_a_drill_of_a_day_to_come_does_not_put_off_the_next(tmp_path):
    with copied(tmp_path, count=2) as made:
        clock = made.holding.site.clock
        right, clock.now = clock.now, lambda: right() + timedelta(days=400)
        made.parts.keeping.drill(None)
        clock.now = right
        made.parts.drilling.do(lambda: True)
        assert len(made.parts.keeping.drills(None, 9)) == 2


def test_a_folder_that_is_no_store_is_not_rebuilt_from(tmp_path):
    """A mount that is gone is an empty folder; a database of nothing would be complete."""
    with copied(tmp_path, count=2) as made:
        settings = made.holding.site.settings
    (tmp_path / "empty").mkdir()
    into = f"sqlite:///{tmp_path}/rebuilt.db"
    with pytest.raises(OutsideUnavailable):
        rebuild(settings, tmp_path / "empty", into, False, lambda size: True)
    done = rebuild(settings, tmp_path / "second-0", into, False, lambda size: True)
    assert (done.complete, done.records, done.unlogged) == (True, 2, 0)

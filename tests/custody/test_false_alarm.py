"""A clean file is never called damaged, whatever the disk, the mount or the clock does."""

import errno
import os
import random
from collections import Counter
from contextlib import contextmanager

import pytest

from filing.adapters.custody.local_copies import LocalCopies
from filing.adapters.custody.reading import Fresh, Quick, Unreadable, telling
from filing.custody.auditing import Auditing
from filing.errors import OutsideUnavailable, StorageFull
from filing.model.custody import MAIN, Answer, Depth, FindingState, Scope
from tests.custody.holding import ALL, a_holding

FAULTS = (errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.ENOMEM, errno.EACCES,
          errno.ENOENT, errno.EMFILE, errno.ENODEV)  # fmt: skip

CHECKS = int(os.environ.get("FILING_CLEAN_CHECKS", "5000"))


class Failing:
    """A reader below which the disk fails now and then; short reads too."""

    def __init__(self, reader, chance: random.Random, share: float) -> None:
        self._reader, self._chance, self._share = reader, chance, share

    def _perhaps(self, path: str) -> None:
        if self._chance.random() < self._share:
            with telling():
                raise OSError(self._chance.choice(FAULTS), "injected", path)

    def entries(self, folder):
        self._perhaps(folder)
        return self._reader.entries(folder)

    def digest(self, path, keep=1 << 20):
        self._perhaps(path)
        size, sha256, content = self._reader.digest(path, keep)
        if self._chance.random() < self._share:  # the cache, the cable or the memory lied
            return size, self._chance.randbytes(32).hex(), self._chance.randbytes(9)
        return size, sha256, content


@contextmanager
def over(holding, chance, share):
    """The holding's custody on a disk that fails."""
    parts = holding.parts
    copies = LocalCopies(
        str(holding.site.settings.store),
        parts.trust,
        None,
        lambda count: None,
        reader=lambda pace: Failing(Quick(pace), chance, share),
        again=lambda pace: Failing(Fresh(pace), chance, share / 4),
    )
    was = parts.auditing
    parts.auditing = Auditing(MAIN, copies, was.tables, parts.book, was.wholes, was.clock, was.wait)
    yield parts.auditing
    parts.auditing = was


@contextmanager
def mishaps(holding, auditing, chance):
    """Sometimes the place is gone for a moment, sometimes the database has no room."""
    copies, book, happened = auditing.copies, holding.parts.book, Counter()
    available, advance = copies.available, book.advance

    def perhaps_away():
        if chance.random() < 0.1:
            happened["away"] += 1
            raise OutsideUnavailable("the place is gone")
        available()

    def perhaps_full(read, at):
        if chance.random() < 0.1:
            happened["full"] += 1
            raise StorageFull("the database has no room left")
        return advance(read, at)

    copies.available, book.advance = perhaps_away, perhaps_full
    yield happened
    book.advance = advance


def carried_on(auditing, audit):
    """To its end, however often it is interrupted."""
    while True:
        try:
            return auditing.run(auditing.book.audit(audit.id))
        except (OutsideUnavailable, StorageFull):
            continue


def test_no_clean_file_becomes_damage_on_a_failing_disk(tmp_path):
    """Reads fail and lie, the mount goes, the disk is full; FILING_CLEAN_CHECKS file checks."""
    many = CHECKS > 100_000
    with a_holding(tmp_path / "home", count=200 if many else 20) as holding:
        chance, files, unknown = random.Random(7), 0, 0
        scope = Scope(fonds="Z109", depth=Depth.BYTES)
        with (
            over(holding, chance, 0.002 if many else 0.02) as auditing,
            mishaps(holding, auditing, chance) as happened,
        ):
            while files < CHECKS:
                audit = carried_on(auditing, auditing.begin(scope, "system"))
                confirmed = holding.parts.book.findings([FindingState.CONFIRMED], "", "", 10)
                assert [one.fault for one in confirmed] == []
                assert (audit.damaged, audit.looked) == (0, len(holding.ids))
                files += audit.files
                unknown += audit.unknown
        print(f"{files} file checks, {unknown} could not be told, {dict(happened)}")
        assert unknown > 20
        assert all(happened[one] for one in ("away", "full"))
        # Could not tell is tried again, and told in the end.
        holding.audit()
        assert holding.open() == set()


def test_no_file_or_folder_that_can_never_be_read_makes_anything_damaged(tmp_path):
    """Each in turn gives an error, to the first look and to the second."""

    class Bad:
        path = ""

        def __init__(self, reader):
            self._reader = reader

        def entries(self, folder):
            return self._reader.entries(self._good(folder))

        def digest(self, path, keep=1 << 20):
            return self._reader.digest(self._good(path), keep)

        def _good(self, path):
            if path == Bad.path:
                raise Unreadable("EIO: injected")
            return path

    with a_holding(tmp_path / "home", count=2) as holding:
        parts, folder = holding.parts, holding.folder(holding.ids[0])
        expected = parts.tables.of(holding.ids[:1])
        for reader in (Quick, Fresh):
            copies = LocalCopies(
                str(holding.site.settings.store),
                parts.trust,
                None,
                lambda count: None,
                again=lambda pace, reader=reader: Bad(reader(pace)),
            )
            for path in (folder, *folder.rglob("*")):
                Bad.path = str(path)
                (one,) = copies.again(expected, Depth.BYTES)
                answers = {(each.code, each.answer) for each in one.faults}
                assert answers <= {("CX-4-2", Answer.UNKNOWN)}, path
                assert not one.complete or not one.faults
                assert one.answer is not Answer.DAMAGED


def test_a_place_that_is_not_there_is_nobodys_damage(tmp_path):
    with a_holding(tmp_path / "home", count=4) as holding:
        audit = holding.parts.keeping.begin(None, ALL)
        store = holding.site.settings.store
        store.rename(store.with_name("elsewhere"))
        store.mkdir()  # an empty mount point
        with pytest.raises(OutsideUnavailable):
            holding.parts.keeping.run(None, audit.id, lambda one: None)
        assert holding.parts.book.audit(audit.id).looked == 0
        store.rmdir()
        store.with_name("elsewhere").rename(store)
        done = holding.parts.keeping.run(None, audit.id, lambda one: None)
        assert (done.answer, done.looked) == (Answer.INTACT, 4)
        assert holding.open() == set()


def test_a_place_lost_in_the_middle_costs_one_step_and_no_record(tmp_path):
    with a_holding(tmp_path / "home", count=4) as holding:
        store = holding.site.settings.store
        audit = holding.parts.keeping.begin(None, ALL)
        begin = holding.parts.copies.begin

        def losing(some, depth):
            answer = begin(some, depth)

            def lost():
                store.rename(store.with_name("elsewhere"))
                store.mkdir()
                return answer()

            return lost

        holding.parts.copies.begin = losing
        with pytest.raises(OutsideUnavailable):
            holding.parts.keeping.run(None, audit.id, lambda one: None)
        holding.parts.copies.begin = begin
        store.rmdir()
        store.with_name("elsewhere").rename(store)
        assert holding.open() == set()
        coverage = holding.parts.keeping.coverage(None, MAIN)
        assert coverage.copies == 0
        assert holding.parts.keeping.run(None, audit.id, lambda one: None).intact == 4


def test_a_database_without_room_loses_no_answer_and_makes_none(tmp_path, monkeypatch):
    with a_holding(tmp_path / "home", count=4) as holding:
        audit = holding.parts.keeping.begin(None, ALL)
        book = holding.parts.book

        def full(read, at):
            raise StorageFull("the database has no room left")

        with monkeypatch.context() as patched:
            patched.setattr(book, "advance", full)
            with pytest.raises(StorageFull):
                holding.parts.keeping.run(None, audit.id, lambda one: None)
        assert holding.parts.keeping.run(None, audit.id, lambda one: None).looked == 4


def test_damage_that_only_the_page_cache_saw_is_not_damage(tmp_path):
    """The quick reader is lied to about one file every time, the one past the cache is not."""

    class Lied(Quick):
        def digest(self, path, keep=1 << 20):
            size, sha256, content = super().digest(path, keep)
            return (size, "0" * 64, b"") if path.endswith("eep.xml") else (size, sha256, content)

    with a_holding(tmp_path / "home", count=2) as holding:
        holding.parts.copies._reader = Lied
        audit = holding.audit()
        assert (audit.damaged, audit.unknown) == (0, 2)
        assert {code for _, code in holding.open()} == {"CX-4-5"}

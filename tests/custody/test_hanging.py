"""A read that never comes back costs one answer, not the audit."""

import threading
from contextlib import contextmanager

import pytest

from filing.adapters.custody.local_copies import LocalCopies
from filing.adapters.custody.patience import Patience
from filing.adapters.custody.reading import Fresh, Quick
from filing.adapters.locations.held import PlaceCopies
from filing.custody.auditing import Auditing
from filing.errors import OutsideUnavailable
from filing.model.custody import MAIN, Answer, Depth, Scope
from tests.custody.copies import copied
from tests.custody.holding import a_holding

SOME = Scope(fonds="Z109", depth=Depth.BYTES)


@contextmanager
def hanging_on(holding, hangs, most=4, seconds=2.0):
    """The holding's custody on a mount where what ``hangs`` names does not come back."""
    free = threading.Event()

    def over(reader):
        class Hanging(reader):
            def digest(self, path, keep=1 << 20):
                if hangs(path):
                    free.wait(120)
                return super().digest(path, keep)

        return Hanging

    copies = LocalCopies(
        str(holding.site.settings.store),
        holding.parts.trust,
        None,
        lambda count: None,
        reader=over(Quick),
        again=over(Fresh),
        patience=Patience(seconds, most),
    )
    was = holding.parts.auditing
    try:
        yield Auditing(
            MAIN, copies, was.tables, holding.parts.book, was.wholes, was.clock, was.wait
        )
    finally:
        free.set()


def test_what_hangs_could_not_be_told_and_the_rest_is_looked_at(tmp_path):
    with a_holding(tmp_path / "home", count=4) as holding:
        dead = str(holding.folder(holding.ids[1]))
        with hanging_on(holding, lambda path: path.startswith(dead)) as auditing:
            audit = auditing.run(auditing.begin(SOME, "system"))
        assert (audit.looked, audit.intact, audit.unknown, audit.damaged) == (4, 3, 1, 0)
        assert holding.open() == {(holding.ids[1], "CX-4-2")}
        # What was not read is not covered; told in the end, the finding is closed.
        assert holding.parts.keeping.coverage(None, MAIN).unread == 1
        assert holding.audit().answer is Answer.INTACT
        assert holding.open() == set()


def test_a_copy_elsewhere_that_hangs_could_not_be_told_and_the_rest_is_looked_at(tmp_path):
    free = threading.Event()
    with copied(tmp_path, count=3) as made:
        dead = str(made.folder("second-0", made.holding.ids[1]))

        class Hanging(Quick):
            def entries(self, folder):
                if folder.startswith(dead):
                    free.wait(120)
                return super().entries(folder)

        place = made.parts.places.named("second-0")
        place.reader = lambda fresh, pace: Hanging(pace)
        copies = PlaceCopies(place, made.holding.parts.trust, lambda count: None, Patience(1.0))
        try:
            looks = copies.begin(made.holding.parts.tables.of(made.holding.ids), None)()
        finally:
            free.set()
        answers = {one.record_id: one.answer for one in looks}
        assert answers.pop(made.holding.ids[1]) is Answer.UNKNOWN
        assert set(answers.values()) == {Answer.INTACT}


def test_of_a_mount_that_is_dead_no_more_than_a_few_reads_are_left_behind(tmp_path):
    with a_holding(tmp_path / "home", count=6) as holding:
        before = threading.active_count()
        with hanging_on(holding, lambda path: True, 2, 0.5) as auditing:
            audit = auditing.begin(SOME, "system")
            with pytest.raises(OutsideUnavailable):
                auditing.run(audit)
            assert threading.active_count() <= before + 2
            assert holding.parts.book.audit(audit.id).looked == 0
        assert holding.open() == set()


def test_what_is_slow_or_held_back_by_its_pace_is_not_given_up():
    waited = threading.Event()

    def work(pace):
        def one(number):
            for _ in range(8):
                waited.wait(0.15)  # longer than patience in all, never at once
                pace(1)
            return number

        return one

    patience = Patience(1.0)
    assert patience.each(2, lambda count: None, work, lambda number, why: why) == [0, 1]
    held = lambda count: waited.wait(1.5)  # noqa: E731
    once = lambda pace: lambda number: pace(1) or number  # noqa: E731
    assert patience.each(1, held, once, lambda number, why: why) == [0]


def test_what_the_work_raises_is_raised_where_it_is_waited_for():
    def broken(pace):
        raise KeyError("x")

    with pytest.raises(KeyError):
        Patience().each(1, lambda count: None, broken, lambda number, why: why)

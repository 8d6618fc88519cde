"""A process that repairs or copies, killed at every step: finished or undone, nothing lost.

Killed for good, by SIGKILL: no ``finally`` runs, no lease is given back, no file is closed.
"""

import os
import signal
import traceback
from contextlib import contextmanager
from datetime import timedelta

import pytest

from filing.adapters.locations import local
from filing.app import Site
from filing.app.copies import CopyParts
from filing.app.custody import CustodyParts
from filing.model.copies import RepairState
from filing.model.custody import MAIN, Answer
from tests.custody.copies import Copied, copied
from tests.custody.holding import ALL, Holding, flip
from tests.custody.test_repair import quarantine

#: No lease of the dead lasts so long.
LATER = timedelta(minutes=2)


def at(settings, turn: int) -> Site:
    """The archive in a process of its own, some time later each turn."""
    site = Site(settings)
    now = site.clock.now
    site.clock.now = lambda: now() + LATER * turn
    return site


@contextmanager
def started(made: Copied, turn: int):
    """The archive opened again."""
    site = at(made.holding.site.settings, turn)
    try:
        site.open()
        holding = Holding(made.holding.yard, site, CustodyParts(site), made.holding.ids)
        yield Copied(holding, CopyParts(site, holding.parts), made.folders)
    finally:
        site.close()


def killed_at(step: int, settings, act) -> bool:
    """Whether a child that does ``act`` was killed at its ``step``-th step, counted from 1.

    Between two steps are the changes of the disk and of the database.
    """
    child = os.fork()
    if child == 0:
        try:
            passed = 0

            def deadly(real):
                def call(*given, **named):
                    passing()
                    return real(*given, **named)

                return call

            def passing():
                nonlocal passed
                passed += 1
                if passed == step:
                    os.kill(os.getpid(), signal.SIGKILL)

            site = at(settings, 2 * step)
            site.check()
            parts = CopyParts(site, CustodyParts(site))
            for name in ("publish", "sync_each", "write_new", "_put", "remove"):
                setattr(local, name, deadly(getattr(local, name)))
            local.Barrier.sync = deadly(local.Barrier.sync)
            for name in ("begin_repair", "end_repair", "note_copied"):
                setattr(parts.book, name, deadly(getattr(parts.book, name)))
            act(parts)
            passing()
        except BaseException:  # noqa: BLE001  # a forked test must never return
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def kept(made: Copied, place: str, repair_id: str) -> dict[str, bytes]:
    aside = quarantine(made, place) / repair_id
    return {str(p.relative_to(aside)): p.read_bytes() for p in aside.rglob("*") if p.is_file()}


@pytest.mark.parametrize("place", [MAIN, "second-0"])
def test_a_repair_killed_at_any_step_is_finished_or_was_never_begun(tmp_path, place):
    with copied(tmp_path, count=1) as made:
        one = made.holding.ids[0]
        whole = made.files(place, one)
    step, states = 0, []
    while True:
        step += 1 if place == MAIN else 3
        # The other name of a hard link stays whole.
        hurt = next(made.folder(place, one).rglob("statement.json"))
        content = hurt.read_bytes()
        hurt.unlink()
        hurt.write_bytes(content)
        flip(hurt, 3 + step)
        damaged = made.files(place, one)
        if not killed_at(
            step, made.holding.site.settings, lambda parts: parts.keeping.repair(None, place, one)
        ):
            break
        with started(made, 2 * step + 1) as later:
            left = later.parts.keeping.repairs(None, None, "", "", 1)
            fresh = [each for each in left if each.id not in {state.id for state in states}]
            later.parts.repairing.finish()
            assert later.parts.keeping.repairs(None, RepairState.BEGUN, "", "", 9) == []
            if not fresh:
                assert made.files(place, one) == damaged
                fresh = [later.parts.keeping.repair(None, place, one)]
            (repair,) = fresh
            states.append(repair)
            assert later.parts.book.repair(repair.id).state is RepairState.DONE
            assert made.files(place, one) == whole
            assert kept(made, place, repair.id) == damaged
            staging = quarantine(made, place).with_name("staging")
            assert not staging.exists() or list(staging.iterdir()) == []
    assert made.files(place, one) == whole
    assert step > 15, "so many moments at least"


def test_catching_up_killed_at_any_step_ends_with_every_copy_whole_and_counted_once(tmp_path):
    with copied(tmp_path, count=1) as made:
        pass
    step, alive = 0, False
    while not alive:
        step += 1
        with started(made, 2 * step) as later:
            made.holding.ids += later.holding.file_some(1, 5000 + step)
        alive = not killed_at(
            step,
            made.holding.site.settings,
            lambda parts: parts.keeping.catch_up(None, "second-0", lambda standing: None),
        )
        if step % 4 == 0 or alive:
            with started(made, 2 * step + 1) as later:
                standing = later.parts.keeping.catch_up(None, "second-0", lambda standing: None)
                assert (standing.copied, standing.gaps) == (len(made.holding.ids), 0)
                for one in made.holding.ids:
                    assert made.files("second-0", one) == made.files(MAIN, one)
    assert step > 8, "so many moments at least"
    with started(made, 2 * step + 2) as later:
        staging = quarantine(made, "second-0").with_name("staging")
        assert list(staging.iterdir()), "something was left by the dead"
        later.parts.copy(lambda: True)
        assert list(staging.iterdir()), "it may be on its way still"
        keeping = later.parts.keeping.at("second-0")
        audit = keeping.run(None, keeping.begin(None, ALL).id, lambda audit: None)
        assert (audit.answer, audit.intact) == (Answer.INTACT, len(made.holding.ids))
    with started(made, 1000) as later:  # a day and more
        later.parts.copy(lambda: True)
        assert list(staging.iterdir()) == []

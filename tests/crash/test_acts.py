"""An act on many whose process is killed outright loses no member and does none twice."""

import multiprocessing
import os
import signal
import time

from filing.config import Settings
from filing.desk import members
from filing.desk import work as acting
from filing.model.desk import ActState, Remedy, Rewrite
from filing.model.events import Kind
from filing.model.submission import State
from tests.desk.office import SECRECY, an_office, refused

MEMBERS = 24
#: Members taken up, and handed in together: an act is many batches of either.
BATCH, TOGETHER = 5, 2
_PATIENCE_SECONDS = 120


def work(settings: Settings) -> None:
    """One process that does the duty until there is nothing left, or it is killed."""
    os.setsid()
    acting.BATCH, members.TOGETHER = BATCH, TOGETHER
    with an_office(settings) as office:
        office.work()


def killed_at(settings: Settings, reached) -> None:
    """Start a process and kill it as soon as ``reached`` says so."""
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=work, args=(settings,))
    process.start()
    until = time.monotonic() + _PATIENCE_SECONDS
    while process.exitcode is None and not reached():
        assert time.monotonic() < until, "the act does not come forward"
        time.sleep(0.005)
    if process.exitcode is None:
        os.kill(process.pid, signal.SIGKILL)
    process.join(_PATIENCE_SECONDS)


def test_killed_again_and_again_it_ends_with_every_member_done_once(database_url, tmp_path):
    assert MEMBERS > 3 * BATCH
    home = tmp_path / "home"
    home.mkdir()
    settings = Settings(home=home, database_url=database_url, free_bytes=1 << 20)
    with an_office(settings) as office:
        ids = [office.send(refused(number, SECRECY)) for number in range(MEMBERS)]
        (cause,) = office.desk.causes(office.clerk, "", "", 5)
        remedy = Remedy(Rewrite.VALUE, value="公开")
        act = office.desk.begin_act(office.clerk, cause.id, remedy, "统一")

        def done() -> int:
            return office.desk.act(office.clerk, act.id).accepted

        for more in (1, 7, 14):
            killed_at(settings, lambda: done() >= more)  # noqa: B023  # asked at once
        with an_office(settings) as last:
            last.work()
            ended = last.desk.act(office.clerk, act.id)
            assert (ended.state, ended.accepted) == (ActState.DONE, MEMBERS)
            assert (ended.rejected, ended.skipped) == (0, 0)
            for one in ids:
                assert last.site.ledger.submission(one).state is State.RECEIPTED
                kinds = [event.kind for event in last.desk.history(office.clerk, one)]
                for kind in (Kind.CORRECTED, Kind.ACCEPTED, Kind.RECEIPTED):
                    assert kinds.count(kind) == 1
            assert last.site.left_over == ()

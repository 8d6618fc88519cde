"""Ten thousand rejects of three causes, cleared by one clerk in three acts.

The rejects are sent like any delivery, and the acts are begun as a page begins them. A
process of its own carries them out, as a server's duty does; this one looks on, as the
page does, and says every few seconds how far it has come.

The first act runs through. In the second the process is killed outright (SIGKILL) at a
third, and another takes up where it was: it recovers what was half filed, and goes on.
The third is stopped by the clerk at a third; when the last members taken up are done
nothing moves any more, and it is continued. At the end every reject must have its
receipt, be corrected once, and none be left over; else the benchmark fails.

Time is that of the acts from first to last, starting the second process and stopping
included; the processor's is that of the processes that carried them out.
"""

import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import func, select

from filing.adapters.db import rows
from filing.adapters.db.engine import Database
from filing.app import settle_memory
from filing.config import Settings
from filing.model.desk import Act, ActState, Remedy, Rewrite
from filing.model.events import Kind
from filing.model.submission import State
from tests.desk.office import Office, an_office, refused

MEMBERS = 10_000
_WAYS = (
    ("内容描述/密级", "<密级>公开<", "<密级>公开件<", Remedy(Rewrite.VALUE, value="公开")),
    ("内容描述/日期", "<日期>", "<日期>约", Remedy(Rewrite.REPLACE, search="约", value="")),
    ("内容描述/责任者", "<责任者>", "<责任者>\u200b", Remedy(Rewrite.TRIM)),
)  # fmt: skip
_TOLD_EVERY_SECONDS = 10.0
_LOOK_SECONDS = 0.1
#: Longer without a single member done: something is wrong.
_PATIENCE_SECONDS = 120.0


def clear(name: str, url: str, folder: Path, members: int) -> None:
    """Send, act three times, and print what it took. Raises SystemExit."""
    home = folder / f"{name}-acts"
    home.mkdir(parents=True)
    settings = Settings(home=home, database_url=url, free_bytes=1 << 20)
    with an_office(settings) as office:
        _send(name, office, members)
        server = _Server(settings)
        try:
            busy, start = _busy(), time.perf_counter()
            at_a_third = (None, server.kill_and_start, None)
            for way, do in zip(_WAYS, at_a_third, strict=True):
                _Looking(name, office, server).act(way, do, stopped=way is _WAYS[-1])
            took = time.perf_counter() - start
        finally:
            server.stop()
        busy = _busy() - busy
        print(
            f"{name:>10} three acts: {took:.0f} s, {members / took:.1f} a second, "
            f"{busy / members * 1000:.1f} ms of processor each; "
            f"peak {server.peak_mb:.0f} MB, {server.first_mb:.0f} MB before the acts\n",
            flush=True,
        )
        _must_be_done(office, members)


def _send(name: str, office: Office, members: int) -> None:
    start = time.perf_counter()
    for number in range(members):
        _, right, wrong, _ = _WAYS[number % len(_WAYS)]
        office.send(refused(number, (right.encode(), wrong.encode())))
    sent = time.perf_counter() - start
    print(
        f"{name:>10} {members} rejected in {sent:.0f} s ({members / sent:.0f} a second)", flush=True
    )


def _busy() -> float:
    """Seconds of processor of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Server:
    """A process that carries acts out, until it is told to end."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._context = settings, multiprocessing.get_context("spawn")
        self.peak_mb = self.first_mb = 0.0
        self._start()

    def look(self) -> None:
        """Note how much memory it took at most. Raises SystemExit when it is gone."""
        if self._process.exitcode is not None:
            raise SystemExit("the process that carries acts out has ended; its words stand above")
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(one for one in status.splitlines() if one.startswith("VmHWM"))
        self.peak_mb = max(self.peak_mb, int(line.split()[1]) / 1024)

    def kill_and_start(self) -> None:
        """SIGKILL, and another in its place."""
        self._process.kill()
        self._process.join()
        self._start()

    def stop(self) -> None:
        """Let it end what it has in hand."""
        self._ended.set()
        self._process.join()

    def _start(self) -> None:
        self._ended, ready = self._context.Event(), self._context.Event()
        self._process = self._context.Process(
            target=_serve, args=(self._settings, ready, self._ended)
        )
        self._process.start()
        while not ready.wait(_LOOK_SECONDS):
            self.look()
        self.look()
        self.first_mb = self.first_mb or self.peak_mb


def _serve(settings: Settings, ready: Event, ended: Event) -> None:
    with an_office(settings) as office:
        settle_memory()
        ready.set()
        while not ended.wait(_LOOK_SECONDS):
            office.work(lambda: not ended.is_set())


class _Looking:
    """One act, looked on by whoever began it."""

    def __init__(self, name: str, office: Office, server: _Server) -> None:
        self.name, self.office, self.server = name, office, server

    def act(
        self, way: tuple[str, str, str, Remedy], at_a_third: Callable[[], None] | None,
        stopped: bool,
    ) -> None:  # fmt: skip
        """Begin it and look on until it is done."""
        office, (field, _, _, remedy) = self.office, way
        causes = office.desk.causes(office.clerk, "", "", 50)
        cause = next(one for one in causes if one.field == field)
        start = time.perf_counter()
        act = office.desk.begin_act(office.clerk, cause.id, remedy, "统一改正")
        self.until(act, lambda found: _done(found) * 3 >= found.total)
        if at_a_third is not None:
            at_a_third()
            self.say(act, "killed outright, and taken up by another process")
        if stopped:
            self.stop(act)
        done = self.until(act, lambda found: found.state is ActState.DONE)
        took = time.perf_counter() - start
        print(
            f"{self.name:>10} {remedy.rewrite:>8}: {done.accepted} of {done.total} accepted, "
            f"{done.rejected} rejected, {done.skipped} skipped in {took:.0f} s",
            flush=True,
        )

    def stop(self, act: Act) -> None:
        """Stop it, see that nothing moves any more, and let it go on."""
        office = self.office
        office.desk.stop_act(office.clerk, act.id)
        asked, stands = time.perf_counter(), -1
        while (now := _done(office.desk.act(office.clerk, act.id))) != stands:
            stands = now
            time.sleep(2.0)
        self.say(act, f"stopped, nothing moved after {time.perf_counter() - asked - 2:.1f} s")
        office.desk.resume_act(office.clerk, act.id)

    def until(self, act: Act, reached: Callable[[Act], bool]) -> Act:
        """Look again and again; say now and then how far it has come. Raises SystemExit."""
        told = moved = time.monotonic()
        stands = -1
        while not reached(found := self.office.desk.act(self.office.clerk, act.id)):
            self.server.look()
            now = time.monotonic()
            if _done(found) != stands:
                stands, moved = _done(found), now
            if now - moved > _PATIENCE_SECONDS:
                raise SystemExit(f"the act stands still at {stands} of {found.total}")
            if now - told > _TOLD_EVERY_SECONDS:
                told = now
                self.say(act, "")
            time.sleep(_LOOK_SECONDS)
        return found

    def say(self, act: Act, what: str) -> None:
        """Where it stands."""
        found = self.office.desk.act(self.office.clerk, act.id)
        print(f"{self.name:>10} {_done(found):7} of {found.total}  {what}", flush=True)


def _done(act: Act) -> int:
    return act.accepted + act.rejected + act.skipped


def _must_be_done(office: Office, members: int) -> None:
    """Raises SystemExit unless every reject was corrected and has its receipt, once."""
    kinds = (Kind.CORRECTED, Kind.ACCEPTED, Kind.RECEIPTED)
    with closing(Database(office.site.settings.url)) as database, database.reading() as connection:
        event = rows.event.c
        query = select(event.kind, event.submission_id, func.count()).group_by(
            event.kind, event.submission_id
        )
        found = Counter(
            (kind, number) for kind, _, number in connection.execute(query) if kind in kinds
        )
    counts = office.desk.counts(office.clerk)
    wanted = Counter({(kind, 1): members for kind in kinds})
    if found != wanted or counts.by_state != {State.RECEIPTED: members} or office.site.left_over:
        raise SystemExit(f"not every reject was filed once: {found}, {counts}")

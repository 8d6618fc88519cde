"""Ten thousand rejects of three causes, cleared by one clerk in three acts.

The rejects are sent like any delivery; the acts are begun as a page begins them and
carried out as a server carries them out, in this process.
"""

import resource
import time
from pathlib import Path

from filing.config import Settings
from filing.model.desk import Remedy, Rewrite
from tests.desk.office import Office, an_office, refused

MEMBERS = 10_000
_WAYS = (
    ("内容描述/密级", "<密级>公开<", "<密级>公开件<", Remedy(Rewrite.VALUE, value="公开")),
    ("内容描述/日期", "<日期>", "<日期>约", Remedy(Rewrite.REPLACE, search="约", value="")),
    ("内容描述/责任者", "<责任者>", "<责任者>\u200b", Remedy(Rewrite.TRIM)),
)  # fmt: skip


def clear(name: str, url: str, folder: Path, members: int) -> None:
    """Send, act three times, and print what it took."""
    home = folder / f"{name}-acts"
    home.mkdir(parents=True)
    with an_office(Settings(home=home, database_url=url, free_bytes=1 << 20)) as office:
        start = time.perf_counter()
        for number in range(members):
            _, right, wrong, _ = _WAYS[number % len(_WAYS)]
            office.send(refused(number, (right.encode(), wrong.encode())))
        sent = time.perf_counter() - start
        print(
            f"{name:>10} {members} rejected in {sent:.0f} s ({members / sent:.0f} a second)",
            flush=True,
        )
        before = _peak_mb()
        whole, busy = time.perf_counter(), time.process_time()
        for field, _, _, remedy in _WAYS:
            _act(name, office, field, remedy)
        took, busy = time.perf_counter() - whole, time.process_time() - busy
        left = sum(office.desk.counts(office.clerk).by_agency.values())
        print(
            f"{name:>10} three acts: {took:.0f} s, {members / took:.0f} a second, "
            f"{busy / members * 1000:.1f} ms of processor each; {left} left; "
            f"peak {_peak_mb():.0f} MB, {before:.0f} MB before the acts\n",
            flush=True,
        )


def _act(name: str, office: Office, field: str, remedy: Remedy) -> None:
    causes = office.desk.causes(office.clerk, "", "", 50)
    cause = next(one for one in causes if one.field == field)
    start = time.perf_counter()
    act = office.desk.begin_act(office.clerk, cause.id, remedy, "统一改正")
    office.work()
    done = office.desk.act(office.clerk, act.id)
    took = time.perf_counter() - start
    print(
        f"{name:>10} {remedy.rewrite:>8}: {done.accepted} of {done.total} accepted, "
        f"{done.rejected} rejected, {done.skipped} skipped in {took:.0f} s",
        flush=True,
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

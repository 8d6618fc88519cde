"""What looking again costs, beside what others take to read the same bytes.

On the same files in one run, page cache warm: our audit by ``filing audit``'s own engine in
two processes; ``openssl dgst -sha256`` in two (the floor); ``bagit.py --validate --processes
2`` on a bag of the same files (hard links); ``ocfl-py`` validating the same objects. First
large files, then many small records; round by round, the better of each.

Two rows are ours, both ``filing audit --all``: every byte against inventory, seal, receipt, log
and rows, which is more than any of the others does. One opens each package for the first time,
as after an upgrade; the other finds that it did so before. Large files stand beside lawful
packages and would be refused by their rules: there the audit leaves opening out.

A file with two names (an inventory and its version's own) counts once, for everybody.
Time of processors stands beside the wall's: it says the same on a machine that is busy.
How much memory an audit takes at its peak is asked of processes of its own, with a tenth of
the records and with all.

    python -m benchmarks audit --audit-scale 0.1
"""

import argparse
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.holding import file_records
from filing.app import Site
from filing.app.custody import CustodyParts
from filing.config import Settings
from filing.model.custody import Answer, Audit, Depth, Scope
from tests.crash.yard import a_yard

LARGE_BYTES = 2 << 30
LARGE_FILES = 16
SMALL_RECORDS = 50_000
_BIN = Path(sys.executable).parent
_ROUNDS = 2
_OPENSSL, _OURS, _FIRST = "openssl dgst ×2", "filing audit ×2", "filing audit ×2, first time"


def main(scale: float = 1.0, folder: Path | None = None) -> None:
    """Both settings, each peer."""
    logging.disable(logging.INFO)
    parent = Path(tempfile.mkdtemp(prefix="bench-audit-", dir=folder))
    try:
        large = round(LARGE_BYTES * scale) // LARGE_FILES
        _setting(parent / "large", "large files", LARGE_FILES, large)
        _setting(parent / "small", "small records", round(SMALL_RECORDS * scale), 0)
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def _setting(home: Path, label: str, records: int, file_bytes: int) -> None:
    home.mkdir(parents=True)
    yard = a_yard(home / "archive", "", max_body_bytes=8 << 30)
    site = Site(yard.settings)
    site.open()
    parts = CustodyParts(site, processes=2)
    try:
        peaks = _filed(site, records, file_bytes, home)
        files = _Files.below(site.settings.store)
        print(
            f"\n{label}: {records} records, {files.names} names, {len(files.distinct)} files,"
            f" {files.size_bytes / 1e6:.0f} MB"
        )
        _measure(parts, files, home, _depth(file_bytes))
        for line in peaks:
            print(f"  {line}", flush=True)
    finally:
        parts.close()
        site.close()


def _filed(site: Site, records: int, file_bytes: int, aside: Path) -> list[str]:
    """File them; what an audit took of memory on the way and at the end."""
    first = 0
    peaks = []
    for last in (records,) if file_bytes else (records // 10, records):
        file_records(site, first, last, file_bytes, aside)
        os.sync()
        first = last
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            own, worker = apart.submit(_peaks, site.settings, _depth(file_bytes)).result()
        peaks.append(f"{last} records: peak memory {own} MB, of a process that reads {worker} MB")
    return peaks


def _depth(file_bytes: int) -> Depth:
    return Depth.BYTES if file_bytes else Depth.WHOLE


def _peaks(settings: Settings, depth: Depth) -> tuple[int, int]:
    """Megabytes at the peak of one audit: this process, and the larger of those that read."""
    logging.disable(logging.INFO)
    site = Site(settings)
    site.open()
    parts = CustodyParts(site, processes=2)
    try:
        _ours(parts, depth)
        readers = [_peak(str(pid)) for pid in parts.pool.pids()] if parts.pool else [0]
        return _peak("self"), max(readers)
    finally:
        parts.close()
        site.close()


def _peak(pid: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(one.split()[1]) for one in lines if one.startswith("VmHWM:")) >> 10


@dataclass(frozen=True, slots=True)
class _Files:
    """Everything in a store; ``distinct``: each file by one of its names."""

    names: int
    distinct: list[Path]
    size_bytes: int

    @staticmethod
    def below(store: Path) -> "_Files":
        names, found, size = 0, {}, 0
        for path in store.rglob("*"):
            if path.is_file():
                names += 1
                state = path.stat()
                if state.st_ino not in found:
                    found[state.st_ino] = path
                    size += state.st_size
        return _Files(names, list(found.values()), size)


def _measure(parts: CustodyParts, files: _Files, home: Path, depth: Depth) -> None:
    """Everybody in turn; what costs most only once."""
    store = parts.site.settings.store
    bag = _bag(home / "bag", store, files.distinct)
    os.sync()
    often: dict[str, Callable[[], None]] = {
        _OPENSSL: lambda: _openssl(files.distinct),
        _OURS: lambda: _again(parts, depth),
        "bagit --validate ×2": lambda: _bagit(bag),
    }
    once: dict[str, Callable[[], None]] = {"ocfl-py validate": lambda: _ocfl(store)}
    if depth is Depth.WHOLE:
        once[_FIRST] = lambda: _first(parts)
    _ours(parts, depth)  # processes are begun, files are in the cache for all
    taken: dict[str, tuple[float, float]] = {}
    for turn in range(_ROUNDS):
        for name, run in (often if turn else often | once).items():
            found = _timed(run, parts)
            taken[name] = min(found, taken.get(name, found))
    ours, _ = taken[_OURS]
    for name, (seconds, spent) in taken.items():
        print(
            f"  {name:28} {seconds:8.2f} s {spent:8.2f} s of processors"
            f" {files.size_bytes / seconds / 1e6:7.0f} MB/s"
            f" {len(files.distinct) / seconds:8.0f} files/s {seconds / ours:6.2f} of ours",
            flush=True,
        )


def _bag(bag: Path, store: Path, files: Iterable[Path]) -> Path:
    """A bag of the same files by hard links, with a SHA-256 manifest."""
    lines = []
    for path in files:
        place = Path("data") / path.relative_to(store)
        target = bag / place
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
        with path.open("rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {place}\n")
    (bag / "bagit.txt").write_text("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")
    (bag / "manifest-sha256.txt").write_text("".join(lines))
    return bag


def _openssl(files: list[Path]) -> None:
    """Two processes, the bytes shared evenly, some thousand names on each command line."""
    shares: tuple[list[str], list[str]] = ([], [])
    weights = [0, 0]
    for path in sorted(files, key=lambda one: -one.stat().st_size):
        lighter = weights.index(min(weights))
        shares[lighter].append(str(path))
        weights[lighter] += path.stat().st_size + 4096
    running = []
    for share in shares:
        script = 'xargs -d "\\n" -n 2000 openssl dgst -sha256 >/dev/null'
        one = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, text=True)
        running.append((one, "\n".join(share)))
    threads = [threading.Thread(target=one.communicate, args=(names,)) for one, names in running]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one.returncode == 0 for one, _ in running)


def _ours(parts: CustodyParts, depth: Depth) -> Audit:
    audit = parts.keeping.begin(None, Scope(depth=depth))
    done = parts.keeping.run(None, audit.id, lambda one: None)
    assert done.answer is Answer.INTACT, done
    return done


def _again(parts: CustodyParts, depth: Depth) -> None:
    """What this program opened before, not a byte being changed."""
    assert _ours(parts, depth).opened == 0


def _first(parts: CustodyParts) -> None:
    """As if no program had opened anything yet."""
    done = _ours(parts, Depth.ANEW)
    assert done.opened == done.intact


def _bagit(bag: Path) -> None:
    command = [str(_BIN / "bagit.py"), "--validate", "--processes", "2", "--quiet", str(bag)]
    subprocess.run(command, check=True, capture_output=True)


def _ocfl(store: Path) -> None:
    """The root and every object in it."""
    subprocess.run(
        [str(_BIN / "ocfl-validate.py"), "-q", str(store)], check=True, capture_output=True
    )


def _timed(run: Callable[[], None], parts: CustodyParts) -> tuple[float, float]:
    """Seconds on the wall, and of processors in every process that took part."""
    begun, spent = time.perf_counter(), _spent(parts)
    run()
    return time.perf_counter() - begun, _spent(parts) - spent


def _spent(parts: CustodyParts) -> float:
    own = os.times()
    spent = own.user + own.system + own.children_user + own.children_system
    ticks = os.sysconf("SC_CLK_TCK")
    for pid in parts.pool.pids() if parts.pool is not None else ():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / ticks
    return spent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--folder", type=Path, help="a disk")
    options = parser.parse_args()
    main(options.scale, options.folder)

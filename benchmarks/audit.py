"""What looking again costs, beside what others take to read the same bytes.

On the same files in one run, page cache warm or dropped: our full audit by ``filing audit``'s
own engine with two processes; ``openssl dgst -sha256`` in two processes (the floor);
``bagit.py --validate --processes 2`` on a bag of the same files (hard links); ``ocfl-py``
validating the same objects. First large files, then many small records.

A file with two names (an inventory and its version's own) counts once, for everybody.
Time of processors stands beside the wall's: it says the same on a machine that is busy.

    python -m benchmarks audit --audit-scale 0.1
"""

import argparse
import hashlib
import logging
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from examples.good import good
from filing.app import Site
from filing.app.custody import CustodyParts
from filing.ingest.judged import Judged
from filing.model.custody import Answer, Depth, Scope
from filing.model.digest import Digest
from filing.model.package import Content
from tests.crash.yard import SENDER, a_yard
from tests.ingest.made import judged

LARGE_BYTES = 2 << 30
LARGE_FILES = 16
SMALL_RECORDS = 50_000
_BIN = Path(sys.executable).parent
_BATCH = 512


def main(scale: float = 1.0, folder: Path | None = None) -> None:
    """Both settings, each peer."""
    logging.disable(logging.INFO)
    parent = Path(tempfile.mkdtemp(prefix="bench-audit-", dir=folder))
    try:
        large = round(LARGE_BYTES * scale) // LARGE_FILES
        _setting(parent / "large", "large files", LARGE_FILES, large, scale)
        _setting(parent / "small", "small records", round(SMALL_RECORDS * scale), 0, scale)
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def _setting(home: Path, label: str, records: int, file_bytes: int, scale: float) -> None:
    home.mkdir(parents=True)
    yard = a_yard(home / "archive", "", max_body_bytes=8 << 30)
    site = Site(yard.settings)
    site.open()
    parts = CustodyParts(site, processes=2)
    begun = time.perf_counter()
    for start in range(0, records, _BATCH):
        count = min(_BATCH, records - start)
        filed = _filed(site, start, count, file_bytes, home)
        ready = [site.ceremony.prepare(one) for one in filed]
        site.ceremony.commit(ready)
    files = [path for path in site.settings.store.rglob("*") if path.is_file()]
    distinct = {path.stat().st_ino: path for path in files}
    size = sum(path.stat().st_size for path in distinct.values())
    print(
        f"\n{label}: {records} records, {len(files)} names, {len(distinct)} files,"
        f" {size / 1e6:.0f} MB (filed in {time.perf_counter() - begun:.0f} s)"
    )
    bag = _bag(home / "bag", site.settings.store, distinct.values())
    os.sync()
    runs: tuple[tuple[str, int, Callable[[], None]], ...] = (
        ("openssl dgst ×2", len(distinct), lambda: _openssl(list(distinct.values()))),
        (
            "filing audit ×2, bytes, seal, log, rows",
            len(distinct),
            lambda: _ours(parts, Depth.BYTES),
        ),
        ("filing audit ×2, opened too", len(distinct), lambda: _ours(parts, Depth.WHOLE)),
        ("bagit --validate ×2", len(distinct), lambda: _bagit(bag)),
        ("ocfl-py validate", len(distinct), lambda: _ocfl(site.settings.store)),
    )
    _ours(parts, Depth.BYTES)  # processes are begun, files are in the cache for all
    for name, count, run in runs:
        if file_bytes and "opened" in name:
            continue  # the large file was put beside a lawful package: its rules refuse it
        seconds, spent = min(_timed(run, parts) for _ in range(2 if scale < 1 else 1))
        print(
            f"  {name:42} {seconds:8.2f} s {spent:8.2f} s of processors"
            f" {size / seconds / 1e6:7.0f} MB/s {count / seconds:8.0f} files/s",
            flush=True,
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  peak memory: this process {peak:.0f} MB, largest child {children:.0f} MB")
    parts.close()
    site.close()


def _filed(site: Site, start: int, count: int, file_bytes: int, aside: Path) -> Iterator[Judged]:
    """Records as they come from the examination; a large one brings a file more.

    Of large ones one is examined, the others are it under another 档号; they are not opened.
    """
    if not file_bytes:
        for sample in good(count, start=start, agency=SENDER, annexes=0):
            yield judged(site, sample)
        return
    sample = next(iter(good(1, start=start, agency=SENDER, annexes=0)))
    pattern, codes = judged(site, sample), (sample.archival_code, sample.electronic_code)
    for number in range(start, start + count):
        one = _under(pattern, codes, number, site.clock.new_id)
        path = aside / f"{one.submission.id}.bin"
        big = Content("large.bin", file_bytes, (_random_file(path, file_bytes),), path)
        package = replace(one.package, members=(big,), size_bytes=file_bytes)
        submission = replace(one.submission, size_bytes=file_bytes)
        yield replace(one, package=package, submission=submission)


def _under(one: Judged, codes: tuple[str, str], number: int, new_id: Callable[[], str]) -> Judged:
    """The same under other codes of the same length: offsets into the document stay."""
    document = one.package.metadata
    assert document is not None and isinstance(document.body, bytes)
    archival, electronic = codes
    others = (
        f"{archival[:-8]}{number // 10_000:03}-{number % 10_000:04}",
        f"{electronic[:-6]}{number:06}",
    )
    body, fields = document.body, one.package.fields
    for before, after in zip(codes, others, strict=True):
        body = body.replace(before.encode(), after.encode())
        fields = tuple(each._replace(value=each.value.replace(before, after)) for each in fields)
    digest = Digest("sha256", hashlib.sha256(body).digest())
    package = replace(
        one.package,
        digest=digest,
        metadata=replace(document, body=body, digests=(digest,)),
        fields=fields,
    )
    submission = replace(
        one.submission,
        id=new_id(),
        record_id=new_id(),
        delivery_key=f"digest:{digest.hex}",
        package_digest=str(digest),
    )
    return replace(one, package=package, submission=submission)


def _random_file(path: Path, size_bytes: int) -> Digest:
    whole = hashlib.sha256()
    with path.open("wb") as stream:
        for left in range(size_bytes, 0, -(1 << 20)):
            block = os.urandom(min(left, 1 << 20))
            whole.update(block)
            stream.write(block)
    return Digest("sha256", whole.digest())


def _bag(bag: Path, store: Path, files: Iterable[Path]) -> Path:
    """A bag of the same files by hard links, with a SHA-256 manifest."""
    lines = []
    for path in files:
        place = Path("data") / path.relative_to(store)
        target = bag / place
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{digest}  {place}")
    (bag / "bagit.txt").write_text("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")
    (bag / "manifest-sha256.txt").write_text("\n".join(lines) + "\n")
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


def _ours(parts: CustodyParts, depth: Depth) -> None:
    audit = parts.keeping.begin(None, Scope(depth=depth))
    done = parts.keeping.run(None, audit.id, lambda one: None)
    assert done.answer is Answer.INTACT, done


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

"""``python -m benchmarks``: see the package's first words."""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks import acts, audit, bodies, checks, desk, formats, servers
from benchmarks.client import Plan
from benchmarks.servers import Server

ROOT = Path(__file__).parent.parent
#: Name, connections, requests in a round to each server.
SETTINGS = (("200 KB", 1, 150), ("200 KB", 8, 300), ("200 KB", 32, 400), ("20 KB", 8, 400))
WARM_UP = 40
HEADINGS = ("database", "package", "conn.", "server", "per s", "MB/s", "p50 ms", "p99 ms",
            "cpu ms", "/alone", "/shared", "/bare", "peak MB")  # fmt: skip
FLOORS = ("alone", "shared", "bare")


@dataclass(slots=True)
class Sums:
    """All rounds of one server in one setting."""

    seconds: float = 0.0
    bytes: int = 0
    times: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Accepted submissions a second."""
        return (len(self.times) - len(self.refused)) / self.seconds

    def add(self, result: dict[str, object]) -> None:
        """Take in one round's Result."""
        self.seconds += float(str(result["seconds"]))
        self.bytes += int(str(result["bytes"]))
        self.times += result["times"]  # type: ignore[arg-type]  # from JSON
        self.refused += result["refused"]  # type: ignore[arg-type]  # from JSON


class Client:
    """The load process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.client"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip

    def post(self, plan: Plan, large: bool = False) -> dict[str, object]:
        """Carry out ``plan``; the Result as JSON gave it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(plan) | {"large": large}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the client ended; its words stand above")
        return json.loads(line)

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


@contextmanager
def databases(names: Sequence[str]) -> Iterator[list[tuple[str, list[str]]]]:
    """(name, one URL for each server) of every database asked for; "" is SQLite."""
    with ExitStack() as stack:
        found = []
        for name in names:
            if name == "sqlite":
                found.append((name, [""] * (len(FLOORS) + 1)))
                continue
            from tests.postgres import Cluster, server_binaries

            if (binaries := server_binaries()) is None:
                print("PostgreSQL is not installed here: left out", file=sys.stderr)
                continue
            cluster = stack.enter_context(Cluster(binaries))
            found.append((name, [cluster.database() for _ in range(len(FLOORS) + 1)]))
        yield found


def measure(options: argparse.Namespace, folder: Path) -> None:
    """The floors and our server on each database, every setting."""
    client = Client()
    start = 0
    print(row(HEADINGS))
    with databases(options.databases) as found:
        for name, urls in found:
            with ExitStack() as stack:
                shape = (options.processes, options.threads)
                both = [
                    stack.enter_context(
                        servers.floor(folder / f"{name}-{kind}", urls[at], *shape, kind)
                    )
                    for at, kind in enumerate(FLOORS)
                ]
                if not options.floor_only:
                    home = folder / f"{name}-filing"
                    both.append(stack.enter_context(servers.filing(home, urls[-1], *shape)))
                for label, connections, count in SETTINGS:
                    count = max(4, round(count * options.scale))
                    needed = WARM_UP + options.rounds * count
                    place = folder / "bodies"
                    shutil.rmtree(place, ignore_errors=True)
                    bodies.make(place, label, start, needed)
                    # What is not on disk yet would be waited for by the first barrier.
                    os.sync()
                    start += needed
                    sums = alternate(client, both, place, connections, count, options.rounds)
                    report(name, label, connections, both, sums)
                if options.large:
                    rounds, size = options.rounds, options.large
                    streaming = [one for one in both if one.name != "bare"]
                    start = measure_large(client, streaming, folder, name, start, size, rounds)
    client.close()


def alternate(
    client: Client, both: Sequence[Server], place: Path, connections: int, count: int, rounds: int
) -> list[Sums]:
    """The same packages to each server, round by round, the first server in turn."""
    sums = [Sums() for _ in both]
    for server in both:
        client.post(plan(server, place, 0, WARM_UP, connections))
        server.peak_bytes, server.busy_seconds = 0, 0.0
    for turn in range(rounds):
        order = list(zip(both, sums, strict=True))
        for server, total in order if turn % 2 == 0 else reversed(order):
            with server.watched():
                first = WARM_UP + turn * count
                total.add(client.post(plan(server, place, first, count, connections)))
    return sums


def measure_large(
    client: Client, both: Sequence[Server], folder: Path, name: str, start: int, size: int,
    rounds: int,
) -> int:  # fmt: skip
    """One huge delivery to each server, round by round; returns the next free number."""
    place = folder / "large"
    sums = [Sums() for _ in both]
    for server in both:
        server.peak_bytes, server.busy_seconds = 0, 0.0
    for turn in range(rounds):
        shutil.rmtree(place, ignore_errors=True)
        # Made in a process of its own, so that its memory is given back.
        call = f"bodies.make_large(Path({str(place)!r}), {start + turn}, {size})"
        code = f"from pathlib import Path; from benchmarks import bodies; {call}"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        os.sync()
        order = list(zip(both, sums, strict=True))
        for server, total in order if turn % 2 == 0 else reversed(order):
            with server.watched():
                total.add(client.post(plan(server, place, 0, 1, 1), large=True))
    report(name, f"{size >> 20} MB", 1, both, sums)
    return start + rounds


def measure_desk(options: argparse.Namespace, folder: Path) -> None:
    """Pages of a short and a long queue, and ten thousand rejects in three acts."""
    with databases(options.databases) as found:
        both = [(name, urls[0], urls[1]) for name, urls in found]
        if options.rejects:
            desk.pages(both, folder, options.rejects, 61)
        for name, urls in found:
            if options.members:
                acts.clear(name, urls[2], folder, options.members)


def plan(server: Server, place: Path, first: int, count: int, connections: int) -> Plan:
    return Plan(server.port, str(place), first, count, connections, server.path, server.headers)


def report(
    name: str, label: str, connections: int, both: Sequence[Server], sums: Sequence[Sums]
) -> None:
    """Print one line per server, and what was refused."""
    rates = {server.name: total.rate for server, total in zip(both, sums, strict=True)}
    for server, total in zip(both, sums, strict=True):
        print(
            row((
                name, label, connections, server.name, f"{total.rate:.0f}" if total.rate >= 10
                else f"{total.rate:.2f}", f"{total.bytes / total.seconds / 1e6:.0f}",
                f"{quantile(total.times, 0.5) * 1000:.1f}",
                f"{quantile(total.times, 0.99) * 1000:.1f}",
                f"{server.busy_seconds / len(total.times) * 1000:.2f}",
                *(f"{total.rate / rates[one]:.2f}" if one in rates else "" for one in FLOORS),
                f"{server.peak_bytes / 1e6:.0f}",
            )),
            flush=True,
        )  # fmt: skip
        if total.refused:
            print(f"  {len(total.refused)} not accepted, the first: {total.refused[0][:500]}")


def quantile(times: Sequence[float], share: float) -> float:
    """The time below which ``share`` of the requests stayed."""
    return sorted(times)[min(len(times) - 1, round(share * (len(times) - 1)))]


def row(values: Sequence[object]) -> str:
    widths = (10, 8, 5, 7, 8, 6, 8, 8, 8, 6, 7, 6, 8)
    return " ".join(f"{value!s:>{width}}" for value, width in zip(values, widths, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("what", nargs="*", default=["formats", "checks", "filing", "audit"],
                        help="filing, checks, formats, audit without any; desk")  # fmt: skip
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--processes", type=int, default=2, help="of each server")
    parser.add_argument("--threads", type=int, default=16, help="of each process")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="of the requests in a round")
    parser.add_argument("--large", type=int, default=1 << 30, help="bytes; 0 leaves it out")
    parser.add_argument(
        "--rejects", type=int, default=1_000_000, help="of the desk's queue; 0: none"
    )
    parser.add_argument("--members", type=int, default=10_000,
                        help="of the desk's three acts; 0: none")  # fmt: skip
    parser.add_argument("--audit-scale", type=float, default=1.0,
                        help="of 2 GB in large files and of 50 000 small records")  # fmt: skip
    parser.add_argument("--floor-only", action="store_true")
    parser.add_argument("--folder", type=Path, help="where both keep their files; a disk")
    options = parser.parse_args()
    model = statistics.mode(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    )
    print(f"{os.cpu_count()} × {model}, Python {platform.python_version()}\n")
    if "formats" in options.what:
        formats.main()
    if "checks" in options.what:
        checks.main()
    if "audit" in options.what:
        audit.main(options.audit_scale, options.folder)
    if {"filing", "desk"} & set(options.what):
        parent = options.folder or ROOT / "var"
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
        try:
            if "filing" in options.what:
                measure(options, folder)
            if "desk" in options.what:
                measure_desk(options, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""The servers under measurement, each started and stopped as a whole."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bodies import AGENCY

_START_SECONDS = 60
_WATCH_SECONDS = 0.5
_FILING = str(Path(sys.executable).with_name("filing"))


@dataclass(slots=True)
class Server:
    """A server that listens. ``headers`` are those every request needs."""

    name: str
    port: int
    path: str
    process: subprocess.Popen[bytes]
    headers: str = ""
    peak_bytes: int = 0
    busy_seconds: float = 0.0
    _watching: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Take the peak memory and the processor time of process and children meanwhile."""
        self._watching.clear()
        before = processor_seconds(self.process.pid)
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._watching.set()
            thread.join()
            self.busy_seconds += processor_seconds(self.process.pid) - before

    def _watch(self) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, pss_bytes(self.process.pid))
            # Reading the sizes stops the process meanwhile: seldom enough not to be felt.
            if self._watching.wait(_WATCH_SECONDS):
                return


def pss_bytes(pid: int) -> int:
    """Proportional set size of a process and all below it; shared pages count once."""
    total = 0
    for one in _family(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue  # it has just ended
        for line in text.splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def processor_seconds(pid: int) -> float:
    """What a process and all below it have used of the processors, theirs and the kernel's."""
    ticks = 0
    for one in _family(pid):
        try:
            text = Path(f"/proc/{one}/stat").read_text(encoding="utf-8")
        except OSError:
            continue  # as above
        # Behind the name, which may hold anything: proc(5) counts utime as the 14th, then stime.
        user, kernel = text.rpartition(")")[2].split()[11:13]
        ticks += int(user) + int(kernel)
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = listing.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def floor(folder: Path, url: str, processes: int, threads: int, kind: str) -> Iterator[Server]:
    """A floor ("alone", "shared" or "bare"), keeping its files in ``folder``."""
    folder.mkdir(parents=True)
    plain = url.replace("postgresql+psycopg", "postgresql") or str(folder / "floor.db")
    port = free_port()
    numbers = [str(port), str(processes), str(threads)]
    program = "benchmarks.bare" if kind == "bare" else "benchmarks.floor"
    command = [sys.executable, "-m", program, str(folder), plain, *numbers, kind]
    with _started(Server(kind, port, "/", _launch(command, {}))) as server:
        yield server


@contextmanager
def filing(home: Path, url: str, processes: int, threads: int) -> Iterator[Server]:
    """Our server in a fresh FILING_HOME, with one agency and its token."""
    port = free_port()
    settings = {
        "FILING_HOME": str(home),
        "FILING_DATABASE_URL": url,
        "FILING_LISTEN": f"127.0.0.1:{port}",
        "FILING_WORKERS": str(processes),
        "FILING_THREADS": str(threads),
    }
    _run(settings, "init")
    rule = AGENCY.rules[0]
    named = [option for name in AGENCY.names for option in ("--also", name)]
    _run(settings, "agency", "add", AGENCY.id, AGENCY.name, "--fonds", rule.fonds, *named)
    token = json.loads(_run(settings, "--json", "agency", "token", AGENCY.id))["token"]
    server = Server("filing", port, "/api/v1/submissions", _launch([_FILING, "serve"], settings))
    server.headers = f"Authorization: Bearer {token}\r\n"
    with _started(server):
        yield server


def _run(settings: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [_FILING, *arguments], env=os.environ | settings, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"filing {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _launch(command: list[str], settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if not os.environ.get("BENCH_SHOW") else None,
        start_new_session=True,
    )


@contextmanager
def _started(server: Server) -> Iterator[Server]:
    """Wait until it listens; stop it at the end."""
    try:
        _await_listening(server)
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        try:
            server.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()


def _await_listening(server: Server) -> None:
    for _ in range(_START_SECONDS * 20):
        if server.process.poll() is not None:
            raise SystemExit(f"{server.name} ended with {server.process.returncode} at start")
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{server.name} does not listen after {_START_SECONDS} s")

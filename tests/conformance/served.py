"""A real archive for tests: its own server process, its own home, sample agencies.

The commands run as a stranger would run them; deliveries go over HTTP.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from examples.documents import AGENCIES, STRICT_AGENCIES
from examples.sample import Sample
from filing.app import Site, initialise
from filing.config import Settings

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
FILING = (sys.executable, "-m", "filing")


@dataclass(frozen=True)
class Served:
    """A served archive.

    tokens    by agency id
    environ   what its commands run with
    """

    home: Path
    url: str
    tokens: Mapping[str, str]
    environ: Mapping[str, str]

    @property
    def store(self) -> Path:
        return self.home / "store"

    def filing(self, *words: object, **more: str) -> subprocess.CompletedProcess[bytes]:
        """Run the ``filing`` command."""
        return subprocess.run(
            [*FILING, *map(str, words)],
            env={**self.environ, **more},
            cwd=self.home,
            capture_output=True,
        )

    def post(self, sample: Sample, path: str = "submissions", **headers: str) -> requests.Response:
        """Send a sample as its agency would."""
        return requests.post(
            f"{self.url}/api/v1/{path}",
            data=sample.wire(),
            headers={
                "Authorization": f"Bearer {self.tokens[sample.agency_id]}",
                "Content-Type": sample.content_type,
                **dict(sample.headers),
                **headers,
            },
            timeout=60,
        )

    def get(self, path: str, agency_id: str = AGENCIES[0].id, **headers: str) -> requests.Response:
        """Ask as an agency."""
        token = {"Authorization": f"Bearer {self.tokens[agency_id]}"}
        return requests.get(f"{self.url}/api/v1/{path}", headers=token | headers, timeout=60)


@contextlib.contextmanager
def a_served_archive(home: Path, **settings: str) -> Iterator[Served]:
    """Make an archive in ``home`` with the sample agencies and serve it while the block runs.

    settings   as in filing.config, without prefix: suite="both"
    """
    listen = f"127.0.0.1:{_free_port()}"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FILING_")},
        **{f"FILING_{name.upper()}": value for name, value in settings.items()},
        "FILING_HOME": str(home),
        "FILING_LISTEN": listen,
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    tokens = _set_up(environ)
    log = home / "log"
    with log.open("wb") as out:
        server = subprocess.Popen([*FILING, "serve"], env=environ, cwd=home, stdout=out, stderr=out)
    try:
        _await(f"http://{listen}", server, log)
        yield Served(home, f"http://{listen}", tokens, environ)
    finally:
        server.send_signal(signal.SIGINT)  # at once; the graceful end takes seconds
        server.wait(30)


def _set_up(environ: Mapping[str, str]) -> dict[str, str]:
    settings = Settings.from_environ(environ)
    initialise(settings)
    site = Site(settings)
    try:
        tokens = {}
        for one in AGENCIES + STRICT_AGENCIES:
            site.operations.add_agency(one)
            tokens[one.id] = site.operations.add_token(one.id, "test")
        return tokens
    finally:
        site.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            requests.get(f"{url}/healthz", timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the archive did not start: {log.read_text(encoding='utf-8')}")

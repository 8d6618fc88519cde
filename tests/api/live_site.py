"""A real gunicorn on the loopback interface, serving the fake archive.

The application side also runs in this file (``app``): it drops the bytes of a
delivery after digesting them, so that large ones can be sent.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response

from filing.api.blueprint import create_blueprint
from filing.api.settings import ApiSettings
from tests.fakes import CITY, FakeServices

MOST = 2 << 30
IDLE_SECONDS = 0.6
ROOT = Path(__file__).parents[2]


def app() -> Flask:
    """The application gunicorn loads; FILING_TEST_CERTIFICATE is the city office's, DER."""
    services = FakeServices(most=MOST, kept_bytes=False)
    if path := os.environ.get("FILING_TEST_CERTIFICATE"):
        services.certificates[Path(path).read_bytes()] = CITY
    settings = ApiSettings(max_body_bytes=MOST, idle_seconds=IDLE_SECONDS)
    site = Flask("live", static_folder=None)
    site.register_blueprint(create_blueprint(services, settings))

    @site.get("/last")
    def last() -> Response:
        one = services.last_incoming
        lines = (services.staged - services.cleared, one.largest_write, one.whole.hexdigest())
        channel = services.channels[-1] if services.channels else ""
        return Response(" ".join(map(str, (*lines, channel))), mimetype="text/plain")

    return site


@dataclass(frozen=True)
class Server:
    """Where it listens."""

    host: str
    port: int


@contextlib.contextmanager
def serving(*options: str, **environ: str) -> Iterator[Server]:
    """Run gunicorn while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Gunicorn sets this on sockets it opens itself, not on one it is handed.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        descriptor = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "4",
             "--no-control-socket", "--log-level", "critical", "--bind", f"fd://{descriptor}",
             "--worker-tmp-dir", "/dev/shm", *options, "tests.api.live_site:app()"],
            cwd=ROOT,
            env={**os.environ, **environ, "PYTHONPATH": str(ROOT)},
            pass_fds=(descriptor,),
        )  # fmt: skip
        try:
            yield Server(*listener.getsockname())
        finally:
            process.terminate()
            process.wait(10)


def read_all(connection: socket.socket, seconds: float = 10) -> bytes:
    """Everything until the server closes."""
    connection.settimeout(seconds)
    found = bytearray()
    ends = time.monotonic() + seconds
    with contextlib.suppress(ConnectionResetError):
        while time.monotonic() < ends and (piece := connection.recv(65536)):
            found += piece
    return bytes(found)

"""An archive on this machine to be killed and looked into: home, server, senders."""

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from examples.documents import AGENCIES
from examples.good import good
from examples.sample import Sample
from filing.app import Site, initialise
from filing.config import Settings
from filing.model.agency import Agency
from tests.crash.drill import LOG, ORDER, started

_START_SECONDS = 40
SENDER = AGENCIES[0]


@dataclass(frozen=True)
class Reply:
    """What came back. ``status`` 0: the connection broke."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


BROKEN = Reply(0, {}, b"")


@dataclass
class Yard:
    """An archive with one agency that may file."""

    settings: Settings
    token: str

    @property
    def home(self) -> Path:
        return self.settings.home

    def order(self, step: str) -> None:
        """Have the server die at ``step``."""
        (self.home / ORDER).write_text(step)

    def obeyed(self) -> bool:
        return not (self.home / ORDER).exists()

    def said(self) -> str:
        """What the server wrote to its log."""
        path = self.home / LOG
        return path.read_text() if path.exists() else ""

    @contextmanager
    def serving(self) -> Iterator["Serving"]:
        """A running server; killed outright at the end of the block, if it still runs."""
        one = Serving(self, started(self.settings))
        try:
            one.ready()
            yield one
        finally:
            one.kill()


class Serving:
    """A server under way."""

    def __init__(self, yard: Yard, process) -> None:
        self.yard = yard
        self.process = process

    def ready(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self.process.exitcode is not None:
                raise AssertionError(f"the server ended:\n{self.yard.said()[-4000:]}")
            if self.ask("GET", "/healthz").status:
                return
            time.sleep(0.02)
        raise AssertionError(f"no answer:\n{self.yard.said()[-4000:]}")

    def kill(self) -> None:
        """As a power cut would end it."""
        if self.process.exitcode is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                self.process.kill()
        self.process.join(10)

    def stop(self) -> None:
        """As an operator ends it."""
        os.kill(self.process.pid, signal.SIGTERM)
        self.process.join(40)
        assert self.process.exitcode == 0, self.yard.said()[-4000:]

    def died(self) -> None:
        """Wait until it has killed itself."""
        self.process.join(20)
        assert self.process.exitcode == -signal.SIGKILL, self.yard.said()[-4000:]

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        host, _, port = self.yard.settings.listen.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=90)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException):
            return BROKEN
        finally:
            connection.close()

    def get(self, path: str) -> Reply:
        return self.ask("GET", path, Authorization=f"Bearer {self.yard.token}")

    def send(self, sample: Sample, key: str = "", **headers: str) -> Reply:
        """One delivery, once."""
        given = {"Idempotency-Key": key} if key else {}
        return self.ask(
            "POST",
            "/api/v1/submissions",
            sample.wire(),
            **dict(sample.headers),
            **{"Content-Type": sample.content_type},
            Authorization=f"Bearer {self.yard.token}",
            **given,
            **headers,
        )

    def send_all(self, samples: Sequence[Sample], key: str = "", at_once: int = 25) -> list[Reply]:
        """Deliveries at the same moment, each on a connection of its own."""
        return self.each(lambda at: self.send(samples[at], key), len(samples), at_once)

    def each(self, ask: Callable[[int], Reply], count: int, at_once: int = 25) -> list[Reply]:
        """The answers to ``count`` questions asked at the same moment."""
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(ask, range(count)))


def a_yard(home: Path, database_url: str, agency: Agency = SENDER, **changes: object) -> Yard:
    """A new archive in ``home``, initialised, with ``agency`` and a token for it."""
    home.mkdir(exist_ok=True)
    settings = Settings(
        home=home,
        database_url=database_url,
        listen=f"127.0.0.1:{free_port()}",
        free_bytes=1 << 20,
        **changes,
    )
    initialise(settings)
    site = Site(settings)
    site.operations.add_agency(agency)
    token = site.operations.add_token(agency.id, "test")
    site.close()
    return Yard(settings, token)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def samples(count: int, start: int = 0, **changes: object) -> list[Sample]:
    """Lawful deliveries of the sender, all different."""
    return list(good(count, start=start, agency=SENDER, annexes=0, **changes))


def bodies(replies: Iterable[Reply]) -> set[bytes]:
    return {one.body for one in replies}


def statuses(replies: Iterable[Reply]) -> set[int]:
    return {one.status for one in replies}

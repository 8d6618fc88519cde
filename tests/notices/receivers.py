"""Servers on loopback that a webhook or mail is sent to: kind ones, and others."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.notices.serving import serving

LOOPBACK = "127.0.0.0/8"


@dataclass
class Received:
    """What came: headers and body, in order."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def number(self) -> int:
        return int(json.loads(self.body)["data"]["number"])


@dataclass
class Receiver:
    """A receiver of webhooks. ``answer`` says the status for each message."""

    answer: Callable[[Received], int] = lambda one: 204
    received: list[Received] = field(default_factory=list)
    port: int = 0
    came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=b"

    def wait_for(self, count: int, seconds: float = 60) -> None:
        """Until so many messages came."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.received) >= count, seconds), (
                f"{len(self.received)} of {count} came"
            )

    def numbers(self) -> list[int]:
        """Event numbers as they were taken for the first time."""
        return list(dict.fromkeys(one.number for one in self.received))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", receiver.port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that hangs up is no matter of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver = self.server.receiver
        one = Received({name.lower(): value for name, value in self.headers.items()}, body)
        status = receiver.answer(one)
        if status < 300:  # kept before it is answered: the sender goes on with the next at once
            with receiver.came:
                receiver.received.append(one)
                receiver.came.notify_all()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said on the terminal."""


@contextlib.contextmanager
def listening(receiver: Receiver) -> Iterator[Receiver]:
    """The receiver, up while the block runs; at the same port when it is up again."""
    with serving(_Server(receiver)) as receiver.port:
        yield receiver


@contextlib.contextmanager
def answering(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does ``act`` with each connection; the URL."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server.settimeout(0.05)
        ended = threading.Event()

        def run() -> None:
            while not ended.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    act(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/hook"
        finally:
            ended.set()
            thread.join()

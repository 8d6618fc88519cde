"""Serve with gunicorn, from this very process: no configuration file, no reload of code.

Threads in each process; a worker opens its archive after the fork. TLS and
agencies' certificates (mTLS) come from the settings.
"""

import errno
import itertools
import logging
import select
import socket
import ssl
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from filing.cli.unreadable import Rewritten
from filing.config import Settings
from filing.errors import Misconfigured
from filing.processors import keep_to_one

_log = logging.getLogger("filing.server")
_GRACE_SECONDS = 30
_FOLLOWS_MILLISECONDS = 5
#: How long to wait for an address that a server left this moment; gunicorn waits as long.
_LEFT_SECONDS = 5


class _Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no annotations
    """gunicorn's threaded worker, but for five things.

    A connection whose next request follows at once is served on by the same thread,
    unless others wait for one: the way through the main thread and its poller costs as
    much as half the checks.

    Its SIGQUIT handler shuts the thread pool down. Running between any two lines of the
    main thread, perhaps inside ``submit``, it then waits for the lock it holds itself,
    and Ctrl-C takes as long as the arbiter's patience. Leaving is enough: the interpreter
    ends the pool's threads on its way out.

    Once the arbiter is gone it serves no connection on, however busy: until the last one
    ends it holds the address, and the arbiter's successor cannot begin.

    What it cannot read it answers in the form of every other refusal.

    Before it serves, its main thread goes to a processor of its own, and the pool's threads
    begin there; threads the application has started by then run where they like.
    """

    #: The lowest that no other living worker has.
    number = 0

    def run(self) -> None:
        keep_to_one(self.number, self.cfg.workers)
        super().run()

    def handle(self, conn: Any) -> Any:  # Any: as above
        kept = super().handle(conn)
        while kept is True and self.alive and not conn.is_http2 and self._follows(conn):
            kept = super().handle(conn)
        return kept

    def _follows(self, conn: Any) -> bool:  # Any: as above
        """Whether the next request is there, or within a moment, and nobody else waits."""
        if self.tpool._work_queue.qsize():
            return False
        if conn.parser.unreader.buf.getvalue():
            return True
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(_FOLLOWS_MILLISECONDS))

    def is_parent_alive(self) -> bool:
        lives = bool(super().is_parent_alive())
        if not lives:
            self.alive = False
        return lives

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:  # Any: as above
        limits = {
            "line": self.cfg.limit_request_line,
            "field": self.cfg.limit_request_field_size,
            "fields": self.cfg.limit_request_fields,
        }
        super().handle_error(req, Rewritten(client.sendall, limits), addr, exc)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        Worker.handle_quit(self, sig, frame)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no annotations
    """gunicorn with our settings."""

    def __init__(self, options: dict[str, Any], make: Callable[[], Flask]) -> None:
        self._options = options  # Any: gunicorn's settings are of every type
        self._make = make
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make()


def run(settings: Settings, make: Callable[[], Flask]) -> None:
    """Serve until told to stop.

    make   builds the application, in each worker

    Raises Misconfigured where the address or the certificate will not do.
    """
    _check_address(settings.listen)
    _check_certificate(settings)
    options: dict[str, Any] = {  # Any: as above
        "bind": settings.listen,
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": _Worker,
        "worker_connections": max(1000, settings.threads * 8),
        "http_parser": "auto",
        # A thread may be busy for as long as a delivery takes; the heartbeat is the worker's.
        "timeout": 120,
        "graceful_timeout": _GRACE_SECONDS,
        "keepalive": 75,
        "control_socket_disable": True,
        "loglevel": "warning",
        "pre_fork": _number,
        "worker_exit": _close,
        "when_ready": _serving,
        "on_exit": _stopped,
    }
    if settings.tls_certificate:
        options |= {"certfile": settings.tls_certificate, "keyfile": settings.tls_key}
    if settings.tls_client_ca:
        # 1: a certificate is asked for, not demanded; a token will do as well.
        options |= {"ca_certs": settings.tls_client_ca, "cert_reqs": 1}
    _Server(options, make).run()


def _check_address(listen: str) -> None:
    """See that nobody serves there; gunicorn would end in a traceback.

    Of a server that was killed outright, the processes below it let go a moment later.
    """
    until = time.monotonic() + _LEFT_SECONDS
    while True:
        try:
            return _bind(listen)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise _not_served(listen, error) from error
        time.sleep(0.1)


def _bind(listen: str) -> None:
    """Take the address and give it back. Raises OSError."""
    host, _, port = listen.rpartition(":")
    found = socket.getaddrinfo(
        host.strip("[]") or None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _not_served(listen: str, error: OSError) -> Misconfigured:
    if error.errno == errno.EADDRINUSE:
        return Misconfigured(
            f"FILING_LISTEN: another process serves on {listen} already;"
            " stop it, or set another port",
            f"FILING_LISTEN：{listen} 已有其他进程在服务，请先停止它，或改用其他端口",
        )
    return Misconfigured(
        f"FILING_LISTEN: {listen} cannot be served on: {error.strerror}",
        f"FILING_LISTEN：无法在 {listen} 上提供服务",
    )


def _check_certificate(settings: Settings) -> None:
    """See that TLS can be spoken with what the settings name."""
    if not settings.tls_certificate:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # No password: a key that has one would be asked for on a terminal nobody sits at.
        context.load_cert_chain(settings.tls_certificate, settings.tls_key, lambda: "")
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"FILING_TLS_CERTIFICATE and FILING_TLS_KEY will not do: {error}",
            "FILING_TLS_CERTIFICATE 与 FILING_TLS_KEY 无法使用：须为相配的 PEM 证书和未加密私钥",
        ) from error
    try:
        if settings.tls_client_ca:
            context.load_verify_locations(settings.tls_client_ca)
    except OSError as error:
        raise Misconfigured(
            f"FILING_TLS_CLIENT_CA will not do: {error}",
            "FILING_TLS_CLIENT_CA 无法使用：须为 PEM 证书",
        ) from error


def _number(server: Any, worker: Any) -> None:  # Any: gunicorn's arbiter and worker
    taken = {one.number for one in server.WORKERS.values()}
    worker.number = next(number for number in itertools.count() if number not in taken)


def _serving(server: Any) -> None:  # Any: gunicorn's arbiter
    where = ",".join(map(str, server.LISTENERS))
    _log.info("event=serving listen=%s workers=%d", where, server.num_workers)


def _stopped(server: object) -> None:
    _log.info("event=stopped")


def _close(server: object, worker: Any) -> None:  # Any: gunicorn's worker
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask):
        app.extensions["filing"].close()

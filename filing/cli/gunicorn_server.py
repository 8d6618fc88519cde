"""Serve with gunicorn, from this very process: no configuration file, no reload of code.

Threads in each process; a worker opens its archive after the fork. TLS and
agencies' certificates (mTLS) come from the settings.
"""

import select
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from filing.config import Settings

_GRACE_SECONDS = 30
_FOLLOWS_MILLISECONDS = 5


class _Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no annotations
    """gunicorn's threaded worker, but for two things.

    A connection whose next request follows at once is served on by the same thread,
    unless others wait for one: the way through the main thread and its poller costs as
    much as half the checks.

    Its SIGQUIT handler shuts the thread pool down. Running between any two lines of the
    main thread, perhaps inside ``submit``, it then waits for the lock it holds itself,
    and Ctrl-C takes as long as the arbiter's patience. Leaving is enough: the interpreter
    ends the pool's threads on its way out.
    """

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
    """
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
        "worker_exit": _close,
    }
    if settings.tls_certificate:
        options |= {"certfile": settings.tls_certificate, "keyfile": settings.tls_key}
    if settings.tls_client_ca:
        # 1: a certificate is asked for, not demanded; a token will do as well.
        options |= {"ca_certs": settings.tls_client_ca, "cert_reqs": 1}
    _Server(options, make).run()


def _close(server: object, worker: Any) -> None:  # Any: gunicorn's worker
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask):
        app.extensions["filing"].close()

"""Duties done by Celery workers, on other machines too.

A message says only which duty may have work: what is due stands in the database, and
the lease lets one worker do it. So a lost or doubled message costs nothing, and the
broker keeps nothing that matters. Messages that wait too long expire.
"""

import logging
from collections.abc import Callable
from typing import Any

from filing.errors import FilingError, Misconfigured, OutsideUnavailable

_log = logging.getLogger("filing.celery")
_TASK = "filing.duty"
_CONNECT_SECONDS = 5
_SHORTEST_LIFE_SECONDS = 10.0


def _application(broker_url: str) -> Any:  # Any: Celery has no annotations
    try:
        from celery import Celery
    except ImportError as error:
        raise Misconfigured(
            "FILING_BROKER_URL is set, but Celery is not installed: pip install 'celery[redis]'",
            "已设置 FILING_BROKER_URL，但未安装 Celery：pip install 'celery[redis]'",
        ) from error
    app = Celery("filing", broker=broker_url)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_default_queue="filing",
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "socket_connect_timeout": _CONNECT_SECONDS,
            "socket_timeout": _CONNECT_SECONDS,
        },
    )
    return app


def sender(broker_url: str) -> Callable[[str, float], None]:
    """What tells a worker that a duty may have work.

    The returned function raises OutsideUnavailable when the broker does not answer.

    Raises Misconfigured for a kind of broker there is none of.
    """
    app = _application(broker_url)
    failures = _failures(app)

    def send(name: str, every_seconds: float) -> None:
        life = max(_SHORTEST_LIFE_SECONDS, every_seconds)
        try:
            app.send_task(_TASK, (name,), expires=life, retry=False)
        except failures as error:
            raise OutsideUnavailable(f"the broker did not take {name}: {error}") from error

    return send


def _failures(app: Any) -> tuple[type[Exception], ...]:  # Any: as above
    """What may come of handing a message over; each transport has errors of its own."""
    from kombu.exceptions import KombuError

    try:
        connection = app.connection_for_write()  # opened by nobody
        return (KombuError, *connection.connection_errors, *connection.channel_errors)
    except (KeyError, ImportError, ValueError) as error:
        raise Misconfigured(
            f"FILING_BROKER_URL: {error}; a broker is redis://host or amqp://host",
            "FILING_BROKER_URL 有误：应形如 redis://主机 或 amqp://主机，并已安装相应的库",
        ) from error


def work(broker_url: str, once: Callable[[str], None], threads: int) -> None:
    """Do what messages ask for, until stopped.

    once   does a duty for a while; see Duties.once
    """
    app = _application(broker_url)

    def duty(name: str) -> None:
        try:
            once(name)
        except FilingError as error:
            # Asked again soon: what is due stands in the database.
            _log.warning("event=duty-waits duty=%s why=%s", name, error)

    app.task(name=_TASK)(duty)
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={threads}",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
        ]
    )

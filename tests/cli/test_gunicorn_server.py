"""Stopping the server at once never waits for a lock its own main thread may hold."""

import socket
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from filing.cli.gunicorn_server import _Worker


def a_worker(kind, locked):
    worker = object.__new__(kind)
    worker.tpool = SimpleNamespace(shutdown=locked)
    worker.cfg = SimpleNamespace(worker_int=lambda worker: None)
    return worker


def test_a_worker_told_to_quit_leaves_the_pool_alone():
    def locked(wait):
        raise AssertionError("the pool's lock may be held by the thread this runs in")

    worker = a_worker(_Worker, locked)
    with pytest.raises(SystemExit):
        worker.handle_quit(3, None)
    assert not worker.alive
    # The reason for a worker of our own: gone when gunicorn's no longer does it.
    with pytest.raises(AssertionError, match="lock"):
        a_worker(ThreadWorker, locked).handle_quit(3, None)


def served(monkeypatch, answers, **given):
    """How many requests one call of ``handle`` serves on a connection."""
    left = list(answers)
    monkeypatch.setattr(ThreadWorker, "handle", lambda self, conn: left.pop(0))
    worker = object.__new__(_Worker)
    worker.alive = given.get("alive", True)
    worker.tpool = SimpleNamespace(
        _work_queue=SimpleNamespace(qsize=lambda: given.get("waiting", 0))
    )
    reading, writing = socket.socketpair()
    with reading, writing:
        if given.get("more", True):
            writing.send(b"GET")
        buffer = SimpleNamespace(getvalue=lambda: given.get("read_ahead", b""))
        parser = SimpleNamespace(unreader=SimpleNamespace(buf=buffer))
        worker.handle(SimpleNamespace(sock=reading, is_http2=False, parser=parser))
    return len(answers) - len(left)


def test_a_request_that_follows_at_once_is_served_by_the_same_thread(monkeypatch):
    assert served(monkeypatch, [True, True, False, True]) == 3
    assert served(monkeypatch, [True, False], more=False, read_ahead=b"GET") == 2


@pytest.mark.parametrize("given", [{"more": False}, {"waiting": 1}, {"alive": False}])
def test_a_quiet_connection_or_one_that_keeps_others_waiting_goes_back(monkeypatch, given):
    assert served(monkeypatch, [True, True], **given) == 1

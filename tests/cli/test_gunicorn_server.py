"""Stopping the server at once never waits for a lock its own main thread may hold."""

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

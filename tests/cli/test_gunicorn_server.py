"""Stopping the server at once never waits for a lock its own main thread may hold."""

import os
import socket
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization
from gunicorn.workers.gthread import ThreadWorker

from filing.cli.gunicorn_server import _number, _Worker, run
from filing.config import Settings
from filing.errors import Misconfigured
from tests.notices.certificates import make_certificate


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


def test_a_worker_whose_server_was_killed_serves_no_busy_connection_on():
    """Else it keeps the address, and the next server is refused, for as long as they are busy."""
    worker = object.__new__(_Worker)
    worker.alive, worker.log = True, SimpleNamespace(info=lambda *said: None)
    worker.ppid = os.getppid()
    assert worker.is_parent_alive()
    assert worker.alive
    worker.ppid = -1
    assert not worker.is_parent_alive()
    assert not worker.alive


def test_an_address_that_is_taken_is_said_and_nothing_is_served(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(Misconfigured, match=f"{listen} already") as caught:
            run(Settings(home=tmp_path, listen=listen), make=lambda: None)
    assert listen in caught.value.zh


@pytest.mark.parametrize("listen", ["192.0.2.1:8760", "no-such-host.invalid:8760"])
def test_an_address_that_is_not_ours_is_said(tmp_path, listen):
    with pytest.raises(Misconfigured, match=f"FILING_LISTEN: {listen} cannot"):
        run(Settings(home=tmp_path, listen=listen), make=lambda: None)


@pytest.mark.parametrize("which", ["tls_key", "tls_client_ca"])
def test_a_certificate_that_will_not_do_is_said(tmp_path, which):
    make_certificate(tmp_path / "both.pem")
    given = {"tls_certificate": str(tmp_path / "both.pem"), "tls_key": str(tmp_path / "both.pem")}
    bad = tmp_path / "bad.pem"
    bad.write_text("no PEM")
    settings = Settings(home=tmp_path, listen="127.0.0.1:0", **{**given, which: str(bad)})
    with pytest.raises(Misconfigured, match=f"FILING_{which.upper()}"):
        run(settings, make=lambda: None)


def test_a_key_that_wants_a_password_is_refused_instead_of_asking_for_it(tmp_path):
    file = tmp_path / "both.pem"
    make_certificate(file)
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    locked = tmp_path / "key.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    settings = Settings(
        home=tmp_path, listen="127.0.0.1:0", tls_certificate=str(file), tls_key=str(locked)
    )
    with pytest.raises(Misconfigured, match="FILING_TLS_KEY"):
        run(settings, make=lambda: None)


def test_a_new_worker_takes_the_number_of_the_one_that_died():
    living = {pid: SimpleNamespace(number=number) for pid, number in ((7, 0), (9, 2))}
    new = SimpleNamespace()
    _number(SimpleNamespace(WORKERS=living), new)
    assert new.number == 1

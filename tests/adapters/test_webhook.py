"""One POST to another's server, whatever that server is."""

import contextlib
import socket
import ssl
import threading
import time

import pytest

from filing.adapters.webhook import PostWebhook
from filing.model.notices import Attempt
from tests.notices.certificates import make_certificate
from tests.notices.receivers import LOOPBACK, Receiver, answering, listening

BODY = b'{"type":"test"}'
POST = PostWebhook(LOOPBACK, seconds=10)
HASTY = PostWebhook(LOOPBACK, seconds=0.5)


def send(url: str, post: PostWebhook = POST) -> Attempt:
    return post(url, {"Webhook-Id": "event-1", "Content-Type": "application/json"}, BODY)


def test_a_message_arrives_as_it_was_sent():
    with listening(Receiver()) as receiver:
        assert send(receiver.url) == Attempt()
    (one,) = receiver.received
    assert one.body == BODY
    assert one.headers["webhook-id"] == "event-1"
    assert one.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_a_large_message_arrives_whole():
    body = b"x" * 3_000_000
    with listening(Receiver()) as receiver:
        assert POST(receiver.url, {}, body).taken
    assert receiver.received[0].body == body


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
def test_a_refusal_is_told_by_its_status(status):
    with listening(Receiver(lambda one: status)) as receiver:
        assert send(receiver.url) == Attempt(f"status-{status}")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_followed_elsewhere(status):
    asked = []

    def answer(one):
        asked.append(one)
        return status

    with listening(Receiver(answer)) as receiver:
        assert send(receiver.url) == Attempt(f"redirect-{status}")
    assert len(asked) == 1


def test_an_inner_address_is_not_reached_unless_named():
    with listening(Receiver()) as receiver:
        secure = receiver.url.replace("http:", "https:")
        assert send(receiver.url, PostWebhook()) == Attempt("needs-https")
        assert send(secure, PostWebhook()) == Attempt("not-reachable")
        assert send(receiver.url, PostWebhook("10.0.0.0/8")) == Attempt("not-reachable")
    assert receiver.received == []


def test_a_closed_port_is_a_refused_connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/") == Attempt("connection-refused")


def drip(connection: socket.socket) -> None:
    """A head without end, a byte at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(OSError):
        for _ in range(400):
            connection.sendall(b"X")
            time.sleep(0.02)


def endless_head(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-Header: 1\r\n" * 100_000)


def endless_body(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(1000):
            connection.sendall(b"x" * 65536)


def saying(answer: bytes):
    def act(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return act


def silent(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while connection.recv(65536):
            pass


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (drip, "timeout"),
        (silent, "timeout"),
        (endless_head, "answer-malformed"),
        (endless_body, ""),
        (lambda one: None, "connection-lost"),
        (saying(b"HTTP/1.1 2"), "connection-lost"),
        (saying(b"SSH-2.0-x\r\n\r\n"), "answer-malformed"),
        (
            saying(b"HTTP/1.1 99 x\r\n\r\n"),
            "answer-malformed",
        ),
        (saying(b"\x00\xff\r\n\r\n"), "answer-malformed"),
    ],
    ids=[
        "drip",
        "silent",
        "endless-head",
        "endless-body",
        "hangs-up",
        "half",
        "ssh",
        "99",
        "bytes",
    ],
)
def test_a_hostile_receiver_costs_bounded_time_and_bytes(act, said):
    with answering(act) as url:
        assert send(url, HASTY) == Attempt(said)


def test_a_name_without_an_answer_keeps_nobody_waiting(monkeypatch):
    release = threading.Event()

    def slow(*args: object, **kwargs: object) -> list[object]:
        release.wait(30)
        return []

    monkeypatch.setattr("filing.adapters.targets.socket.getaddrinfo", slow)
    try:
        assert send("https://slow.example/", HASTY) == Attempt("timeout")
    finally:
        release.set()


def test_a_name_nobody_knows_is_said(monkeypatch):
    def unknown(*args: object, **kwargs: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("filing.adapters.targets.socket.getaddrinfo", unknown)
    assert send("https://nobody.example/") == Attempt("name-unknown")


def test_tls_is_spoken_to_whom_the_operator_trusts_and_to_no_one_else(tmp_path):
    certificate = tmp_path / "receiver.pem"
    context = make_certificate(certificate)

    def answer(connection: socket.socket) -> None:
        with (
            contextlib.suppress(ssl.SSLError),
            context.wrap_socket(connection, server_side=True) as secured,
        ):
            secured.recv(65536)
            secured.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with answering(answer) as url:
        url = url.replace("http:", "https:")
        assert send(url, PostWebhook(LOOPBACK)) == Attempt("tls-untrusted")
        trusting = PostWebhook(LOOPBACK, str(certificate))
        assert send(url, trusting) == Attempt()


def test_a_server_without_tls_is_no_tls_server():
    with answering(lambda one: one.sendall(b"HTTP/1.1 200 OK\r\n\r\n")) as url:
        assert send(url.replace("http:", "https:")) == Attempt("tls-failed")


def test_a_handshake_that_drips_ends_in_time():
    with answering(drip_handshake) as url:
        assert send(url.replace("http:", "https:"), HASTY).error in ("timeout", "tls-failed")


def drip_handshake(connection: socket.socket) -> None:
    # The head of a handshake record of 16 KiB, then a byte now and then.
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
    with contextlib.suppress(OSError):
        for _ in range(400):
            connection.sendall(b"\x00")
            time.sleep(0.02)

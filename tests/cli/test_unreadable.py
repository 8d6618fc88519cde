"""What is no request at all is refused like everything else: coded, in both languages."""

import gzip
import json
import socket
from urllib.parse import urlsplit

import pytest

from filing.cli.unreadable import Rewritten
from tests.conformance.served import a_served_archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with a_served_archive(tmp_path_factory.mktemp("unreadable") / "home") as served:
        yield served


def said_to(archive, request):
    """Status, media type and members of what the server answers to these bytes."""
    at = urlsplit(archive.url)
    with socket.create_connection((at.hostname, at.port), 30) as line:
        line.sendall(request)
        content = b""
        while more := line.recv(65536):
            content += more
    head, _, body = content.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(one.split(": ", 1) for one in lines[1:])
    assert int(headers["Content-Length"]) == len(body)
    return int(lines[0].split(" ")[1]), headers["Content-Type"], json.loads(body)


LONG = b"x" * 100_000


@pytest.mark.parametrize(
    ("request_", "status", "hint"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + LONG[:9_000] + b"\r\n\r\n", 431, "8190"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431, "100"),
        (b"GET /" + LONG[:5_000] + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "4094"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n", 400, "RFC 9112"),
        (b"hello\r\n\r\n", 400, "RFC 9112"),
    ],
    ids=["long header", "many headers", "long address", "length in words", "no request"],
)
def test_what_cannot_be_read_is_answered_with_a_problem_document(archive, request_, status, hint):
    found, media_type, members = said_to(archive, request_)
    assert (found, media_type) == (status, "application/problem+json")
    assert members["type"] == f"urn:filing:http-{status}"
    assert members["status"] == status
    assert hint in members["detail"]
    assert hint in members["detail_zh"]


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_body_in_an_unknown_transfer_coding_gets_one_answer_whoever_refuses_it(archive, coding):
    """The server knows the name of one of them, and hands it on as it came."""
    head = (
        f"POST /api/v1/validations HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}, chunked\r\n"
        "Content-Type: application/xml\r\nConnection: close\r\n"
        f"Authorization: Bearer {next(iter(archive.tokens.values()))}\r\n\r\n"
    )
    body = gzip.compress(b"<eep/>")
    framed = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    found, media_type, members = said_to(archive, head.encode() + framed)
    assert (found, media_type) == (501, "application/problem+json")
    assert members["type"] == "urn:filing:unknown-transfer-coding"
    assert (members["title"], members["title_zh"]) == (
        "Unknown transfer coding",
        "不支持的传输编码",
    )
    assert "in chunks or with its length" in members["detail"]
    assert "分块或给出长度" in members["detail_zh"]


def test_a_client_that_has_gone_is_no_failure_of_another_kind():
    def gone(content):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Rewritten(gone, {}).sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

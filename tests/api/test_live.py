"""Through a real server: streaming, chunks, 100-continue, broken and slow senders, mTLS."""

import contextlib
import datetime
import hashlib
import http.client
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.api.live_site import MOST, read_all, serving

HERE = "/api/v1/submissions"
HEAD = f"POST {HERE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t-city\r\n"
HEAD += "Content-Type: application/xml\r\n"
SENT = {"Authorization": "Bearer t-city", "Content-Type": "application/xml"}


@pytest.fixture(scope="module")
def server():
    with serving() as one:
        yield one


def asked(server, method="GET", path="/last", body=None, **headers):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def last(server):
    """Staging areas open, largest write, sha256, channel."""
    return asked(server)[1].decode().split(" ")


def test_a_large_body_streams_in_pieces_and_arrives_whole(server):
    body = bytes(range(256)) * (1 << 16)
    answer, _ = asked(server, "POST", HERE, body, **SENT)
    still_open, largest, digest, channel = last(server)
    assert answer.status == 201
    assert (still_open, digest, channel) == ("0", hashlib.sha256(body).hexdigest(), "loopback")
    assert int(largest) <= 1 << 18


def test_a_chunked_body_arrives_whole(server):
    parts = [b"a" * 70_000, b"b", b"c" * 300_000]
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    connection.request("POST", HERE, iter(parts), SENT, encode_chunked=True)
    assert connection.getresponse().status == 201
    connection.close()
    assert last(server)[2] == hashlib.sha256(b"".join(parts)).hexdigest()


def test_a_connection_serves_the_next_request_after_a_body(server):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    for number in range(3):
        connection.request("POST", HERE, b"<eep/>" * (number + 1) * 50_000, SENT)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) in {(201, True), (200, True)}
    connection.close()


def test_requests_sent_in_one_go_are_kept_apart(server):
    one = HEAD + "Content-Length: 5\r\n\r\nfirst"
    two = HEAD + "Connection: close\r\nContent-Length: 6\r\n\r\nsecond"
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall((one + two).encode())
        answers = read_all(connection)
    assert answers.count(b"HTTP/1.1 20") == 2
    assert last(server)[2] == hashlib.sha256(b"second").hexdigest()


def test_a_body_given_up_half_way_does_not_swallow_the_next_request(server):
    """The first form names a part that is none; the second request stands right behind it."""
    form = '--b\r\nContent-Disposition: form-data; name="no"\r\n\r\n' + "x" * 500_000
    kind = HEAD.replace("application/xml", "multipart/form-data; boundary=b")
    first = f"{kind}Content-Length: {len(form)}\r\n\r\n{form}"
    second = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection((server.host, server.port)) as connection:
        with contextlib.suppress(OSError):  # the rest of a refused body may not be taken
            connection.sendall((first + second).encode())
        answers = read_all(connection)
    assert answers.startswith(b"HTTP/1.1 400 ")
    assert answers.count(b"HTTP/1.1 ") == 1 or b'{"status":"ok"' in answers


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(server):
    with socket.create_connection((server.host, server.port), 10) as connection:
        head = HEAD + "Expect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"<ok/>")
        assert read_all(connection).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize(("header", "status"), [({}, 413), ({"Authorization": "Bearer no"}, 401)])
def test_an_early_refusal_reaches_a_client_that_is_still_sending(server, header, status):
    head = HEAD.replace("t-city", "wrong") if header else HEAD
    length = MOST + 1 if status == 413 else 1 << 23
    with socket.create_connection((server.host, server.port), 10) as connection:
        connection.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())
        # Refused while sending: what counts is that the answer can be read.
        with contextlib.suppress(OSError):
            for _ in range(32):
                connection.sendall(bytes(1 << 18))
        answer = read_all(connection)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/problem+json" in answer


def test_a_stranger_with_a_body_of_megabytes_always_sees_why_it_is_refused(tls_server, papers):
    context = ssl.create_default_context(cafile=str(papers / "ca.pem"))
    for _ in range(10):
        connection = http.client.HTTPSConnection("localhost", tls_server.port, context=context)
        connection.request("POST", HERE, b"x" * (4 << 20), {"Content-Type": "application/xml"})
        answer = connection.getresponse()
        assert answer.status == 401
        assert b"not-identified" in answer.read()
        connection.close()


def test_a_sender_that_hangs_up_leaves_nothing_open(server):
    for broken in (
        "Content-Length: 1000000\r\n\r\n<eep",
        "Transfer-Encoding: chunked\r\n\r\n4\r\n<e",
    ):
        with socket.create_connection((server.host, server.port)) as connection:
            connection.sendall((HEAD + broken).encode())
    for _ in range(50):
        if last(server)[0] == "0":
            break
        time.sleep(0.05)
    assert last(server)[0] == "0"


@pytest.mark.parametrize("chunk", ["zz\r\n", "-1\r\n", "4\r\nabcdefgh", "ffffffffffffffffff\r\nx"])
def test_chunks_framed_wrongly_are_refused(server, chunk):
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall((HEAD + "Transfer-Encoding: chunked\r\n\r\n" + chunk).encode())
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "said",
    ["gzip, chunked", "GZip,Chunked", "gzip\r\nTransfer-Encoding: chunked", "deflate, chunked"],
)
@pytest.mark.parametrize("size", [100, 1 << 20])
def test_a_body_packed_on_the_way_is_refused_not_taken_as_it_comes(server, said, size):
    before = last(server)
    chunk = f"{size:x}\r\n".encode() + bytes(size) + b"\r\n0\r\n\r\n"
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: {said}\r\n\r\n".encode() + chunk)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 501 ")
    assert b"urn:filing:unknown-transfer-coding" in answer
    assert last(server) == before


@pytest.mark.parametrize("framing", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_a_silent_sender_is_told_and_let_go(server, framing):
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall((HEAD + framing + "\r\n\r\n").encode())
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:filing:body-too-slow" in answer


@pytest.mark.parametrize(
    "start", ["Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nfff\r\n"]
)
def test_a_trickling_sender_is_told_and_let_go(server, start):
    began = time.monotonic()
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall((HEAD + start).encode())
        with contextlib.suppress(OSError):  # let go while trickling
            for _ in range(9):
                connection.sendall(b"x")
                time.sleep(0.1)
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 20


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """A certificate authority, a server certificate, and two clients': files in a folder."""
    folder = tmp_path_factory.mktemp("papers")
    authority = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    now = datetime.datetime.now(datetime.UTC)

    def issue(file, common_name, usage):
        key = authority if file == "ca" else ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name if file == "ca" else subject)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=file == "ca", path_length=None), critical=True)
        )
        if file != "ca":
            alternative = x509.SubjectAlternativeName([x509.DNSName("localhost")])
            builder = builder.add_extension(alternative, critical=False)
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        certificate = builder.sign(authority, hashes.SHA256())
        pem = serialization.Encoding.PEM
        (folder / f"{file}.pem").write_bytes(certificate.public_bytes(pem))
        (folder / f"{file}.der").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
        (folder / f"{file}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )

    issue("ca", "test authority", None)
    issue("server", "localhost", ExtendedKeyUsageOID.SERVER_AUTH)
    issue("city", "city office", ExtendedKeyUsageOID.CLIENT_AUTH)
    issue("stranger", "nobody known", ExtendedKeyUsageOID.CLIENT_AUTH)
    return folder


@pytest.fixture(scope="module")
def tls_server(papers):
    options = ("--certfile", papers / "server.pem", "--keyfile", papers / "server.key",
               "--ca-certs", papers / "ca.pem", "--cert-reqs", "1")  # fmt: skip
    certificate = str(papers / "city.der")
    with serving(*map(str, options), FILING_TEST_CERTIFICATE=certificate) as one:
        yield one


@pytest.mark.parametrize(
    ("shown", "token", "status", "channel"),
    [
        ("city", None, 201, "mtls"),
        ("city", "t-city", 201, "mtls"),
        ("city", "t-county", 403, None),
        ("stranger", None, 401, None),
        ("stranger", "t-city", 201, "tls"),
        (None, "t-city", 201, "tls"),
        (None, None, 401, None),
    ],
)
def test_certificate_and_token_say_who_is_calling(
    tls_server, papers, shown, token, status, channel
):
    context = ssl.create_default_context(cafile=str(papers / "ca.pem"))
    if shown:
        context.load_cert_chain(papers / f"{shown}.pem", papers / f"{shown}.key")
    connection = http.client.HTTPSConnection("localhost", tls_server.port, context=context)
    headers = {"Content-Type": "application/xml"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("POST", HERE, f"<eep>{shown}{token}</eep>".encode() * 9000, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == status
    if channel:
        connection.request("GET", "/last")
        assert connection.getresponse().read().decode().split(" ")[3] == channel
    connection.close()

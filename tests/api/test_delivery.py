import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st
from multipart import PushMultipartParser

from filing.api.delivery import media_type, stage_package, stage_parts
from filing.errors import BadRequest, DigestMismatch, TooLarge, UnsupportedMedia
from tests.api.site import CITY, a_site
from tests.fakes import FakeIncoming, FakeServices

BOUNDARY = "----b7"


def a_body(*parts):
    """A multipart body of (disposition parameters, bytes)."""
    body = b""
    for parameters, content in parts:
        head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {parameters}\r\n\r\n"
        body += head.encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def staged(body, announced=None, most=100, cut=None):
    incoming = FakeIncoming("multipart/form-data", 1 << 20)
    pieces = [body] if cut is None else [body[i : i + cut] for i in range(0, len(body), cut)]
    delivery = stage_parts(incoming, pieces, announced or {}, BOUNDARY, most)
    return delivery.parts


TWO = a_body(('name="metadata"', b"<a/>"), ('name="file"; filename="x.ofd"', b"OFD"))


def test_the_parts_arrive_with_name_file_name_and_bytes():
    assert staged(TWO) == [("metadata", "", b"<a/>"), ("file", "x.ofd", b"OFD")]


def test_metadata_may_come_behind_the_files():
    body = a_body(('name="file"; filename="x"', b"1"), ('name="metadata"', b"2"))
    assert [name for name, _, _ in staged(body)] == ["file", "metadata"]


@pytest.mark.parametrize(
    "parameters",
    [
        'name="file"; filename="通知.ofd"',
        "name=\"file\"; filename*=UTF-8''%E9%80%9A%E7%9F%A5.ofd",
        'name="file"; filename="_.ofd"; filename*=utf-8\'zh\'%E9%80%9A%E7%9F%A5.ofd',
    ],
)
def test_a_chinese_file_name_is_read_in_both_spellings(parameters):
    assert staged(a_body((parameters, b"x")))[0][1] == "通知.ofd"


def test_an_empty_file_is_still_a_part():
    body = a_body(('name="metadata"', b"<a/>"), ('name="file"; filename="empty"', b""))
    assert staged(body)[1] == ("file", "empty", b"")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary here",
        TWO[:-9],
        TWO.replace(b"; filename=", b"; filename*=GBK''%CD%A8; x="),
        TWO.replace(b"; filename=", b"; filename*=UTF-8''%FF; x="),
        TWO.replace(b'name="file"', b'name="other"'),
        TWO.replace(b"x.ofd", "文件".encode("gbk")),
        TWO.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1),
        f"--{BOUNDARY}--\r\n".encode(),
    ],
)
def test_what_is_no_delivery_in_parts_is_refused(body):
    with pytest.raises(BadRequest):
        staged(body)


def test_too_many_parts_and_too_long_headers_are_refused():
    with pytest.raises(TooLarge, match="count"):
        staged(TWO, most=1)
    with pytest.raises(TooLarge, match="header"):
        staged(a_body((f'name="{"n" * 9000}"', b"")))


def test_a_digest_of_the_whole_body_is_compared_although_staging_sees_only_parts():
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(TWO)
    right = {
        "sha256": hashlib.sha256(TWO).digest(),
        "sha512": hashlib.sha512(TWO).digest(),
        "sm3": sm3.finalize(),
    }
    assert len(staged(TWO, right, cut=7)) == 2
    for algorithm in right:
        with pytest.raises(DigestMismatch, match=algorithm):
            staged(TWO, right | {algorithm: bytes(len(right[algorithm]))})


contents = st.lists(
    st.lists(
        st.sampled_from(
            [b"\r\n", b"--", BOUNDARY.encode()[:-1], b"\r", b"\n", b"-", b"x", bytes(9)]
        )
    ).map(b"".join),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(contents, st.integers(1, 40))
def test_however_the_body_is_cut_the_parts_are_the_same(contents, cut):
    body = a_body(
        ('name="metadata"', b"m"), *(('name="file"; filename="f"', one) for one in contents)
    )
    assert [content for _, _, content in staged(body, cut=cut)] == [b"m", *contents]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 60))
def test_hostile_bytes_are_refused_or_read_as_the_library_reads_them(noise, cut):
    body = TWO[:40] + noise + TWO[40:]
    events = []
    try:
        for event in PushMultipartParser(BOUNDARY, max_header_size=8192).parse(body):
            events.append(event)
    except ValueError:
        events = None
    try:
        parts = staged(body, cut=cut)
    except (BadRequest, TooLarge):
        return
    assert events is not None
    assert b"".join(one for _, _, one in parts) == b"".join(
        bytes(one) for one in events if isinstance(one, bytes | bytearray)
    )


def test_a_body_of_one_package_goes_on_piece_by_piece():
    incoming = FakeIncoming("application/zip", 100)
    delivery = stage_package(incoming, [b"P", b"K"], {"sha256": hashlib.sha256(b"PK").digest()})
    assert delivery.content == b"PK"


def test_what_staging_does_not_digest_is_digested_on_the_way():
    """Told to staging, it would have to read the body a second time."""
    said = []

    class Watched(FakeIncoming):
        def finish(self, announced):
            said.append(set(announced))
            return super().finish(announced)

    right = {"sha256": hashlib.sha256(b"PK").digest(), "sha512": hashlib.sha512(b"PK").digest()}
    stage_package(Watched("application/zip", 100), [b"P", b"K"], right)
    assert said == [{"sha256"}]
    with pytest.raises(DigestMismatch, match="sha512"):
        stage_package(Watched("application/zip", 100), [b"PK"], {"sha512": bytes(64)})
    assert said == [{"sha256"}]


@pytest.mark.parametrize(
    ("content_type", "encoding", "error"),
    [
        ("text/html", "", UnsupportedMedia),
        ("application/xml", "br", UnsupportedMedia),
        ("multipart/mixed; boundary=x", "", UnsupportedMedia),
        ("multipart/form-data", "", BadRequest),
        ('multipart/form-data; boundary=""', "", BadRequest),
        (f"multipart/form-data; boundary={'b' * 71}", "", BadRequest),
        ('multipart/form-data; boundary="a\xff"', "", BadRequest),
    ],
)
def test_other_kinds_of_body_are_refused(content_type, encoding, error):
    with pytest.raises(error):
        media_type(content_type, encoding)


def test_a_form_is_filed_over_http_with_its_digest():
    services = FakeServices()
    digest = base64.b64encode(hashlib.sha256(TWO).digest()).decode()
    answer = a_site(services).post(
        "/api/v1/submissions",
        data=TWO,
        headers=CITY
        | {
            "Content-Type": f'multipart/form-data; boundary="{BOUNDARY}"',
            "Content-Digest": f"sha-256=:{digest}:",
        },
    )
    assert answer.status_code == 201
    assert services.deliveries[0].parts[1] == ("file", "x.ofd", b"OFD")

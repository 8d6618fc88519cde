"""Receiving: every byte staged and digested, held to what was announced, cleared at the end."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.adapters.staging import Staging
from filing.errors import BadRequest, DigestMismatch, TooLarge, UnsupportedMedia
from filing.ingest.receive import PARTS, XML, member_list_digest, receiving
from filing.model.digest import Digest
from filing.model.package import Content

LIMIT = 10_000


@pytest.fixture
def staging(tmp_path):
    made = Staging(tmp_path / "staging", ("sha256", "sm3"), memory_limit=100)
    yield made
    made.close()


def received(staging, *chunks, announced=None, media_type=XML):
    with receiving(staging, "delivery", media_type, None, LIMIT) as arriving:
        for chunk in chunks:
            arriving.write(chunk)
        return arriving.finish(announced or {})


def litter(staging):
    owner = Path(staging._own.path)
    return [one.name for one in owner.iterdir() if one.name != ".lock"]


@given(st.lists(st.binary(max_size=300), max_size=8).filter(any))
def test_a_body_is_known_by_the_digest_of_its_bytes(tmp_path_factory, chunks):
    staging = Staging(tmp_path_factory.getbasetemp() / "law", ("sha256",), memory_limit=100)
    whole = b"".join(chunks)
    with receiving(staging, "delivery", XML, len(whole), LIMIT) as arriving:
        for chunk in chunks:
            arriving.write(chunk)
        staged = arriving.finish({"sha256": hashlib.sha256(whole).digest()})
        assert staged.digest == Digest("sha256", hashlib.sha256(whole).digest())
        assert staged.size_bytes == len(whole)
        with staged.body.open() as stream:
            assert stream.read() == whole
        assert staged.contents() == (staged.body,)
    assert litter(staging) == []
    staging.close()


def test_a_body_is_held_to_every_digest_that_was_announced(staging):
    body = b"<eep/>" * 50
    right = {"sha256": hashlib.sha256(body).digest(), "sha512": hashlib.sha512(body).digest()}
    assert received(staging, body, announced=right).size_bytes == 300
    for algorithm in right:
        wrong = right | {algorithm: bytes(len(right[algorithm]))}
        with pytest.raises(DigestMismatch, match=f"announced was {algorithm}:00"):
            received(staging, body, announced=wrong)
    with pytest.raises(BadRequest, match="Content-Digest"):
        received(staging, body, announced={"sha256": b"short"})
    assert litter(staging) == []


def test_more_than_the_limit_is_refused_before_and_while_it_comes(staging):
    with pytest.raises(TooLarge), receiving(staging, "d", XML, LIMIT + 1, LIMIT):
        pytest.fail("it was announced as too large")
    with pytest.raises(TooLarge), receiving(staging, "d", XML, None, LIMIT) as arriving:
        for _ in range(LIMIT):
            arriving.write(b"1234567890")
    assert litter(staging) == []


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/json"])
def test_another_kind_of_body_is_refused(staging, media_type):
    with pytest.raises(UnsupportedMedia), receiving(staging, "d", media_type, None, LIMIT):
        pytest.fail("it has no reader")


def test_an_empty_body_and_an_empty_form_are_refused(staging):
    with pytest.raises(BadRequest, match="body is empty"):
        received(staging)
    with pytest.raises(BadRequest, match="no parts came"):
        received(staging, media_type=PARTS)


def test_parts_are_kept_apart_in_their_order(staging):
    with receiving(staging, "delivery", PARTS, None, LIMIT) as arriving:
        for name, file_name, body in (
            ("file", "b.ofd", b"B" * 500),
            ("metadata", "whatever.xml", b"<m/>"),
            ("file", "a.pdf", b""),
        ):
            arriving.begin_part(name, file_name)
            arriving.write(body)
        staged = arriving.finish({})
        assert staged.body is None
        assert (staged.metadata.member, staged.metadata.size_bytes) == ("metadata.xml", 4)
        assert [(one.member, one.size_bytes) for one in staged.files] == [
            ("b.ofd", 500),
            ("a.pdf", 0),
        ]
        assert staged.size_bytes == 504
        assert staged.contents() == (staged.metadata, *staged.files)
    assert litter(staging) == []


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([("metadata", "a"), ("metadata", "b")], "two parts named metadata"),
        ([("file", "")], "no file name"),
        ([("other", "a")], "neither metadata nor file"),
    ],
)
def test_a_part_that_cannot_be_placed_is_refused(staging, parts, text):
    with (
        pytest.raises(BadRequest, match=text),
        receiving(staging, "delivery", PARTS, None, LIMIT) as arriving,
    ):
        for name, file_name in parts:
            arriving.begin_part(name, file_name)
            arriving.write(b"x" * 300)
    assert litter(staging) == []


def test_bytes_before_any_part_are_refused(staging):
    with (
        pytest.raises(BadRequest, match="outside any part"),
        receiving(staging, "delivery", PARTS, None, LIMIT) as arriving,
    ):
        arriving.write(b"x")


def test_the_digest_of_parts_is_that_of_the_list_sha256sum_prints(tmp_path):
    names = {"metadata.xml": b"<m/>", "公文.ofd": b"1" * 999, "a b.pdf": b""}
    for name, body in names.items():
        (tmp_path / name).write_bytes(body)
    done = subprocess.run(
        ["sha256sum", *sorted(names)], cwd=tmp_path, capture_output=True, check=True
    )
    contents = [
        Content(name, len(body), (Digest("sha256", hashlib.sha256(body).digest()),), body)
        for name, body in names.items()
    ]
    assert member_list_digest(contents).value == hashlib.sha256(done.stdout).digest()


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_deliveries_that_fail_leave_no_file_open(staging):
    before = open_files()
    for _ in range(20):
        with (
            pytest.raises(TooLarge),
            receiving(staging, "delivery", PARTS, None, LIMIT) as arriving,
        ):
            arriving.begin_part("file", "a")
            arriving.write(b"x" * 5000)
            arriving.begin_part("file", "b")
            arriving.write(b"x" * LIMIT)
    assert open_files() <= before + 1
    assert litter(staging) == []

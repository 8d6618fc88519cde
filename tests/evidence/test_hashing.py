import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.evidence import hashing
from tests.evidence.given import a_digest, vectors


def test_sm3_of_abc_is_the_standards_example():
    """GB/T 32905-2016, annex A.1."""
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert hashing.sm3(b"abc").hex() == expected


def test_sm3_without_openssl_is_the_same(monkeypatch):
    expected = hashing.sm3(b"abc")

    def none(*args, **named):
        raise ValueError("unsupported hash type")

    monkeypatch.setattr(hashing.hashlib, "new", none)
    assert hashing.sm3(b"abc") == expected
    with pytest.raises(ValueError, match="unsupported"):
        hashing.running("sha512")


def hmac_sm3(key, message):
    """RFC 2104 over our SM3, whose block is 64 bytes."""
    key = (hashing.sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashing.sm3(bytes(one ^ 0x36 for one in key) + message)
    return hashing.sm3(bytes(one ^ 0x5C for one in key) + inner)


def test_hmac_over_our_sm3_gives_the_published_tags():
    content = json.loads((vectors("wycheproof") / "hmac_sm3_test.json").read_text())
    checked = 0
    for group in content["testGroups"]:
        for case in group["tests"]:
            tag = hmac_sm3(bytes.fromhex(case["key"]), bytes.fromhex(case["msg"]))
            holds = tag[: group["tagSize"] // 8].hex() == case["tag"]
            assert holds == (case["result"] == "valid"), case["tcId"]
            checked += 1
    assert checked == content["numberOfTests"] > 100


def test_both_digests_come_from_one_pass():
    hasher = hashing.Hasher(("sha256", "sm3"))
    hasher.update(b"con")
    hasher.update(b"tent")
    assert hasher.digests() == (a_digest(), a_digest(algorithm="sm3"))
    assert hasher.size_bytes == 7


@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_a_range_of_a_stream_is_digested(content, start, length):
    start = min(start, len(content))
    end = min(start + length, len(content))
    found = hashing.digest_stream(io.BytesIO(content), ("sha256",), start, end)
    assert found == (a_digest(content[start:end]),)


def test_a_large_stream_is_read_in_blocks_of_a_mebibyte():
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size=-1):
            self.largest = max(self.largest, size)
            return super().read(size)

    content = b"x" * (3 * hashing.BLOCK_BYTES + 5)
    stream = Counting(content)
    assert hashing.digest_stream(stream, ("sha256",)) == (a_digest(content),)
    assert stream.largest == hashing.BLOCK_BYTES == 1 << 20


def test_a_stream_that_ends_too_soon_is_refused():
    with pytest.raises(ValueError, match="3 bytes too soon"):
        hashing.digest_stream(io.BytesIO(b"content"), ("sha256",), 2, 10)


def test_an_unknown_algorithm_is_refused():
    with pytest.raises(ValueError, match="md6"):
        hashing.Hasher(("md6",))

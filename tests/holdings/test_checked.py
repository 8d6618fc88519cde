"""What is handed out is what was sealed, or an error before its end."""

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.holdings.checked import Checked


def read(sealed, stored, piece):
    stream = Checked(io.BytesIO(stored), len(sealed), hashlib.sha256(sealed).digest())
    taken = []
    while block := stream.read(piece):
        taken.append(block)
    return b"".join(taken)


@given(st.binary(max_size=300), st.integers(1, 100))
def test_what_was_sealed_comes_out_whole(content, piece):
    assert read(content, content, piece) == content


@given(st.binary(min_size=1, max_size=300), st.integers(1, 100), st.data())
def test_one_flipped_bit_is_never_handed_over_whole(content, piece, data):
    at = data.draw(st.integers(0, len(content) * 8 - 1))
    damaged = bytearray(content)
    damaged[at // 8] ^= 1 << at % 8
    with pytest.raises(NotGenuine, match="not what was sealed"):
        read(content, bytes(damaged), piece)


@given(st.binary(min_size=1, max_size=300), st.integers(1, 100), st.data())
def test_a_shorter_file_is_an_error_and_not_an_end(content, piece, data):
    kept = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(NotGenuine, match="shorter"):
        read(content, content[:kept], piece)


def test_bytes_behind_the_sealed_ones_are_not_handed_out():
    assert read(b"sealed", b"sealed and more", 4) == b"sealed"


def test_a_part_is_given_as_it_stands():
    stream = Checked(io.BytesIO(b"0123456789"), 10, b"\0" * 32)
    stream.seek(4)
    assert stream.read(3) == b"456"

"""A digest that cannot be right is never built."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.model.digest import Digest


@given(st.binary(min_size=32, max_size=32))
def test_what_is_written_reads_back_the_same(value):
    digest = Digest("sm3", value)
    assert Digest.parse(str(digest)) == digest


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("md5:" + "0" * 32, "not allowed"),
        ("sha256:" + "0" * 62, "must be 32 bytes"),
        ("sha512:" + "0" * 64, "must be 64 bytes"),
        ("sha256:" + "g" * 64, "hexadecimal"),
        ("", "not allowed"),
    ],
)
def test_what_is_no_digest_of_ours_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        Digest.parse(text)

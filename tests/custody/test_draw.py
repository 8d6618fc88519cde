"""A sample can be drawn again by anybody, and says what it excludes."""

import hashlib
import math

from hypothesis import given
from hypothesis import strategies as st

from filing.custody.draw import excluded_share, size_for, throws


@given(st.text(max_size=8), st.integers(1, 300))
def test_every_entry_is_drawn_once_in_the_same_order(seed, size):
    drawn = list(throws(seed, size))
    assert sorted(drawn) == list(range(size))
    assert drawn == list(throws(seed, size))


def test_the_first_throw_is_what_a_digest_tool_says():
    text = b"filing-draw/1\nabc\n1000\n0"
    wanted = int(hashlib.sha256(text).hexdigest()[:16], 16) % 1000
    assert next(throws("abc", 1000)) == wanted


def test_sizes_are_those_of_the_tables():
    assert [size_for(share) for share in (0.01, 0.001, 0.0001)] == [459, 4603, 46050]


@given(st.integers(1, 100_000))
def test_a_clean_draw_excludes_the_share_it_was_made_for(size):
    share = excluded_share(size, 10**9)
    assert math.isclose((1 - share) ** size, 0.01, rel_tol=1e-9)


def test_who_looked_at_all_excludes_everything():
    assert excluded_share(7, 7) == 0
    assert excluded_share(0, 7) == 1

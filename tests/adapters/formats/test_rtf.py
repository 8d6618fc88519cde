"""Braces of an RTF count where they are markup, and not inside its raw bytes."""

import os
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.adapters.formats import rtf
from filing.adapters.formats.examine import inspect
from filing.model.digest import Digest
from filing.model.finding import Outcome
from filing.model.package import Content


def opens(body):
    return rtf.look(body).opens


def reference(body):
    """Depth at the end and whether raw bytes are missing; a byte at a time, as the rules read."""
    depth = at = 0
    missing = False
    while at < len(body):
        if body[at : at + 1] == b"\\":
            word = at + 1
            while body[word : word + 1].isalpha() and body[word : word + 1].isascii():
                word += 1
            if body[at + 1 : word] == b"bin":
                end = word + (body[word : word + 1] == b"-")
                while body[end : end + 1].isdigit():
                    end += 1
                number = body[word:end]
                if number == b"-":
                    number, end = b"", word
                at = end + (body[end : end + 1] == b" ") + max(0, int(number or 0))
                missing = at > len(body)
                continue
            at += 2
            continue
        depth += {b"{": 1, b"}": -1}.get(body[at : at + 1], 0)
        at += 1
    return depth, missing


GOOD = [
    b"{\\rtf1 {\\pict\\bin4 {{{{}}",
    b"{\\rtf1 {\\pict\\bin4 }}}}}}",
    b"{\\rtf1 \\bin3 {\\}}",
    b"{\\rtf1 \\bin1{a}",
    b"{\\rtf1 \\bin0 a}",
    b"{\\rtf1 \\bin a}",
    b"{\\rtf1 \\bin-5 a}",
    b"{\\rtf1 \\bin2  {}",
    b"{\\rtf1 \\bin3 \\bi\\bin2 {{}",
    b"{\\rtf1 \\binary5 {a}}",
    b"{\\rtf1 \\\\bin9 a}",
    b"{\\rtf1 \\\\\\bin2 {{}",
    b"{\\rtf1 \\{\\}\\\\}",
    b"{\\rtf1 \\bin4 \x00\xff{{}\r\n\x00",
]
BROKEN = [
    b"{\\rtf1 a",
    b"{\\rtf1 a}}",
    b"{\\rtf1 \\bin4 {{{{",
    b"{\\rtf1 \\bin5 {{{{}",
    b"{\\rtf1 \\bin900 {}}",
    b"{\\rtf1 \\bin999999999999999999999 }",
    b"{\\rtf1 \\\\bin4 {{{{}",
    b"{\\rtf1 a\\}",
]


@pytest.mark.parametrize("body", GOOD)
def test_raw_bytes_hold_no_braces_that_count(body):
    assert opens(body) is Outcome.PASSED


@pytest.mark.parametrize("body", BROKEN)
def test_what_is_not_closed_or_not_all_there_is_damaged(body):
    assert opens(body) is Outcome.FAILED


def test_raw_bytes_that_are_missing_are_told_as_that():
    detail = rtf.look(b"{\\rtf1 {\\pict\\bin900 {}}").detail
    assert detail == "\\bin 的二进制数据不完整 / binary data of \\bin is cut off"


def test_an_object_is_named_wherever_it_stands():
    assert rtf.look(b"{\\rtf1 {\\object{\\objdata\\bin2 {{}}}").active


@pytest.mark.parametrize("body", [*GOOD, *BROKEN])
@pytest.mark.parametrize("chunk", [34, 35, 36, 40])
def test_where_the_windows_are_cut_does_not_matter(body, chunk, monkeypatch):
    expected = opens(body)
    monkeypatch.setattr(rtf, "_CHUNK", chunk)
    for padding in range(40):
        assert opens(b"{\\rtf1" + b"." * padding + b"}" + body) is expected


@given(
    st.lists(
        st.sampled_from([b"{", b"}", b"\\", b"\\\\", b"\\{", b"\\bin", b"3", b" ", b"a", b"\n"]),
        max_size=80,
    ).map(b"".join),
    st.integers(34, 60),
)
def test_it_reads_as_the_rules_do(body, chunk):
    depth, missing = reference(body)
    before, rtf._CHUNK = rtf._CHUNK, chunk
    try:
        assert opens(body) is (Outcome.FAILED if depth or missing else Outcome.PASSED)
    finally:
        rtf._CHUNK = before


def test_a_large_picture_is_passed_over_without_being_held(tmp_path):
    path, picture = tmp_path / "large.rtf", 64 << 20
    with path.open("wb") as file:
        file.write(b"{\\rtf1\\ansi {\\pict\\pngblip\\bin%d " % picture)
        file.seek(picture, os.SEEK_CUR)
        file.write(b"}}")
    content = Content("large.rtf", path.stat().st_size, (Digest("sha256", bytes(32)),), path)
    tracemalloc.start()
    try:
        found = inspect(content)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.opens is Outcome.PASSED
    assert held < 16 << 20


@pytest.mark.parametrize("unit", [b"\\bin0 ", b"\\\\", b"\\\\a", b"{}", b"\\", b"\\bi"])
def test_many_small_pieces_cost_a_bounded_time(unit, monkeypatch):
    monkeypatch.setattr(rtf, "_MOST_RUNS", 100_000)
    body = b"{\\rtf1 " + unit * ((8 << 20) // len(unit)) + b" }"
    before = time.process_time()
    found = rtf.look(body)
    assert time.process_time() - before < 20
    assert (found.opens is Outcome.UNDETERMINED) == (unit == b"\\bin0 ")

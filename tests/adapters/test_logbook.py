"""The log's copy on disk: whole lines, in order, whatever a crash left."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.adapters.logbook import PER_FILE, Logbook
from filing.evidence import logbook
from filing.evidence.logbook import Copied, Past, Signed

NOW = datetime(2026, 3, 1, 8, 30, 0, 5, tzinfo=UTC)


def an_entry(position: int) -> Copied:
    past = (Past(7, "submission-accepted", NOW, "agency:a", {"record": "r"}),)
    return Copied(position, bytes(32), f"r{position}", b'{"a":1}', history=past)


def positions(book: Logbook) -> list[int]:
    return [one.position for one in book.lines() if isinstance(one, Copied)]


@given(st.integers(0, 1 << 50), st.binary(min_size=32, max_size=32), st.text(max_size=20))
def test_a_line_reads_back_as_it_was_written(position: int, leaf: bytes, text: str) -> None:
    past = Past(position, "k", NOW, "person:1", {"reason": text, "n": position, "list": [text]})
    for one in (
        Copied(position, leaf, "record", text.encode(), history=(past,)),
        Copied(position, leaf, event=b"{}"),
        Signed(position, leaf, f"origin\n{text}", NOW),
    ):
        assert logbook.read(logbook.write(one)) == one


@pytest.mark.parametrize("line", [b"", b"{}\n", b"[]\n", b'{"position":1}\n', b"x" * 99])
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        logbook.read(line)


def test_an_empty_book_ends_at_the_first_position(tmp_path: Path) -> None:
    assert Logbook(tmp_path / "none").end() == 0


def test_entries_go_on_where_the_book_ends_and_into_the_next_file(tmp_path: Path) -> None:
    book = Logbook(tmp_path / "book")
    book.append([an_entry(n) for n in range(PER_FILE - 1)], [])
    assert book.end() == PER_FILE - 1
    book.append([an_entry(n) for n in range(PER_FILE - 1, PER_FILE + 2)], [])
    assert book.end() == PER_FILE + 2
    assert sorted(one.name for one in (tmp_path / "book").iterdir()) == [
        "0000000000000000.jsonl",
        "0000000000004096.jsonl",
    ]
    assert positions(book) == list(range(PER_FILE + 2))


def test_a_full_file_ends_where_the_next_begins(tmp_path: Path) -> None:
    book = Logbook(tmp_path)
    book.append([an_entry(n) for n in range(PER_FILE)], [Signed(PER_FILE, bytes(32), "n", NOW)])
    assert book.end() == PER_FILE


@pytest.mark.parametrize("kept", [1, 20, 100])
def test_a_line_cut_off_by_a_crash_is_written_again_behind_it(tmp_path: Path, kept: int) -> None:
    book = Logbook(tmp_path)
    book.append([an_entry(0), an_entry(1)], [])
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(logbook.write(an_entry(0))) + kept])
    assert book.end() == 1
    book.append([an_entry(1), an_entry(2)], [])
    assert positions(book) == [0, 1, 2]
    assert book.end() == 3


def test_two_writers_at_once_do_no_harm(tmp_path: Path) -> None:
    one, two = Logbook(tmp_path), Logbook(tmp_path)
    one.append([an_entry(0), an_entry(1)], [])
    two.append([an_entry(0), an_entry(1), an_entry(2)], [])
    assert one.end() == two.end() == 3

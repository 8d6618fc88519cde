import resource
import tempfile
import time
import zipfile
import zlib

import pygfried
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.adapters.formats import inspect
from filing.model.finding import Outcome
from filing.model.inspection import Inspection
from tests.adapters.formats.made import (
    a_content,
    a_docx,
    a_jpeg,
    a_pdf,
    a_png,
    a_stream,
    a_tiff,
    an_ofd,
    an_ole,
    png_chunk,
    zipped,
)

#: What PRONOM knows by content, and our own table must tell the same way.
USUAL = {
    **{f"pdf-{version}": a_pdf(version=version) for version in ("1.0", "1.1", "1.2", "1.3")},
    **{f"pdf-{version}": a_pdf(version=version) for version in ("1.4", "1.5", "1.6", "1.7", "2.0")},
    "png-1.0": a_png(),
    "png-1.1": a_png(png_chunk(b"sRGB", b"\0")),
    "png-1.1-profile": a_png(png_chunk(b"iCCP", b"a\0\0" + zlib.compress(b"x"))),
    "png-1.2": a_png(png_chunk(b"iTXt", b"a\0\0\0\0\0b")),
    "jpeg-1.00": a_jpeg(0),
    "jpeg-1.01": a_jpeg(1),
    "jpeg-1.02": a_jpeg(2),
    "tiff": a_tiff(),
    "tiff-big-endian": a_tiff(order=">"),
    "xml": b'<?xml version="1.0" encoding="UTF-8"?><a/>',
    "text": "关于印发的通知".encode(),
    "text-gb18030": "关于印发的通知".encode("gb18030"),
    "text-utf16": "关于印发的通知".encode("utf-16"),
    "zip": zipped({"a.txt": "a"}),
    "gzip": b"\x1f\x8b\x08" + bytes(20),
    "bzip2": b"BZh91AY&SY" + bytes(20),
    "7z": b"7z\xbc\xaf\x27\x1c\0\4" + bytes(30),
    "rar5": b"Rar!\x1a\x07\x01\0" + bytes(30),
}

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" version="1.1"></svg>'
FILES = {"ofd": an_ofd(), "docx": a_docx(), "ole": an_ole("WordDocument"), **USUAL}


def pronom_says(body):
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        return pygfried.identify(file.name)


@pytest.mark.parametrize("name", USUAL)
def test_our_table_says_what_pronom_says(name):
    found = inspect(a_content(USUAL[name]))
    assert found.format.basis == "signature"
    assert found.format.puid == pronom_says(USUAL[name])


def test_the_corpus_is_told_as_pronom_tells_it_and_opens(corpus):
    """No file of it is refused: all open, the damaged ones with repairs."""
    files = sorted(path for path in corpus.glob("*/*") if path.suffix in (".ofd", ".pdf"))
    assert files
    for path in files:
        found = inspect(a_content(path))
        assert found.opens is Outcome.PASSED, (path.name, found.detail)
        assert found == inspect(a_content(path.read_bytes())), path.name
        if path.suffix == ".pdf":
            assert found.format.puid == pygfried.identify(str(path)), path.name
        else:
            # PRONOM has no OFD: for it these are ZIP files.
            assert (found.format.puid, pygfried.identify(str(path))) == ("ofd", "x-fmt/263")


def test_real_pdfs_with_broken_tables_say_that_they_were_repaired(corpus):
    repaired = {
        path.name
        for path in corpus.glob("pdf/*.pdf")
        if "repairs" in inspect(a_content(path)).detail
    }
    assert repaired >= {"033689.pdf", "073439.pdf"}


def test_seals_in_real_files_are_counted(corpus):
    counted = {path.name: inspect(a_content(path)).signatures for path in corpus.glob("ofd/*.ofd")}
    assert {name for name, count in counted.items() if count} == {
        "999.ofd", "SESV4SignDoc.ofd", "h.ofd", "keyword.ofd", "n.ofd",
    }  # fmt: skip
    assert counted["h.ofd"] == 2


@pytest.mark.parametrize(
    ("body", "puid", "extensions"),
    [
        (a_docx(), "fmt/412", ("docx",)),
        (b"{\\rtf1\\ansi\\deff0 {\\fonttbl {\\f0 Song;}} a\\par}", "fmt/45", ("rtf",)),
        (SVG, "fmt/92", ("svg",)),
    ],
)
def test_other_formats_are_asked_of_pronom(body, puid, extensions):
    found = inspect(a_content(body))
    assert (found.format.puid, found.format.basis) == (puid, "pronom")
    assert found.extensions == extensions
    assert found.opens is Outcome.PASSED


def test_a_file_without_bytes_does_not_open(tmp_path):
    empty = tmp_path / "empty"
    empty.touch()
    for body in (b"", empty):
        found = inspect(a_content(body))
        assert (found.format, found.opens) == (None, Outcome.FAILED)


def test_bytes_of_no_format_are_undetermined_and_never_passed():
    found = inspect(a_content(bytes(range(256)) * 8))
    assert (found.format, found.opens) == (None, Outcome.UNDETERMINED)


def test_the_files_name_is_not_believed():
    assert inspect(a_content(a_pdf(), "photo.jpg")).format.puid == "fmt/276"
    assert inspect(a_content(b"MZ" + bytes(200), "letter.pdf")).active


@settings(max_examples=150)
@given(
    name=st.sampled_from(sorted(FILES)),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
)
def test_a_damaged_file_gets_an_answer_and_never_an_exception(name, cut, flips):
    body = bytearray(FILES[name][: round(len(FILES[name]) * cut)])
    for place, value in flips:
        if body:
            body[int(place * (len(body) - 1))] = value
    assert isinstance(inspect(a_content(bytes(body))), Inspection)


@settings(max_examples=100)
@given(start=st.sampled_from([one[:12] for one in FILES.values()]), rest=st.binary(max_size=600))
def test_rubbish_behind_a_true_beginning_gets_an_answer(start, rest):
    assert isinstance(inspect(a_content(start + rest)), Inspection)


@pytest.mark.parametrize("name", ["ofd", "docx", "zip", "png-1.0", "jpeg-1.01", "xml"])
def test_a_file_cut_in_the_middle_does_not_pass(name):
    body = FILES[name]
    found = inspect(a_content(body[: len(body) // 2]))
    assert found.opens is not Outcome.PASSED


def a_pdf_bomb():
    """Its cross-reference stream would inflate to 300 MB, through two filters."""
    twice = zlib.compress(zlib.compress(bytes(300 << 20), 9), 9)
    filters = b"/Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Filter[/FlateDecode/FlateDecode]"
    body = a_pdf(a_stream(twice, filters))
    start, _, _ = body.rpartition(b"xref\n0 ")
    return start + b"startxref\n%d\n%%%%EOF\n" % start.index(b"5 0 obj")


def test_bombs_cost_neither_memory_nor_time():
    """Less than a megabyte that would inflate to hundreds, in each container we open."""
    bombs = [
        an_ofd(page="<ofd:Page>" + " " * (100 << 20) + "</ofd:Page>"),
        zipped({"zeros": bytes(300 << 20)}),
        a_pdf_bomb(),
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.thread_time()
    found = [inspect(a_content(bomb)) for bomb in bombs]
    assert time.thread_time() - started < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 << 10
    assert max(map(len, bombs)) < 1 << 20
    assert [one.opens for one in found[:2]] == [Outcome.UNDETERMINED] * 2
    assert "repairs" in found[2].detail  # the table was given up, the page found without it


@pytest.mark.parametrize("name", FILES)
def test_a_staged_file_is_told_like_one_in_memory(name, tmp_path):
    staged = tmp_path / "staged"
    staged.write_bytes(FILES[name])
    assert inspect(a_content(staged)) == inspect(a_content(FILES[name]))
    assert str(tmp_path) not in inspect(a_content(staged)).detail


def test_a_large_staged_file_costs_no_memory(tmp_path):
    """Also not as mapped pages, which count against a process as well."""
    staged = tmp_path / "large.ofd"
    staged.write_bytes(an_ofd())
    with zipfile.ZipFile(staged, "a") as archive, archive.open("scan.bin", "w") as scan:
        for _ in range(200):
            scan.write(bytes(1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert inspect(a_content(staged)).opens is Outcome.PASSED
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 << 10

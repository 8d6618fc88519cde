"""Office documents, pictures, text and archives: what each reader adds to the format."""

import struct
import time

import pytest

from filing.adapters.formats import inspect
from filing.model.finding import Outcome
from tests.adapters.formats.made import (
    a_content,
    a_docx,
    a_jpeg,
    a_png,
    a_tiff,
    an_ole,
    zipped,
)


def looked(body):
    return inspect(a_content(body))


def test_a_docx_opens_and_is_not_an_archive():
    found = looked(a_docx())
    assert (found.opens, found.packed, found.active) == (Outcome.PASSED, False, "")


@pytest.mark.parametrize("name", ["word/vbaProject.bin", "word/activeX/activeX1.xml"])
def test_macros_in_a_docx_are_active_content(name):
    assert looked(a_docx(**{name: "x"})).active


@pytest.mark.parametrize("kind", ["ms-office.vbaProject", "ms-excel.macrosheet+xml"])
def test_macros_are_known_by_the_type_of_their_part_under_any_name(kind):
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        "<!-- types -->"
        f'<Override PartName="/word/data.bin" ContentType="application/vnd.{kind}"/></Types>'
    )
    for encoding in ("utf-8", "utf-16"):
        body = a_docx(**{"[Content_Types].xml": types.encode(encoding), "word/data.bin": "x"})
        assert looked(body).active, encoding


def test_a_docx_with_a_broken_main_part_does_not_open():
    assert looked(a_docx(**{"word/document.xml": "<a>"})).opens is Outcome.FAILED


def an_odt(manifest=""):
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
            "content.xml": "<a/>",
        }
    )


def test_an_open_document_opens_unless_it_is_encrypted():
    assert looked(an_odt()).opens is Outcome.PASSED
    found = looked(an_odt("<encryption-data/>"))
    assert (found.encrypted, found.opens) == (True, Outcome.UNDETERMINED)


def test_an_encrypted_open_xml_document_is_known_in_its_compound_file():
    found = looked(an_ole("EncryptionInfo", "EncryptedPackage"))
    assert (found.encrypted, found.format.puid) == (True, "fmt/494")


@pytest.mark.parametrize("name", ["_VBA_PROJECT_CUR", "Macros", "VBA"])
def test_macros_in_an_old_document_are_active_content(name):
    assert looked(an_ole("WordDocument", name)).active


def test_a_password_on_an_old_document_is_seen():
    plain = struct.pack("<6H", 0xA5EC, 0xC1, 0, 0, 0, 0)
    locked = struct.pack("<6H", 0xA5EC, 0xC1, 0, 0, 0, 0x0100)
    assert not looked(an_ole("WordDocument", first=plain)).encrypted
    assert looked(an_ole("WordDocument", first=locked)).encrypted
    opening = struct.pack("<2H16x", 0x0809, 16)
    assert not looked(an_ole("Workbook", first=opening)).encrypted
    assert looked(an_ole("Workbook", first=opening + struct.pack("<2H", 0x2F, 4))).encrypted


def test_an_old_document_has_no_reader_here_and_says_so():
    assert looked(an_ole("WordDocument")).opens is Outcome.UNDETERMINED


def test_a_compound_file_whose_directory_goes_in_a_circle_is_damaged():
    body = bytearray(an_ole("WordDocument"))
    struct.pack_into("<L", body, 512 + 4, 1)
    assert looked(bytes(body)).opens is Outcome.FAILED


def test_a_flipped_bit_in_a_png_is_found():
    body = bytearray(a_png())
    body[-20] ^= 1
    assert looked(bytes(body)).opens is Outcome.FAILED


def test_pictures_say_their_size():
    assert looked(a_png()).detail.startswith("1×1")
    assert looked(a_jpeg()).detail.startswith("1×1")


def test_a_tiff_whose_strips_lie_outside_the_file_does_not_open():
    assert looked(a_tiff()).opens is Outcome.PASSED
    assert looked(a_tiff(strip_at=5000)).opens is Outcome.FAILED


def test_a_tiff_whose_directories_go_in_a_circle_does_not_open():
    body = bytearray(a_tiff())
    struct.pack_into("<L", body, 8 + 2 + 36, 8)
    assert looked(bytes(body)).opens is Outcome.FAILED


def test_directories_of_a_tiff_that_share_their_strips_cost_a_bounded_time():
    """A hundred thousand directories over a hundred thousand strips, in three megabytes."""
    strips, pages = 100_000, 100_000
    body = bytearray(b"II*\0" + struct.pack("<L", 8 + strips * 4) + bytes(strips * 4))
    entries = struct.pack("<HHLLHHLL", 273, 4, strips, 8, 279, 4, strips, 8)
    for _ in range(pages):
        body += struct.pack("<H", 2) + entries + struct.pack("<L", len(body) + 30)
    started = time.thread_time()
    found = looked(bytes(body))
    assert time.thread_time() - started < 20
    assert found.opens is Outcome.UNDETERMINED


@pytest.mark.parametrize(
    ("body", "opens"),
    [
        (b'<?xml version="1.0"?><a/>', Outcome.PASSED),
        (b'<?xml version="1.0"?><a>', Outcome.FAILED),
        (b'<?xml version="1.0"?><!DOCTYPE a><a/>', Outcome.FAILED),
        ("\ufeff<?xml version='1.0'?><文件/>".encode(), Outcome.PASSED),
        ("<?xml version='1.0' encoding='utf-16'?><文件/>".encode("utf-16"), Outcome.PASSED),
        (b"{\\rtf1 a", Outcome.FAILED),
    ],
)
def test_text_with_a_grammar_opens_when_it_keeps_it(body, opens):
    assert looked(body).opens is opens


def test_a_page_with_a_script_is_active_content():
    assert looked(b"<!DOCTYPE html><html><body><script>a()</script></body></html>").active
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="a()"></svg>'
    assert looked(svg).active


@pytest.mark.parametrize("body", [b"MZ" + bytes(300), b"\x7fELF" + bytes(300), b"#!/bin/sh\nls\n"])
def test_a_program_is_active_content(body):
    assert looked(body).active


def test_a_zip_of_files_is_packed_and_checked():
    found = looked(zipped({"a.txt": "a", "b.txt": "b"}))
    assert (found.packed, found.opens) == (True, Outcome.PASSED)
    locked = bytearray(zipped({"a.txt": "a"}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert looked(bytes(locked)).encrypted


@pytest.mark.parametrize("start", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x00", b"\x1f\x8b\x08"])
def test_other_archives_are_packed_and_not_opened(start):
    found = looked(start + bytes(40))
    assert (found.packed, found.opens) == (True, Outcome.UNDETERMINED)


SVG, XHTML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"


@pytest.mark.parametrize(
    "text",
    [
        f'<svg xmlns="{SVG}"><script>a()</script></svg>',
        f'<svg xmlns="{SVG}"><g onmouseover="a()"/></svg>',
        f'<svg xmlns="{SVG}"><a href=" java&#115;cript:a()"/></svg>',
        f'<svg xmlns="{SVG}">{" " * ((1 << 20) - 45)}<script>a()</script></svg>',
        f'<?xml version="1.0"?><s:svg xmlns:s="{SVG}"><s:script>a()</s:script></s:svg>',
        f'<?xml version="1.0"?><资料><h:script xmlns:h="{XHTML}">a()</h:script></资料>',
        '<?xml version="1.0"?><a><script xmlns="http://www.w3.org/2000/&#115;vg"/></a>',
        f"<html><br>{' ' * ((1 << 20) - 14)}<script>a()</script></html>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_script_is_found_however_the_page_or_drawing_is_written(text, encoding):
    found = looked(text.encode(encoding))
    # Text of two bytes that begins a page and is no XML is refused as it is.
    assert found.active or (encoding == "utf-16" and found.opens is Outcome.FAILED)


def test_data_with_an_element_of_that_name_does_not_run():
    text = '<?xml version="1.0"?><剧目><script once="1" on="2">第一幕&#10;</script></剧目>'
    assert not looked(text.encode()).active


@pytest.mark.parametrize("depth", [255, 256, 257, 5_000, 50_000])
def test_deep_xml_is_looked_at_like_any_other(depth):
    text = '<?xml version="1.0"?>' + "<a>" * depth + "</a>" * depth
    assert looked(text.encode()).opens is Outcome.PASSED


def test_an_escaped_brace_where_two_pieces_meet_is_no_brace():
    start = b"{\\rtf1 "
    for spare in (1, 2):
        filled = start + b"x" * ((1 << 20) - len(start) - spare)
        assert looked(filled + b"\\{ \\\\}").opens is Outcome.PASSED


def a_large_ole(*names):
    """A compound file of seven megabytes whose directory lies behind the header's own tables."""
    tables, first, second = 110, 13_960, 13_970
    body = bytearray(512 * (second + 2))
    small = an_ole(*names)
    body[:512] = small[:512]
    struct.pack_into("<LL", body, 44, tables, first)
    struct.pack_into("<LL", body, 68, tables, 1)
    struct.pack_into("<109L", body, 76, *range(109))
    struct.pack_into("<128L", body, 512 * (tables + 1), 109, *[0xFFFF_FFFF] * 126, 0xFFFF_FFFE)
    at = 512 * (109 + 1)
    struct.pack_into("<L", body, at + 4 * (first - 109 * 128), second)
    struct.pack_into("<L", body, at + 4 * (second - 109 * 128), 0xFFFF_FFFE)
    body[512 * (first + 1) : 512 * (first + 2)] = an_ole("WordDocument")[1024:1536]
    body[512 * (second + 1) : 512 * (second + 2)] = small[1024:1536]
    return bytes(body)


def test_a_large_old_document_is_not_called_damaged_and_its_macros_are_found():
    found = looked(a_large_ole("1Table"))
    assert (found.opens, found.active) == (Outcome.UNDETERMINED, "")
    assert looked(a_large_ole("Macros")).active
    circle = bytearray(a_large_ole("1Table"))
    struct.pack_into("<L", circle, 512 * 111 + 508, 110)
    assert looked(bytes(circle)).opens is Outcome.UNDETERMINED

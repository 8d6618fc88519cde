"""A look at a content file: what is safe to show, and as what."""

import io

import pytest

from examples.ofd import make_ofd
from examples.pdf import make_pdf
from filing.adapters.preview.look import TEXT_SHOWN, Looker
from filing.adapters.preview.ofd_tree import ofd_tree
from filing.model.preview import Branch, Way
from tests.adapters.formats import made

HOSTILE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    "script": b"alert(1)//",
    "html after a mark": b"\xef\xbb\xbf<html><body onload=alert(1)>",
}


@pytest.fixture
def looker(tmp_path):
    return Looker(tmp_path, 8 << 20)


def look(looker, body):
    return looker.look(io.BytesIO(body), len(body))


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_could_act_is_given_to_the_browser(looker, body):
    found = look(looker, body)
    assert found.media_type == ""
    assert found.way is Way.TEXT
    assert looker.media_type(body) == ""


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (made.a_png(), "image/png"),
        (made.a_jpeg(), "image/jpeg"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
def test_a_picture_is_told_by_its_bytes(looker, body, kind):
    found = look(looker, body)
    assert (found.way, found.media_type) == (Way.IMAGE, kind)
    assert looker.media_type(body[:16]) == kind


def test_a_pdf_is_shown_by_the_browsers_viewer(looker):
    found = look(looker, make_pdf("题名", ["一行"]))
    assert (found.way, found.media_type) == (Way.PDF, "application/pdf")
    assert "PDF" in found.format or "Portable" in found.format
    assert found.opens == "passed"


def test_an_ofd_is_shown_as_its_structure_with_the_text_of_its_pages(looker):
    found = look(looker, make_ofd("关于𠀀的通知", [f"第{n}行" for n in range(30)]))
    assert found.way is Way.OFD
    (document,) = found.tree
    pages = next(one for one in document.below if one.kind == "pages")
    assert pages.name == str(len(pages.below)) == "2"
    assert "关于𠀀的通知" in pages.below[0].text
    facts = {one.name: one.text for one in document.below if one.kind == "fact"}
    assert facts["Title"] == "关于𠀀的通知"


def test_a_large_file_is_looked_at_from_the_disk_and_leaves_nothing(looker, tmp_path):
    body = make_ofd("题名", ["一行"], size_bytes=2 << 20)
    assert look(looker, body).way is Way.OFD
    assert list(tmp_path.iterdir()) == []


def test_a_file_over_the_bound_is_not_read(looker):
    class Unread(io.RawIOBase):
        def readinto(self, buffer):
            raise AssertionError("was read")

    assert looker.look(Unread(), (8 << 20) + 1).way is Way.NONE


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("extra", [0, 1, 2, 3])
def test_text_is_cut_between_characters(looker, encoding, extra):
    body = ("x" * extra + "文" * (TEXT_SHOWN * 4)).encode(encoding)
    found = look(looker, body)
    assert found.way is Way.TEXT
    assert found.cut
    assert set(found.text) <= {"文", "x"}
    assert len(found.text) == TEXT_SHOWN


def test_short_text_is_whole(looker):
    found = look(looker, "第一行\n第二行".encode())
    assert (found.text, found.cut) == ("第一行\n第二行", False)


def test_what_is_neither_is_not_shown(looker):
    assert look(looker, b"\x00\x01\x02\x03" * 10).way is Way.NONE
    assert look(looker, b"").way is Way.TEXT


SIGNED = {
    "body": "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>",
    "document": "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
}


def a_tree(**more: str) -> Branch:
    members = made.ofd_members(**SIGNED)
    for name, text in more.items():
        members[f"Doc_0/{name.replace('__', '/')}.xml"] = text
    (document,) = ofd_tree(made.zipped(members))
    return document


def test_seals_and_attachments_stand_in_the_tree():
    spaced = f"xmlns:ofd='{made.OFD}'"
    document = a_tree(
        Signs__Signatures=f"<ofd:Signatures {spaced}>"
        "<ofd:Signature ID='1' Type='Seal' BaseLoc='Sign_0/Signature.xml'/></ofd:Signatures>",
        Signs__Sign_0__Signature=f"<ofd:Signature {spaced}><ofd:SignedInfo>"
        "<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod></ofd:SignedInfo>"
        "</ofd:Signature>",
        Attachs__Attachments=f"<ofd:Attachments {spaced}><ofd:Attachment ID='1' Name='附件一'>"
        "<ofd:FileLoc>a.bin</ofd:FileLoc></ofd:Attachment></ofd:Attachments>",
    )
    told = {(one.kind, one.name, one.text) for one in document.below}
    assert ("signature", "Seal", "1.2.156.10197.1.501") in told
    assert ("attachment", "附件一", "a.bin") in told


def test_what_is_missing_is_said_in_its_place():
    document = a_tree()
    kinds = {one.kind: one for one in document.below}
    assert kinds["signature"].below[0].kind == "damage"
    assert kinds["attachment"].below[0].kind == "damage"
    assert kinds["pages"].below[0].name


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", made.zipped({"OFD.xml": "<a"})])
def test_a_damaged_one_says_so(body):
    (only,) = ofd_tree(body)
    assert only.kind == "damage"
    assert only.text

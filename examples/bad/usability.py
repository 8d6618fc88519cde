"""Faults of 可用性 (GD-3-x, ZX-3-1): it cannot be read, opened or unpacked."""

import zipfile
import zlib
from dataclasses import replace
from io import BytesIO

from examples import eep
from examples.bad.plan import Fault, Members, archive, changed, edit, raw, with_annex
from examples.documents import File, Official, pdf_file
from examples.pdf import make_pdf
from filing.model.package import Form

#: A GIF of one pixel: sound, known, and no format for an official document.
_GIF = bytes.fromhex("47494638396101000100800000ffffff0000002c00000000010001000002024401003b")


def _gif_annex(document: Official) -> Official:
    return with_annex(document, File("附件1.gif", _GIF, "GIF", "89a", "image/gif"))


def _pictured(document: Official) -> Official:
    """A scan of the text proper as a bare picture: sound, but no layout document."""
    main = document.documents[0]
    picture = File("正本.png", _png(8), "PNG", "1.2", "image/png")
    return replace(
        document,
        documents=(replace(main, files=(picture, *main.files[1:])), *document.documents[1:]),
    )


def _png(width: int) -> bytes:
    """A white picture of ``width`` by 1 grey pixels. Source: PNG 1.2, section 3."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    size = width.to_bytes(4, "big") + (1).to_bytes(4, "big")
    rows = zlib.compress(b"\0" + b"\xff" * width, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + bytes((8, 0, 0, 0, 0)))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def _cut_pdf(document: Official) -> Official:
    """Keep the head of a PDF and lose its objects, table and trailer."""
    body = make_pdf(document.title, ("附件",), document.date)[:200]
    return with_annex(document, pdf_file("附件1.pdf", body))


def _hollow_ofd(document: Official) -> Official:
    """An OFD whose OFD.xml names a document that is not there."""
    with zipfile.ZipFile(BytesIO(document.files[0].body)) as whole:
        body = eep.zipped({"OFD.xml": whole.read("OFD.xml")})
    return with_annex(document, File("附件1.ofd", body, "OFD", "1.0", "application/ofd"))


def _locked_pdf(document: Official) -> Official:
    body = make_pdf(document.title, ("附件",), document.date, password="sample")
    return with_annex(document, pdf_file("附件1.pdf", body))


def _zip_annex(document: Official) -> Official:
    body = eep.zipped({"说明.txt": "样例".encode()})
    return with_annex(document, File("附件1.zip", body, "ZIP", "2.0", "application/zip"))


METADATA = (
    Fault("GD-3-1", "not-well-formed", "end_tag_missing", "",
          edit(("</内容描述>", ""))),
    Fault("GD-3-1", "wrong-encoding", "gbk_bytes_called_utf_8", "",
          raw(lambda xml: xml.decode("utf-8").encode("gb18030"))),
    Fault("GD-3-1", "empty", "nothing_in_the_document", "", raw(lambda xml: b" \n")),
)  # fmt: skip

CONTENT = (
    Fault("GD-3-3", "not-accepted", "gif_annex", "附件1.gif", changed(_gif_annex)),
    Fault("GD-3-3", "main-not-layout", "text_proper_as_a_picture", "正本.png", changed(_pictured)),
    Fault("GD-3-4", "does-not-open", "pdf_cut_off", "附件1.pdf", changed(_cut_pdf)),
    Fault("GD-3-4", "does-not-open", "ofd_without_its_document", "附件1.ofd",
          changed(_hollow_ofd)),
    Fault("GD-3-8", "encrypted", "pdf_with_a_password", "附件1.pdf", changed(_locked_pdf)),
    Fault("GD-3-8", "packed", "zip_as_annex", "附件1.zip", changed(_zip_annex)),
)  # fmt: skip


def _bad_crc(members: Members) -> bytes:
    """Change one stored byte of the last file; its CRC-32 stays what it was."""
    body = bytearray(eep.zipped(members))
    at = body.rindex(b"%%EOF")
    body[at + 2] ^= 0x01
    return bytes(body)


def _directory_lies(members: Members) -> bytes:
    """The central directory gives another name than the local header."""
    body = eep.zipped(members)
    name = "附件1.pdf".encode()
    at = body.rindex(name)
    return body[:at] + "附件9.pdf".encode() + body[at + len(name) :]


ARCHIVE = (
    Fault("ZX-3-1", "bad-crc", "byte_changed_after_packing", "附件1.pdf",
          archive(_bad_crc, counted=False)),
    Fault("ZX-3-1", "truncated", "second_half_missing", "",
          archive(lambda m: eep.zipped(m)[: len(eep.zipped(m)) // 2], counted=False)),
    Fault("ZX-3-1", "not-a-zip", "text_called_zip", "",
          archive(lambda m: "这不是压缩包\n".encode() * 40, Form.EEP_ZIP, counted=False)),
    Fault("ZX-3-1", "inconsistent-directory", "directory_names_another_file", "附件",
          archive(_directory_lies, counted=False), also=("GD-1-11",)),
)  # fmt: skip

FAULTS = METADATA + CONTENT + ARCHIVE

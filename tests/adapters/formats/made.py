"""Small files made here, byte by byte, for the tests beside this file."""

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

from filing.model.package import Content

OFD = "http://www.ofdspec.org/2016"
TYPES = "application/vnd.openxmlformats-officedocument"


def peak(again=False):
    """The most memory this process has held, in KiB; ``again`` from now on."""
    if again:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])


def a_content(body, member="content"):
    size = body.stat().st_size if isinstance(body, Path) else len(body)
    return Content(member, size, (), body)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def ofd_members(namespace=OFD, prefix="Doc_0/", body="", document="", page="<ofd:Page/>"):
    """The members of a document with one page; pieces of XML are put in where named."""
    spaced = f'xmlns:ofd="{namespace}"'
    page = page.replace("<ofd:Page", f"<ofd:Page {spaced}", 1)
    return {
        "OFD.xml": f'<ofd:OFD {spaced} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
        f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>{body}</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {spaced}><ofd:CommonData/><ofd:Pages>"
        f'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>{document}'
        "</ofd:Document>",
        f"{prefix}Pages/Page_0/Content.xml": page,
    }


def an_ofd(**pieces):
    return zipped(ofd_members(**pieces))


def a_pdf(*objects, version="1.7", catalog="", trailer="", page=""):
    """A one-page PDF; ``objects`` are numbered from 5 on."""
    bodies = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R{page}>>".encode(),
        a_stream(b"0 0 m 9 9 l S"),
        *objects,
    ]
    out, places = bytearray(f"%PDF-{version}\n".encode()), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (len(bodies) + 1, trailer.encode())
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % table


def a_stream(body, dictionary=b""):
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (dictionary, len(body), body)


def png_chunk(kind, body):
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def a_png(*extra):
    header = png_chunk(b"IHDR", struct.pack(">LLBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + pixels + png_chunk(b"IEND", b"")


def a_jpeg(minor=1):
    start = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + bytes([minor]) + b"\0\0\x01\0\x01\0\0"
    frame = b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0"
    return start + frame + b"\xff\xda\0\x08\x01\x01\0\0?\0\x00\xff\xd9"


def a_tiff(strip_at=50, order="<"):
    entries = [(256, 3, 1, 1), (273, 4, 1, strip_at), (279, 4, 1, 1)]
    start = b"II*\0" if order == "<" else b"MM\0*"
    table = b"".join(struct.pack(order + "HHLL", *entry) for entry in entries)
    table = struct.pack(order + "H", len(entries)) + table + bytes(4)
    return start + struct.pack(order + "L", 8) + table + bytes(20)


def a_docx(**more):
    main = f"{TYPES}.wordprocessingml.document.main+xml"
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types"><Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"/>',
        "word/document.xml": "<document/>",
    }
    return zipped(members | more)


def an_ole(*names, first=b""):
    """A compound file with one directory sector of streams, all beginning with ``first``."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<5H", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<LL", header, 44, 1, 1)
    struct.pack_into("<109L", header, 76, 0, *[0xFFFF_FFFF] * 108)
    table = struct.pack("<128L", 0xFFFF_FFFD, 0xFFFF_FFFE, 0xFFFF_FFFE, *[0xFFFF_FFFF] * 125)
    directory = b""
    for number, name in enumerate(("Root Entry", *names)):
        text = name.encode("utf-16-le")
        entry = bytearray(128)
        entry[: len(text)] = text
        struct.pack_into("<H", entry, 64, len(text) + 2)
        entry[66] = 2 if number else 5
        struct.pack_into("<LL", entry, 116, 2, 4096)
        directory += entry
    return bytes(header) + table + directory.ljust(512, b"\0")[:512] + first.ljust(4096, b"\0")

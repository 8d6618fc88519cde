"""Small OFD files made by code: GB/T 33190-2016, text pages, no fonts embedded.

The same arguments give the same bytes. ``size_bytes`` grows the file by one grey
image drawn on the first page, as a scanned letterhead would, so a large file is
large for a lawful reason.

Does not sign or seal; no OFD electronic seal is made here.
"""

import hashlib
import io
import random
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from xml.sax.saxutils import escape

NAMESPACE = "http://www.ofdspec.org/2016"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ROW = 256  # bytes of one image row: the step in which a file can grow
_LINES_PER_PAGE = 24
_EPOCH = (2026, 1, 1, 0, 0, 0)


def make_ofd(
    title: str, lines: Sequence[str], date: str = "2026-01-01", size_bytes: int = 0
) -> bytes:
    """Return an OFD of A4 pages holding ``title`` and ``lines``.

    date         YYYY-MM-DD, the creation date in DocInfo
    size_bytes   wanted size; the result has at least that many and less than 1 KB more
                 (a size below that of the bare text is not reached)
    """
    bare = _pack(_members(title, lines, date, 0))
    if size_bytes <= len(bare):
        return bare
    # The image brings its own ZIP and XML entries; measure them with one row.
    overhead = len(_pack(_members(title, lines, date, 1))) - _ROW
    rows = max(1, -(-(size_bytes - overhead) // _ROW))
    return _pack(_members(title, lines, date, rows))


def _members(title: str, lines: Sequence[str], date: str, rows: int) -> dict[str, bytes]:
    pages = [
        tuple(lines[at : at + _LINES_PER_PAGE]) for at in range(0, len(lines), _LINES_PER_PAGE)
    ]
    pages = pages or [()]
    members = {
        "OFD.xml": _entry(title, lines, date),
        "Doc_0/Document.xml": _document(len(pages), rows),
        "Doc_0/PublicRes.xml": _fonts(),
    }
    if rows:
        members["Doc_0/DocumentRes.xml"] = _media()
        members["Doc_0/Res/letterhead.bmp"] = bitmap(rows)
    for number, page in enumerate(pages):
        heading = title if number == 0 else ""
        members[f"Doc_0/Pages/Page_{number}/Content.xml"] = _page(
            number, heading, page, rows > 0 and number == 0
        )
    return members


def _entry(title: str, lines: Sequence[str], date: str) -> bytes:
    identity = hashlib.sha256("\n".join((title, date, *lines)).encode()).hexdigest()[:32]
    return (
        f'{_XML}<ofd:OFD xmlns:ofd="{NAMESPACE}" DocType="OFD" Version="1.0"><ofd:DocBody>'
        f"<ofd:DocInfo><ofd:DocID>{identity}</ofd:DocID><ofd:Title>{escape(title)}</ofd:Title>"
        f"<ofd:CreationDate>{date}</ofd:CreationDate><ofd:Creator>样例制作程序</ofd:Creator>"
        "</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    ).encode()


def _document(pages: int, rows: int) -> bytes:
    listed = "".join(
        f'<ofd:Page ID="{100 + n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(pages)
    )
    media = "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>" if rows else ""
    return (
        f'{_XML}<ofd:Document xmlns:ofd="{NAMESPACE}"><ofd:CommonData>'
        f"<ofd:MaxUnitID>{100_000 + pages}</ofd:MaxUnitID>"
        "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
        f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{media}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
    ).encode()


@lru_cache(maxsize=1)
def _fonts() -> bytes:
    return (
        f'{_XML}<ofd:Res xmlns:ofd="{NAMESPACE}" BaseLoc="Res"><ofd:Fonts>'
        '<ofd:Font ID="1" FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>'
    ).encode()


@lru_cache(maxsize=1)
def _media() -> bytes:
    return (
        f'{_XML}<ofd:Res xmlns:ofd="{NAMESPACE}" BaseLoc="Res"><ofd:MultiMedias>'
        '<ofd:MultiMedia ID="2" Type="Image" Format="BMP"><ofd:MediaFile>letterhead.bmp'
        "</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>"
    ).encode()


def _page(number: int, heading: str, lines: Sequence[str], image: bool) -> bytes:
    """One page: heading, lines 8 mm apart; object ids stay unique over the document."""
    first = 1000 * (number + 1)
    drawn = [_text(first, heading, 25, 6)] if heading else []
    drawn += [
        _text(first + n, line, 40 + 9 * n, 4) for n, line in enumerate(lines, start=1) if line
    ]
    if image:
        drawn.insert(
            0,
            f'<ofd:ImageObject ID="{first + 999}" Boundary="20 5 170 12" CTM="170 0 0 12 0 0" '
            'ResourceID="2"/>',
        )
    return (
        f'{_XML}<ofd:Page xmlns:ofd="{NAMESPACE}"><ofd:Content><ofd:Layer ID="{first + 998}" '
        f'Type="Body">{"".join(drawn)}</ofd:Layer></ofd:Content></ofd:Page>'
    ).encode()


def _text(identity: int, line: str, top_mm: int, size_mm: int) -> str:
    deltas = f' DeltaX="g {len(line) - 1} {size_mm}"' if len(line) > 1 else ""
    return (
        f'<ofd:TextObject ID="{identity}" Boundary="20 {top_mm} 170 {size_mm + 3}" Font="1" '
        f'Size="{size_mm}"><ofd:TextCode X="0" Y="{size_mm}"{deltas}>{escape(line)}'
        "</ofd:TextCode></ofd:TextObject>"
    )


@lru_cache(maxsize=16)
def noise(length: int) -> bytes:
    """``length`` bytes that do not compress, the same every time."""
    return random.Random(length).randbytes(length)


@lru_cache(maxsize=8)
def bitmap(rows: int) -> bytes:
    """A grey BMP, 256 pixels wide and ``rows`` high; pixels are noise."""
    offset, pixels = 14 + 40 + 1024, rows * _ROW
    header = b"BM" + (offset + pixels).to_bytes(4, "little") + bytes(4)
    header += offset.to_bytes(4, "little")
    info = b"".join(n.to_bytes(4, "little") for n in (40, _ROW, rows))
    info += (1).to_bytes(2, "little") + (8).to_bytes(2, "little")
    info += b"".join(n.to_bytes(4, "little") for n in (0, pixels, 2835, 2835, 256, 0))
    palette = b"".join(bytes((n, n, n, 0)) for n in range(256))
    return header + info + palette + noise(pixels)


def _pack(members: dict[str, bytes]) -> bytes:
    """Write the ZIP, stored, with one fixed time, members in the order given."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), body)
    return target.getvalue()

"""Small PDF files made by code: ISO 32000-1 (PDF 1.7), Chinese text.

Text is set in a predefined CID font of the Adobe-GB1 collection, not embedded, so a
file is a few kilobytes. The same arguments give the same bytes. ``size_bytes`` grows
the file by one grey image drawn on the first page.

``encrypted`` and ``script`` make files an archive must refuse; they serve the bad
samples. Not PDF/A: the font is not embedded.
"""

import hashlib
from collections.abc import Sequence

from examples.ofd import noise

_LINES_PER_PAGE = 28
_ROW = 256
_FONT = 3  # object numbers 1 catalogue, 2 page tree, 3-5 font, 6 information, 7… pages
_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def make_pdf(
    title: str,
    lines: Sequence[str],
    date: str = "2026-01-01",
    size_bytes: int = 0,
    *,
    script: str = "",
    password: str = "",
) -> bytes:
    """Return a PDF of A4 pages holding ``title`` and ``lines``.

    date         YYYY-MM-DD, /CreationDate
    size_bytes   wanted size; the result has at least that many and less than 1 KB more
    script       JavaScript run on opening: active content, must be refused
    password     user password; encrypts strings and streams (RC4, 40 bits), must be refused
    """
    bare = _assemble(_objects(title, lines, date, 0, script), title + date, password)
    if size_bytes <= len(bare):
        return bare
    overhead = (
        len(_assemble(_objects(title, lines, date, 1, script), title + date, password)) - _ROW
    )
    rows = max(1, -(-(size_bytes - overhead) // _ROW))
    return _assemble(_objects(title, lines, date, rows, script), title + date, password)


Body = tuple[str, bytes | None]  # dictionary or other object text, stream bytes if it has some


def _objects(title: str, lines: Sequence[str], date: str, rows: int, script: str) -> list[Body]:
    """Every indirect object in order; object n is at index n - 1."""
    pages = [
        tuple(lines[at : at + _LINES_PER_PAGE]) for at in range(0, len(lines), _LINES_PER_PAGE)
    ]
    pages = pages or [()]
    first = 7
    image = first + 2 * len(pages)
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    action = f" /OpenAction << /S /JavaScript /JS ({script}) >>" if script else ""
    objects: list[Body] = [
        (f"<< /Type /Catalog /Pages 2 0 R{action} >>", None),
        (f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>", None),
        *_font(),
        (f"<< /Title <{_utf16(title)}> /CreationDate (D:{date.replace('-', '')}000000Z) >>", None),
    ]
    for number, page in enumerate(pages):
        drawn_image = rows > 0 and number == 0
        extra = f" /XObject << /Letterhead {image} 0 R >>" if drawn_image else ""
        objects.append(
            (
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources "
                f"<< /Font << /F1 {_FONT} 0 R >>{extra} >> "
                f"/Contents {first + 2 * number + 1} 0 R >>",
                None,
            )
        )
        heading = title if number == 0 else ""
        objects.append(("<<", _drawing(heading, page, drawn_image)))
    if rows:
        form = f"/Width {_ROW} /Height {rows} /ColorSpace /DeviceGray /BitsPerComponent 8"
        objects.append((f"<< /Type /XObject /Subtype /Image {form}", noise(rows * _ROW)))
    return objects


def _font() -> list[Body]:
    """Objects 3 to 5: composite font, its descendant, its descriptor."""
    return [
        (
            "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H "
            "/Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
            None,
        ),
        (
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo "
            "<< /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 5 0 R >>",
            None,
        ),
        (
            "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 "
            "/FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 "
            "/CapHeight 880 /StemV 93 >>",
            None,
        ),
    ]


def _drawing(heading: str, lines: Sequence[str], image: bool) -> bytes:
    parts = ["q 480 0 0 30 57 790 cm /Letterhead Do Q"] if image else []
    if heading:
        parts.append(f"BT /F1 16 Tf 57 750 Td <{_ucs2(heading)}> Tj ET")
    for number, line in enumerate(lines):
        parts.append(f"BT /F1 11 Tf 57 {715 - 24 * number} Td <{_ucs2(line)}> Tj ET")
    return "\n".join(parts).encode("ascii")


def _ucs2(text: str) -> str:
    return text.encode("utf-16-be").hex()


def _utf16(text: str) -> str:
    return "feff" + _ucs2(text)


def _assemble(objects: list[Body], identity: str, password: str) -> bytes:
    """Write header, objects, cross-reference table and trailer."""
    file_id = hashlib.sha256(identity.encode()).digest()[:16]
    lock = _Lock(password, file_id) if password else None
    written = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, (text, stream) in enumerate(objects, start=1):
        offsets.append(len(written))
        if lock:
            text, stream = lock.hide(number, text, stream)
        written += f"{number} 0 obj\n{text}".encode("latin-1")
        if stream is not None:
            written += b" /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
        written += b"\nendobj\n"
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    guard = lock.dictionary() if lock else ""
    written += (
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 6 0 R "
        f"/ID [<{file_id.hex()}> <{file_id.hex()}>]{guard} >>\nstartxref\n{start}\n%%EOF\n"
    ).encode()
    return bytes(written)


class _Lock:
    """The standard security handler, revision 2. Source: ISO 32000-1, clause 7.6.3.

    MD5 and RC4 stand here because the clause asks for them, to make a file that an
    archive refuses; they protect nothing.
    """

    def __init__(self, password: str, file_id: bytes) -> None:
        padded = (password.encode("ascii") + _PADDING)[:32]
        self.owner = _rc4(_md5(padded)[:5], padded)
        rights = (-4).to_bytes(4, "little", signed=True)
        self.key = _md5(padded + self.owner + rights + file_id)[:5]
        self.user = _rc4(self.key, _PADDING)

    def dictionary(self) -> str:
        return (
            f" /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{self.owner.hex()}> "
            f"/U <{self.user.hex()}> >>"
        )

    def hide(self, number: int, text: str, stream: bytes | None) -> Body:
        """Encrypt a stream; the strings of our objects carry no secret and are blanked."""
        own = _md5(self.key + number.to_bytes(3, "little") + bytes(2))[:10]
        if number == 6:
            text = "<< >>"
        if number == 4:
            adobe, order = _rc4(own, b"Adobe").hex(), _rc4(own, b"GB1").hex()
            text = text.replace("(Adobe)", f"<{adobe}>").replace("(GB1)", f"<{order}>")
        return text, None if stream is None else _rc4(own, stream)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)

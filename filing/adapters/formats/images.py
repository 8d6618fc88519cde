"""JPEG, PNG, TIFF: recognised, and followed through their structure to the end.

Markers, chunks and directories are walked and lengths and checksums compared; no
pixel is decoded, so a picture that opens here may still show noise.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from filing.adapters.formats.view import Budget, Bytes, Damaged, Exhausted, counted
from filing.model.finding import Outcome
from filing.model.inspection import Format, Inspection

_JFIF = {b"\1\0": "fmt/42", b"\1\1": "fmt/43", b"\1\2": "fmt/44"}
_EXIF = {"0200": "x-fmt/398", "0210": "x-fmt/390", "0220": "x-fmt/391", "0221": "fmt/645"}
# Tag 0x9000, type undefined, four bytes: in either byte order.
_EXIF_VERSION = re.compile(
    rb"(?:\x90\x00\x00\x07\x00\x00\x00\x04|\x00\x90\x07\x00\x04\x00\x00\x00)(\d{4})"
)
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_1_1 = (b"iCCP", b"sPLT", b"sRGB")
_MAX_PARTS = 100_000
_CHUNK = 1 << 20
#: Entries of directories and places of strips: directories of a TIFF may share them.
_MAX_VALUES = 10_000_000


def look(data: Bytes) -> Inspection | None:
    """Inspect a picture; None when it is none of the three."""
    head = data[:8]
    if head[:3] == b"\xff\xd8\xff":
        kind, check, suits = _jpeg_format(data), _check_jpeg, "jpg jpeg"
    elif head == _PNG_START:
        kind, check, suits = _png_format(data), _check_png, "png"
    elif head[:4] in (b"II*\0", b"MM\0*"):
        kind = Format("fmt/353", "TIFF / Tagged Image File Format", "", "image/tiff", "signature")
        check, suits = _check_tiff, "tif tiff"
    else:
        return None
    extensions = tuple(suits.split())
    try:
        return Inspection(kind, Outcome.PASSED, check(data), extensions=extensions)
    except (Damaged, struct.error) as damage:
        why = str(damage) if isinstance(damage, Damaged) else "数据不足 / data cut off"
        detail = f"图像不完整 / picture damaged；{why}"
        return Inspection(kind, Outcome.FAILED, detail, extensions=extensions)
    except Exhausted:
        detail = "目录项过多，未查完 / too many directory entries to be checked"
        return Inspection(kind, Outcome.UNDETERMINED, detail, extensions=extensions)


def _jpeg_format(data: Bytes) -> Format | None:
    """JFIF or Exif with its version, else None: PRONOM tells the other kinds apart."""
    head = data[:65_536]
    if head[3:4] == b"\xe0" and head[6:11] == b"JFIF\0":
        version = head[11:13]
        if puid := _JFIF.get(version):
            name = "JPEG File Interchange Format"
            return Format(puid, name, f"{version[0]}.{version[1]:02}", "image/jpeg", "signature")
    if head[3:4] == b"\xe1" and head[6:12] == b"Exif\0\0":
        found = _EXIF_VERSION.search(head)
        version_text = found[1].decode("ascii") if found else ""
        if puid := _EXIF.get(version_text):
            name = "Exchangeable Image File Format (Compressed)"
            return Format(puid, name, version_text, "image/jpeg", "signature")
    return None


def _check_jpeg(data: Bytes) -> str:
    """Walk the markers to the first scan, then look for the end marker (ITU-T T.81, B.1)."""
    at, size = 2, ""
    for _ in range(_MAX_PARTS):
        marker = data[at : at + 4]
        if len(marker) < 4 or marker[0] != 0xFF:
            raise Damaged("标记缺失 / marker missing")
        code = marker[1]
        if code == 0xFF:
            at += 1
            continue
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data[at + 5 : at + 9])
            size = f"{width}×{height}"
        if code == 0xDA:
            break
        at += 2 + struct.unpack_from(">H", marker, 2)[0]
    if not size:
        raise Damaged("没有帧头 / no frame header")
    if data.rfind(b"\xff\xd9", max(at, len(data) - 1_048_576)) < 0:
        raise Damaged("没有结束标记 / no end marker")
    return f"{size} 像素 / pixels"


def _png_format(data: Bytes) -> Format:
    """PNG 1.0, 1.1 or 1.2, told as PRONOM does by the chunks that came with each."""
    kinds = set()
    try:
        for kind, _, _ in _png_chunks(data):
            kinds.add(kind)
            if kind == b"IDAT":
                break
    except (Damaged, struct.error):
        pass  # _check_png says so
    puid, version = "fmt/11", "1.0"
    if kinds & set(_PNG_1_1):
        puid, version = "fmt/12", "1.1"
    if b"iTXt" in kinds:
        puid, version = "fmt/13", "1.2"
    return Format(puid, "PNG / Portable Network Graphics", version, "image/png", "signature")


def _png_chunks(data: Bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type of each chunk, and where type and content lie: offset and length in bytes."""
    at = 8
    for _ in range(_MAX_PARTS):
        head = data[at : at + 8]
        if len(head) < 8:
            raise Damaged("没有 IEND / no IEND")
        length, kind = struct.unpack(">L4s", head)
        if at + 12 + length > len(data):
            raise Damaged("数据块不完整 / chunk cut off")
        yield kind, at + 4, length + 4
        if kind == b"IEND":
            return
        at += 12 + length
    raise Damaged("数据块过多 / too many chunks")


def _check_png(data: Bytes) -> str:
    """Compare every chunk's checksum as far as IEND (ISO/IEC 15948, 5.3)."""
    first = True
    size = ""
    for kind, start, length in _png_chunks(data):
        if first != (kind == b"IHDR"):
            raise Damaged("IHDR 不在开头 / IHDR not first")
        if first:
            width, height = struct.unpack(">LL", data[start + 4 : start + 12])
            size = f"{width}×{height}"
        first = False
        crc = 0
        for at in range(start, start + length, _CHUNK):
            crc = zlib.crc32(data[at : min(at + _CHUNK, start + length)], crc)
        if crc != struct.unpack(">L", data[start + length : start + length + 4])[0]:
            raise Damaged(f"{kind.decode('latin-1')} 校验和不符 / checksum differs")
    return f"{size} 像素 / pixels"


def _check_tiff(data: Bytes) -> str:
    """Follow the chain of directories ; strips and tiles must lie in the file (TIFF 6.0)."""
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "L", data[4:8])
    seen: set[int] = set()
    budget = Budget(_MAX_VALUES)
    while at:
        if at in seen or len(seen) >= _MAX_PARTS:
            raise Damaged("目录循环 / directories form a circle")
        seen.add(at)
        at = _tiff_directory(data, order, at, budget)
    if not seen:
        raise Damaged("没有图像 / no picture")
    return counted(len(seen), "页", "page")


def _tiff_directory(data: Bytes, order: str, at: int, budget: Budget) -> int:
    """Check one directory; return where the next is."""
    (count,) = struct.unpack(order + "H", data[at : at + 2])
    budget.spend(count)
    table = data[at + 2 : at + 6 + count * 12]
    if len(table) < count * 12 + 4 or not count:
        raise Damaged("目录不完整 / directory cut off")
    values = {}
    for tag, kind, number, value in struct.iter_unpack(order + "HHLL", table[: count * 12]):
        values[tag] = (kind, number, value)
    for pair in ((273, 279), (324, 325)):
        if all(tag in values for tag in pair):
            starts, lengths = (_tiff_values(data, order, *values[tag], budget) for tag in pair)
            if any(
                start + length > len(data) for start, length in zip(starts, lengths, strict=False)
            ):
                raise Damaged("图像数据不在文件内 / picture data outside the file")
    (after,) = struct.unpack(order + "L", table[count * 12 : count * 12 + 4])
    return int(after)


def _tiff_values(
    data: Bytes, order: str, kind: int, number: int, value: int, budget: Budget
) -> Iterator[int]:
    """The numbers of one entry: SHORT (3) or LONG (4), beside or in the directory."""
    size, letter = (2, "H") if kind == 3 else (4, "L")
    budget.spend(number)
    end = value + number * size
    if number * size <= 4:
        yield from struct.unpack_from(f"{order}{number}{letter}", struct.pack(order + "L", value))
        return
    if end > len(data):
        raise Damaged("目录指向文件之外 / directory points outside the file")
    for at in range(value, end, _CHUNK):
        piece = data[at : min(at + _CHUNK, end)]
        yield from (one for (one,) in struct.iter_unpack(order + letter, piece))

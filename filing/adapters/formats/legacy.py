"""Compound files ([MS-CFB]): DOC, XLS, PPT, WPS, ET, MSG, and encrypted Office Open XML.

The directory is read, with caps, to see which streams there are: that tells macros
and encryption. The documents themselves have no reader here, so ``opens`` is
UNDETERMINED unless the container itself is broken; PRONOM names the format.
"""

import struct

from filing.adapters.formats.view import Bytes, Damaged
from filing.model.finding import Outcome
from filing.model.inspection import Format, Inspection

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_SECTORS = 4096
_END = 0xFFFF_FFFA
_MACROS = frozenset({"VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros"})
_SEALED = Format("fmt/494", "加密的 Office 文档 / encrypted Office document", "", "", "signature")

Streams = dict[str, tuple[int, int]]


def look(data: Bytes) -> Inspection | None:
    """Inspect a compound file; None when it is none."""
    if data[:8] != _MAGIC:
        return None
    try:
        sector_bytes = _sector_bytes(data)
        streams = _streams(data, sector_bytes)
    except (Damaged, struct.error) as damage:
        return Inspection(None, Outcome.FAILED, f"复合文档已损坏 / compound file damaged: {damage}")
    active = "宏 / macros" if _MACROS & streams.keys() else ""
    if "EncryptedPackage" in streams:
        detail = "加密，需要口令 / encrypted"
        return Inspection(
            _SEALED, Outcome.UNDETERMINED, detail, encrypted=True,
            extensions=("docx", "xlsx", "pptx"),
        )  # fmt: skip
    return Inspection(
        None,
        Outcome.UNDETERMINED,
        "没有能打开它的程序 / no reader for this format",
        encrypted=_is_encrypted(data, streams, sector_bytes),
        active=active,
    )


def _sector_bytes(data: Bytes) -> int:
    (shift,) = struct.unpack_from("<H", data[:32], 30)
    if shift not in (9, 12):
        raise Damaged(f"sector shift {shift}")
    return int(1 << shift)


def _sector(data: Bytes, number: int, size: int) -> bytes:
    start = (number + 1) * size
    part = data[start : start + size]
    if number >= _END or not part:
        raise Damaged(f"sector {number} missing")
    return part.ljust(size, b"\0")


def _streams(data: Bytes, size: int) -> Streams:
    """Name -> (first sector, bytes) of every directory entry."""
    head = data[:512]
    (number,) = struct.unpack_from("<L", head, 48)
    tables = _tables(data, head, size)
    streams: Streams = {}
    visited = 0
    while number < _END:
        visited += 1
        if visited > _MAX_SECTORS:
            raise Damaged("directory too long or circular")
        part = _sector(data, number, size)
        for at in range(0, size, 128):
            (length,) = struct.unpack_from("<H", part, at + 64)
            if 2 <= length <= 64:
                name = part[at : at + length - 2].decode("utf-16-le", "replace")
                streams[name] = struct.unpack_from("<LL", part, at + 116)
        number = _next(data, number, size, tables)
    return streams


def _tables(data: Bytes, head: bytes, size: int) -> list[int]:
    """Where the allocation tables lie: 109 as the header says, the others in a chain."""
    tables = list(struct.unpack_from("<109L", head, 76))
    (number,) = struct.unpack_from("<L", head, 68)
    needed = len(data) // size // (size // 4) + 1
    while number < _END and len(tables) < needed:
        *more, number = struct.unpack(f"<{size // 4}L", _sector(data, number, size))
        tables += more
    return tables


def _next(data: Bytes, number: int, size: int, tables: list[int]) -> int:
    """The sector after ``number``."""
    per_sector = size // 4
    which, at = divmod(number, per_sector)
    if which >= len(tables):
        raise Damaged("directory lies beyond the allocation tables")
    (after,) = struct.unpack_from("<L", _sector(data, tables[which], size), at * 4)
    return int(after)


def _is_encrypted(data: Bytes, streams: Streams, size: int) -> bool:
    """Password protection of DOC (FIB flag), XLS (FILEPASS) and PPT (its own stream)."""
    if "EncryptedSummary" in streams:
        return True
    for name, told in (("WordDocument", _word), ("Workbook", _excel), ("Book", _excel)):
        if name in streams and streams[name][1] >= 4096:
            try:
                return told(_sector(data, streams[name][0], size))
            except (Damaged, struct.error):
                return False
    return False


def _word(first: bytes) -> bool:
    """[MS-DOC] 2.5.2: fEncrypted is bit 8 of the flags at offset 10."""
    return bool(struct.unpack_from("<H", first, 10)[0] & 0x0100)


def _excel(first: bytes) -> bool:
    """[MS-XLS] 2.4.117: FILEPASS (0x2F) follows BOF at once or nearly so."""
    at = 0
    for _ in range(4):
        kind, length = struct.unpack_from("<2H", first, at)
        if kind == 0x2F:
            return True
        at += 4 + length
        if at + 4 > len(first):
            break
    return False

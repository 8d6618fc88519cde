"""Look into a ZIP without unpacking it: the directory, one member, all checksums.

Source: APPNOTE.TXT (PKWARE), 4.3 and 4.5.3 (ZIP64). Written for looking only: it
extracts nothing, follows no name and trusts no stated size. Deflated and stored
members are read; other methods are named and left alone. What a *delivery* in ZIP
form must satisfy is decided elsewhere (filing.adapters.packages).
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from filing.adapters.formats.view import Budget, Bytes, Damaged

MAX_ENTRIES = 65_536
MAX_DIRECTORY_BYTES = 16 << 20
_CHUNK = 256 << 10

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")


class Member(NamedTuple):
    """One directory entry; sizes and ``crc`` as stated. ``header`` is a byte offset."""

    name: str
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    header: int
    encrypted: bool


Directory = dict[str, Member]


def read_directory(data: Bytes) -> Directory:
    """The members by name; the last entry wins where names repeat.

    Raises Damaged when there is no directory, it is cut off or it is larger than a
    document needs.
    """
    count, size, start = _end_of_directory(data)
    if count > MAX_ENTRIES or size > MAX_DIRECTORY_BYTES:
        raise Damaged(f"ZIP 目录过大（{count} 项）/ ZIP directory too large ({count} entries)")
    table = data[start : start + size]
    members: Directory = {}
    at = 0
    for _ in range(count):
        member, at = _entry(table, at)
        members[member.name] = member
    return members


def _end_of_directory(data: Bytes) -> tuple[int, int, int]:
    """Number of entries, bytes and offset of the directory."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if at < 0 or at + _END.size > len(data):
        raise Damaged("没有 ZIP 中央目录结尾，文件不完整 / ZIP end of directory missing")
    _, _, _, _, count, size, start, _ = _END.unpack(data[at : at + _END.size])
    if at >= _LOCATOR.size and data[at - _LOCATOR.size : at - 16] == b"PK\x06\x07":
        _, _, end64, _ = _LOCATOR.unpack(data[at - _LOCATOR.size : at])
        if end64 + _END64.size > len(data):
            raise Damaged("ZIP64 目录结尾不完整 / ZIP64 end of directory cut off")
        *_, count, size, start = _END64.unpack(data[end64 : end64 + _END64.size])
    if start + size > at:
        raise Damaged("ZIP 中央目录不完整 / ZIP directory cut off")
    return count, size, start


def _entry(table: bytes, at: int) -> tuple[Member, int]:
    """One entry of the directory and where the next begins."""
    if at + _ENTRY.size > len(table):
        raise Damaged("ZIP 中央目录不完整 / ZIP directory cut off")
    part = _ENTRY.unpack_from(table, at)
    if part[0] != b"PK\x01\x02":
        raise Damaged("ZIP 中央目录已损坏 / ZIP directory damaged")
    flags, method, crc, packed, size = part[3], part[4], part[7], part[8], part[9]
    name_end = at + _ENTRY.size + part[10]
    extra_end = name_end + part[11]
    raw = table[at + _ENTRY.size : name_end]
    header = part[16]
    if 0xFFFF_FFFF in (packed, size, header):
        size, packed, header = _wide(table[name_end:extra_end], size, packed, header)
    name = raw.decode("utf-8" if flags & 0x800 else "gb18030", "replace")
    member = Member(name, method, crc, packed, size, header, bool(flags & 1))
    return member, extra_end + part[12]


def _wide(extra: bytes, *narrow: int) -> Iterator[int]:
    """``narrow`` with the values a ZIP64 extra field states for the full ones."""
    wide = iter(())
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            wide = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
            break
        at += 4 + length
    for value in narrow:
        if value != 0xFFFF_FFFF:
            yield value
            continue
        found = next(wide, None)
        if found is None:
            raise Damaged("ZIP64 字段缺失 / ZIP64 field missing")
        yield found


def chunks(data: Bytes, member: Member, budget: Budget) -> Iterator[bytes]:
    """The member's bytes in pieces of at most 256 KiB, checked as they go.

    Raises Damaged for a bad checksum, length, header or deflate stream, Exhausted
    when ``budget`` does not allow more bytes.
    """
    if _is_small(member):
        yield _small(data, member, budget)
        return
    at, end = _span(data, member)
    pieces = _stored(data, at, end) if member.method == 0 else _inflated(data, at, end, member)
    crc = size = 0
    for piece in pieces:
        budget.spend(len(piece))
        crc, size = zlib.crc32(piece, crc), size + len(piece)
        yield piece
    if crc != member.crc or size != member.size_bytes:
        raise Damaged(f"{member.name}：校验和不符 / {member.name}: checksum differs")


def _span(data: Bytes, member: Member) -> tuple[int, int]:
    """Where the member's packed bytes lie."""
    if member.encrypted or member.method not in (0, 8):
        raise Damaged(
            f"{member.name}：加密或压缩方法不支持 / {member.name}: encrypted or unknown method"
        )
    if member.header + _LOCAL.size > len(data):
        raise Damaged(f"{member.name}：数据不在文件内 / {member.name}: data outside the file")
    part = _LOCAL.unpack(data[member.header : member.header + _LOCAL.size])
    start = member.header + _LOCAL.size + part[9] + part[10]
    if part[0] != b"PK\x03\x04" or start + member.packed_bytes > len(data):
        raise Damaged(f"{member.name}：数据不完整 / {member.name}: data cut off")
    return start, start + member.packed_bytes


def _is_small(member: Member) -> bool:
    return member.packed_bytes <= _CHUNK and member.size_bytes <= _CHUNK


def _small(data: Bytes, member: Member, budget: Budget) -> bytes:
    """What ``chunks`` gives, for a member of one piece."""
    at, end = _span(data, member)
    piece = data[at:end] if member.method == 0 else _inflate_small(data[at:end], member)
    budget.spend(len(piece))
    if len(piece) != member.size_bytes or zlib.crc32(piece) != member.crc:
        raise Damaged(f"{member.name}：校验和不符 / {member.name}: checksum differs")
    return piece


def _stored(data: Bytes, at: int, end: int) -> Iterator[bytes]:
    for start in range(at, end, _CHUNK):
        yield data[start : min(start + _CHUNK, end)]


def _inflate_small(packed: bytes, member: Member) -> bytes:
    inflater = zlib.decompressobj(-15)
    try:
        # One byte more than stated shows a stream that states too little.
        return inflater.decompress(packed, member.size_bytes + 1)
    except zlib.error:
        raise Damaged(
            f"{member.name}：压缩数据损坏 / {member.name}: deflate stream damaged"
        ) from None


def _inflated(data: Bytes, at: int, end: int, member: Member) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-15)
    try:
        for start in range(at, end, _CHUNK):
            waiting = data[start : min(start + _CHUNK, end)]
            while waiting and not inflater.eof:
                if piece := inflater.decompress(waiting, _CHUNK):
                    yield piece
                waiting = inflater.unconsumed_tail
        # What zlib still holds of the last input, a piece at a time.
        while not inflater.eof and (piece := inflater.decompress(b"", _CHUNK)):
            yield piece
    except zlib.error:
        raise Damaged(
            f"{member.name}：压缩数据损坏 / {member.name}: deflate stream damaged"
        ) from None


def read(data: Bytes, member: Member, limit_bytes: int, budget: Budget) -> bytes:
    """The whole member. Raises Damaged, also when it is over ``limit_bytes``."""
    if member.size_bytes > limit_bytes:
        raise Damaged(f"{member.name}：过大 / {member.name}: too large ({member.size_bytes} bytes)")
    if _is_small(member):
        return _small(data, member, budget)
    return b"".join(chunks(data, member, budget))


def allowance(data: Bytes) -> Budget:
    """Inflated bytes a file may cost: 64 MiB and twenty times its size, at most 1 GiB."""
    return Budget(min(1 << 30, (64 << 20) + 20 * len(data)))


def check_all(data: Bytes, members: Iterator[Member], budget: Budget) -> None:
    """Inflate every member and compare its checksum. Raises Damaged, Exhausted."""
    for member in members:
        if _is_small(member):
            _small(data, member, budget)
            continue
        for _ in chunks(data, member, budget):
            pass

"""The one unzipper: a ZIP is believed only where all of its parts agree.

Central directory and local headers must say the same, entries must fill the
archive without gap or overlap, and what unpacks must have the size and CRC
stated. Every member's faults are found in one pass; a member with a fault is
not unpacked, the others are. Memory is bounded by the limits on the directory
and a few blocks; time by the limits on sizes, which are judged before and
while unpacking.

Reads stored and deflated entries. Source: PKWARE APPNOTE 6.3.10, sections 4.3
and 4.4; names of Chinese zippers without the UTF-8 flag are read as GBK.
"""

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from filing.adapters.packages.names import check_names, printable
from filing.adapters.packages.splitter import Sink, Writer
from filing.model.finding import Finding, Outcome, Place
from filing.model.limits import Limits
from filing.model.package import Content

_END = struct.Struct("<4s4H2LH")
_END64_AT = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_NONE32, _NONE16 = 0xFFFFFFFF, 0xFFFF
_BLOCK = 1 << 18
_FARTHEST = 1 << 62  # what a seek takes
_ENCRYPTED, _DESCRIPTOR, _PATCHED, _STRONG, _UTF8, _MASKED = 1, 8, 0x20, 0x40, 0x800, 0x2000
_STORED, _DEFLATED = 0, 8


class _Broken(Exception):
    """The archive or one member is damaged; the text is the reason slug."""


class _SizeLies(_Broken):
    """More or fewer bytes unpack than the directory says."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds: files in the order of their bytes, and all that is wrong.

    names   of all files in the directory, unpacked or refused
    """

    members: tuple[Content, ...]
    findings: tuple[Finding, ...]
    names: tuple[str, ...]


@dataclass(slots=True)
class _Entry:
    """One entry of the central directory. ``data`` and ``end`` are set from its local header."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    made_by: int
    attributes: int
    data: int = -1
    end: int = -1

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


def read_archive(stream: BinaryIO, limits: Limits, sink: Sink) -> Archive:
    """Read the archive in ``stream`` (seekable) and unpack its members into ``sink``."""
    return _Unzipper(stream, limits, sink).run()


@dataclass
class _Unzipper:
    stream: BinaryIO
    limits: Limits
    sink: Sink
    findings: list[Finding] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    entries: list[_Entry] = field(default_factory=list)

    def run(self) -> Archive:
        """1 directory, 2 names and kinds, 3 local headers and layout, 4 unpacking."""
        try:
            start, size, count, end = self._find_directory()
            if count > self.limits.max_members:
                self._find("ZX-4-2", "", "too-many-members", self.limits.max_members, count)
                return self._result([])
            if size > self.limits.max_directory_bytes:
                limit = self.limits.max_directory_bytes
                self._find("ZX-4-2", "", "total-too-large", limit, size)
                return self._result([])
            self._read_directory(start, size, count)
        except _Broken as broken:
            self._find("ZX-3-1", "", str(broken))
            return self._result([])
        self._judge_names()
        for index, entry in enumerate(self.entries):
            self._judge_kind(index, entry)
            self._judge_size(index, entry)
        self._judge_total()
        self._judge_layout(start, end)
        return self._result(list(self._unpack_all()))

    def _result(self, members: list[Content]) -> Archive:
        names = tuple(one.name for one in self.entries if not one.is_folder)
        return Archive(tuple(members), tuple(self.findings), names)

    # 1. the directory

    def _find_directory(self) -> tuple[int, int, int, int]:
        """(start, size, entries, end) of the central directory. Raises _Broken."""
        length = self.stream.seek(0, os.SEEK_END)
        tail_at = max(0, length - _END.size - _NONE16)
        tail = self._at(tail_at, length - tail_at)
        at = tail.rfind(b"PK\x05\x06")
        # The comment may itself hold the mark: the record must reach exactly to the end.
        while at >= 0:
            if len(tail) - at >= _END.size:
                comment = _END.unpack_from(tail, at)[7]
                if at + _END.size + comment == len(tail):
                    break
            at = tail.rfind(b"PK\x05\x06", 0, at)
        if at < 0:
            begins = self._at(0, 4) == b"PK\x03\x04"
            raise _Broken("truncated" if begins else "not-a-zip")
        _, disk, first, here, count, size, start, _ = _END.unpack_from(tail, at)
        end = tail_at + at
        if _NONE16 in (here, count) or _NONE32 in (size, start):
            disk, first, here, count, size, start, end = self._find_directory64(end)
        if disk or first or here != count:
            raise _Broken("inconsistent-directory")
        if start + size != end:
            raise _Broken("inconsistent-directory")
        return start, size, count, end

    def _find_directory64(self, end: int) -> tuple[int, int, int, int, int, int, int]:
        if end < _END64_AT.size:
            raise _Broken("inconsistent-directory")
        mark, _, at, _ = _END64_AT.unpack(self._at(end - _END64_AT.size, _END64_AT.size))
        if mark != b"PK\x06\x07" or at + _END64.size > end - _END64_AT.size:
            raise _Broken("inconsistent-directory")
        record = _END64.unpack(self._at(at, _END64.size))
        mark, length, _, _, disk, first, here, count, size, start = record
        if mark != b"PK\x06\x06" or at + 12 + length != end - _END64_AT.size:
            raise _Broken("inconsistent-directory")
        return disk, first, here, count, size, start, at

    def _read_directory(self, start: int, size: int, count: int) -> None:
        directory, at = self._at(start, size), 0
        for _ in range(count):
            if size - at < _CENTRAL.size or not directory.startswith(b"PK\x01\x02", at):
                raise _Broken("inconsistent-directory")
            head = _CENTRAL.unpack_from(directory, at)
            _, made_by, _, flags, method, _, _, crc, packed, real = head[:10]
            name_size, extra_size, comment_size, _, _, attributes, offset = head[10:]
            at += _CENTRAL.size
            raw_name = directory[at : at + name_size]
            extra = directory[at + name_size : at + name_size + extra_size]
            at += name_size + extra_size + comment_size
            if at > size:
                raise _Broken("inconsistent-directory")
            real, packed, offset = _sizes64(extra, real, packed, offset)
            name = _decode_name(raw_name, flags, extra)
            entry = _Entry(name, raw_name, flags, method, crc, packed, real, offset, made_by, 0)
            entry.attributes = attributes
            self.entries.append(entry)
        if at != size:
            raise _Broken("inconsistent-directory")

    # 2. what each entry claims to be

    def _judge_names(self) -> None:
        room = self.limits.max_findings
        findings, refused = check_names((one.name for one in self.entries), room)
        self.findings += findings
        self.refused |= refused

    def _judge_kind(self, index: int, entry: _Entry) -> None:
        """Links, special files, encryption, methods."""
        mode = entry.attributes >> 16 if entry.made_by >> 8 in (3, 19) else 0
        kind = stat.S_IFMT(mode)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            reason = "link" if kind == stat.S_IFLNK else "special-file"
            self._refuse(index, "ZX-4-3", reason)
        if entry.flags & (_ENCRYPTED | _STRONG | _MASKED):
            self._refuse(index, "ZX-4-5", "encrypted")
        elif entry.method not in (_STORED, _DEFLATED) or entry.flags & _PATCHED:
            self._refuse(index, "ZX-4-5", "unsupported-method", "0, 8", entry.method)
        if entry.is_folder and (entry.size or entry.packed > 2):
            self._refuse(index, "ZX-3-1", "inconsistent-directory", 0, entry.size)
        if (kind == stat.S_IFDIR) != entry.is_folder and kind in (stat.S_IFDIR, stat.S_IFREG):
            self._refuse(index, "ZX-3-1", "inconsistent-directory")

    def _judge_size(self, index: int, entry: _Entry) -> None:
        """Declared sizes; the real ones are held to them while unpacking."""
        limits = self.limits
        if entry.size > limits.max_member_bytes:
            self._refuse(index, "ZX-4-2", "member-too-large", limits.max_member_bytes, entry.size)
        elif entry.size > limits.ratio_from_bytes and entry.size > limits.max_ratio * entry.packed:
            ratio = entry.size // max(1, entry.packed)
            self._refuse(index, "ZX-4-2", "ratio", limits.max_ratio, ratio)
        elif entry.method == _STORED and entry.size != entry.packed:
            self._refuse(index, "ZX-3-1", "inconsistent-directory", entry.packed, entry.size)

    def _judge_total(self) -> None:
        total, limit = sum(one.size for one in self.entries), self.limits.max_total_bytes
        if total > limit:
            self._find("ZX-4-2", "", "total-too-large", limit, total)
            self.refused.update(range(len(self.entries)))

    # 3. where each entry stands

    def _judge_layout(self, start: int, end: int) -> None:
        """Entries fill the archive from its first byte to the directory, each byte once."""
        order = sorted(range(len(self.entries)), key=lambda index: self.entries[index].offset)
        expected = 0
        for position, index in enumerate(order):
            entry = self.entries[index]
            nearest = order[position + 1] if position + 1 < len(order) else -1
            border = self.entries[nearest].offset if nearest >= 0 else start
            if entry.offset < expected:
                self._refuse(index, "ZX-3-1", "overlapping-entries", expected, entry.offset)
                continue
            if entry.offset > expected:
                self._find("ZX-3-1", entry.name, "inconsistent-directory", expected, entry.offset)
            try:
                self._locate(entry, start)
            except _Broken as broken:
                self._refuse(index, "ZX-3-1", str(broken))
                expected = max(expected, min(border, start))
                continue
            if entry.end > border and nearest >= 0:
                self._refuse(index, "ZX-3-1", "overlapping-entries", border, entry.end)
            expected = entry.end
        if expected < start:
            self._find("ZX-3-1", "", "inconsistent-directory", expected, start)

    def _locate(self, entry: _Entry, border: int) -> None:
        """Read the local header; it must agree with the directory. Raises _Broken."""
        head = self._at(entry.offset, _LOCAL.size)
        if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise _Broken("inconsistent-directory")
        _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack(head)
        variable = self._at(entry.offset + _LOCAL.size, name_size + extra_size)
        raw_name, extra = variable[:name_size], variable[name_size:]
        size, packed, _ = _sizes64(extra, size, packed, 0)
        mask = _ENCRYPTED | _DESCRIPTOR | _STRONG | _UTF8 | _MASKED
        same = raw_name == entry.raw_name and method == entry.method
        if not same or (flags ^ entry.flags) & mask:
            raise _Broken("inconsistent-directory")
        stated, promised = (crc, packed, size), (entry.crc, entry.packed, entry.size)
        streamed = bool(flags & _DESCRIPTOR)
        if stated != promised and not (streamed and stated in ((0, 0, 0), (0, *promised[1:]))):
            raise _Broken("inconsistent-directory")
        entry.data = entry.offset + _LOCAL.size + name_size + extra_size
        entry.end = entry.data + entry.packed
        if streamed:
            entry.end += self._descriptor(entry)
        if entry.end > border:
            raise _Broken("truncated")

    def _descriptor(self, entry: _Entry) -> int:
        """Length of the data descriptor behind the data. Raises _Broken if there is none."""
        found = self._at(entry.data + entry.packed, 24)
        for mark in (b"PK\x07\x08", b""):
            for layout in ("<LLL", "<LQQ"):
                try:
                    wanted = mark + struct.pack(layout, entry.crc, entry.packed, entry.size)
                except struct.error:
                    continue
                if found.startswith(wanted):
                    return len(wanted)
        raise _Broken("inconsistent-directory")

    # 4. the bytes

    def _unpack_all(self) -> Iterator[Content]:
        usable = [
            entry
            for index, entry in enumerate(self.entries)
            if index not in self.refused and not entry.is_folder and entry.data >= 0
        ]
        for entry in sorted(usable, key=lambda one: one.offset):
            writer = self.sink.open(entry.name)
            try:
                self._unpack(entry, writer)
            except _Broken as broken:
                # What was written so far stays in staging and is forgotten with it.
                writer.close()
                code = "ZX-4-2" if isinstance(broken, _SizeLies) else "ZX-3-1"
                self._find(code, entry.name, str(broken))
            else:
                yield writer.close()

    def _unpack(self, entry: _Entry, writer: Writer) -> None:
        """Unpack one member, never beyond its stated size. Raises _Broken."""
        crc, left = 0, entry.size
        pieces = self._stored(entry) if entry.method == _STORED else self._inflated(entry)
        for piece in pieces:
            left -= len(piece)
            if left < 0:
                raise _SizeLies("size-lies")
            crc = zlib.crc32(piece, crc)
            writer.write(piece)
        if left:
            raise _SizeLies("size-lies")
        if crc != entry.crc:
            raise _Broken("bad-crc")

    def _stored(self, entry: _Entry) -> Iterator[bytes]:
        self.stream.seek(entry.data)
        left = entry.packed
        while left:
            block = self.stream.read(min(_BLOCK, left))
            if not block:
                raise _Broken("truncated")
            left -= len(block)
            yield block

    def _inflated(self, entry: _Entry) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        left = entry.size
        for block in self._stored(entry):
            while True:
                try:
                    # One byte more than is left shows that there is too much.
                    piece = inflater.decompress(block, min(4 * _BLOCK, left + 1))
                except zlib.error:
                    raise _Broken("bad-crc") from None
                left -= len(piece)
                if piece:
                    yield piece
                block = inflater.unconsumed_tail
                if not block and len(piece) < 4 * _BLOCK:
                    break
            if inflater.unused_data:
                raise _Broken("inconsistent-directory")
        if not inflater.eof:
            raise _Broken("truncated")

    # findings

    def _refuse(
        self, index: int, code: str, reason: str, expected: object = "", found: object = ""
    ) -> None:
        self.refused.add(index)
        self._find(code, self.entries[index].name, reason, expected, found)

    def _find(
        self, code: str, name: str, reason: str, expected: object = "", found: object = ""
    ) -> None:
        if len(self.findings) < self.limits.max_findings:
            place = Place(printable(name), field=printable(name))
            finding = Finding(code, Outcome.FAILED, place, reason, str(expected), str(found))
            self.findings.append(finding)

    def _at(self, offset: int, size: int) -> bytes:
        if offset > _FARTHEST:
            return b""
        self.stream.seek(offset)
        return self.stream.read(size)


def _sizes64(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset, taken from the ZIP64 extra field where the header has no room."""
    block = _extra(extra, 0x0001)
    values = [size, packed, offset]
    at = 0
    for position, value in enumerate(values):
        if value == _NONE32 and at + 8 <= len(block):
            values[position] = int.from_bytes(block[at : at + 8], "little")
            at += 8
    return values[0], values[1], values[2]


def _extra(extra: bytes, wanted: int) -> bytes:
    """One extra field's data; b"" when absent."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + size]
        at += 4 + size
    return b""


def _decode_name(raw: bytes, flags: int, extra: bytes) -> str:
    """The name as its sender saw it; undecodable bytes become U+FFFD, which is refused."""
    if raw.isascii():
        return raw.decode("ascii")
    unicode_path = _extra(extra, 0x7075)
    if len(unicode_path) > 5 and int.from_bytes(unicode_path[1:5], "little") == zlib.crc32(raw):
        raw, flags = unicode_path[5:], flags | _UTF8
    # Without the flag: UTF-8 by zippers that forget it, GBK by China's, else the ZIP default.
    for codec in ("utf-8",) if flags & _UTF8 else ("utf-8", "gb18030", "cp437"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "replace")

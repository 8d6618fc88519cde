"""Base64 as it stands in an XML element, decoded strictly while it streams by.

White space, character references and CDATA sections are allowed where XML
allows them; nothing else is. Padding must stand at the very end and the bits
it leaves unused must be zero, as xs:base64Binary wants (XML Schema 1.0 part 2,
section 3.2.16; alphabet of RFC 2045, section 6.8).

Knows nothing of elements; see splitter.py.
"""

import binascii
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pybase64

_SPACE = b" \t\r\n"
_SPACES = (b"\n", b" ", b"\r", b"\t")
_OUTSIDE = re.compile(rb"[^A-Za-z0-9+/=]")
_REFERENCE = re.compile(rb"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,8}));")
_PREDEFINED = re.compile(rb"&(?:lt|gt|amp|apos|quot);")
_LONGEST_REFERENCE = 16
#: What may stand between pieces of the run, and what ends it.
_MARKS = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}
_LONGEST_MARK = 9


class BadReference(ValueError):
    """An ampersand that begins no character reference; the text is its start."""


class Base64Run:
    """Decodes one run. ``write`` gets the bytes in order.

    failed    "" while the run is good; else what was wrong, for people
    decoded   bytes handed to ``write`` so far
    seen      True once anything but white space came by
    """

    __slots__ = ("_carry", "_pending", "_write", "decoded", "failed", "seen")

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._carry = b""
        self._pending = b""
        self.failed = ""
        self.decoded = 0
        self.seen = False

    def text(self, raw: bytes) -> None:
        """Take the next piece of character data, cut anywhere.

        Raises BadReference.
        """
        if self._pending or b"&" in raw:
            raw = self._resolve(self._pending + raw)
        self.literal(raw)

    def end_text(self) -> None:
        """Character data ends here: markup follows. Raises BadReference."""
        if self._pending:
            raise BadReference(self._pending[:_LONGEST_REFERENCE].decode("ascii", "replace"))

    def literal(self, raw: bytes) -> None:
        """Take a piece in which ``&`` means nothing (CDATA)."""
        # Looking for each is far cheaper than copying, and many senders break no lines.
        clean = raw.translate(None, _SPACE) if any(map(raw.__contains__, _SPACES)) else raw
        if self.failed or not clean:
            return
        self.seen = True
        block = self._carry + clean if self._carry else clean
        # The last quantum waits: only the final one may carry padding.
        whole = (len(block) - 1) // 4 * 4
        self._carry = block[whole:]
        if whole:
            self._decode(block[:whole], final=False)

    def finish(self) -> bool:
        """Close the run; True when all of it was Base64."""
        if not self.failed and self._carry:
            self._decode(self._carry, final=True)
        return not self.failed

    def _decode(self, block: bytes, final: bool) -> None:
        try:
            piece = pybase64.b64decode(block, validate=True)
        except binascii.Error:
            self.failed = _what_is_wrong(block)
            return
        if block.endswith(b"=") and not final:
            self.failed = "data after the padding (=)"
        elif final and pybase64.b64encode(piece) != block:
            self.failed = "unused bits before the padding are not zero"
        else:
            self.decoded += len(piece)
            self._write(piece)

    def _resolve(self, raw: bytes) -> bytes:
        """Replace character references; keep an unfinished one for the next piece."""
        last = raw.rfind(b"&")
        self._pending = b""
        if b";" not in raw[last : last + _LONGEST_REFERENCE]:
            if len(raw) - last >= _LONGEST_REFERENCE:
                raise BadReference(raw[last : last + _LONGEST_REFERENCE].decode("ascii", "replace"))
            self._pending, raw = raw[last:], raw[:last]
        resolved = _PREDEFINED.sub(b"*", _REFERENCE.sub(_character, raw))
        stray = resolved.find(b"&")
        if stray >= 0:
            raise BadReference(
                resolved[stray : stray + _LONGEST_REFERENCE].decode("ascii", "replace")
            )
        return resolved


def read_inline(stream: BinaryIO, offset: int, length: int, size: int = 1 << 20) -> Iterator[bytes]:
    """Yield the bytes that stand as Base64 in ``stream``, in fixed memory.

    offset, length   of the element's inside, as Content keeps them
    size             bytes of XML read at a time

    Comments, processing instructions and CDATA markers inside are passed over.
    Raises ValueError if the region is not Base64.
    """
    pieces: list[bytes] = []
    run = Base64Run(pieces.append)
    stream.seek(offset)
    waiting, until = b"", b""
    while length > 0 and (chunk := stream.read(min(size, length))):
        length -= len(chunk)
        waiting, until = _advance(run, waiting + chunk, until)
        yield from pieces
        pieces.clear()
    if waiting or until or length or not run.finish():
        raise ValueError(f"the region is not Base64: {run.failed or 'it ends too early'}")
    yield from pieces


def _advance(run: Base64Run, raw: bytes, until: bytes) -> tuple[bytes, bytes]:
    """Use up what can be used of ``raw``; return the rest and what ends the markup.

    until   b"" in character data, else the end mark of the markup we stand in

    One pass, by position: comments may be many and short.
    """
    at = 0
    while True:
        if until:
            ends = raw.find(until, at)
            # The end mark may be cut in two: keep what may be its first bytes.
            stop = ends if ends >= 0 else max(at, len(raw) - len(until) + 1)
            if until == _MARKS[b"<![CDATA["]:
                run.literal(raw[at:stop])
            if ends < 0:
                return raw[stop:], until
            at, until = ends + len(until), b""
        begins = raw.find(b"<", at)
        run.text(raw[at : begins if begins >= 0 else len(raw)])
        if begins < 0:
            return b"", b""
        mark = next((one for one in _MARKS if raw.startswith(one, begins)), b"")
        if not mark and len(raw) - begins < _LONGEST_MARK:
            return raw[begins:], b""
        if not mark:
            raise ValueError("the region is not Base64: it holds an element")
        run.end_text()
        at, until = begins + len(mark), _MARKS[mark]


def _character(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16) if found[1] else int(found[2])
    # The reference for "&" itself must not look like the start of another one.
    allowed = number in (9, 10, 13) or (32 <= number < 127 and number != 38)
    return bytes([number]) if allowed else b"*"


def _what_is_wrong(block: bytes) -> str:
    outside = _OUTSIDE.search(block)
    if outside:
        byte = outside[0][0]
        return f"character {chr(byte)!r}" if 32 <= byte < 127 else f"byte 0x{byte:02X}"
    if b"=" in block.rstrip(b"="):
        return "data after the padding (=)"
    return "the number of characters is not a multiple of four"

"""The little of DER that SM2 keys, signatures and certificates need.

Source: ITU-T X.690. Strict on reading: definite lengths in their shortest
form, nothing left over; whatever else raises ValueError. PEM armour too
(RFC 7468), by label. Everything cryptography can read itself stays there.
"""

import base64
import binascii
import re

INTEGER, BIT_STRING, OCTET_STRING, NULL, OBJECT_IDENTIFIER = 0x02, 0x03, 0x04, 0x05, 0x06
SEQUENCE = 0x30

_PEM = re.compile(
    rb"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----\s+(?P<body>[A-Za-z0-9+/=\s]+?)"
    rb"\s*-----END (?P=label)-----"
)


def pack(tag: int, *parts: bytes) -> bytes:
    """One element: tag, length, and ``parts`` joined."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of elements already packed."""
    return pack(SEQUENCE, *parts)


def integer(value: int) -> bytes:
    """A non-negative INTEGER."""
    return pack(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bit_string(content: bytes) -> bytes:
    """A BIT STRING of whole bytes."""
    return pack(BIT_STRING, b"\x00", content)


def object_identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return pack(OBJECT_IDENTIFIER, bytes(content))


class Reader:
    """Elements one after another; ``end`` makes sure none is left."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def tag(self) -> int:
        """The next element's tag, or -1 at the end."""
        return self._content[self._at] if self._at < len(self._content) else -1

    def element(self) -> bytes:
        """The next element whole, with tag and length."""
        begin = self._at
        self._skip()
        return self._content[begin : self._at]

    def take(self, tag: int) -> bytes:
        """The content of the next element, which must have ``tag``."""
        if self.tag() != tag:
            raise ValueError(f"DER: tag {tag:#x} expected, {self.tag():#x} found")
        size = self._skip()
        return self._content[self._at - size : self._at]

    def enter(self, tag: int = SEQUENCE) -> "Reader":
        """A reader of the next element's content."""
        return Reader(self.take(tag))

    def unsigned(self) -> int:
        """The next element as a non-negative INTEGER in its shortest form."""
        content = self.take(INTEGER)
        if not content or content[0] & 0x80:
            raise ValueError("DER: a negative or empty INTEGER")
        if len(content) > 1 and content[0] == 0 and not content[1] & 0x80:
            raise ValueError("DER: an INTEGER with needless zeros")
        return int.from_bytes(content, "big")

    def bits(self) -> bytes:
        """The next element as a BIT STRING of whole bytes."""
        content = self.take(BIT_STRING)
        if content[:1] != b"\x00":
            raise ValueError("DER: a BIT STRING of odd bits")
        return content[1:]

    def end(self) -> None:
        """Raise ValueError if anything is left."""
        if self._at != len(self._content):
            raise ValueError("DER: bytes left over")

    def _skip(self) -> int:
        """Step over one element; return the size of its content."""
        content, at = self._content, self._at
        if len(content) < at + 2 or content[at] & 0x1F == 0x1F:
            raise ValueError("DER: cut off, or a tag of several bytes")
        size, at = content[at + 1], at + 2
        if size >= 0x80:
            octets = size & 0x7F
            length = content[at : at + octets]
            size, at = int.from_bytes(length, "big"), at + octets
            if not 1 <= octets <= 4 or len(length) != octets or size < 0x80 or not length[0]:
                raise ValueError("DER: a length that is not in its shortest form")
        if at + size > len(content):
            raise ValueError("DER: cut off")
        self._at = at + size
        return size


def from_pem(content: bytes) -> tuple[tuple[str, bytes], ...]:
    """Every PEM block as (label, DER); content that is not PEM gives ().

    Raises ValueError for a block whose Base64 is damaged.
    """
    try:
        return tuple(
            (
                found["label"].decode("ascii"),
                base64.b64decode(b"".join(found["body"].split()), validate=True),
            )
            for found in _PEM.finditer(content)
        )
    except binascii.Error as error:
        raise ValueError(f"PEM: {error}") from None


def to_pem(label: str, content: bytes) -> bytes:
    """One PEM block, 64 characters to the line."""
    text = base64.b64encode(content)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    mark = label.encode("ascii")
    return b"\n".join(
        [b"-----BEGIN " + mark + b"-----", *lines, b"-----END " + mark + b"-----", b""]
    )

"""Identifiers: of submissions and records (ours), and the archival code (档号).

A submission or record id is a UUID version 7 (RFC 9562, section 5.7) in text,
so that ids sort by the time they were given. The caller supplies time and
randomness.
"""

import re
import uuid
from dataclasses import dataclass


def new_id(at_ms: int, randomness: bytes) -> str:
    """Return a UUIDv7 as text.

    at_ms        milliseconds since 1970, UTC
    randomness   10 bytes
    """
    if len(randomness) != 10:
        raise ValueError("10 random bytes are needed")
    value = (at_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(randomness, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def object_id(record_id: str) -> str:
    """The OCFL object id of a record: an URN, not the 档号, which may change."""
    return f"urn:uuid:{record_id}"


# The digits are ASCII alone: a code in other digits would be another code to every comparison.
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_DAT22 = re.compile(
    r"(?P<fonds>[A-Z0-9]{4})-(?P<category>[A-Z]{2})·(?P<year>\d{4})-(?P<retention>Y|D\d{1,3})"
    rf"(?:-(?P<unit>[A-Z0-9{_HAN}]+))?-(?P<item>\d{{3,6}})",
    re.ASCII,
)
_DAT13 = re.compile(
    r"(?P<fonds>[A-Z]\d{3})-(?P<category>[A-Z]{2})(?P<classes>(?:·[A-Z0-9]+){0,3}?)·(?P<year>\d{4})"
    rf"·(?P<retention>Y|D\d{{1,3}})(?:·(?P<unit>[A-Z0-9{_HAN}]+))?-(?P<item>\d{{3,6}})",
    re.ASCII,
)
FORMS = {"dat22": _DAT22, "dat13": _DAT13}
#: What senders type instead of U+00B7; never repaired silently, it is signed.
LOOKALIKE_DOTS = "\u2022\u30fb\uff0e\u2027\u22c5\u2219."


@dataclass(frozen=True, slots=True)
class ArchivalCode:
    """An item-level 档号, taken apart.

    form   "dat22" (DA/T 22-2015) or "dat13" (DA/T 13-2022)
    """

    form: str
    fonds: str
    category: str
    year: int
    retention: str
    unit: str
    item: int
    classes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, forms: tuple[str, ...] = ("dat13", "dat22")) -> "ArchivalCode":
        """Read ``text`` by the first of ``forms`` it has.

        Raises ValueError if it has none.
        """
        for form in forms:
            if found := FORMS[form].fullmatch(text):
                part = found.groupdict()
                return cls(
                    form=form,
                    fonds=part["fonds"],
                    category=part["category"],
                    year=int(part["year"]),
                    retention=part["retention"],
                    unit=part["unit"] or "",
                    item=int(part["item"]),
                    classes=tuple(filter(None, (part.get("classes") or "").split("·"))),
                )
        raise ValueError(f"{text!r} is not an item-level archival code ({', '.join(forms)})")

    def rightly_padded(self, text: str) -> str:
        """``text``, which is this code, with its item number (件号) as the standard writes it.

        DA/T 22-2015 has four digits, filled up with zeros; beyond 9999 as many as it takes.
        DA/T 13-2022 leaves the width to the fonds: there every width is right.
        """
        if self.form != "dat22":
            return text
        return f"{text.rpartition('-')[0]}-{self.item:04d}"

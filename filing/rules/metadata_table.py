"""The metadata table (DA/T 46) and the one pass over a package's fields.

The table is schemas/metadata/dat46.toml. A value is judged in order: filled in,
characters, length, type, list, plausibility; the first thing wrong with it ends its
turn, so one slip of the pen is one finding.

What several fields say together is not judged here, apart from "needed when".
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # what TOML holds is checked where it is read

from filing.errors import Misconfigured
from filing.model.finding import Finding, Place
from filing.model.package import Field, Form, Package
from filing.rules.answers import failed, undetermined

# Control, zero-width, direction, private-use, replacement and non-characters.
# Written as ranges: \p{L} and the like do not know Chinese in every library.
_SPECIAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\uffff\ud800-\udfff\ue000-\uf8ff"
    "\U000f0000-\U0010ffff]"
)
_MOJIBAKE = re.compile("锟斤拷|烫烫烫|屯屯屯|ï»¿")
#: Either, for the pass: one look tells whether a value needs a second.
_STRANGE = re.compile(f"{_SPECIAL.pattern}|{_MOJIBAKE.pattern}")
#: What of it str.isprintable lets through.
_PRINTABLE = ("\ufffc", "\ufffd", "锟斤拷", "烫烫烫", "屯屯屯", "ï»¿")
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2})|([0-9]{2})([0-9]{2})|/([0-9]{1,2})/([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)"
)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
)
_TYPES: Mapping[str, re.Pattern[str] | None] = {
    "text": None,
    "year": re.compile(r"[0-9]{4}"),
    "date": _DATE,
    "datetime": _TIME,
    "whole": re.compile(r"0*[1-9][0-9]*"),
    "bytes": re.compile(r"[0-9]{1,15}"),
}


@functools.lru_cache(maxsize=512)
def read_date(text: str) -> date | None:
    """Read a date, or the date of a date and time; None when it is neither.

    Forms: 2026-01-31, 20260131, 2026/1/31, 2026年1月31日 (DA/T 18-2022 writes YYYYMMDD).
    """
    if (moment := _TIME.fullmatch(text)) is not None:
        text = moment[1]
    if (found := _DATE.fullmatch(text)) is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Element:
    """One row of the table. ``plain`` is True when only length can be wrong."""

    path: str
    number: str
    en: str
    must: str
    in_package: bool
    type: str
    max: int
    error: frozenset[str]
    warn: frozenset[str]
    listed: str
    past: bool
    between: tuple[int, int] | None
    when: tuple[str, frozenset[str]] | None
    plain: bool


@dataclass(frozen=True, slots=True)
class MetadataTable:
    """The table, precompiled.

    children   element -> its children in order -> whether it may be absent
    types      type -> examples of how it is written
    secret     密级 that must not come over this network
    retention  保管期限 -> 保管期限代码
    """

    version: str
    elements: Mapping[str, Element]
    singles: tuple[Element, ...]
    conditional: tuple[Element, ...]
    default_max: int
    secret: frozenset[str]
    earliest_year: int
    retention: Mapping[str, str]
    types: Mapping[str, str]
    children: Mapping[str, Mapping[str, bool]]

    def retention_code(self, value: str) -> str:
        """The code for a 保管期限 ("30年" is D30, a code itself); "" when the table knows none."""
        if known := self.retention.get(value):
            return known
        if value in self.retention.values() or re.fullmatch(r"D[1-9][0-9]{0,2}", value):
            return value
        found = re.fullmatch(r"(?:定期)?([0-9]{1,3})年", value)
        return f"D{int(found[1])}" if found else ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the pass found: by code, and the fields that had something wrong.

    spoilt   paths that failed: other checks do not judge them again
    places   XPaths of what was found: the schema's complaint there is the same one
    """

    by_code: Mapping[str, tuple[Finding, ...]]
    spoilt: frozenset[str]
    places: frozenset[str]


def judge_fields(
    package: Package, table: MetadataTable, today: date, absent: frozenset[str]
) -> Judged:
    """Judge every field once.

    absent   element names the schema already calls missing
    """
    found: list[Finding] = []
    elements, default = table.elements, table.default_max
    ordinary = is_ordinary(" ".join([one.value for one in package.fields]))
    for one in package.fields:
        element = elements.get(one.path)
        value = one.value.strip()
        limit = default if element is None else element.max
        sound = 0 < len(value) <= limit and (ordinary or _STRANGE.search(one.value) is None)
        if sound and (
            element is None or element.plain or _slip(value, element, table, today) is None
        ):
            continue
        found += _judge(one, element, limit, table, today)
    found += _missing(package, table, absent)
    found += _needed(package, table)
    grouped: dict[str, list[Finding]] = {}
    for finding in found:
        grouped.setdefault(finding.code, []).append(finding)
    return Judged(
        {code: tuple(some) for code, some in grouped.items()},
        frozenset(finding.place.field for finding in found if finding.outcome == "failed"),
        frozenset(finding.place.xpath for finding in found) - {""},
    )


def is_ordinary(text: str) -> bool:
    """True only when nothing in ``text`` is special or garbled; False: look closer."""
    return text.isprintable() and not any(one in text for one in _PRINTABLE)


def _place(one: Field) -> Place:
    # The path is kept as the field's name, so that "spoilt" can be asked by path.
    return Place(one.place.path, one.place.line, one.place.xpath, one.path)


def _characters(one: Field) -> list[Finding]:
    if hit := _SPECIAL.search(one.value):
        return [failed("GD-1-6", "special-character", _place(one), found=f"U+{ord(hit[0]):04X}")]
    if hit := _MOJIBAKE.search(one.value):
        return [undetermined("GD-1-6", "mojibake", _place(one), found=hit[0])]
    return []


def _judge(
    one: Field, element: Element | None, limit: int, table: MetadataTable, today: date
) -> list[Finding]:
    value = one.value.strip()
    if not value:
        if element is None or element.must not in {"value", "filled"}:
            return []
        if element.in_package:
            return [failed("GD-2-10", "empty-element", _place(one))]
        return [failed("GD-2-4", "empty", _place(one))]
    if strange := _characters(one):
        return strange
    if len(value) > limit:
        return [failed("GD-1-2", "too-long", _place(one), str(limit), str(len(value)))]
    slip = None if element is None else _slip(value, element, table, today)
    if slip is None:
        return []
    code, reason, expected = slip
    say = undetermined if reason == "not-in-recommended-list" else failed
    return [say(code, reason, _place(one), expected, value)]


#: Code, reason, what was expected.
_Slip = tuple[str, str, str]


def _slip(value: str, element: Element, table: MetadataTable, today: date) -> _Slip | None:
    """What is wrong with a value of sound characters and length, if anything is."""
    if not _has_type(value, element.type):
        return "GD-1-3", "wrong-type", table.types[element.type]
    if element.error and value not in element.error:
        return "GD-1-4", "not-in-list", element.listed
    if element.warn and value not in element.warn:
        return "GD-1-4", "not-in-recommended-list", element.listed
    return _implausible(value, element, table, today)


def _has_type(value: str, kind: str) -> bool:
    pattern = _TYPES[kind]
    if pattern is None:
        return True
    if kind in {"date", "datetime"}:
        return read_date(value) is not None
    return pattern.fullmatch(value) is not None


def _implausible(value: str, element: Element, table: MetadataTable, today: date) -> _Slip | None:
    if element.between and not element.between[0] <= int(value) <= element.between[1]:
        low, high = element.between
        return "GD-1-5", "out-of-range", f"{low}–{high}"
    if element.type == "year":
        if int(value) > today.year:
            return "GD-1-5", "after-today", str(today.year)
        if int(value) < table.earliest_year:
            return "GD-1-5", "out-of-range", f"{table.earliest_year}–{today.year}"
    elif element.past:
        day = read_date(value)
        # A time with another zone may already be tomorrow here.
        if day is not None and (day - today).days > (element.type == "datetime"):
            return "GD-1-5", "after-today", today.isoformat()
        if day is not None and day.year < table.earliest_year:
            return "GD-1-5", "out-of-range", f"{table.earliest_year}–{today.isoformat()}"
    return None


def _missing(package: Package, table: MetadataTable, absent: frozenset[str]) -> list[Finding]:
    present = package.by_path
    found = []
    eep = package.form in {Form.EEP, Form.EEP_ZIP}
    document = package.metadata.member if package.metadata else ""
    for element in table.singles:
        path = element.path
        if path in present or (element.must == "present" and not eep):
            continue
        if not absent.isdisjoint(path.split("/")):
            continue
        place = Place(document, 0, "", path)
        # 档号 holds text beside its children: with children it is there, but empty.
        if any(other.startswith(f"{path}/") for other in present):
            found.append(failed("GD-2-4", "empty", place))
        else:
            found.append(failed("GD-2-3", "missing-element", place))
    return found


def _needed(package: Package, table: MetadataTable) -> list[Finding]:
    found = []
    for element in table.conditional:
        path, values = element.when or ("", frozenset())
        if (value := package.value(path)) in values and not package.value(element.path):
            place = next((one.place for one in package.all(path)), Place())
            place = Place(place.path, place.line, place.xpath, element.path)
            because = f"{path.rpartition('/')[2]}：{value}"
            found.append(failed("GD-2-4", "empty-when", place, because))
    return found


def read_metadata_table(text: bytes) -> MetadataTable:
    """Read schemas/metadata/dat46.toml. Raises Misconfigured."""
    try:
        raw = tomllib.loads(text.decode())
        elements = {
            path: _element(path, one, raw["default_max"]) for path, one in raw["element"].items()
        }
        return MetadataTable(
            version=raw["version"],
            elements=elements,
            singles=tuple(one for one in elements.values() if one.must in {"value", "present"}),
            conditional=tuple(one for one in elements.values() if one.when),
            default_max=raw["default_max"],
            secret=frozenset(raw["secret"]),
            earliest_year=raw["earliest_year"],
            retention=raw["retention"],
            types=raw["types"],
            children={
                parent: {name.rstrip("?*"): name[-1] in "?*" for name in names}
                for parent, names in raw["children"].items()
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Misconfigured(f"metadata table: {error}") from error


def _element(path: str, raw: Mapping[str, Any], default_max: int) -> Element:  # Any: TOML
    kind = raw.get("type", "text")
    if kind not in _TYPES:
        raise ValueError(f"{path}: type {kind!r} is not known")
    plausible = raw.get("plausible")
    when = raw.get("when")
    listed = raw.get("error", raw.get("warn", []))
    return Element(
        path=path,
        number=raw["m"],
        en=raw["en"],
        must=raw.get("must", ""),
        in_package=raw.get("in", "record") == "package",
        type=kind,
        max=raw.get("max", default_max),
        error=frozenset(raw.get("error", ())),
        warn=frozenset(raw.get("warn", ())),
        listed="、".join(listed),
        past=plausible == "past",
        between=(plausible[0], plausible[1]) if isinstance(plausible, list) else None,
        when=(when["path"], frozenset(when["values"])) if when else None,
        plain=kind == "text" and not listed and not plausible,
    )

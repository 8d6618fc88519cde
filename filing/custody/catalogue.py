"""The catalogue of what audits find: codes, items of DA/T 70, wording, as data.

Given the bytes of schemas/custody/*.toml; a catalogue that contradicts itself is refused at
start. Numbers of items are marked where no printed standard confirmed them.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # TOML, checked below

from filing.errors import Misconfigured
from filing.model.custody import Answer, Fault

SHIPPED = Path(__file__).resolve().parents[2] / "schemas" / "custody"
_PROPERTIES = frozenset({"authenticity", "integrity", "usability", "safety"})


@dataclass(frozen=True, slots=True)
class Item:
    """One item of DA/T 70's stage of long-term preservation."""

    code: str
    confirmed: bool
    property: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Named:
    """One thing an audit may find."""

    code: str
    item: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Both by code."""

    version: str
    items: Mapping[str, Item]
    faults: Mapping[str, Named]

    def by_item(self, faults: Iterable[Fault]) -> dict[str, Answer]:
        """Each item's answer, the worst of its faults; intact where there is none."""
        answers = dict.fromkeys(self.items, Answer.INTACT)
        for one in faults:
            item = self.faults[one.code].item
            if answers[item] is not Answer.DAMAGED:
                answers[item] = one.answer
        return answers


def load_catalogue(root: Path = SHIPPED) -> Catalogue:
    """Read the catalogue; once, at start. Raises Misconfigured."""
    try:
        items = tomllib.loads((root / "items.toml").read_text(encoding="utf-8"))
        faults = tomllib.loads((root / "faults.toml").read_text(encoding="utf-8"))
        return _checked(items, faults)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise Misconfigured(f"custody catalogue: {error}") from error


def _checked(items: Mapping[str, Any], faults: Mapping[str, Any]) -> Catalogue:
    read = {one["code"]: Item(**one) for one in items["item"]}
    named = {one["code"]: Named(**one) for one in faults["fault"]}
    if len(read) != len(items["item"]) or len(named) != len(faults["fault"]):
        raise ValueError("a code stands twice")
    if strays := {one.item for one in named.values()} - set(read):
        raise ValueError(f"faults of unknown items: {sorted(strays)}")
    if any(one.property not in _PROPERTIES for one in read.values()):
        raise ValueError("an item of no property")
    return Catalogue(faults["version"], read, named)

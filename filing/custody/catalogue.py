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
from filing.model.custody import MAIN, Answer, Audit, AuditState, Depth, Fault

SHIPPED = Path(__file__).resolve().parents[2] / "schemas" / "custody"
_PROPERTIES = frozenset({"authenticity", "integrity", "usability", "safety"})


@dataclass(frozen=True, slots=True)
class Item:
    """One item of DA/T 70's stage of long-term preservation.

    needs   what an audit must have done to answer for it: "bytes", "whole" or "holding"
    """

    code: str
    confirmed: bool
    needs: str
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

    def by_item(self, audit: Audit, faults: Iterable[Fault]) -> dict[str, str]:
        """Each item's answer, the worst of its faults; NOT_LOOKED_AT where the audit did not
        look at what the item is about, or did not come to its end."""
        answers: dict[str, str] = {code: _clean(one, audit) for code, one in self.items.items()}
        for fault in faults:
            item = self.faults[fault.code].item
            if answers[item] != Answer.DAMAGED:
                answers[item] = fault.answer
        return answers


NOT_LOOKED_AT = "not-looked-at"


def _clean(item: Item, audit: Audit) -> str:
    """What an item without faults may be said to be."""
    done = audit.state is AuditState.FINISHED and bool(audit.looked)
    # At a further location nothing is opened, and no log stands there.
    here = done and audit.location == MAIN
    looked = {
        "bytes": done,
        "whole": here and audit.scope.depth is not Depth.BYTES,
        "holding": here and audit.scope.is_all,
    }[item.needs]
    if not looked:
        return NOT_LOOKED_AT
    # A record that could not be told may be hurt in any of these; a damaged one is not opened.
    doubtful = audit.unknown or (item.needs == "whole" and audit.damaged)
    return Answer.UNKNOWN if doubtful else Answer.INTACT


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
    if any(one.needs not in {"bytes", "whole", "holding"} for one in read.values()):
        raise ValueError("an item that needs what no audit does")
    return Catalogue(faults["version"], read, named)

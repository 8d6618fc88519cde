"""An object as the specification wants it: declaration, inventory, sidecar, folders.

Of what was walked; no file is opened here. The inventory's own rules are those of
filing.adapters.ocfl.rules, which only know the specification.

Source: OCFL 1.1, section 3, with its validation codes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any  # JSON, looked at by the rules before

from filing.adapters.custody.patterns import Inventory, read_inventory
from filing.adapters.ocfl.agreement import check_agreement
from filing.adapters.ocfl.document import printable
from filing.adapters.ocfl.rules import version_number
from filing.custody.expected import Seen, Stated, Walked
from filing.model.custody import Answer, Fault

INVENTORY = "inventory.json"
SIDECAR = f"{INVENTORY}.sha256"
_DECLARATION, _DECLARED = "0=ocfl_object_1.1", b"ocfl_object_1.1\n"
_SIDECAR = re.compile(rb"[0-9a-f]{64} inventory\.json\n")
#: A sidecar that differs in so few digits was hurt itself; a hurt inventory differs in most.
_FEW_DIGITS = 4

DAMAGED, UNKNOWN = Answer.DAMAGED, Answer.UNKNOWN


@dataclass
class Structure:
    """What the object's own documents say, and what is wrong with them.

    stated      None where no inventory can be believed
    accounted   paths whose faults are said; nobody else needs to look at them
    """

    faults: list[Fault] = field(default_factory=list)
    stated: Stated | None = None
    accounted: set[str] = field(default_factory=set)

    def say(self, code: str, ocfl: str, place: str, expected: str = "", found: str = "") -> None:
        """Add a fault."""
        self.faults.append(
            Fault(code, DAMAGED, printable(place)[:500], expected, printable(found)[:200], ocfl)
        )


def judge_structure(walked: Walked, object_id: str) -> Structure:
    """Hold an object's documents and folders to the specification."""
    told = Structure()
    for place, reason in sorted(walked.unread.items()):
        told.faults.append(Fault("CX-4-2", UNKNOWN, printable(place)[:500], found=reason))
        told.accounted.add(place)
    for place in walked.odd:
        told.say("CX-4-1", "E090", place)
        told.accounted.add(place)
    _declaration(walked, told)
    inventory = _root_inventory(walked, object_id, told)
    if inventory is None:
        return told
    if inventory.id != object_id:
        told.say("CX-2-7", "E037", INVENTORY, object_id, inventory.id[:200])
    _versions(walked, inventory.document, told)
    told.stated = inventory.stated
    _strays(walked, inventory.document, told)
    return told


def _unread(walked: Walked, path: str) -> bool:
    """Whether the path, or a folder it would be in, could not be read: nobody knows then
    that it is missing."""
    while path not in walked.unread:
        if not path:
            return False
        path = path.rpartition("/")[0]
    return True


def _declaration(walked: Walked, told: Structure) -> None:
    found = walked.files.get(_DECLARATION)
    if found is None:
        if not _unread(walked, _DECLARATION):
            told.say("CX-2-2", "E003", _DECLARATION)
    elif found.content != _DECLARED:
        told.say("CX-2-7", "E007", _DECLARATION, _DECLARED.decode().strip(), _shown(found))
    told.accounted.add(_DECLARATION)


def _root_inventory(walked: Walked, object_id: str, told: Structure) -> Inventory | None:
    """The root's inventory; where it is hurt, the newest version's own that is not."""
    told.accounted |= {INVENTORY, SIDECAR}
    whole = _paired(walked, "", told)
    if whole:
        return _believed(walked, INVENTORY, object_id, told)
    for name in sorted(walked.folders, key=version_number, reverse=True):
        if version_number(name) and f"{name}/{INVENTORY}" not in walked.shared:
            aside = Structure()
            if _paired(walked, f"{name}/", aside):
                return _believed(walked, f"{name}/{INVENTORY}", object_id, aside)
    return None


def _paired(walked: Walked, folder: str, told: Structure) -> bool:
    """Whether an inventory can be believed; says what is wrong with it or its sidecar."""
    place, beside = f"{folder}{INVENTORY}", f"{folder}{SIDECAR}"
    found, sidecar = walked.files.get(place), walked.files.get(beside)
    for one, path, ocfl in ((found, place, "E063"), (sidecar, beside, "E058")):
        if one is None and not _unread(walked, path):
            told.say("CX-2-2", ocfl, path)
    if found is None:
        return False
    if sidecar is None:
        return True  # nothing speaks against it but the seal, which is asked later
    wanted = f"{found.sha256} {INVENTORY}\n".encode()
    if sidecar.content == wanted:
        return True
    stated = sidecar.content or b""
    if found.size_bytes and _hurt_itself(stated, found.sha256):
        code = "E060" if _SIDECAR.fullmatch(stated) else "E061"
        # With what stands there: two reads that were lied to differently are not damage.
        shown = stated[:64].decode("ascii", "backslashreplace")
        told.say("CX-2-6", code, beside, found.sha256, shown)
        return True
    told.say("CX-2-5", "E060", place, stated[:64].decode("ascii", "replace"), found.sha256)
    return False


def _hurt_itself(stated: bytes, computed: str) -> bool:
    if not _SIDECAR.fullmatch(stated):
        return True
    differing = sum(a != b for a, b in zip(stated[:64], computed.encode(), strict=True))
    return differing <= _FEW_DIGITS


def _believed(walked: Walked, place: str, object_id: str, told: Structure) -> Inventory | None:
    content = walked.files[place].content
    if content is None:
        told.faults.append(Fault("CX-4-2", UNKNOWN, place, found="not kept in memory"))
        return None
    found, faults = read_inventory(content, object_id)
    for one in faults:
        if one.is_error:
            told.say("CX-2-7", one.code, place, found=f"{one.place} {one.text}".strip())
    return found


def _versions(walked: Walked, root: Mapping[str, Any], told: Structure) -> None:
    """Each version's own inventory agrees with the newest."""
    for name in root["versions"]:
        place = f"{name}/{INVENTORY}"
        told.accounted |= {place, f"{name}/{SIDECAR}"}
        if name not in walked.folders:
            if not _unread(walked, name):
                told.say("CX-2-2", "E010", name)
            continue
        # A second name of the root's inventory was judged with it.
        if walked.shared.get(place) == INVENTORY and (
            walked.shared.get(f"{name}/{SIDECAR}") == SIDECAR
        ):
            continue
        if INVENTORY in walked.shared and walked.shared[INVENTORY] == place:
            continue
        if not _paired(walked, f"{name}/", told):
            continue
        own = walked.files[place]
        if name == root["head"]:
            if own.sha256 != walked.files[INVENTORY].sha256 if INVENTORY in walked.files else False:
                told.say("CX-2-7", "E064", place)
            continue
        older = _believed(walked, place, "", told)
        for fault in check_agreement(older.document, root) if older is not None else ():
            if fault.is_error:
                told.say("CX-2-7", fault.code, place, found=fault.text)


def _strays(walked: Walked, root: Mapping[str, Any], told: Structure) -> None:
    """What stands where nothing should, content left out: that is the judge's."""
    for place in _outside(walked, root):
        if place not in told.accounted:
            told.say("CX-2-3", "E015" if "/" in place else "E001", place)
            told.accounted.add(place)
    for place in walked.hollow:
        # A folder that lost its only file is said by the file that is missing.
        emptied = any(
            path.startswith(f"{place}/") for paths in root["manifest"].values() for path in paths
        )
        if place and not emptied and place not in root["versions"] and place != "logs":
            told.say("CX-2-7", "E024", place)


def _outside(walked: Walked, root: Mapping[str, Any]) -> Iterator[str]:
    directory = root.get("contentDirectory", "content")
    inside = ("logs/", "extensions/", *[f"{name}/{directory}/" for name in root["versions"]])
    yield from sorted([place for place in walked.files if not place.startswith(inside)])


def _shown(seen: Seen) -> str:
    content = seen.content or b""
    return content[:60].decode("utf-8", "backslashreplace") or f"{seen.size_bytes} bytes"

"""The inventory of an OCFL object: written one way, read strictly.

Writing is stable: the same inventory always gives the same bytes. Reading
takes only what is right in every point; for a list of what is wrong, with the
codes of the specification, see filing.adapters.ocfl.rules.

Source: OCFL 1.1, section 3.5 (Inventory).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from filing.adapters.ocfl.document import parse
from filing.adapters.ocfl.rules import TYPE, check_inventory
from filing.errors import NotGenuine

FILE = "inventory.json"
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

Paths = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object.

    created   RFC 3339 with offset, as it stands in the inventory
    state     content digest (hex) -> logical paths
    """

    created: str
    state: Mapping[str, Paths]
    message: str = ""
    user_name: str = ""
    user_address: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an object holds.

    head       name of the newest version ("v1")
    manifest   content digest (hex) -> paths below the object's folder
    versions   by name
    fixity     algorithm -> digest (hex) -> paths below the object's folder
    """

    object_id: str
    head: str
    manifest: Mapping[str, Paths]
    versions: Mapping[str, Version]
    fixity: Mapping[str, Mapping[str, Paths]] = field(default_factory=dict)
    digest_algorithm: str = "sha256"
    content_directory: str = "content"

    def content_path(self, logical_path: str, version: str = "") -> str | None:
        """Where the bytes of ``logical_path`` stand below the object's folder.

        version   "" is the newest

        None if the version has no such path.
        """
        for digest, paths in self.versions[version or self.head].state.items():
            if logical_path in paths:
                return self._manifest_paths(digest)[0]
        return None

    def logical_paths(self, version: str = "") -> Paths:
        """Every logical path of a version, sorted."""
        state = self.versions[version or self.head].state
        return tuple(sorted(path for paths in state.values() for path in paths))

    def holds(self, content_path: str, content: bytes) -> bool:
        """Whether ``content`` is what the manifest names for ``content_path``."""
        digest = hashlib.new(self.digest_algorithm, content).hexdigest()
        return any(
            content_path in paths and stated.lower() == digest
            for stated, paths in self.manifest.items()
        )

    def _manifest_paths(self, digest: str) -> Paths:
        found = self.manifest.get(digest)
        if found is None:  # hex digits may differ in case
            folded = digest.lower()
            found = next(paths for key, paths in self.manifest.items() if key.lower() == folded)
        return found


def timestamp(moment: datetime) -> str:
    """RFC 3339 with the offset it has, to the microsecond. Raises ValueError without one."""
    if moment.utcoffset() is None:
        raise ValueError("a time in an inventory needs its UTC offset")
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def write(inventory: Inventory) -> bytes:
    """The inventory as JSON: keys and paths sorted, UTF-8, one line break at the end."""
    document = {
        "id": inventory.object_id,
        "type": TYPE,
        "digestAlgorithm": inventory.digest_algorithm,
        "head": inventory.head,
        "contentDirectory": inventory.content_directory,
        "manifest": _lists(inventory.manifest),
        "versions": {
            name: {
                "created": version.created,
                "message": version.message,
                "user": {"name": version.user_name, "address": version.user_address},
                "state": _lists(version.state),
            }
            for name, version in inventory.versions.items()
        },
    }
    if inventory.fixity:
        document["fixity"] = {name: _lists(block) for name, block in inventory.fixity.items()}
    return _ENCODER.encode(document).encode() + b"\n"


def sidecar(algorithm: str, content: bytes) -> tuple[str, bytes]:
    """Name and content of the file that stands beside an inventory."""
    digest = hashlib.new(algorithm, content).hexdigest()
    return f"{FILE}.{algorithm}", f"{digest} {FILE}\n".encode()


def read(content: bytes) -> Inventory:
    """Read an inventory.

    Raises NotGenuine for anything the specification calls an error.
    """
    document, faults = parse(content)
    if not faults:
        faults = check_inventory(document)
    errors = [fault for fault in faults if fault.is_error]
    if errors or not isinstance(document, dict):
        raise NotGenuine(f"inventory is wrong: {errors[0].code} {errors[0].text}")
    return _inventory(document)


def _lists(block: Mapping[str, Paths]) -> dict[str, list[str]]:
    return {digest: sorted(paths) for digest, paths in block.items()}


def _tuples(block: Mapping[str, list[str]]) -> dict[str, Paths]:
    return {digest: tuple(paths) for digest, paths in block.items()}


def _inventory(document: dict[str, Any]) -> Inventory:  # Any: JSON, checked before
    versions = {}
    for name, block in document["versions"].items():
        user = block.get("user", {})
        versions[name] = Version(
            created=block["created"],
            state=_tuples(block["state"]),
            message=block.get("message", ""),
            user_name=user.get("name", ""),
            user_address=user.get("address", ""),
        )
    return Inventory(
        object_id=document["id"],
        head=document["head"],
        manifest=_tuples(document["manifest"]),
        versions=versions,
        fixity={name: _tuples(block) for name, block in document.get("fixity", {}).items()},
        digest_algorithm=document["digestAlgorithm"],
        content_directory=document.get("contentDirectory", "content"),
    )

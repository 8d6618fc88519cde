"""Look at one OCFL object on disk and say everything that is wrong with it.

Every byte is read again and digested, by every digest any of the object's
inventories states of it. Paths written in an inventory are never opened: only
what a walk of the folder finds is read, and no link is followed. Memory does
not grow with the size of the content.

Independent of the hand that wrote: it shares no code with the store but the
rules. Source: OCFL 1.1, section 3, with the specification's validation codes.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH112, PTH114, PTH118

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from filing.adapters.ocfl.agreement import check_agreement
from filing.adapters.ocfl.document import Fault, parse, printable, read_bounded
from filing.adapters.ocfl.layout import REGISTERED_EXTENSIONS
from filing.adapters.ocfl.promises import DIGESTS, Promises, manifest_paths
from filing.adapters.ocfl.rules import (
    TYPE,
    TYPES,
    check_inventory,
    version_number,
)

_DECLARATION = "0=ocfl_object_1.1"
_INVENTORY = "inventory.json"
_SIDECAR = re.compile(r"([0-9a-fA-F]+)[ \t]+inventory\.json\n?")
_MAX_FAULTS = 1000
_MAX_DEPTH = 128


# Any below: a JSON value, looked at by the rules before.
_Json = dict[str, Any]


def check_object(path: str | Path, object_id: str = "") -> tuple[Fault, ...]:
    """Everything wrong with the object in the folder ``path``, at most 1000 faults.

    object_id   the id it must have; "" takes any

    An object is valid when no fault is an error. A file that cannot be read is
    a fault (E092), never an exception.
    """
    look = _Look(os.fspath(path), object_id)
    try:
        look.whole()
    except _Enough:
        pass
    except OSError as error:
        look.faults.append(Fault("E092", f"cannot be read: {error.strerror}", str(error.filename)))
    return tuple(look.faults)


class _Enough(Exception):
    """As many faults as anybody will read."""


@dataclass
class _Look:
    root: str
    object_id: str
    algorithm: str = ""  # of the inventory looked at last
    faults: list[Fault] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    promises: Promises = field(default_factory=Promises)

    def say(self, code: str, text: str, place: str = "") -> None:
        self.faults.append(Fault(code, printable(text), printable(place[:500])))
        if len(self.faults) >= _MAX_FAULTS:
            raise _Enough

    def whole(self) -> None:
        """The whole object: declaration, inventories, folders, content."""
        if not os.path.isdir(self.root) or os.path.islink(self.root):
            self.say("E003", "there is no object folder here")
            return
        entries = self.entries("")
        self.declaration(entries)
        if not self.is_file(entries, _INVENTORY):
            self.say("E063", "there is no inventory")
            return
        content = self.read(_INVENTORY)
        document = self.inventory("", content, entries)
        if document is None:
            return
        if document.get("type") == TYPES[0]:
            self.say("E038", f"the type is not {TYPE}", _INVENTORY)
        if self.object_id and document.get("id") != self.object_id:
            self.say("E037", f"the id is not {self.object_id}", _INVENTORY)
        versions = document.get("versions")
        names = [name for name in versions if version_number(name)] if _is_object(versions) else []
        names.sort(key=version_number)
        self.root_entries(entries, names)
        self.promise(document)
        for name in names:
            if name in entries and not self.is_file(entries, name):
                self.version(name, document, content)
            else:
                self.say("E010", "the version has no folder", name)
        self.listed(document, "root", self.files)
        self.contents()

    # Folders and single files

    def entries(self, folder: str) -> dict[str, int]:
        """Name -> mode of everything in ``folder``; links are said and left out."""
        found = {}
        with os.scandir(os.path.join(self.root, folder)) as entries:
            for entry in entries:
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                    found[entry.name] = mode
                else:
                    self.say(
                        "E090", "neither a file nor a folder", os.path.join(folder, entry.name)
                    )
        return dict(sorted(found.items()))

    def is_file(self, entries: dict[str, int], name: str) -> bool:
        return stat.S_ISREG(entries.get(name, 0))

    def read(self, place: str) -> bytes:
        """A small file; one byte more than an inventory may have, at most."""
        return read_bounded(os.path.join(self.root, place))

    def declaration(self, entries: dict[str, int]) -> None:
        found = [name for name in entries if name.startswith("0=")]
        if _DECLARATION not in found:
            self.say("E003", f"there is no {_DECLARATION}")
        elif self.read(_DECLARATION) != b"ocfl_object_1.1\n":
            self.say("E007", "the declaration has other content than its name", _DECLARATION)
        for name in found:
            if name != _DECLARATION:
                self.say("E003", "another declaration", name)

    def root_entries(self, entries: dict[str, int], versions: list[str]) -> None:
        for name in entries:
            if self.is_file(entries, name):
                if name not in {_DECLARATION, _INVENTORY} and not self.is_sidecar(name):
                    self.say("E001", "an unexpected file", name)
            elif name in versions or name == "logs":
                continue
            elif name == "extensions":
                self.extensions()
            elif version_number(name):
                self.say("E046", "a version folder the inventory does not know", name)
            else:
                self.say("E001", "an unexpected folder", name)

    def is_sidecar(self, name: str) -> bool:
        """Whether it belongs to the inventory looked at last; another would go unchecked."""
        return name == f"{_INVENTORY}.{self.algorithm}"

    def extensions(self) -> None:
        entries = self.entries("extensions")
        for name in entries:
            if self.is_file(entries, name):
                self.say("E067", "a file among the extensions", f"extensions/{name}")
            elif name not in REGISTERED_EXTENSIONS:
                self.say("W013", "an extension that is not registered", f"extensions/{name}")

    # Inventories

    def inventory(self, folder: str, content: bytes, entries: dict[str, int]) -> _Json | None:
        """Judge one inventory by itself and with its sidecar."""
        place = os.path.join(folder, _INVENTORY)
        document, faults = parse(content)
        for fault in faults or check_inventory(document):
            where = f"{place}: {fault.place}" if fault.place else place
            self.say(fault.code, fault.text, where)
        if not isinstance(document, dict):
            return None
        algorithm = document.get("digestAlgorithm")
        if isinstance(algorithm, str):
            self.algorithm = algorithm
            self.sidecar(folder, algorithm, content, entries)
        return document

    def sidecar(self, folder: str, algorithm: str, content: bytes, entries: dict[str, int]) -> None:
        name = f"{_INVENTORY}.{algorithm}"
        place = os.path.join(folder, name)
        if not self.is_file(entries, name):
            self.say("E058", "the inventory has no sidecar", place)
            return
        match = _SIDECAR.fullmatch(self.read(place)[:4096].decode("ascii", "replace"))
        begin = DIGESTS.get(algorithm)
        if match is None:
            self.say("E061", "not a digest, a space and inventory.json", place)
        elif begin is not None:
            computed = begin()
            computed.update(content)
            if computed.hexdigest() != match[1].lower():
                self.say("E060", "the inventory has another digest", place)

    def version(self, name: str, root: _Json, content: bytes) -> None:
        """One version's folder, against the root inventory."""
        entries = self.entries(name)
        directory = root.get("contentDirectory", "content")
        own: _Json | None = None
        if self.is_file(entries, _INVENTORY):
            found = self.read(f"{name}/{_INVENTORY}")
            if name == root.get("head") and found == content:
                # The same bytes were judged already; only the sidecar is new.
                self.algorithm = str(root.get("digestAlgorithm"))
                self.sidecar(name, self.algorithm, content, entries)
            else:
                if name == root.get("head"):
                    self.say("E064", "differs from the root inventory", f"{name}/{_INVENTORY}")
                own = self.inventory(name, found, entries)
        else:
            self.say("W010", "the version has no inventory", name)
        for entry in entries:
            place = f"{name}/{entry}"
            if self.is_file(entries, entry):
                if entry != _INVENTORY and not self.is_sidecar(entry):
                    self.say("E015", "an unexpected file in a version's folder", place)
            elif entry == directory:
                if not self.walk(place):
                    self.say("W003", "the content folder is empty", place)
            else:
                self.say("W002", "a folder that holds no content", place)
        if own is not None:
            self.compare(name, own, root)

    def compare(self, name: str, own: _Json, root: _Json) -> None:
        """A version's inventory agrees with the root."""
        place = f"{name}/{_INVENTORY}"
        if own.get("id") != root.get("id") and "id" in own:
            self.say("E037", "the id differs from the root inventory's", place)
        directory = own.get("contentDirectory", "content")
        if directory != root.get("contentDirectory", "content"):
            self.say("E019", "contentDirectory differs from the root inventory's", place)
        if "head" in own and own["head"] != name:
            self.say("E040", f"head is not {name}", place)
        self.promise(own)
        self.listed(own, name, self.files)
        for fault in check_agreement(own, root):
            self.say(fault.code, fault.text, place)

    def promise(self, document: _Json) -> None:
        """Note every digest an inventory states, by content path."""
        for algorithm in self.promises.note(document):
            self.say("X001", f"fixity by {algorithm[:50]!r} is not known here", _INVENTORY)

    def listed(self, document: _Json, who: str, files: set[str]) -> None:
        """Every content file found so far stands in this inventory's manifest."""
        paths = manifest_paths(document)
        if paths is None:
            return
        for path in sorted(files - paths):
            self.say("E023", f"not in the manifest of the {who} inventory", path)
        for path in sorted(paths - files):
            self.say("E092", f"in the manifest of the {who} inventory, but not there", path)

    # Content

    def walk(self, folder: str) -> bool:
        """Collect the files below ``folder``. Returns False if there are none."""
        waiting = [folder]
        before = len(self.files)
        while waiting:
            one = waiting.pop()
            entries = self.entries(one)
            if not entries and one != folder:
                self.say("E024", "an empty folder in the content", one)
            if one.count("/") > _MAX_DEPTH:
                self.say("E092", "nested too deeply to be read", one)
                continue
            for name in entries:
                place = f"{one}/{name}"
                if self.is_file(entries, name):
                    self.files.add(place)
                else:
                    waiting.append(place)
        return len(self.files) > before

    def contents(self) -> None:
        """Digest every file once and hold it against all that was promised."""
        for path in sorted(self.files):
            try:
                for algorithm, is_fixity in self.promises.broken(self.root, path):
                    code = "E093" if is_fixity else "E092"
                    self.say(code, f"the bytes have another {algorithm} digest", path)
            except OSError as error:
                self.say("E092", f"cannot be read: {error.strerror}", path)


def _is_object(value: object) -> TypeGuard[_Json]:
    return isinstance(value, dict)

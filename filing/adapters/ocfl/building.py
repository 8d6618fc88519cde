"""A new OCFL object, written complete into one folder: version 1 and nothing else.

Few system calls for each object; nothing is synced here.

Source: OCFL 1.1, section 3.1 (Object Structure).
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH102, PTH116

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filing.adapters.durable import FOLDER_MODE, put_body, write_new
from filing.adapters.ocfl import inventory as inventories
from filing.adapters.ocfl.inventory import FILE, Inventory, Version, timestamp
from filing.model.digest import Digest

DECLARATION = "0=ocfl_object_1.1"
_DECLARED = b"ocfl_object_1.1\n"
_CONTENT = "v1/content"
_TRICKS = frozenset({"", ".", ".."})
_MAX_NAME_BYTES = 255
_MAX_PATH_BYTES = 1024


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """One file of a new object.

    logical_path   "/"-separated, relative
    source         the bytes, or a file that nobody writes to any more; it is
                   linked into the object where that is possible
    digests        sha256 is needed; others stand in the seal, not in the inventory
    """

    logical_path: str
    source: bytes | Path
    size_bytes: int
    digests: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object to be kept, as its first version.

    created        with its UTC offset
    user_address   a URI ("mailto:…", "urn:…")
    """

    object_id: str
    created: datetime
    message: str
    user_name: str
    user_address: str
    files: tuple[ObjectFile, ...]


@dataclass(frozen=True, slots=True)
class StagedObject:
    """An object written aside.

    folder             where it waits
    inventory_sha256   of its inventory, raw bytes
    paths              files and folders written, for a barrier file by file
    """

    object_id: str
    folder: str
    inventory_sha256: bytes
    paths: tuple[str, ...]


def write_object(folder: str, one: NewObject) -> StagedObject:
    """Write a complete object into the new ``folder``."""
    digests = [_sha256(file) for file in one.files]
    content_paths = _content_paths(one.files, digests)
    content = inventories.write(_inventory(one, digests, content_paths))
    sidecar_name, sidecar = inventories.sidecar("sha256", content)
    folders = [folder, f"{folder}/v1"]
    if content_paths:
        folders += [f"{folder}/{_CONTENT}", *_subfolders(folder, content_paths)]
    for path in folders:
        os.mkdir(path, FOLDER_MODE)
    paths = folders
    for place, (_, file) in content_paths.items():
        path = f"{folder}/{place}"
        put_body(path, file.source)
        if not isinstance(file.source, bytes) and os.stat(path).st_size != file.size_bytes:
            raise ValueError(f"{file.logical_path!r} is not {file.size_bytes} bytes long")
        paths.append(path)
    for name, text in ((FILE, content), (sidecar_name, sidecar), (DECLARATION, _DECLARED)):
        path = f"{folder}/{name}"
        write_new(path, text)
        paths.append(path)
    # The version keeps the very inventory of the root: the same file by a second name. A
    # new file costs ten times a link; a later version brings a new root inventory and
    # leaves this one alone.
    for name in (FILE, sidecar_name):
        put_body(f"{folder}/v1/{name}", Path(folder, name))
        paths.append(f"{folder}/v1/{name}")
    # What a sidecar begins with, raw.
    digest = bytes.fromhex(sidecar[:64].decode("ascii"))
    return StagedObject(one.object_id, folder, digest, tuple(paths))


def _inventory(
    one: NewObject, digests: Sequence[str], content_paths: dict[str, tuple[str, ObjectFile]]
) -> Inventory:
    state: dict[str, tuple[str, ...]] = {}
    for file, digest in zip(one.files, digests, strict=True):
        state[digest] = (*state.get(digest, ()), file.logical_path)
    version = Version(timestamp(one.created), state, one.message, one.user_name, one.user_address)
    return Inventory(
        object_id=one.object_id,
        head="v1",
        manifest={digest: (place,) for place, (digest, _) in content_paths.items()},
        versions={"v1": version},
    )


def _content_paths(
    files: Sequence[ObjectFile], digests: Sequence[str]
) -> dict[str, tuple[str, ObjectFile]]:
    """Where each content goes, once, however many logical paths it has: its digest and file."""
    _refuse_clashes([file.logical_path for file in files])
    by_digest = not all(_is_file_name(file.logical_path) for file in files)
    placed: dict[str, ObjectFile] = {}
    for file, digest in zip(files, digests, strict=True):
        if not digest:
            raise ValueError(f"{file.logical_path!r} has no sha256 digest")
        if isinstance(file.source, bytes) and len(file.source) != file.size_bytes:
            raise ValueError(f"{file.logical_path!r} is not {file.size_bytes} bytes long")
        placed.setdefault(digest, file)
    # All or none by digest, so that the two ways of naming never meet.
    return {
        f"{_CONTENT}/{f'sha256-{digest}' if by_digest else file.logical_path}": (digest, file)
        for digest, file in placed.items()
    }


def _is_file_name(logical_path: str) -> bool:
    """Whether the file system can call a file so (NAME_MAX 255, and not too deep)."""
    if logical_path.isascii() and len(logical_path) <= _MAX_NAME_BYTES:
        return True
    raw = logical_path.encode()
    return len(raw) <= _MAX_NAME_BYTES or (
        len(raw) <= _MAX_PATH_BYTES
        and all(len(part) <= _MAX_NAME_BYTES for part in raw.split(b"/"))
    )


def _refuse_clashes(paths: list[str]) -> None:
    known = set(paths)
    if len(known) != len(paths):
        raise ValueError("a logical path stands twice in one object")
    for path in paths:
        parts = path.split("/")
        if "\x00" in path or not _TRICKS.isdisjoint(parts):
            raise ValueError(f"{path!r} is not a logical path")
        for depth in range(1, min(len(parts), _MAX_PATH_BYTES)):
            if "/".join(parts[:depth]) in known:
                raise ValueError(f"{'/'.join(parts[:depth])!r} is a file and a folder")


def _subfolders(folder: str, content_paths: Iterable[str]) -> list[str]:
    """Folders below content, parents first."""
    found: dict[str, None] = {}
    for place in content_paths:
        parts = place.split("/")
        for depth in range(3, len(parts)):
            found.setdefault(f"{folder}/{'/'.join(parts[:depth])}")
    return list(found)


def _sha256(file: ObjectFile) -> str:
    for one in file.digests:
        if one.algorithm == "sha256":
            return one.hex
    return ""

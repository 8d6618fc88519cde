"""The store: an OCFL 1.1 storage root, written in batches.

    staged = store.stage(objects)     every object complete, aside
    store.barrier(staged)             one barrier for the batch
    store.publish(staged)             renamed into place, one barrier for the names

After that the objects survive a crash; before, they are not in the root at
all: an object is there whole or not there. Every step may be done again. What
a crash leaves aside belongs to a dead owner and is swept at the next start.

Nothing in the root is ever written over or removed.

Does not judge what is kept; see filing.adapters.ocfl.verify.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH103, PTH110, PTH112, PTH116, PTH118, PTH120, PTH123, PTH208

import hashlib
import itertools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from filing.adapters.durable import (
    FOLDER_MODE,
    Barrier,
    publish,
    write_new,
    writing,
)
from filing.adapters.ocfl import inventory as inventories
from filing.adapters.ocfl import layout
from filing.adapters.ocfl.building import (
    DECLARATION,
    NewObject,
    ObjectFile,
    StagedObject,
    write_object,
)
from filing.adapters.ocfl.document import read_bounded
from filing.adapters.ocfl.inventory import FILE, Inventory
from filing.adapters.ownership import OwnedFolder, remove
from filing.errors import Misconfigured, NotFound, NotGenuine, OutsideUnavailable

__all__ = ["NewObject", "ObjectFile", "StagedObject", "Store"]

_MAX_ID = 150


class Store:
    """An OCFL storage root and the staging folder beside it.

    Both must be on one file system: publishing is a rename.
    """

    def __init__(self, root: str | Path, staging_root: str | Path, barrier: Barrier) -> None:
        self.root = os.fspath(root)
        self._own = OwnedFolder(staging_root)
        self._barrier = barrier
        self._numbers = itertools.count()

    def initialise(self) -> None:
        """Make the storage root, or take the one that is there.

        Raises Misconfigured if the folder holds anything else, another layout,
        or is on another file system than staging.
        """
        os.makedirs(self.root, FOLDER_MODE, exist_ok=True)
        if os.stat(self.root).st_dev != os.stat(self._own.root).st_dev:
            said = f"{self.root} and its staging are to be on one file system, not on different"
            raise Misconfigured(said, f"{self.root} 与暂存区须在同一文件系统上")
        name, content = layout.ROOT_DECLARATION
        declared = os.path.join(self.root, name)
        wanted = {
            layout.CONFIG_FILE: layout.configuration(),
            layout.DESCRIPTION_FILE: layout.description(),
            # The declaration comes last: with it, the root is complete.
            name: content,
        }
        if os.path.exists(declared):
            self._check_root(wanted)
            return
        if set(os.listdir(self.root)) - {"extensions", layout.DESCRIPTION_FILE}:
            raise Misconfigured(
                f"{self.root} is neither empty nor an OCFL 1.1 storage root; look at FILING_HOME",
                f"{self.root} 既非空目录，也不是 OCFL 1.1 仓储，请检查 FILING_HOME",
            )
        with writing("the storage root"):
            for place, text in wanted.items():
                path = os.path.join(self.root, place)
                os.makedirs(os.path.dirname(path), FOLDER_MODE, exist_ok=True)
                remove(path)
                write_new(path, text)
        self._barrier.sync(self._root_paths(wanted))

    def stage(self, objects: Sequence[NewObject]) -> tuple[StagedObject, ...]:
        """Write every object of a batch aside; not yet durable.

        Raises ValueError for an object that cannot be right, StorageFull,
        OutsideUnavailable; then nothing of the batch stays.
        """
        self._barrier.check()
        self._must_stand()
        staged: list[StagedObject] = []
        base = self._own.path
        folder = ""
        try:
            for one in objects:
                if not one.object_id or len(quoted := quote(one.object_id, safe="")) > _MAX_ID:
                    raise ValueError(f"object id {one.object_id!r} is empty or too long")
                folder = f"{base}/{quoted}~{next(self._numbers)}"
                with writing(f"object {one.object_id}"):
                    staged.append(write_object(folder, one))
        except BaseException:
            self.discard(staged)
            remove(folder)
            raise
        return tuple(staged)

    def barrier(self, staged: Sequence[StagedObject]) -> None:
        """Make a staged batch durable. Raises StoreDoubtful."""
        paths = (path for one in staged for path in one.paths)
        self._barrier.sync(itertools.chain([self._own.path], paths))

    def publish(self, staged: Sequence[StagedObject]) -> None:
        """Rename a durable batch into the root; durable when this returns.

        An object that is there already with the same first inventory is
        success, and its staged copy is removed.

        Raises NotGenuine if another object stands under the id (the others of
        the batch are published), FileNotFoundError if a staged object is gone
        and not in the root either, StoreDoubtful, OutsideUnavailable.
        """
        self._barrier.check()
        self._must_stand()
        changed: set[str] = set()
        others = []
        for one in staged:
            target = self._place(one.object_id)
            try:
                changed.update(publish(one.folder, target))
            except (FileExistsError, FileNotFoundError):
                if not os.path.isdir(target):
                    raise
                if _first_inventory_sha256(target) != one.inventory_sha256:
                    others.append(one.object_id)
                    continue
                remove(one.folder)
                parent = os.path.dirname(target)
                changed.update((parent, os.path.dirname(parent), self.root))
        self._barrier.sync(changed)
        if others:
            raise NotGenuine(f"other objects stand under {', '.join(others)[:500]}")

    def discard(self, staged: Sequence[StagedObject]) -> None:
        """Remove what was staged and not published; never what was."""
        for one in staged:
            remove(one.folder)

    def restage(self, object_id: str, folder: str) -> StagedObject:
        """An object staged earlier, perhaps by a dead process, to be published now.

        folder   where it was staged; it may have been published since

        Only for what passed a barrier: it is not looked into, beyond its inventory.

        Raises NotFound if it is neither there nor in the root, NotGenuine.
        """
        if os.path.dirname(os.path.dirname(folder)) != self._own.root:
            raise NotFound(f"{folder} is not a place for staged objects")
        place = folder if os.path.isdir(folder) else self._place(object_id)
        found = self.read_at(place)
        if found.object_id != object_id:
            raise NotGenuine(f"the object in {place} calls itself {found.object_id[:200]}")
        return StagedObject(object_id, folder, _first_inventory_sha256(place), (folder,))

    def exists(self, object_id: str) -> bool:
        """Whether the object is in the root."""
        return os.path.exists(f"{self._place(object_id)}/{DECLARATION}")

    def read(self, object_id: str) -> Inventory:
        """The object's inventory, checked against its sidecar.

        Raises NotFound, NotGenuine.
        """
        found = self.read_at(self._place(object_id))
        if found.object_id != object_id:
            raise NotGenuine(f"the object of {object_id} calls itself {found.object_id[:200]}")
        return found

    def read_at(self, folder: str) -> Inventory:
        """The inventory of the object in ``folder``."""
        try:
            content = read_bounded(f"{folder}/{FILE}")
        except FileNotFoundError:
            raise NotFound(f"there is no object in {folder}") from None
        except OSError as error:
            raise OutsideUnavailable(f"{folder}/{FILE} cannot be read: {error.strerror}") from error
        found = inventories.read(content)
        name, wanted = inventories.sidecar(found.digest_algorithm, content)
        try:
            stated = read_bounded(f"{folder}/{name}")
        except FileNotFoundError:
            raise NotGenuine(f"the inventory in {folder} has no sidecar") from None
        if stated.split() != wanted.split():
            raise NotGenuine(f"the inventory in {folder} is not the one its sidecar names")
        return found

    def path_of(self, object_id: str, logical_path: str) -> Path:
        """The file that holds a logical path of the newest version.

        Raises NotFound, NotGenuine.
        """
        place = self.read(object_id).content_path(logical_path)
        if place is None:
            raise NotFound(f"object {object_id} has no {logical_path!r}")
        return Path(self._place(object_id), place)

    def open(self, object_id: str, logical_path: str) -> BinaryIO:
        """Open a file of the newest version; the caller closes. Digests are not checked.

        Raises NotFound, NotGenuine (the inventory names a file that is gone).
        """
        path = self.path_of(object_id, logical_path)
        try:
            return path.open("rb")
        except FileNotFoundError:
            raise NotGenuine(
                f"object {object_id}: the bytes of {logical_path!r} are gone"
            ) from None

    def folder(self, object_id: str) -> Path:
        """Where the object stands, or would stand."""
        return Path(self._place(object_id))

    def sweep_staging(self, keep: Callable[[str], bool]) -> list[str]:
        """Remove what dead processes left staged, except ids ``keep`` answers True for.

        Returns the ids removed.
        """
        return [_id_of(entry) for entry in self._own.sweep(lambda name: keep(_id_of(name)))]

    def close(self) -> None:
        """Give the staging folder of this process up."""
        self._own.release()

    def _place(self, object_id: str) -> str:
        return f"{self.root}/{layout.object_path(object_id)}"

    def _must_stand(self) -> None:
        """Raises OutsideUnavailable where the root is not: a lost mount leaves an empty folder."""
        if not os.path.exists(os.path.join(self.root, layout.ROOT_DECLARATION[0])):
            raise OutsideUnavailable(
                f"the storage root {self.root} is not there", "存储区不在，请联系管理员"
            )

    def _check_root(self, wanted: dict[str, bytes]) -> None:
        for place, text in wanted.items():
            try:
                with open(os.path.join(self.root, place), "rb") as stream:
                    found = stream.read(len(text) + 1)
            except FileNotFoundError:
                found = b""
            if found != text:
                said = f"{self.root}/{place} is not as this store writes it; restore it from a copy"
                raise Misconfigured(said, f"{self.root}/{place} 被改动过，请从仓储的副本恢复")

    def _root_paths(self, wanted: dict[str, bytes]) -> list[str]:
        files = [os.path.join(self.root, place) for place in wanted]
        folders = {os.path.dirname(path) for path in files}
        return [*files, *folders, os.path.join(self.root, "extensions")]


def _first_inventory_sha256(folder: str) -> bytes:
    try:
        return hashlib.sha256(read_bounded(f"{folder}/v1/{FILE}")).digest()
    except FileNotFoundError:
        return b""


def _id_of(entry: str) -> str:
    return unquote(entry.rpartition("~")[0])

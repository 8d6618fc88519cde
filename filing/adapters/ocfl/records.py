"""Records in the store: the store's objects, by record id.

Keeps the promises of filing.ingest.accept.Store and filing.ingest.recover.Store.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from filing.adapters.ocfl import inventory as inventories
from filing.adapters.ocfl.store import NewObject, ObjectFile, StagedObject, Store
from filing.errors import NotFound, NotGenuine
from filing.ingest.accept import Staged
from filing.ingest.objects import SEAL, Kept
from filing.model.identifiers import object_id

_SEAL_BYTES = 16 << 20


class RecordStore:
    """The store, as the ceremony, recovery and readers use it."""

    def __init__(self, store: Store, user_name: str, user_address: str) -> None:
        self._store = store
        self._user_name = user_name
        self._user_address = user_address

    def stage_record(self, record_id: str, at: datetime, files: Sequence[Kept]) -> StagedObject:
        """Write a record's object aside. Raises StorageFull, StoreDoubtful."""
        new = NewObject(
            object_id=object_id(record_id),
            created=at,
            message="accepted",
            user_name=self._user_name,
            user_address=self._user_address,
            files=tuple(
                ObjectFile(one.path, one.source, one.size_bytes, one.digests) for one in files
            ),
        )
        return self._store.stage((new,))[0]

    def barrier(self, staged: Sequence[Staged]) -> None:
        """See filing.adapters.ocfl.store.Store."""
        self._store.barrier(_ours(staged))

    def publish(self, staged: Sequence[Staged]) -> None:
        """See filing.adapters.ocfl.store.Store."""
        self._store.publish(_ours(staged))

    def discard(self, staged: Sequence[Staged]) -> None:
        """See filing.adapters.ocfl.store.Store."""
        self._store.discard(_ours(staged))

    def restage(self, record_id: str, folder: str) -> StagedObject:
        """See filing.ingest.recover.Store."""
        return self._store.restage(object_id(record_id), folder)

    def seal_files(self, staged: Staged) -> dict[str, bytes]:
        """See filing.ingest.recover.Store. Digests are checked."""
        (ours,) = _ours((staged,))
        place = Path(ours.folder)
        if not place.is_dir():
            place = self._store.folder(ours.object_id)
        found = self._store.read_at(str(place))
        return {
            path: _verified(found, place, path)
            for path in found.logical_paths()
            if path.startswith(SEAL)
        }

    def sweep(self, keep: Callable[[str], bool]) -> Sequence[str]:
        """See filing.ingest.recover.Store."""
        return self._store.sweep_staging(lambda one: keep(one.removeprefix("urn:uuid:")))

    def read(self, record_id: str, path: str) -> bytes:
        """A small file of a record (report, statement), its digest checked.

        Raises NotFound, NotGenuine.
        """
        found = self._store.read(object_id(record_id))
        return _verified(found, self._store.folder(object_id(record_id)), path)

    def paths(self, record_id: str) -> tuple[str, ...]:
        """Every logical path of a record. Raises NotFound, NotGenuine."""
        return self._store.read(object_id(record_id)).logical_paths()

    def open(self, record_id: str, path: str) -> AbstractContextManager[BinaryIO]:
        """A file of a record; the caller closes. Digests are not checked."""
        return self._store.open(object_id(record_id), path)


def _ours(staged: Sequence[Staged]) -> Sequence[StagedObject]:
    """What ``stage_record`` or ``restage`` gave, come back."""
    return cast(Sequence[StagedObject], staged)


def _verified(found: inventories.Inventory, folder: Path, path: str) -> bytes:
    """The bytes of ``path``, if they are the ones the inventory names."""
    place = found.content_path(path)
    if place is None:
        raise NotFound(f"object {found.object_id} has no {path}")
    try:
        with (folder / place).open("rb") as stream:
            content = stream.read(_SEAL_BYTES + 1)
    except FileNotFoundError:
        raise NotGenuine(f"object {found.object_id}: {path} is gone") from None
    if not found.holds(place, content):
        raise NotGenuine(f"object {found.object_id}: {path} is not what was stored")
    return content

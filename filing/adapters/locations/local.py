"""A location that is a folder: copies written beside, made durable, moved into place.

The main store is one too, for repairs; it has no marker, only its declaration. Set aside and
written anew are two renames: between them, and after a crash there, the record is missing at
its place, which the repair's row in the database says and the next start mends.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH103, PTH110, PTH123

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filing.adapters.custody.reading import AnyDigest, Fresh, Pace, Quick
from filing.adapters.durable import (
    FILE_MODE,
    FOLDER_MODE,
    Barrier,
    publish,
    sync_each,
    write_new,
    writing,
)
from filing.adapters.locations import marker
from filing.adapters.locations.growing import carry_on
from filing.adapters.locations.held import held, place_of
from filing.adapters.ocfl.layout import ROOT_DECLARATION
from filing.adapters.ownership import remove
from filing.custody.copy_ports import Held, Source, Wanted
from filing.custody.expected import Expected, Trust
from filing.errors import OutsideUnavailable, WrongState
from filing.model.copies import SetAside

_BLOCK = 1 << 20


class LocalPlace:
    """Keeps the promises of filing.custody.copy_ports.Place for a folder.

    wanted   the marker's bytes; b"" for the main store
    trust    read anew for each look
    """

    def __init__(self, root: str, wanted: bytes, trust: Callable[[], Trust]) -> None:
        self.root = f"{root}/"
        self._wanted = wanted
        self._trust = trust

    def available(self) -> None:
        """See Place."""
        name, declared = ROOT_DECLARATION
        wanted = [(name, declared)]
        if self._wanted:
            wanted.append((marker.MARKER, self._wanted))
        for path, content in wanted:
            with self._answering(path):
                with open(f"{self.root}{path}", "rb") as stream:
                    found = stream.read(marker.LONGEST)
                if found != content:
                    raise OutsideUnavailable(
                        f"{self.root}{path} belongs to {marker.says(found, path)}",
                        f"{self.root} 不是该存储位置",
                    )

    def initialise(self) -> None:
        """Make the folder a location. Raises WrongState if it holds anything else."""
        with self._answering(""):
            os.makedirs(self.root, FOLDER_MODE, exist_ok=True)
            there = os.path.exists(f"{self.root}{marker.MARKER}")
            if not there and set(os.listdir(self.root)) - {"lost+found"}:  # noqa: PTH208
                raise WrongState(
                    f"{self.root} is neither empty nor a location of this archive",
                    f"{self.root} 既非空目录，也不是本馆的存储位置",
                )
        if there:
            self.available()
            return
        with writing(self.root):
            for path, content in marker.documents(self._wanted):
                target = f"{self.root}{path}"
                os.makedirs(_parent(target), FOLDER_MODE, exist_ok=True)
                write_new(target, content)
                sync_each((target, *_above(target, self.root)))

    def reader(self, fresh: bool, pace: Pace) -> AnyDigest:
        """How files are read here."""
        return Fresh(pace) if fresh else Quick(pace)

    def held(self, one: Expected, fresh: bool) -> Held:
        """See Place."""
        reader = Fresh() if fresh else Quick()
        try:
            return held(self.root, one, reader, self._trust())
        finally:
            if isinstance(reader, Fresh):
                reader.close()

    def exists(self, record_id: str) -> bool:
        """See Place."""
        with self._answering(record_id):
            try:
                os.stat(self._live(record_id))  # noqa: PTH116
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def blocks(self, record_id: str, path: str) -> Iterator[bytes]:
        """See Source."""
        with self._answering(path), open(f"{self._live(record_id)}/{path}", "rb") as stream:
            while block := stream.read(_BLOCK):
                yield block

    def receive(self, some: Sequence[Wanted], source: Source) -> Mapping[str, str]:
        """See Place."""
        failed: dict[str, str] = {}
        staged: list[tuple[Wanted, str]] = []
        written: list[str] = []
        barrier = self._barrier()
        try:
            for one in some:
                folder = f"{self.root}{marker.STAGING}/{one.record_id}~{secrets.token_hex(4)}"
                try:
                    written += self._write(folder, one, source)
                    staged.append((one, folder))
                except OutsideUnavailable as error:
                    remove(folder)
                    failed[one.record_id] = str(error)
            barrier.sync(written)
            changed: list[str] = []
            for one, folder in staged:
                try:
                    changed += publish(folder, self._live(one.record_id))
                except FileExistsError:
                    failed[one.record_id] = "something stands there"
            barrier.sync(dict.fromkeys((*changed, self.root)))
        finally:
            barrier.close()
            for _, folder in staged:
                remove(folder)
        return failed

    def replace(self, token: str, one: Wanted, source: Source, note: bytes) -> None:
        """See Place."""
        aside = f"{self.root}{marker.QUARANTINE}/{token}"
        staged = f"{self.root}{marker.STAGING}/{token}"
        live = self._live(one.record_id)
        set_aside = self._is_there(aside)
        if set_aside and self._is_there(live):
            remove(staged)
            return
        remove(staged)
        barrier = self._barrier()
        try:
            barrier.sync(self._write(staged, one, source))
            if not set_aside and self._is_there(live):
                self._note(f"{aside}.json", note)
                with writing("quarantine"):
                    barrier.sync(publish(live, aside))
            barrier.sync(publish(staged, live))
        finally:
            barrier.close()

    def undo(self, token: str) -> bool:
        """See Place."""
        if self._is_there(f"{self.root}{marker.QUARANTINE}/{token}"):
            return False
        remove(f"{self.root}{marker.STAGING}/{token}")
        return True

    def set_aside(self, token: str) -> SetAside:
        """See Place."""
        below = f"{marker.QUARANTINE}/{token}"
        with self._answering(below):
            every = Path(f"{self.root}{below}").rglob("*")
            sizes = [one.lstat().st_size for one in every if not one.is_dir()]
        return SetAside(below, len(sizes), sum(sizes))

    def purge(self, token: str) -> None:
        """See Place. The note of who, when and why stays."""
        with self._answering(token):
            remove(f"{self.root}{marker.QUARANTINE}/{token}")

    # what is no object: the log's copy, the settings' copy

    def size_of(self, path: str) -> int:
        """Bytes of a file that only grows; 0 when there is none."""
        with self._answering(path):
            try:
                return os.stat(f"{self.root}{path}").st_size  # noqa: PTH116
            except FileNotFoundError:
                return 0

    def carry(self, path: str, source: str, size: int) -> None:
        """Bring a file that only grows up to the first ``size`` bytes of ``source``."""
        target = f"{self.root}{path}"
        with self._answering(path), writing(path):
            os.makedirs(_parent(target), FOLDER_MODE, exist_ok=True)
            carry_on(Path(target), Path(source), size)
        sync_each((target, *_above(target, self.root)))

    def sweep(self, before: datetime) -> None:
        """Remove copies that were begun before and never put in place: their process is dead."""
        with self._answering(""), suppress(FileNotFoundError):
            for name in os.listdir(f"{self.root}{marker.STAGING}"):  # noqa: PTH208
                path = f"{self.root}{marker.STAGING}/{name}"
                if "~" in name and os.stat(path).st_mtime < before.timestamp():  # noqa: PTH116
                    remove(path)

    def _live(self, record_id: str) -> str:
        return f"{self.root}{place_of(record_id)}"

    def _is_there(self, path: str) -> bool:
        with self._answering(path):
            return os.path.lexists(path)

    def _barrier(self) -> Barrier:
        """A new one each time: the folder may have been mounted anew since the last."""
        with self._answering(""):
            return Barrier(self.root)

    def _note(self, path: str, note: bytes) -> None:
        with self._answering(path), writing(path):
            os.makedirs(_parent(path), FOLDER_MODE, exist_ok=True)
            with suppress(FileExistsError):
                write_new(path, note)
        sync_each((path, *_above(path, self.root)))

    def _write(self, folder: str, one: Wanted, source: Source) -> list[str]:
        """A copy written aside, every file digested on its way; what is to be synced."""
        folders, files = {folder: None}, []
        with self._answering(folder), writing(folder):
            os.makedirs(folder, FOLDER_MODE)
            for path, digest in one.files.items():
                target = f"{folder}/{path}"
                parent = _parent(target)
                os.makedirs(parent, FOLDER_MODE, exist_ok=True)
                while len(parent) > len(folder):
                    folders[parent] = None
                    parent = _parent(parent)
                if _put(target, source.blocks(one.record_id, path)) != digest:
                    raise OutsideUnavailable(f"{path} changed while it was copied")
                files.append(target)
        return [*files, *folders, *_above(folder, self.root)]

    @contextmanager
    def _answering(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutsideUnavailable(
                f"{self.root}{path}: {error.strerror}", f"存储位置 {self.root} 不可用"
            ) from error


def _put(path: str, blocks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        for block in blocks:
            digest.update(block)
            view = memoryview(block)
            while view:
                view = view[os.write(handle, view) :]
    finally:
        os.close(handle)
    return digest.hexdigest()


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _above(path: str, root: str) -> list[str]:
    """Folders from above ``path`` up to the root."""
    found = []
    while len(path := _parent(path)) >= len(root.rstrip("/")):
        found.append(path)
    return found

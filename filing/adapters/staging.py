"""Where deliveries wait: written once, digested while written, swept after a crash.

A delivery gets a tray; each of its files goes through a spool, which keeps
small ones in memory and computes the digests as the bytes pass. A tray lives
as long as its request; a submission that must outlive it is *kept*: its files
stand durably under ``root/kept`` until dropped.

Memory: per spool at most ``memory_limit`` bytes of content and some 10 MiB of
blocks on their way; per tray four times ``memory_limit`` of content.

Does not look inside what it stores; see filing.adapters.packages.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH102, PTH103, PTH104, PTH106, PTH118, PTH120, PTH123, PTH208

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from filing.adapters.durable import (
    FILE_MODE,
    FOLDER_MODE,
    Barrier,
    publish,
    put_body,
    write_new,
    writing,
)
from filing.adapters.ownership import OwnedFolder, remove
from filing.adapters.spool import Tray
from filing.errors import KeptLost, NotFound, WrongState
from filing.model.digest import Digest
from filing.model.package import Content

_MEMORY_LIMIT = 1 << 20

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,79}")
_KEPT_FILE = "kept.json"
_LOCK_FILE = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Kept:
    """A submission's files as kept; every body is a file.

    facts   whatever short texts were kept with them (media type, form, …)
    """

    submission_id: str
    contents: tuple[Content, ...]
    facts: Mapping[str, str] = field(default_factory=dict)


class Staging:
    """The staging area beneath ``root``, shared by the processes of one archive."""

    def __init__(
        self,
        root: str | Path,
        algorithms: Sequence[str],
        memory_limit: int = _MEMORY_LIMIT,
        barrier: Barrier | None = None,
    ) -> None:
        """
        algorithms     digests to compute of every file, sha256 first
        memory_limit   bytes up to which a file stays in memory
        barrier        of the file system ``root`` is on; made here when None
        """
        self._own = OwnedFolder(root)
        self._kept = os.path.join(self._own.root, "kept")
        os.makedirs(self._kept, FOLDER_MODE, exist_ok=True)
        self._algorithms = tuple(algorithms)
        self._memory_limit = memory_limit
        self._barrier = barrier or Barrier(self._own.root)

    def begin(self, name: str) -> Tray:
        """A tray for one delivery. ``name`` is what ``sweep`` will ask about.

        Raises ValueError for a name that is not letters, digits, "-" and "_",
        StoreDoubtful after a failed barrier.
        """
        _checked(name)
        self._barrier.check()
        return Tray(
            lambda: os.path.join(self._own.path, name), self._algorithms, self._memory_limit
        )

    def sweep(self, keep: Callable[[str], bool]) -> list[str]:
        """Remove the trays of dead processes except those ``keep`` answers True for.

        Returns the names removed. A living process's trays are never touched.
        """
        return self._own.sweep(keep)

    def keep(
        self, submission_id: str, contents: Sequence[Content], facts: Mapping[str, str]
    ) -> None:
        """Keep a submission's files until dropped; durable when this returns.

        Doing it again with the same contents and facts changes nothing.

        Raises WrongState if others are kept under this id, StorageFull,
        StoreDoubtful.
        """
        target = self._place(submission_id)
        listing = _listing(contents, facts, self._own.name)
        folder = os.path.join(self._own.path, f"keep-{submission_id}-{os.urandom(4).hex()}")
        with writing(f"submission {submission_id}"):
            os.mkdir(folder, FOLDER_MODE)
            try:
                paths = [folder, *_fill(folder, contents)]
                paths.append(os.path.join(folder, _KEPT_FILE))
                write_new(paths[-1], listing)
                self._barrier.sync(paths)
                self._barrier.sync(publish(folder, target))
            except FileExistsError:
                self._same(submission_id, target, listing)
            finally:
                remove(folder)

    def load(self, submission_id: str) -> Kept:
        """What was kept. Raises NotFound, KeptLost when a file is gone or short."""
        folder = self._place(submission_id)
        try:
            with open(os.path.join(folder, _KEPT_FILE), "rb") as stream:
                listing = stream.read()
        except FileNotFoundError:
            raise NotFound(
                f"submission {submission_id} is not kept", f"归档提交 {submission_id} 不在暂存区"
            ) from None
        try:
            return _read_listing(submission_id, folder, listing)
        except (KeyError, TypeError, ValueError) as error:
            raise KeptLost(
                f"what was kept of {submission_id} is damaged: {error}",
                f"归档提交 {submission_id} 的暂存内容已损坏",
            ) from error

    def drop(self, submission_id: str) -> None:
        """Remove what was kept; nothing there is no error."""
        place = self._place(submission_id)
        aside = os.path.join(self._own.path, f"drop-{submission_id}-{os.urandom(4).hex()}")
        try:
            os.rename(place, aside)
        except FileNotFoundError:
            return
        remove(aside)
        with suppress(OSError):  # others are kept beside it
            os.rmdir(os.path.dirname(place))

    def orphans(self, known: Callable[[str], bool]) -> list[str]:
        """Drop kept submissions nobody knows; return their ids.

        known   asked with the id, only once the process that kept it is dead:
                a living one may be about to record it
        """
        dropped = []
        for submission_id in self.kept():
            owner = self._owner(submission_id)
            if owner and self._own.lives(owner):
                continue
            if not known(submission_id):
                self.drop(submission_id)
                dropped.append(submission_id)
        return dropped

    def kept(self) -> Iterator[str]:
        """The ids of all kept submissions, in order of id."""
        for prefix in sorted(os.listdir(self._kept)):
            with suppress(FileNotFoundError):  # the last one beneath was dropped meanwhile
                yield from sorted(os.listdir(os.path.join(self._kept, prefix)))

    def owner(self) -> str:
        """The name this process goes by among those that share the staging."""
        return self._own.name

    def lives(self, owner: str) -> bool:
        """Whether the process that goes by this name still lives."""
        return self._own.lives(owner)

    @contextmanager
    def recovering(self) -> Iterator[None]:
        """Held by one process at a time, until the block ends or the process dies."""
        handle = os.open(os.path.join(self._own.root, ".recovery"), _LOCK_FILE, FILE_MODE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def close(self) -> None:
        """Give the folder of this process up."""
        self._own.release()

    def _place(self, submission_id: str) -> str:
        _checked(submission_id)
        # The first 32 bits of a UUIDv7 are its time in steps of 65 seconds.
        return os.path.join(self._kept, submission_id[:8], submission_id)

    def _owner(self, submission_id: str) -> str:
        """Who kept it; "" if that cannot be told."""
        try:
            with open(os.path.join(self._place(submission_id), _KEPT_FILE), "rb") as stream:
                return _owner_of(stream.read())
        except FileNotFoundError:
            return ""

    def _same(self, submission_id: str, target: str, listing: bytes) -> None:
        with open(os.path.join(target, _KEPT_FILE), "rb") as stream:
            if _without_owner(stream.read()) != _without_owner(listing):
                raise WrongState(f"submission {submission_id} is kept with other contents")
        # Who put it there may have died between the rename and the barrier.
        self._barrier.sync([target, os.path.dirname(target), self._kept])


def _checked(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name for staging: {name!r}")


def _fill(folder: str, contents: Sequence[Content]) -> list[str]:
    """Put the bodies into ``folder`` as 0, 1, …; return their paths."""
    paths = []
    for number, content in enumerate(contents):
        path = os.path.join(folder, str(number))
        put_body(path, content.body)
        paths.append(path)
    return paths


def _listing(contents: Sequence[Content], facts: Mapping[str, str], owner: str) -> bytes:
    entries = [
        {
            "member": one.member,
            "size": one.size_bytes,
            "digests": [str(digest) for digest in one.digests],
            "offset": one.offset,
            "length": one.length,
        }
        for one in contents
    ]
    listing = {"contents": entries, "facts": dict(facts), "owner": owner}
    return json.dumps(listing, ensure_ascii=True, sort_keys=True).encode()


def _owner_of(listing: bytes) -> str:
    try:
        owner = json.loads(listing)["owner"]
    except (KeyError, TypeError, ValueError):
        return ""
    # A name, never a path: it is looked up below the staging root.
    return owner if isinstance(owner, str) and _NAME.fullmatch(owner) else ""


def _without_owner(listing: bytes) -> object:
    """What two listings of the same submission have in common; the bytes if damaged."""
    try:
        document = json.loads(listing)
    except ValueError:
        return listing
    return {**document, "owner": ""} if isinstance(document, dict) else listing


def _read_listing(submission_id: str, folder: str, listing: bytes) -> Kept:
    """Raises KeyError, TypeError or ValueError if it is not what _listing wrote."""
    document = json.loads(listing)
    contents = []
    for number, entry in enumerate(document["contents"]):
        path = Path(folder, str(number))
        size = path.stat().st_size if path.is_file() else -1
        if size != entry["size"]:
            raise ValueError(f"file {number} has {size} bytes, not {entry['size']}")
        digests = tuple(Digest.parse(text) for text in entry["digests"])
        contents.append(
            Content(entry["member"], size, digests, path, entry["offset"], entry["length"])
        )
    return Kept(submission_id, tuple(contents), document["facts"])

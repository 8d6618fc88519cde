"""A location in an S3-compatible service: content first, the inventory last.

An object counts from the moment its root inventory is there; what came before it without one
is written over by the next attempt. The service keeps its promise that what it acknowledged
is durable: nothing here can look behind it, so audits read every copy again. Requests carry
SHA-256 of the content where the service takes it.

Replacing is not one step here: until the inventory is written, an audit finds the copy hurt,
and the repair's row says why.
"""

import hashlib
import itertools
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

import obstore
from obstore.store import S3Store

from filing.adapters.custody.reading import KEPT_BYTES, AnyDigest, Pace, Unreadable
from filing.adapters.locations import marker
from filing.adapters.locations.held import held, place_of
from filing.adapters.locations.s3_access import (
    BLOCK,
    MISSING,
    Passing,
    answering,
    first_of,
    telling,
)
from filing.adapters.ocfl.layout import ROOT_DECLARATION, TUPLES
from filing.custody.copy_ports import Held, Source, Wanted
from filing.custody.expected import Expected, Trust
from filing.errors import OutsideUnavailable, WrongState
from filing.evidence.hashing import Hasher
from filing.model.copies import SetAside

_AT_ONCE = 8
_IN_MEMORY = 8 << 20
#: Digests nobody asked for that are remembered at a time.
_KNOWN = 20_000
_INVENTORY = "inventory.json"


class S3Reader:
    """Keeps the promises of filing.adapters.custody.reading.AnyDigest; every walk reads anew.

    also   digests computed together with SHA-256: what is asked for them later, of the
           object walked last, costs no request
    """

    def __init__(self, store: S3Store, pace: Pace, also: Sequence[str] = ()) -> None:
        self._store = store
        self._pace = pace
        self._also = also
        self._object: dict[str, set[tuple[str, int]]] = {}
        self._known: dict[tuple[str, str], tuple[int, str]] = {}
        self._numbers = itertools.count(1)

    def entries(self, folder: str) -> list[tuple[str, int, int]]:
        """See Reader. A folder without anything is none; an object is listed at once, whole."""
        if folder.count("/") < TUPLES:
            return self._listed(folder)
        if folder.count("/") == TUPLES or folder not in self._object:
            self._object = self._listed_whole(folder)
        if folder not in self._object:
            raise Unreadable(f"nothing below {folder}", gone=True)
        return [(name, kind, next(self._numbers)) for name, kind in self._object[folder]]

    def _listed(self, folder: str) -> list[tuple[str, int, int]]:
        with telling():
            found = obstore.list_with_delimiter(self._store, f"{folder}/" if folder else None)
        folders = [(str(one), stat.S_IFDIR) for one in found["common_prefixes"]]
        files = [(one["path"], stat.S_IFREG) for one in found["objects"]]
        if not folders and not files:
            raise Unreadable(f"nothing below {folder}", gone=True)
        return [
            (path.rpartition("/")[2], kind, next(self._numbers)) for path, kind in folders + files
        ]

    def _listed_whole(self, folder: str) -> dict[str, set[tuple[str, int]]]:
        """(name, kind) of what stands in ``folder`` and in each folder below; a service may
        have a file and a folder of one name."""
        found: dict[str, set[tuple[str, int]]] = {}
        with telling():
            for page in obstore.list(self._store, f"{folder}/"):
                for one in page:
                    kind, path = stat.S_IFREG, str(one["path"])
                    while path.startswith(f"{folder}/"):
                        path, _, name = path.rpartition("/")
                        found.setdefault(path, set()).add((name, kind))
                        kind = stat.S_IFDIR
        return found

    def digest(
        self, path: str, keep: int = KEPT_BYTES, algorithm: str = "sha256"
    ) -> tuple[int, str, bytes | None]:
        """See AnyDigest."""
        if (known := self._known.pop((path, algorithm), None)) is not None:
            return *known, None
        names = (algorithm, *self._also) if algorithm == "sha256" else (algorithm,)
        whole, kept = Hasher(names), bytearray()
        if len(self._known) > _KNOWN:
            self._known.clear()
        with telling():
            got = obstore.get(self._store, path)
            promised = got.meta["size"]
            for chunk in got.stream(min_chunk_size=BLOCK):
                block = bytes(chunk)
                whole.update(block)
                if whole.size_bytes <= keep:
                    kept += block
                self._pace(len(block))
        size = whole.size_bytes
        if size != promised:
            raise Unreadable(f"{path} broke off at {size} of {promised} bytes")
        first, *others = whole.digests()
        self._known |= {(path, one.algorithm): (size, one.hex) for one in others}
        return size, first.hex, bytes(kept) if size <= keep else None


class S3Place:
    """Keeps the promises of filing.custody.copy_ports.Place for a bucket and a prefix.

    also   see S3Reader
    """

    root = ""

    def __init__(
        self, store: S3Store, wanted: bytes, trust: Callable[[], Trust], also: Sequence[str] = ()
    ) -> None:
        self._store = store
        self._wanted = wanted
        self._trust = trust
        self._also = also

    def available(self) -> None:
        """See Place."""
        for path, content in ((ROOT_DECLARATION), (marker.MARKER, self._wanted)):
            with answering(path):
                found = bytes(obstore.get(self._store, path).bytes())
            if found != content:
                raise OutsideUnavailable(
                    f"{path} belongs to {marker.says(found, path)}", "不是该存储位置"
                )

    def initialise(self) -> None:
        """Make the prefix a location. Raises WrongState if it holds anything else."""
        with answering(""):
            found = obstore.list_with_delimiter(self._store)
        names = {*map(str, found["common_prefixes"]), *(one["path"] for one in found["objects"])}
        if names:
            try:
                self.available()
            except OutsideUnavailable as error:
                raise WrongState(
                    "the prefix is neither empty nor a location of this archive",
                    "该前缀既非空，也不是本馆的存储位置",
                ) from error
            return
        for path, content in marker.documents(self._wanted):
            with answering(path):
                obstore.put(self._store, path, content)

    def reader(self, fresh: bool, pace: Pace) -> AnyDigest:
        """How files are read here; there is no cache to read past."""
        return S3Reader(self._store, pace, self._also)

    def held(self, one: Expected, fresh: bool) -> Held:
        """See Place."""
        return held("", one, self.reader(fresh, lambda count: None), self._trust())

    def exists(self, record_id: str) -> bool:
        """See Place: an object without an inventory is an attempt that broke off."""
        with answering(record_id):
            try:
                obstore.head(self._store, f"{place_of(record_id)}/{_INVENTORY}")
            except MISSING:
                return False
            return True

    def blocks(self, record_id: str, path: str) -> Iterator[bytes]:
        """See Source."""
        with answering(path):
            got = obstore.get(self._store, f"{place_of(record_id)}/{path}")
            for chunk in got.stream(min_chunk_size=BLOCK):
                yield bytes(chunk)

    def receive(self, some: Sequence[Wanted], source: Source) -> Mapping[str, str]:
        """See Place."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            told = pool.map(lambda one: self._received(one, source), some)
            return {one.record_id: why for one, why in zip(some, told, strict=True) if why}

    def replace(self, token: str, one: Wanted, source: Source, note: bytes) -> None:
        """See Place."""
        live, aside = place_of(one.record_id), f"{marker.QUARANTINE}/{token}"
        done = f"{aside}.json"
        if not self._is_there(done):
            for path in self._keys(live):
                with answering(path):
                    obstore.copy(self._store, path, f"{aside}/{path.removeprefix(f'{live}/')}")
            with answering(done):
                obstore.put(self._store, done, note)
        strays = [
            path for path in self._keys(live) if path.removeprefix(f"{live}/") not in one.files
        ]
        for path in strays:
            self._delete(path)
        self._write(one, source)

    def undo(self, token: str) -> bool:
        """See Place."""
        if self._is_there(f"{marker.QUARANTINE}/{token}.json"):
            return False
        for path in self._keys(f"{marker.QUARANTINE}/{token}"):
            self._delete(path)
        return True

    def set_aside(self, token: str) -> SetAside:
        """See Place."""
        below = f"{marker.QUARANTINE}/{token}"
        with answering(below):
            pages = obstore.list(self._store, f"{below}/")
            sizes = [one["size"] for page in pages for one in page]
        return SetAside(below, len(sizes), sum(sizes))

    def purge(self, token: str) -> None:
        """See Place. The note of who, when and why stays."""
        for path in self._keys(f"{marker.QUARANTINE}/{token}"):
            self._delete(path)

    # what is no object: the log's copy, the settings' copy

    def size_of(self, path: str) -> int:
        """Bytes of a file that only grows; 0 when there is none."""
        with answering(path):
            try:
                return int(obstore.head(self._store, path)["size"])
            except MISSING:
                return 0

    def carry(self, path: str, source: str, size: int) -> None:
        """Bring a file that only grows up to the first ``size`` bytes of ``source``."""
        with answering(path):
            obstore.put(self._store, path, first_of(source, size))

    def sweep(self, before: datetime) -> None:
        """Nothing is left beside here."""

    def _received(self, one: Wanted, source: Source) -> str:
        try:
            self._write(one, source)
        except OutsideUnavailable as error:
            return str(error)
        return ""

    def _write(self, one: Wanted, source: Source) -> None:
        """Every file, the root's inventory last."""
        order = sorted(one.files, key=lambda path: (path == _INVENTORY, path))
        for path in order:
            self._put(one.record_id, path, source.blocks(one.record_id, path), one.files[path])

    def _put(self, record_id: str, path: str, blocks: Iterator[bytes], digest: str) -> None:
        key = f"{place_of(record_id)}/{path}"
        passing = Passing(blocks)
        first = passing.up_to(_IN_MEMORY)
        if passing.ended:
            if hashlib.sha256(first).hexdigest() != digest:
                raise OutsideUnavailable(f"{path} changed while it was copied")
            with answering(key):
                obstore.put(self._store, key, first)
            return
        with answering(key):
            obstore.put(self._store, key, itertools.chain([first], passing))
        if passing.digest.hexdigest() != digest:
            self._delete(key)
            raise OutsideUnavailable(f"{path} changed while it was copied")

    def _is_there(self, path: str) -> bool:
        with answering(path):
            try:
                obstore.head(self._store, path)
            except MISSING:
                return False
            return True

    def _keys(self, below: str) -> list[str]:
        with answering(below):
            return [one["path"] for page in obstore.list(self._store, f"{below}/") for one in page]

    def _delete(self, path: str) -> None:
        with answering(path), suppress(*MISSING):
            obstore.delete(self._store, path)

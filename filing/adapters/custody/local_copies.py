"""The copies of one location on a file system, looked at in this thread or by processes."""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH118

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

from filing.adapters.custody.looking import Opener, Place, looked
from filing.adapters.custody.patience import Patience
from filing.adapters.custody.pool import Pool, is_much
from filing.adapters.custody.reading import AnyDigest, Fresh, Pace, Quick
from filing.adapters.ocfl.layout import ROOT_DECLARATION, object_path
from filing.custody.expected import Expected, Trust
from filing.custody.opened import Recent
from filing.errors import OutsideUnavailable
from filing.model.custody import Look
from filing.model.identifiers import object_id


class LocalCopies:
    """Keeps the promises of filing.custody.ports.Copies for a folder on this machine.

    trust    read anew for each batch: keys and revocations change
    opener   what looks into content, None to leave it out whatever is asked
    pace     told of every block read in this thread
    pool     processes that share the work; None: this process alone
    patience how long a read may hang
    """

    def __init__(
        self,
        root: str,
        trust: Callable[[], Trust],
        opener: Opener | None,
        pace: Pace,
        pool: Pool | None = None,
        reader: Callable[[Pace], AnyDigest] = Quick,
        again: Callable[[Pace], AnyDigest] = Fresh,
        patience: Patience | None = None,
    ) -> None:
        self._root = root
        self._trust = trust
        self._opener = opener
        self._pace = pace
        self._pool = pool
        self._reader = reader
        self._fresh = again
        self._patience = patience or Patience()

    def available(self) -> None:
        """See Copies: the storage root's declaration must be there and right."""
        if not self._patience.once(self._root, self._declared):
            raise _away(self._root, "its declaration is not the store's")

    def _declared(self) -> bool:
        name, content = ROOT_DECLARATION
        try:
            with open(os.path.join(self._root, name), "rb") as stream:  # noqa: PTH123
                return stream.read(len(content) + 1) == content
        except OSError as error:
            raise _away(self._root, error.strerror or "?") from error

    def begin(self, some: Sequence[Expected], recent: Recent | None) -> Callable[[], list[Look]]:
        """See Copies."""
        place = Place(self._root, self._trust(), self._opener, recent)
        if self._pool is not None and is_much(some):
            return self._pool.begin(place, some)
        return lambda: looked(self._patience, place, some, self._pace, self._reader)

    def again(self, some: Sequence[Expected], recent: Recent | None) -> list[Look]:
        """See Copies."""
        place = Place(self._root, self._trust(), self._opener, recent)
        return looked(self._patience, place, some, self._pace, self._fresh)

    def objects(self) -> Iterator[tuple[list[str], list[str]]]:
        """See Copies. One first-level folder at a time; memory stays flat."""
        for first in self._patience.once(self._root, lambda: self._folders("")):
            if first != "extensions":
                yield from self._patience.once(self._root, functools.partial(self._below, first))

    def _below(self, first: str) -> list[tuple[list[str], list[str]]]:
        found = []
        for second in self._folders(first):
            ids: list[str] = []
            odd: list[str] = []
            for name in self._folders(f"{first}/{second}"):
                place = f"{first}/{second}/{name}"
                record_id = unquote(name).removeprefix("urn:uuid:")
                if object_path(object_id(record_id)) == place:
                    ids.append(record_id)
                else:
                    odd.append(place)
            found.append((ids, odd))
        return found

    def _folders(self, below: str) -> list[str]:
        try:
            with os.scandir(os.path.join(self._root, below)) as entries:
                return sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
        except OSError as error:
            raise _away(f"{self._root}/{below}", error.strerror or "?") from error


def _away(place: str, why: str) -> OutsideUnavailable:
    return OutsideUnavailable(f"{place} cannot be read: {why}", f"存储位置 {place} 不可用")

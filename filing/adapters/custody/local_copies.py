"""The copies of one location on a file system, looked at in this thread or by processes."""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH118

import os
from collections.abc import Callable, Iterator, Sequence

from filing.adapters.custody.listing import away, first_folders, list_objects
from filing.adapters.custody.looking import Opener, Place, looked
from filing.adapters.custody.patience import Patience
from filing.adapters.custody.pool import Pool, is_much
from filing.adapters.custody.reading import AnyDigest, Fresh, Pace, Quick
from filing.adapters.ocfl.layout import ROOT_DECLARATION
from filing.custody.expected import Expected, Trust
from filing.custody.opened import Recent
from filing.model.custody import Look


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
            raise away(self._root, "its declaration is not the store's")

    def _declared(self) -> bool:
        name, content = ROOT_DECLARATION
        try:
            with open(os.path.join(self._root, name), "rb") as stream:  # noqa: PTH123
                return stream.read(len(content) + 1) == content
        except OSError as error:
            raise away(self._root, error.strerror or "?") from error

    def begin(self, some: Sequence[Expected], recent: Recent | None) -> Callable[[], list[Look]]:
        """See Copies."""
        place = Place(f"{self._root}/", self._trust(), self._opener, recent)
        if self._pool is not None and is_much(some):
            return self._pool.begin(place, some)
        return lambda: looked(self._patience, place, some, self._pace, self._reader)

    def again(self, some: Sequence[Expected], recent: Recent | None) -> list[Look]:
        """See Copies."""
        place = Place(f"{self._root}/", self._trust(), self._opener, recent)
        return looked(self._patience, place, some, self._pace, self._fresh)

    def objects(self) -> Iterator[tuple[list[str], list[str]]]:
        """See Copies. One first-level folder at a time; memory stays flat."""
        firsts = first_folders(self._root, self._patience)
        if self._pool is not None and self._pool.is_begun:
            yield from self._pool.list_objects(self._root, firsts)
        else:
            for first in firsts:
                yield list_objects(self._root, first, self._patience)

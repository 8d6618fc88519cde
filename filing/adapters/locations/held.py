"""A copy looked at in any place, by whatever reads there; the judge is the audit's own.

Also the copies of a location as audits want them, each held to every digest its seal states.
Content is not opened here: it is the same bytes everywhere, and the main copy's audits open
them.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol
from urllib.parse import unquote

from filing.adapters.custody.looking import Place, look, looked
from filing.adapters.custody.patience import Patience
from filing.adapters.custody.reading import AnyDigest, Pace, Reader, Unreadable
from filing.adapters.ocfl.layout import object_path
from filing.custody.copy_ports import Held
from filing.custody.expected import Expected, Trust
from filing.custody.opened import Recent
from filing.errors import OutsideUnavailable
from filing.model.custody import Look
from filing.model.identifiers import object_id

#: Files kept whole while a record is judged.
_DIRECTORY = 0o040000


def place_of(record_id: str) -> str:
    """Where a record's object stands, below the root of any location."""
    return object_path(object_id(record_id))


def held(root: str, one: Expected, reader: AnyDigest, trust: Trust) -> Held:
    """Look at one record below ``root`` ("" or ending in "/"), every signature computed."""
    found, walked = look(Place(root, trust, each=True), one, reader)
    files = {path: (seen.size_bytes, seen.sha256) for path, seen in walked.files.items()}
    return Held(found, files)


class Looked(Protocol):
    """A place as audits see it."""

    root: str

    def available(self) -> None: ...
    def reader(self, fresh: bool, pace: Pace) -> AnyDigest: ...


class PlaceCopies:
    """Keeps the promises of filing.custody.ports.Copies for any place."""

    def __init__(
        self,
        place: Looked,
        trust: Callable[[], Trust],
        pace: Pace,
        patience: Patience | None = None,
    ) -> None:
        self._place = place
        self._trust = trust
        self._pace = pace
        self._patience = patience or Patience()

    def available(self) -> None:
        """See Copies."""
        self._patience.once(self._place.root, self._place.available)

    def begin(self, some: Sequence[Expected], recent: Recent | None) -> Callable[[], list[Look]]:
        """See Copies."""
        return lambda: self._looks(some, fresh=False)

    def again(self, some: Sequence[Expected], recent: Recent | None) -> list[Look]:
        """See Copies."""
        return self._looks(some, fresh=True)

    def objects(self) -> Iterator[tuple[list[str], list[str]]]:
        """See Copies. One second-level folder at a time."""
        reader = self._place.reader(False, lambda count: None)
        for first in self._folders(reader, ""):
            if first == "extensions":
                continue
            for second in self._folders(reader, first):
                ids: list[str] = []
                odd: list[str] = []
                for name in self._folders(reader, f"{first}/{second}"):
                    where = f"{first}/{second}/{name}"
                    record_id = unquote(name).removeprefix("urn:uuid:")
                    ours = place_of(record_id) == where
                    (ids if ours else odd).append(record_id if ours else where)
                yield ids, odd

    def _looks(self, some: Sequence[Expected], fresh: bool) -> list[Look]:
        place = Place(self._place.root, self._trust())
        reader = partial(self._place.reader, fresh)
        return looked(self._patience, place, some, self._pace, reader)

    def _folders(self, reader: Reader, below: str) -> list[str]:
        place = f"{self._place.root}{below}".rstrip("/")
        try:
            entries = self._patience.once(place, lambda: reader.entries(place))
        except Unreadable as error:
            raise OutsideUnavailable(
                f"{place} cannot be read: {error}", f"存储位置 {place} 不可用"
            ) from error
        return sorted(name for name, kind, _ in entries if kind == _DIRECTORY)

"""A storage root read for rebuilding: the log's copy, the settings' copy, the statements.

Keeps the promises of filing.custody.rebuild.Stored. Needs no database, and nothing that is
not below the root; a location that is a folder serves as well as the store itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from filing.adapters.custody.reading import Quick, Unreadable
from filing.adapters.locations.held import place_of
from filing.adapters.logbook import Logbook
from filing.adapters.settings_book import SettingsBook
from filing.custody.judging import STATEMENT
from filing.errors import NotFound, OutsideUnavailable
from filing.evidence.logbook import Copied, Signed
from filing.evidence.statement import MAX_BYTES

#: Below the storage root, where OCFL 1.1 leaves room for what is not an object.
LOG = "extensions/filing-logbook"
SETTINGS = "extensions/filing-settings"
_FOLDER = 0o040000


class StoredLog:
    """One storage root on a file system."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._reader = Quick()

    def lines(self) -> Iterator[Copied | Signed]:
        """See Stored."""
        try:
            yield from Logbook(self._root / LOG).lines()
        except OSError as error:
            raise _away(LOG, error) from error

    def settings(self) -> Iterator[Mapping[str, object]]:
        """See Stored."""
        try:
            yield from SettingsBook(self._root / SETTINGS).lines()
        except OSError as error:
            raise _away(SETTINGS, error) from error

    def statement(self, record_id: str) -> bytes:
        """See Stored. Where it usually stands: its bytes are held to a leaf, or to themselves."""
        path = f"{self._root}/{place_of(record_id)}/v1/content/{STATEMENT}"
        try:
            _, _, content = self._reader.digest(path, MAX_BYTES)
        except Unreadable as error:
            if error.gone:
                raise NotFound(f"record {record_id} has no statement in the store") from None
            raise OutsideUnavailable(f"{path} cannot be read: {error}") from error
        if content is None:
            raise NotFound(f"the statement of record {record_id} is too long to be one")
        return content

    def objects(self) -> Iterator[Sequence[str]]:
        """See Stored. One second-level folder at a time."""
        for first in self._folders(""):
            if first == "extensions":
                continue
            for second in self._folders(first):
                ids = []
                for name in self._folders(f"{first}/{second}"):
                    record_id = unquote(name).removeprefix("urn:uuid:")
                    if place_of(record_id) == f"{first}/{second}/{name}":
                        ids.append(record_id)
                yield ids

    def _folders(self, below: str) -> list[str]:
        try:
            entries = self._reader.entries(f"{self._root}/{below}")
        except Unreadable as error:
            raise OutsideUnavailable(f"{self._root}/{below}: {error}", "存储不可用") from error
        return sorted(name for name, kind, _ in entries if kind == _FOLDER)


def _away(place: str, error: OSError) -> OutsideUnavailable:
    return OutsideUnavailable(f"{place} cannot be read: {error.strerror}", "存储不可用")

"""An archive with further locations, for copies to be hurt and healed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filing.adapters.locations.held import place_of
from filing.app.copies import CopyParts
from filing.model.copies import Medium, Where
from tests.custody.holding import Holding, a_holding


@dataclass
class Copied:
    """A holding, its copies, and the folders of the locations by name."""

    holding: Holding
    parts: CopyParts
    folders: dict[str, Path]

    def folder(self, location: str, record_id: str) -> Path:
        root = self.folders.get(location, self.holding.site.settings.store)
        return root / place_of(record_id)

    def caught_up(self) -> None:
        for name in self.folders:
            self.parts.keeping.catch_up(None, name, lambda standing: None)

    def files(self, location: str, record_id: str) -> dict[str, bytes]:
        folder = self.folder(location, record_id)
        return {
            str(one.relative_to(folder)): one.read_bytes()
            for one in folder.rglob("*")
            if one.is_file()
        }


@contextmanager
def copied(
    home: Path,
    url: str = "",
    count: int = 6,
    locations: int = 1,
    after: Callable[[str], None] = lambda step: None,
    **changes: object,
) -> Iterator[Copied]:
    """An archive whose records are at so many further folders."""
    with a_holding(home / "home", url, count, **changes) as holding:
        made = Copied(holding, CopyParts(holding.site, holding.parts, after), {})
        for number in range(locations):
            name = f"second-{number}"
            folder = home / name
            made.parts.keeping.add(None, name, Where(Medium.LOCAL, path=str(folder)))
            made.folders[name] = folder
        made.caught_up()
        yield made

"""Locations as places, made from what the database says of them and kept open."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from filing.adapters.locations import marker
from filing.adapters.locations.held import Looked, PlaceCopies
from filing.adapters.locations.local import LocalPlace
from filing.adapters.locations.s3 import S3Place
from filing.adapters.locations.s3_access import connect
from filing.custody.copy_ports import CopyBook, Place
from filing.custody.expected import Trust
from filing.custody.ports import Copies
from filing.custody.schedule import Meter
from filing.model.copies import Location, LocationState, Medium
from filing.model.custody import MAIN


class Trusting(Protocol):
    """Whom the archive trusts; see filing.app.custody."""

    def trust(self) -> Trust: ...
    def trust_as_is(self) -> Trust: ...


class OpenPlaces:
    """Keeps the promises of filing.custody.copy_keeping.Places.

    root      of the main store
    origin    the archive's name in every marker
    trusting  asked anew for each look
    digests   that are computed of every file when it is sealed
    """

    def __init__(
        self,
        book: CopyBook,
        root: str,
        origin: str,
        trusting: Trusting,
        digests: Sequence[str] = ("sha256",),
    ) -> None:
        self._book, self._origin = book, origin
        self._further = tuple(one for one in digests if one != "sha256")
        self._audited = trusting.trust
        # Who signed is nothing to a copy: its bytes are held to the log.
        self._trust = trusting.trust_as_is
        self.main = LocalPlace(root, b"", self._trust)
        self._open: dict[tuple[str, int], LocalPlace | S3Place] = {}

    def every(self) -> "Reached":
        """The main store first, then folders, then services: the nearest is asked first."""
        active = [one for one in self._book.locations() if one.state is LocationState.ACTIVE]
        active.sort(key=lambda each: (each.where.medium is Medium.S3, each.name))
        return Reached(self, active)

    def make(self, one: Location) -> Place:
        """See Places."""
        place = self.reach(one)
        place.initialise()
        return place

    def reach(self, one: Location) -> LocalPlace | S3Place:
        """See Places. Raises Misconfigured without credentials."""
        key = one.identity, one.version
        if key not in self._open:
            wanted = marker.content(self._origin, one.name, one.identity)
            if one.where.medium is Medium.LOCAL:
                self._open[key] = LocalPlace(one.where.path, wanted, self._trust)
            else:
                store = connect(one.where)
                self._open[key] = S3Place(store, wanted, self._trust, self._further)
        return self._open[key]

    def named(self, name: str) -> LocalPlace | S3Place:
        """A location by name, whatever its state. Raises NotFound."""
        return self.main if name == MAIN else self.reach(self._book.location(name))

    def copies(self, one: Location, meter: Meter) -> Copies:
        """A location as audits read it."""
        place: Looked = self.reach(one)
        return PlaceCopies(place, self._audited, meter)


class Reached(Mapping[str, Place]):
    """Places by name, each reached when it is asked for: one without credentials raises
    Misconfigured there, and keeps nobody from the others."""

    def __init__(self, places: OpenPlaces, active: Sequence[Location]) -> None:
        self._places = places
        self._active = {one.name: one for one in active}

    def __getitem__(self, name: str) -> Place:
        return self._places.main if name == MAIN else self._places.reach(self._active[name])

    def __iter__(self) -> Iterator[str]:
        return iter((MAIN, *self._active))

    def __len__(self) -> int:
        return 1 + len(self._active)

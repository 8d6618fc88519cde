"""One record looked at in one place, and several in turn; what hangs could not be told.

A record is looked at by one process from beginning to end: nothing is handed to and fro
within it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from filing.adapters.custody.further import check_further
from filing.adapters.custody.patience import Patience
from filing.adapters.custody.reading import AnyDigest, Pace
from filing.adapters.custody.structure import judge_structure
from filing.adapters.custody.walking import walk
from filing.adapters.ocfl.layout import object_path
from filing.custody.expected import Expected, Stated, Trust, Walked
from filing.custody.judging import judge
from filing.custody.opened import Recent
from filing.model.custody import Answer, Fault, Look
from filing.model.identifiers import object_id


class Opener(Protocol):
    """What opens a record's content again.

    program   what it is known by: the same for the same code, libraries and rules
    """

    @property
    def program(self) -> str: ...
    def __call__(
        self, expected: Expected, walked: Walked, stated: Stated, folder: str, /
    ) -> Iterator[Fault]:
        """Faults of readability and validity."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the copies stand, what they are held to, and what is opened of them.

    root     objects stand below it: "" or ending in "/"
    opener   None: nothing is opened
    recent   what was opened then by the same program is not opened again
    each     compute every signature, also of what is not opened
    """

    root: str
    trust: Trust
    opener: Opener | None = None
    recent: Recent | None = None
    each: bool = False

    def opener_of(self, one: Expected) -> Opener | None:
        """What is to open this record, if it is to be opened."""
        if self.opener is None or self.recent is None:
            return None
        return None if one.was_opened(self.opener.program, self.recent) else self.opener


def look(place: Place, one: Expected, reader: AnyDigest) -> tuple[Look, Walked]:
    """One record, looked at once, and what was found there."""
    folder = f"{place.root}{object_path(object_id(one.record_id))}"
    walked = walk(folder, reader)
    if not walked.there:
        fault = Fault("CX-2-8", Answer.DAMAGED, "", object_id(one.record_id), "", "E003")
        return Look(one.record_id, (fault,), 0, 0, True), walked
    told = judge_structure(walked, object_id(one.record_id))
    faults = [*told.faults]
    opener = place.opener_of(one)
    each = place.each or opener is not None
    faults += judge(one, walked, told.stated, told.accounted, place.trust, each)
    if not faults and told.stated is not None:
        faults += check_further(walked, told.stated, folder, reader)
    opened = ""
    if opener is not None and not faults and told.stated is not None:
        faults += opener(one, walked, told.stated, folder)
        opened = opener.program
    files, size, whole = len(walked.files), walked.size_bytes, not walked.unread
    return Look(one.record_id, tuple(faults), files, size, whole, opened), walked


def looked(
    patience: Patience,
    place: Place,
    some: Sequence[Expected],
    pace: Pace,
    reader: Callable[[Pace], AnyDigest],
) -> list[Look]:
    """A look at each; what hangs could not be told."""

    def begin(told: Pace) -> Callable[[int], Look]:
        its = reader(told)
        return lambda number: look(place, some[number], its)[0]

    def missed(number: int, why: str) -> Look:
        fault = Fault("CX-4-2", Answer.UNKNOWN, "", found=why)
        return Look(some[number].record_id, (fault,), 0, 0, False)

    return patience.each(len(some), pace, begin, missed)

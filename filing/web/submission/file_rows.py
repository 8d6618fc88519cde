"""The files of a delivery beside what is said of them: described, there or missing, at fault.

Each finding and each description is looked at once, however many there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from filing.model.form import place_key
from filing.model.package import Component, Content
from filing.web.submission.opened import Opened
from filing.web.submission.report import Told


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file, there or missing.

    member      path in the package; of a missing one the name the metadata gives
    described   the metadata speaks of it
    """

    member: str
    content: Content | None
    component: Component | None
    told: tuple[Told, ...]

    @property
    def described(self) -> bool:
        return self.component is not None

    @property
    def name(self) -> str:
        """The name people know it by."""
        return (self.component.file_name if self.component else "") or self.member


def file_rows(opened: Opened) -> list[FileRow]:
    """Every file the metadata speaks of, in its order, then those nobody speaks of."""
    package = opened.package
    if package is None:
        return []
    about = _About(() if opened.report is None else opened.report.told)
    places = _empty_places(opened) if any(not one.content for one in package.components) else {}
    rows, seen = [], set()
    for one in package.components:
        empty = places.get(place_key(one.place.xpath), "")
        member = one.content.member if one.content else empty or one.file_name
        seen.add(member)
        rows.append(FileRow(member, one.content, one, about(member, one.place.xpath)))
    for content in package.contents():
        if content.member not in seen:
            rows.append(FileRow(content.member, content, None, about(content.member, "")))
    return rows


def _empty_places(opened: Opened) -> dict[str, str]:
    """Place of an element around one for content -> the identifier of the first of those."""
    found: dict[str, str] = {}
    for node in () if opened.form is None else opened.form.root.walk():
        if node.kind.type == "content":
            own = next((one.value for one in node.attributes if one.value), "").strip()
            for above in _around(node.key):
                found.setdefault(above, own)
    return found


class _About:
    """The findings on each file: those that name it, and those on its description."""

    def __init__(self, told: tuple[Told, ...]) -> None:
        self._told = told
        self._named: dict[str, list[int]] = {}
        self._within: dict[str, list[int]] = {}
        for number, one in enumerate(told):
            for name in {one.path, one.field}:
                self._named.setdefault(name, []).append(number)
            for place in (one.xpath, *_around(one.xpath)):
                self._within.setdefault(place, []).append(number)

    def __call__(self, member: str, place: str) -> tuple[Told, ...]:
        """In their order. ``place`` of its description; "" where there is none."""
        found = {*self._named.get(member, ()), *(self._within.get(place, ()) if place else ())}
        return tuple(self._told[number] for number in sorted(found))


def _around(place: str) -> Iterator[str]:
    """The places a place stands in, from the nearest."""
    while place := place.rpartition("/")[0]:
        yield place

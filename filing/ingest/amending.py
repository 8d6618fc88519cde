"""What a correction asks of the readers of packages, and what follows from a file.

A port: filing.adapters.packages.amended keeps it. The pure part says which values of the
metadata go with a file (name, size, digest), so that nobody has to work them out by hand;
each becomes a change of its own, to be seen and taken back like any other.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from filing.errors import WrongState
from filing.ingest.receive import Staged, Tray
from filing.model.correction import Change, ChangeKind
from filing.model.digest import Digest
from filing.model.package import Component, Content, Form, Package

_ALGORITHM_NAMES = {"sha256": "SHA-256", "sm3": "SM3"}


class Opened(Protocol):
    """A delivery as received, ready to be amended."""

    @property
    def package(self) -> Package: ...
    @property
    def correctable(self) -> bool:
        """False when its metadata could not be read: then only its agency can mend it."""

    @property
    def held_bytes(self) -> int:
        """How long the document is that is held in memory."""


class Applied(Protocol):
    """A delivery with changes.

    package   as it would have been delivered; digest and size are those of the delivery
    changes   as they took effect: places, fields and "before" as they are
    """

    @property
    def package(self) -> Package: ...
    @property
    def changes(self) -> tuple[Change, ...]: ...
    def document(self) -> bytes:
        """The metadata document in UTF-8, content left out."""


class Amending(Protocol):
    """The readers, as corrections need them."""

    def open(self, staged: Staged, owned: bool) -> Opened:
        """Read a delivery. ``owned``: its tray is cleared when nobody holds the value."""

    def apply(
        self, opened: Opened, changes: Sequence[Change], files: Mapping[Digest, Content]
    ) -> Applied:
        """Apply changes in order.

        files   sha256 -> bytes of every file the changes bring in

        Raises BadRequest, WrongState (it cannot be corrected here at all).
        """

    def write(
        self, opened: Opened, applied: Applied, unit: str, at: datetime, tray: Tray
    ) -> Package:
        """What is to be kept of the correction, written to ``tray`` and read back from there.

        unit   who makes it, as a revision layer names it

        Raises BadRequest where it cannot be written so that it says what was judged.
        """


class Refusal:
    """Why something cannot be corrected here."""

    @staticmethod
    def unreadable() -> WrongState:
        """The document could not be read."""
        return WrongState(
            "its metadata could not be read; only its agency can mend it: return it",
            "元数据无法读取，不能在此更正，请退回立档单位重新移交",
        )


def follow(package: Package, change: Change) -> Iterator[Change]:
    """The values that go with a file brought in: name, size, digest.

    package   with the file in it already, and its old name still in the metadata
    """
    new = change.new
    if change.kind is ChangeKind.REMOVE_FILE or new is None:
        return
    inside = package.form in {Form.EEP, Form.EEP_ZIP}
    for one in _described(package, change):
        base = f"{one.place.xpath}/电子属性" if inside else one.place.xpath
        if one.file_name != new.name and new.name:
            yield Change(ChangeKind.SET, f"{base}/计算机文件名", after=new.name)
        size = str(new.size_bytes)
        if one.declared_size.strip() != size:
            yield Change(ChangeKind.SET, f"{base}/计算机文件大小", after=size)
        extension = new.name.rpartition(".")[2] if "." in new.name else ""
        external = one.promised is not None
        if inside and not external and extension and one.extension.strip() != extension:
            yield Change(ChangeKind.SET, f"{one.place.xpath}/反编码关键字", after=extension)
        if not inside:
            yield from _digest(one, new.digests)


def _described(package: Package, change: Change) -> Iterator[Component]:
    """The one description of the file; nothing where several could be meant."""
    names = {change.member, change.new.name if change.new else ""}
    if change.old is not None:
        names.add(change.old.name)
    some = [
        one
        for one in package.components
        if (one.content is not None and one.content.member in names) or one.file_name in names
    ]
    if len(some) == 1:
        yield some[0]


def _digest(one: Component, digests: Sequence[Digest]) -> Iterator[Change]:
    algorithm = one.promised.algorithm if one.promised else "sha256"
    found = next((each for each in digests if each.algorithm == algorithm), digests[0])
    if one.promised == found:
        return
    place = f"{one.place.xpath}/数字摘要"
    yield Change(ChangeKind.SET, place, after=found.hex)
    if one.promised is None or found.algorithm != algorithm:
        yield Change(ChangeKind.SET, f"{place}/@算法", after=_ALGORITHM_NAMES[found.algorithm])

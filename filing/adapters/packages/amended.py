"""A delivery with changes applied: as it is judged, and as it is kept.

Judged is the delivery as its sender ought to have made it: the same document with each
change at its place. Kept beside the original is, of an EEP, a revision around it
(layer.py), of a metadata document the changed document, and every file that came new.
What is kept is read again from its bytes and must say what was judged.

Keeps the promise of filing.ingest.amending.Amending. Memory is the document without its
content; contents stay where they are staged.
"""

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from filing.adapters.packages import eep
from filing.adapters.packages.amend_run import (
    FILES,
    Applied,
    Run,
    container_findings,
    files_beside,
)
from filing.adapters.packages.amend_working import Working, is_eep, working
from filing.adapters.packages.layer import Layer, Made, written
from filing.adapters.packages.reader import Parcel
from filing.adapters.packages.record import read_record
from filing.errors import BadRequest
from filing.ingest import amending
from filing.ingest.amending import Refusal
from filing.ingest.receive import Staged, Tray
from filing.model.correction import Change
from filing.model.digest import Digest
from filing.model.finding import Finding
from filing.model.limits import Limits
from filing.model.package import Content, Package


class Opened:
    """A delivery as received, read and taken apart; its tray lives as long as this value."""

    def __init__(self, package: Package, limits: Limits, tray: Tray | None) -> None:
        self.package = package
        self.working: Working | None = working(package, limits)
        if tray is not None:
            weakref.finalize(self, tray.discard)

    @property
    def correctable(self) -> bool:
        """Whether its document can be amended at all."""
        return self.working is not None

    @property
    def held_bytes(self) -> int:
        """See filing.ingest.amending.Opened."""
        return 0 if self.working is None else len(self.working.text)


class Amending:
    """See filing.ingest.amending.Amending. ``read`` is the reader of deliveries."""

    def __init__(self, read: Callable[[Staged], Package], limits: Limits) -> None:
        self._read, self._limits = read, limits

    def open(self, staged: Staged, owned: bool) -> Opened:
        """Read a delivery. ``owned``: its tray is cleared when nobody holds the value."""
        return Opened(self._read(staged), self._limits, staged.tray if owned else None)

    def apply(
        self, opened: amending.Opened, changes: Sequence[Change], files: Mapping[Digest, Content]
    ) -> Applied:
        """See filing.ingest.amending.Amending. Raises BadRequest, WrongState."""
        opened = _ours(opened)
        if opened.working is None:
            raise Refusal.unreadable()
        run = Run(opened.package, opened.working, self._limits)
        waiting: list[Change] = []
        for one in changes:
            if one.kind not in FILES:
                waiting.append(one)
                continue
            run.metadata(waiting)
            waiting = []
            run.file(one, files)
        run.metadata(waiting)
        return run.applied()

    def write(
        self,
        opened: amending.Opened,
        applied: amending.Applied,
        unit: str,
        at: datetime,
        tray: Tray,
    ) -> Package:
        """What is to be kept of the correction, written to ``tray`` and read back.

        Raises BadRequest where it cannot be written so that it says what was judged.
        """
        opened, applied = _ours(opened), cast(Applied, applied)  # what ``apply`` gave
        original = opened.working
        if original is None or opened.package.metadata is None:
            raise Refusal.unreadable()
        package = applied.package
        name = opened.package.metadata.member
        if is_eep(package.form):
            metadata = self._layered(opened.package.metadata, original, applied, unit, at, tray)
            metadata = replace(metadata, member=name)
            parcel = _kept_parcel(package, metadata, opened.package.findings)
            kept = eep.read_eep(parcel, self._limits, tray)
        else:
            metadata = opened.package.metadata
            if applied.text != original.text:
                metadata = replace(_staged(tray, name, applied.text), member=name)
            kept = read_record(
                _kept_parcel(package, metadata, opened.package.findings), self._limits
            )
        _must_agree(package, kept)
        return kept

    def _layered(
        self,
        raw: Content,
        original: Working,
        applied: Applied,
        unit: str,
        at: datetime,
        tray: Tray,
    ) -> Content:
        layer = Layer(original, applied.tree(self._limits), applied.contents, self._limits)
        spool = tray.open("eep.xml")
        for piece in layer.pieces(Made(unit, at.isoformat(timespec="seconds"))):
            for block in written(piece, raw, layer.encoding):
                spool.write(block)
        return spool.close()


def _kept_parcel(package: Package, metadata: Content, findings: Iterable[Finding]) -> Parcel:
    return Parcel(
        package.form,
        package.digest,
        package.size_bytes,
        metadata,
        tuple(files_beside(package).values()),
        container_findings(findings),
    )


def _ours(opened: amending.Opened) -> Opened:
    """What ``open`` gave, come back."""
    return cast(Opened, opened)


def _must_agree(judged: Package, kept: Package) -> None:
    """What is kept says what was judged. Raises BadRequest."""
    if not (kept.readable and _said(judged) == _said(kept) and _files(judged) == _files(kept)):
        raise BadRequest(
            "the correction cannot be written so that it reads the same; return it to its agency",
            "更正后的封装包无法按规范写出，请退回立档单位重新移交",
        )


def _said(package: Package) -> list[tuple[str, str]]:
    """The values of the record; identifiers are of the layer, not of the record."""
    return [
        (one.path, one.value)
        for one in package.fields
        if (
            "/" in one.path
            and not one.path.startswith("被签名对象")
            and not one.path.endswith(("标识符", "ID"))
        )
        or one.path in {"档号", "电子文件号", "聚合层次", "附注", "信息系统描述"}
    ]


def _files(package: Package) -> list[tuple[str, str, str, str]]:
    return [
        (
            one.file_name,
            one.declared_size,
            one.extension,
            str(one.content.digest("sha256")) if one.content else "",
        )
        for one in package.components
    ]


def _staged(tray: Tray, member: str, body: bytes) -> Content:
    spool = tray.open(member)
    spool.write(body)
    return spool.close()

"""Corrections as the seal statement carries them: who changed what, from what, to what, and why.

Members of the statement, in canonical JSON. The first form of the statement knew five
members of a correction; it is still read, and written only as it was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from filing.evidence.canonical import assembled, listed, number, string
from filing.evidence.hashing import digest_bytes
from filing.evidence.members import Members, moment_text, reading
from filing.model.digest import Digest

NOTHING = b"null"


@dataclass(frozen=True, slots=True)
class FileOf:
    """A content file as it was before a correction, or as it is after it."""

    name: str
    size_bytes: int
    digests: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """One change before acceptance: of a metadata value, or of a content file.

    field           element path, as in model.package.Field; "" for files
    before, after   the value; None where nothing stood or nothing is to stand
    by, at          who and when
    kind, xpath     what was done, and where; see model.correction.Change
    member          path of the file in the package; "" for metadata
    old, new        the file; None where there is none
    """

    field: str
    before: str | None
    after: str | None
    reason: str
    by: str
    at: datetime
    kind: str = "set"
    xpath: str = ""
    member: str = ""
    old: FileOf | None = None
    new: FileOf | None = None


def correction_json(one: Correction) -> bytes:
    """One correction."""
    return assembled(
        {
            "kind": string(one.kind),
            "field": string(one.field),
            "xpath": string(one.xpath),
            "before": NOTHING if one.before is None else string(one.before),
            "after": NOTHING if one.after is None else string(one.after),
            "member": string(one.member),
            "old": _file(one.old),
            "new": _file(one.new),
            "reason": string(one.reason),
            "by": string(one.by),
            "at": string(moment_text(one.at)),
        }
    )


def _file(one: FileOf | None) -> bytes:
    if one is None:
        return NOTHING
    digests = {digest.algorithm: string(digest.hex) for digest in one.digests}
    return assembled(
        {
            "name": string(one.name),
            "bytes": number(one.size_bytes),
            "digests": assembled(digests),
        }
    )


def old_correction(one: Correction) -> bytes:
    """One correction in the first form of the statement."""
    return assembled(
        {
            "field": string(one.field),
            "before": string(one.before or ""),
            "after": string(one.after or ""),
            "reason": string(one.reason),
            "by": string(one.by),
            "at": string(moment_text(one.at)),
        }
    )


def corrections_json(some: Sequence[Correction]) -> bytes:
    """All of them, in order, as the statement has them."""
    return listed(correction_json(one) for one in some)


def digest_of(some: Sequence[Correction]) -> Digest:
    """What a report names them by: SHA-256 of ``corrections_json``."""
    return digest_bytes(corrections_json(some))[0]


def read_correction(value: object, where: str) -> Correction:
    """Read what ``correction_json`` wrote. Raises ValueError."""
    with reading(value, where) as of:
        return Correction(
            kind=of.text("kind"),
            field=of.text("field"),
            xpath=of.text("xpath"),
            before=_text(of, "before"),
            after=_text(of, "after"),
            member=of.text("member"),
            old=_read_file(of.value("old"), f"{where}/old"),
            new=_read_file(of.value("new"), f"{where}/new"),
            reason=of.text("reason"),
            by=of.text("by"),
            at=of.moment("at"),
        )


def read_old_correction(value: object, where: str) -> Correction:
    """Read what ``old_correction`` wrote. Raises ValueError."""
    with reading(value, where) as of:
        return Correction(
            field=of.text("field"),
            before=of.text("before"),
            after=of.text("after"),
            reason=of.text("reason"),
            by=of.text("by"),
            at=of.moment("at"),
        )


def _text(of: Members, name: str) -> str | None:
    value = of.value(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name}: a string or null is expected")
    return value


def _read_file(value: object, where: str) -> FileOf | None:
    if value is None:
        return None
    with reading(value, where) as of:
        return FileOf(of.text("name"), of.number("bytes"), of.digests("digests"))

"""A record opened again: is its metadata still read, valid by its rules, its content a format?

The package is read from the object by the readers that read deliveries, and judged by the
rules if they are those that judged it; by other rules it is only read. What was in order when
it was accepted and is not now is a fault. What was not in order then stands in its report.

Only called for a record whose every byte is as sealed: a fault here is of formats, readers
and rules, or of an agency's signature, not of the medium.
"""

import functools
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO  # JSON known by its digest

from filing.adapters.custody.program import program
from filing.adapters.formats import inspect
from filing.adapters.packages.delivery import READERS
from filing.adapters.packages.reader import Parcel
from filing.custody.agency_signatures import broken
from filing.custody.expected import Expected, Stated, Walked
from filing.custody.judging import REFUSED, REPORT, STATEMENT, sealed_places
from filing.evidence.hashing import Hasher
from filing.model.agency import Channel
from filing.model.custody import Answer, Fault
from filing.model.digest import Digest
from filing.model.finding import Outcome, Place
from filing.model.limits import Limits
from filing.model.package import Content, Form, Package
from filing.rules.detection import detect
from filing.rules.facts import Facts, Registration
from filing.rules.rule_set import RuleSet, load_rule_set

_IN_MEMORY = 1 << 20
_SIGNED = "GD-1-1"


@functools.lru_cache(maxsize=1)
def _rules() -> RuleSet:
    return load_rule_set()


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens records. Carries only what it is known by, so that it can be sent to another process.

    program   see filing.adapters.custody.program
    """

    program: str = field(default_factory=program)

    def __call__(
        self, expected: Expected, walked: Walked, stated: Stated, folder: str
    ) -> Iterator[Fault]:
        """The faults of one record."""
        text = walked.files[stated.logical[STATEMENT]].content or b""
        statement: Mapping[str, Any] = json.loads(text)
        with _Aside() as aside:
            try:
                package = _read(statement, stated, Path(folder), aside)
                yield from _judged(package, statement, walked, stated, folder)
            except OSError as error:
                yield Fault("CX-3-4", Answer.UNKNOWN, "", "", error.strerror or "?")


def _read(
    statement: Mapping[str, Any], stated: Stated, folder: Path, aside: "_Aside"
) -> Package | None:
    """The package as its reader reads it; None for a form no reader knows any more."""
    form = statement["package"]["form"]
    reader = next((one for one in READERS if form in one.forms), None)
    if reader is None:
        return None
    metadata, members = None, []
    for place, one, is_metadata in sealed_places(statement):
        if one in statement.get("received", {}).get("files", ()):
            continue
        digests = tuple(Digest(name, bytes.fromhex(of)) for name, of in one["digests"].items())
        body = folder / stated.logical[place]
        content = Content(one["path"], one["bytes"], digests, body)
        if is_metadata and metadata is None:
            metadata = content
        else:
            members.append(content)
    if metadata is None:
        return None
    digest = Digest.parse(statement["package"]["digest"])
    parcel = Parcel(Form(form), digest, statement["package"]["bytes"], metadata, tuple(members))
    return reader.read(parcel, Limits(), aside)


def _judged(
    package: Package | None,
    statement: Mapping[str, Any],
    walked: Walked,
    stated: Stated,
    folder: str,
) -> Iterator[Fault]:
    if package is None or not package.readable or package.metadata is None:
        form = statement["package"]["form"]
        yield Fault("CX-3-1", Answer.DAMAGED, statement["metadata"][0]["path"], form, "")
        return
    document = package.metadata
    yield from _inline(package, statement)
    report = _report(REPORT, walked, stated, folder)
    passed = {one["code"] for one in report["checks"] if one["outcome"] == "passed"}
    if "received" in statement:
        # A revision holds what was received word for word, and with it what refused it then.
        package = _outermost(package)
        before = _report(REFUSED, walked, stated, folder)
        passed -= {one["code"] for one in before["checks"] if one["outcome"] == "failed"}
    if _SIGNED in passed:
        for identifier in broken(package.signatures, document):
            yield Fault("CX-1-20", Answer.DAMAGED, identifier[:200])
    if statement["rule_set"]["digest"] == _rules().digest:
        yield from _rejudged(package, passed, date.fromisoformat(report["judged_on"]))
    else:
        yield from _inspected(package)


def _outermost(package: Package) -> Package:
    """Without what is wrong in the layers below."""
    return replace(
        package,
        schema_errors=tuple(one for one in package.schema_errors if not _below(one.place)),
        findings=tuple(one for one in package.findings if not _below(one.place)),
        references=tuple(one for one in package.references if not _below(one[2])),
    )


def _below(place: Place) -> bool:
    return "/原封装包" in place.xpath


def _inline(package: Package, statement: Mapping[str, Any]) -> Iterator[Fault]:
    """Content inline in the document, decoded again, is what was sealed."""
    found = {
        (one.offset, one.length): one.digest("sha256")
        for one in package.contents()
        if one.is_inline
    }
    for one in statement["components"]:
        if "inline" in one:
            place = one["inline"]["offset"], one["inline"]["length"]
            digest = found.get(place)
            if digest is None or digest.hex != one["digests"]["sha256"]:
                shown = "" if digest is None else digest.hex
                yield Fault("CX-1-4", Answer.DAMAGED, one["path"], one["digests"]["sha256"], shown)


def _rejudged(package: Package, passed: set[str], judged_on: date) -> Iterator[Fault]:
    """Every check that passed when it was accepted and fails now."""
    rules = _rules()
    facts = Facts(
        package=package,
        sender=None,
        channel=Channel.OFFLINE,
        filing=False,
        registration=Registration(),
        holding=None,
        today=judged_on,
        inspections={one.member: inspect(one) for one in package.contents()},
    )
    for one in detect(facts, rules).checks:
        if one.outcome is Outcome.FAILED and one.code in passed:
            usability = rules.catalogue.checks[one.code].property == "usability"
            place = next((each.place.path for each in one.findings), "")
            code = "CX-3-3" if usability else "CX-3-2"
            yield Fault(code, Answer.DAMAGED, f"{one.code} {place}".strip()[:500])


def _inspected(package: Package) -> Iterator[Fault]:
    for one in package.contents():
        found = inspect(one)
        if found.opens is Outcome.FAILED:
            yield Fault("CX-3-3", Answer.DAMAGED, one.member[:500], "", found.detail[:200])


def _report(name: str, walked: Walked, stated: Stated, folder: str) -> Mapping[str, Any]:
    place = stated.logical[name]
    content = walked.files[place].content or Path(folder, place).read_bytes()
    found: Mapping[str, Any] = json.loads(content)
    return found


class _Aside:
    """Takes decoded content aside while it is looked at; a folder of its own only if it must."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def __enter__(self) -> "_Aside":
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def open(self, member: str, /) -> "_File":
        return _File(member, self._place)

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="filing-opening-")
        self._count += 1
        return Path(self._folder.name, str(self._count))


class _File:
    """One file: in memory while it is small."""

    def __init__(self, member: str, place: Callable[[], Path]) -> None:
        self._member, self._place = member, place
        self._path: Path | None = None
        self._hasher = Hasher(("sha256",))
        self._small = bytearray()
        self._stream: BinaryIO | None = None

    def write(self, data: bytes, /) -> object:
        self._hasher.update(data)
        if self._stream is None:
            self._small += data
            if len(self._small) > _IN_MEMORY:
                self._path = self._place()
                self._stream = self._path.open("wb")
                self._stream.write(self._small)
                self._small.clear()
        else:
            self._stream.write(data)
        return None

    def close(self) -> Content:
        if self._stream is not None:
            self._stream.close()
        body = self._path or bytes(self._small)
        return Content(self._member, self._hasher.size_bytes, self._hasher.digests(), body)

"""What the desk keeps of a rejected delivery, beside its report.

Made from the package and the findings that refuse it; a delivery corrected and
rejected again is described anew by the same words.

Decides nothing and keeps nothing; see filing.ports.Claim.
"""

from collections.abc import Iterable

from filing.ingest.examine import archival_code_of, electronic_code_of
from filing.model.desk import Fault, Rejection
from filing.model.finding import Finding
from filing.model.package import Package

#: More faults of one delivery than this are in its report alone. Every way in which it
#: failed (code, reason, field) stands before any second fault of one way.
MAX_FAULTS = 200
#: Longest title and code kept for the list, in characters.
MAX_TEXT = 500
#: A longer path is left out: half a path would lead to another element.
MAX_XPATH = 2000


def rejection_of(package: Package, refusing: Iterable[Finding]) -> Rejection:
    """Say what was rejected and why. ``refusing``: the findings that refuse it, in order."""
    return Rejection(
        title=_kept(package.value("内容描述/题名"), MAX_TEXT),
        archival_code=_kept(archival_code_of(package), MAX_TEXT),
        electronic_code=_kept(electronic_code_of(package), MAX_TEXT),
        faults=_chosen([fault_of(one) for one in refusing]),
    )


def fault_of(finding: Finding) -> Fault:
    """One finding as the desk keeps it."""
    place = finding.place
    return Fault(
        code=finding.code,
        reason=finding.reason,
        field=_kept(place.field, MAX_TEXT),
        member=_kept(place.path, MAX_TEXT),
        xpath=_kept(place.xpath, MAX_XPATH) if len(place.xpath) <= MAX_XPATH else "",
        line=place.line,
        expected=_kept(finding.expected, MAX_TEXT),
        found=_kept(finding.found, MAX_TEXT),
    )


def _chosen(faults: list[Fault]) -> tuple[Fault, ...]:
    if len(faults) <= MAX_FAULTS:
        return tuple(faults)
    first: list[Fault] = []
    further: list[Fault] = []
    ways: set[tuple[str, str, str]] = set()
    for one in faults:
        way = one.code, one.reason, one.field
        (further if way in ways else first).append(one)
        ways.add(way)
    return tuple([*first, *further][:MAX_FAULTS])


def _kept(text: str, limit: int) -> str:
    """Cut, and without what no database keeps: NUL and lone surrogates."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")

"""From findings to a decision: accepted or rejected.

Refusing is the default where something is unclear about the package itself; what
could not be told refuses only where the catalogue says so.
"""

from collections.abc import Iterable
from enum import StrEnum

from filing.model.finding import Finding
from filing.model.package import Package
from filing.rules.catalogue import Catalogue


class Decision(StrEnum):
    """What a report decides."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


def decide(
    catalogue: Catalogue, package: Package, findings: Iterable[Iterable[Finding]]
) -> Decision:
    """Reject when any finding refuses the package, or its metadata could not be read."""
    if not package.readable:
        return Decision.REJECTED
    for some in findings:
        for finding in some:
            if catalogue.refuses(finding):
                return Decision.REJECTED
    return Decision.ACCEPTED

"""A report on one audit (完整性检查报告): everything it says, ready to be written.

Findings are asked for in pages, however many there are; everything else is few.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from filing.model.custody import Audit, Finding


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """One item of DA/T 70: what can be said of it after this audit.

    answer     of Answer, or that the audit did not look
    confirmed  whether its number was held to the printed standard
    """

    code: str
    zh: str
    en: str
    answer: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How many findings of one code the audit saw, with one answer."""

    code: str
    item: str
    zh: str
    en: str
    answer: str
    count: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    """One report.

    made_at, made_by    when it was written out, and for whom
    excluded_share      see filing.custody.draw; None unless a sample came out intact
    catalogue, digest   version and SHA-256 of the catalogue of codes it goes by
    logged_at           place in the log of the audit's last event; None before there is one
    log_size            leaves of the log when the report was made
    checkpoint          the newest one then, as signed
    wording             code -> Chinese
    """

    archive: str
    origin: str
    audit: Audit
    made_at: datetime
    made_by: str
    asked_by: str
    excluded_share: float | None
    items: tuple[ItemAnswer, ...]
    counts: tuple[CodeCount, ...]
    catalogue: str
    digest: str
    logged_at: int | None
    log_size: int
    checkpoint: str
    wording: Callable[[str], str]
    findings: Callable[[], Iterator[Finding]]

    @property
    def total(self) -> int:
        """How many findings there are."""
        return sum(one.count for one in self.counts)

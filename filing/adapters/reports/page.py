"""A report as one HTML page that needs nothing else, and the shorter one a PDF is made of."""

from itertools import islice
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from filing.adapters.reports import words
from filing.model.audit_report import AuditReport
from filing.model.unseen import in_words

#: Findings a PDF lists; its making takes memory and time by the row. The CSV has all of them.
MOST_IN_PDF = 300


def _shown(value: object) -> object:
    """A text with what cannot be seen in it named; markup and numbers as they are."""
    is_text = isinstance(value, str) and not hasattr(value, "__html__")
    return in_words(str(value)) if is_text else value


_pages = Environment(
    loader=PackageLoader("filing.adapters.reports"),
    autoescape=True,
    finalize=_shown,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters.update(word=words.word, moment=words.moment, share=words.share, scope=words.scope)


def write(report: AuditReport, path: Path) -> None:
    """All findings, written as they come."""
    parts = _pages.get_template("reports/audit.html").generate(
        report=report, findings=report.findings(), left_out=0
    )
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(parts)


def short(report: AuditReport) -> str:
    """The page of a PDF: at most MOST_IN_PDF findings, and how many are left out."""
    template = _pages.get_template("reports/audit.html")
    left_out = max(report.total - MOST_IN_PDF, 0)
    return template.render(
        report=report, findings=islice(report.findings(), MOST_IN_PDF), left_out=left_out
    )

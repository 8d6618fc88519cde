"""Reports written and signed; keeps the promises of filing.services.custody.Reports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filing.adapters.reports import machine, page, pdf, signed, table
from filing.custody.reporting import Reporting
from filing.errors import BadRequest
from filing.evidence.signatures import Signer
from filing.model.audit_report import AuditReport
from filing.model.custody import Audit
from filing.model.people import Person

_WRITERS: Mapping[str, Callable[[AuditReport, Path], None]] = {
    "pdf": lambda report, path: pdf.make(page.short(report), path),
    "html": page.write,
    "csv": table.write,
    "json": machine.write,
}


@dataclass(frozen=True, slots=True)
class WrittenReports:
    """Writes what ``reporting`` gathers; ``signers`` sign it."""

    reporting: Reporting
    signers: Callable[[], Sequence[Signer]]

    def by_item(self, by: Person | None, audit: Audit) -> Mapping[str, str]:
        """See Reports."""
        return self.reporting.by_item(by, audit)

    def write(
        self, by: Person | None, audit_id: str, formats: Sequence[str], folder: Path
    ) -> Sequence[str]:
        """See Reports."""
        if unknown := [one for one in formats if one not in _WRITERS]:
            raise BadRequest(f"a report is no {unknown[0]!r}"[:100], "没有这种报告格式")
        report = self.reporting.report(by, audit_id)
        names = []
        for one in formats:
            name = f"audit-{report.audit.id}.{one}"
            _WRITERS[one](report, folder / name)
            names.append(name)
        return signed.sign(folder, names, self.signers())

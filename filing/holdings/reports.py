"""The report on a submission, wherever it stands: with the record, or with what was kept."""

from dataclasses import dataclass

from filing.errors import KeptLost
from filing.evidence.statement import REPORT
from filing.holdings.reading import Store
from filing.ingest.kept import Keeping, newest_report
from filing.model.submission import Submission


@dataclass(frozen=True, slots=True)
class ReportOf:
    """Finds it."""

    keeping: Keeping
    store: Store

    def __call__(self, found: Submission) -> bytes:
        """With the record once it is one, else with what was kept; the bytes as written.

        b"" while it was not examined. Raises KeptLost when it was, and its report is gone.
        """
        if found.record_id:
            return self.store.read(found.record_id, REPORT)
        report = newest_report(found, self.keeping)
        if not report and found.form:
            raise KeptLost(
                f"the report on submission {found.id} is gone from what was kept of it",
                f"归档提交 {found.id} 的检测报告已不在暂存区",
            )
        return report

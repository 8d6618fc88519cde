"""A report's findings as CSV, for spreadsheets: UTF-8 with a mark, CRLF, every cell text.

A cell that a spreadsheet would run as a formula begins with an apostrophe instead.
Source: RFC 4180; OWASP, CSV Injection.
"""

import csv
from pathlib import Path

from filing.adapters.reports.words import moment
from filing.model.audit_report import AuditReport

HEAD = (
    "问题编号 finding", "状态 state", "结论 answer", "代码 code", "DA/T 70", "OCFL",
    "说明 text", "存储位置 location", "对象 subject", "位置 place", "应为 expected",
    "实为 found", "首次 first", "最近 last", "次数 seen", "处理人 decided by", "理由 reason",
)  # fmt: skip
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(report: AuditReport, path: Path) -> None:
    """All findings, one a line, as they come."""
    items = {one.code: one.item for one in report.counts}
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        rows.writerow(HEAD)
        for one in report.findings():
            fault = one.fault
            rows.writerow(
                safe(str(cell))
                for cell in (
                    one.id, one.state, fault.answer, fault.code, items.get(fault.code, ""),
                    fault.ocfl, report.wording(fault.code), one.location, one.subject,
                    fault.place, fault.expected, fault.found, moment(one.first_at),
                    moment(one.last_at), one.seen, one.decided_by, one.reason,
                )
            )  # fmt: skip


def safe(cell: str) -> str:
    """The cell, as text to every spreadsheet; control characters are written as such."""
    shown = "".join(
        one if one.isprintable() or one == "\n" else f"\\x{ord(one):02x}" for one in cell
    )
    return f"'{shown}" if cell.lstrip(" ").startswith(_RUN) else shown

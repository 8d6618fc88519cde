"""A report in lines: every word in both languages, and none for something else."""

from filing.cli.report_text import report_lines

REPORT = {
    "decision": "rejected",
    "package": {"form": "eep"},
    "properties": [
        {
            "name": {"zh": "真实性", "en": "Authenticity"},
            "outcome": "failed",
            "counts": {"passed": 9, "failed": 1, "undetermined": 0, "not-applicable": 7},
        }
    ],
    "checks": [],
}


def test_what_was_not_accepted_is_not_called_returned():
    """退回 is an act of a clerk; a delivery that failed may still be corrected."""
    first, second = report_lines(REPORT)
    assert first == "未通过 rejected   eep"
    assert second == (
        "  真实性 Authenticity  不通过 failed"
        "（不通过 failed 1，通过 passed 9，不适用 not-applicable 7）"
    )

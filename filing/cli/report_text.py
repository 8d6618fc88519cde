"""A report in lines, for a terminal: what failed, where, and how to mend it."""

from collections.abc import Iterator, Mapping
from typing import Any

_DECISION = {"accepted": "通过 accepted", "rejected": "退回 rejected"}
_OUTCOME = {"failed": "不通过", "undetermined": "无法判定"}


def report_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The lines. Any: a report is JSON (schemas/report.schema.json)."""
    yield f"{_DECISION.get(report['decision'], report['decision'])}   {report['package']['form']}"
    for one in report["properties"]:
        counts = "  ".join(f"{name} {number}" for name, number in one["counts"].items())
        yield f"  {one['name']['zh']}  {one['outcome']}   {counts}"
    for check in report["checks"]:
        if check["outcome"] not in _OUTCOME:
            continue
        yield ""
        yield f"{check['code']}  {_OUTCOME[check['outcome']]}  {check['name']['zh']}"
        for finding in check["findings"]:
            place = finding["place"]
            where = place["field"] or place["xpath"] or place["path"]
            line = f":{place['line']}" if place["line"] else ""
            yield f"    {place['path']}{line}  {where}"
            yield f"      {finding['message']['zh']}"
            if finding["remedy"]["zh"]:
                yield f"      → {finding['remedy']['zh']}"

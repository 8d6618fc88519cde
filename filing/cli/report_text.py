"""A report in lines, for a terminal, in both languages: what failed, where, and how to mend it."""

from collections.abc import Iterator, Mapping
from typing import Any

_DECISION = {"accepted": "通过 accepted", "rejected": "未通过 rejected"}
_OUTCOMES = {
    "failed": "不通过 failed",
    "undetermined": "无法判定 undetermined",
    "passed": "通过 passed",
    "not-applicable": "不适用 not-applicable",
}
#: What a reader must look at; the others are only counted.
_LISTED = frozenset({"failed", "undetermined"})


def report_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The lines. Any: a report is JSON (schemas/report.schema.json)."""
    yield f"{_DECISION.get(report['decision'], report['decision'])}   {report['package']['form']}"
    for one in report["properties"]:
        counts = "，".join(
            f"{said} {one['counts'][name]}"
            for name, said in _OUTCOMES.items()
            if one["counts"].get(name)
        )
        name = f"{one['name']['zh']} {one['name']['en']}"
        yield f"  {name}  {_OUTCOMES[one['outcome']]}（{counts}）"
    for check in report["checks"]:
        if check["outcome"] not in _LISTED:
            continue
        yield ""
        yield f"{check['code']}  {_OUTCOMES[check['outcome']]}"
        yield f"  {check['name']['zh']} {check['name']['en']}"
        for finding in check["findings"]:
            yield from _finding_lines(finding)


def _finding_lines(finding: Mapping[str, Any]) -> Iterator[str]:  # Any: as above
    place = finding["place"]
    where = place["field"] or place["xpath"] or place["path"]
    line = f":{place['line']}" if place["line"] else ""
    if where or line:
        yield f"    {place['path']}{line}  {where}"
    for language in ("zh", "en"):
        yield f"      {finding['message'][language]}"
    for mark, language in (("→", "zh"), (" ", "en")):
        if finding["remedy"][language]:
            yield f"      {mark} {finding['remedy'][language]}"

"""The report of a detection: a value, and its canonical bytes.

It carries no identifier and no time of day, so the same facts always give the same
bytes. Wording comes from the catalogue; of the package it holds only what findings
quote, cut short. Described by schemas/report.schema.json.

What never changes is written once per rule set: ``Report.canonical`` joins the pieces.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from filing.model.finding import Finding, Outcome, Place
from filing.rules.acceptance import Decision
from filing.rules.answers import clean
from filing.rules.catalogue import PROPERTIES, Catalogue
from filing.rules.rule_set import RuleSet

FORMAT = "filing-report/1"
STAGE = "GD"
#: More findings than this are counted, not listed.
MAX_FINDINGS = 100
#: Bound of RuleSet.pieces; whole-package findings are few.
MAX_PIECES = 1000
_NOWHERE = Place()
_WORST = (Outcome.FAILED, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's outcome: the worst of its findings, PASSED when there are none."""

    code: str
    outcome: Outcome
    findings: tuple[Finding, ...]


def result_of(code: str, findings: Iterable[Finding]) -> CheckResult:
    """Sum up the findings of one check."""
    listed = tuple(findings)
    if not listed:
        return CheckResult(code, Outcome.PASSED, ())
    outcomes = {one.outcome for one in listed}
    worst = next((one for one in _WORST if one in outcomes), Outcome.PASSED)
    return CheckResult(code, worst, listed)


@dataclass(frozen=True, slots=True)
class Report:
    """A detection's report: every check once, in catalogue order."""

    rules: RuleSet
    form: str
    digest: str
    size_bytes: int
    judged_on: date
    decision: Decision
    checks: tuple[CheckResult, ...]

    @property
    def accepted(self) -> bool:
        """True when the package may be sealed and stored."""
        return self.decision is Decision.ACCEPTED

    def findings(self) -> tuple[Finding, ...]:
        """Everything failed or undetermined, in report order."""
        wanted = {Outcome.FAILED, Outcome.UNDETERMINED}
        return tuple(
            one for check in self.checks for one in check.findings if one.outcome in wanted
        )

    def as_dict(self) -> dict[str, object]:
        """The report as plain values, ready for JSON."""
        catalogue = self.rules.catalogue
        return self._head() | {
            "checks": [_check(catalogue, one) for one in self.checks],
            "properties": [_property(catalogue, name, self.checks) for name in PROPERTIES],
        }

    def canonical(self) -> bytes:
        """The report as canonical JSON (RFC 8785): the bytes to keep and to sign."""
        catalogue = self.rules.catalogue
        # The keys of the head that sort before and after "checks".
        parts = ['{"checks":[', ",".join([_piece(self.rules, one) for one in self.checks]), "],"]
        head = self._head()
        head["properties"] = [_property(catalogue, name, self.checks) for name in PROPERTIES]
        parts.append(_write(head)[1:])
        return "".join(parts).encode()

    def _head(self) -> dict[str, object]:
        return {
            "decision": str(self.decision),
            "judged_on": self.judged_on.isoformat(),
            "package": {
                "digest": self.digest,
                "form": str(self.form),
                "size_bytes": self.size_bytes,
            },
            "report": FORMAT,
            "rule_set": {"digest": self.rules.digest, "version": self.rules.version},
            "stage": STAGE,
        }


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
)


def _write(value: Mapping[str, object]) -> str:
    # Keys are ASCII, numbers whole: this is RFC 8785's form (a test compares both).
    return _ENCODER.encode(value)


def _piece(rules: RuleSet, result: CheckResult) -> str:
    """A check's text; what speaks of the package as a whole is written only once."""
    if any(one.place != _NOWHERE or one.found or one.expected for one in result.findings):
        return _write(_check(rules.catalogue, result))
    key = (result.code, result.findings)
    text = rules.pieces.get(key)
    if text is None:
        text = _write(_check(rules.catalogue, result))
        if len(rules.pieces) < MAX_PIECES:
            rules.pieces[key] = text
    return text


def _property(catalogue: Catalogue, name: str, checks: Iterable[CheckResult]) -> dict[str, object]:
    counts = dict.fromkeys(Outcome, 0)
    for one in checks:
        if catalogue.checks[one.code].property == name:
            counts[one.outcome] += 1
    shown = [Outcome.FAILED, Outcome.UNDETERMINED, Outcome.PASSED, Outcome.NOT_APPLICABLE]
    return {
        "counts": {str(outcome): number for outcome, number in counts.items()},
        "name": catalogue.properties[name].as_dict(),
        "outcome": str(next(one for one in shown if counts[one])),
        "property": name,
    }


def _check(catalogue: Catalogue, result: CheckResult) -> dict[str, object]:
    check = catalogue.checks[result.code]
    written: dict[str, object] = {
        "code": check.code,
        "confirmed": check.confirmed,
        "group": check.group.as_dict(),
        "name": check.name.as_dict(),
        "outcome": str(result.outcome),
    }
    shown = [one for one in result.findings if _is_listed(one)]
    written["findings"] = [_finding(catalogue, one) for one in shown[:MAX_FINDINGS]]
    if len(shown) > MAX_FINDINGS:
        written["more_findings"] = len(shown) - MAX_FINDINGS
    if result.outcome in {Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED}:
        first = next(one for one in result.findings if one.outcome is result.outcome)
        reason = catalogue.reason(result.code, first.reason)
        written["reason"] = {
            "message": reason.message.filled(_values(first)).as_dict(),
            "reason": first.reason,
        }
    return written


def _is_listed(finding: Finding) -> bool:
    """A "does not apply" to the whole check is the check's reason, not a finding."""
    return finding.outcome is not Outcome.NOT_APPLICABLE or finding.place != _NOWHERE


def _values(finding: Finding) -> dict[str, str]:
    place = finding.place
    return {
        "field": clean(place.field or place.path or place.xpath),
        "expected": clean(finding.expected),
        "found": clean(finding.found),
    }


def _finding(catalogue: Catalogue, finding: Finding) -> dict[str, object]:
    reason = catalogue.reason(finding.code, finding.reason)
    values, place = _values(finding), finding.place
    return {
        "actor": reason.actor,
        "expected": values["expected"],
        "found": values["found"],
        "message": reason.message.filled(values).as_dict(),
        "outcome": str(finding.outcome),
        "place": {
            "field": clean(place.field),
            "line": place.line,
            "path": clean(place.path),
            "xpath": clean(place.xpath),
        },
        "reason": finding.reason,
        "remedy": reason.remedy.filled(values).as_dict(),
    }

"""The report of a detection: a value, and its canonical bytes.

It carries no identifier and no time of day, so the same facts always give the same
bytes. Wording comes from the catalogue; of the package it holds only what findings
quote, cut short. Described by schemas/report.schema.json.

What never changes is written once per rule set: ``Report.canonical`` joins the pieces.
"""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from filing.evidence.canonical import assembled, listed, number, string
from filing.model.finding import Finding, Outcome
from filing.rules.acceptance import Decision
from filing.rules.answers import NOWHERE, clean
from filing.rules.catalogue import PROPERTIES, Catalogue
from filing.rules.facts import Corrected
from filing.rules.rule_set import RuleSet

FORMAT = "filing-report/1"
STAGE = "GD"
#: More findings than this are counted, not listed.
MAX_FINDINGS = 100
#: Bound of RuleSet.pieces; whole-package findings are few.
MAX_PIECES = 1000
#: (property, outcome) -> number of checks
Counts = Counter[tuple[str, Outcome]]
_OUTCOMES = tuple(Outcome)
_WORST = (Outcome.FAILED, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's outcome: the worst of its findings, PASSED when there are none."""

    code: str
    outcome: Outcome
    findings: tuple[Finding, ...]


def result_of(code: str, findings: Iterable[Finding]) -> CheckResult:
    """Sum up the findings of one check."""
    some = tuple(findings)
    if not some:
        return _passed(code)
    if len(some) == 1:
        return CheckResult(code, some[0].outcome, some)
    outcomes = {one.outcome for one in some}
    worst = next((one for one in _WORST if one in outcomes), Outcome.PASSED)
    return CheckResult(code, worst, some)


@functools.lru_cache(maxsize=256)
def _passed(code: str) -> CheckResult:
    return CheckResult(code, Outcome.PASSED, ())


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
    corrected: Corrected | None = None

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
        counts = self._counts()
        correction = {} if self.corrected is None else {"correction": _correction(self.corrected)}
        return correction | {
            "checks": [_check(catalogue, one) for one in self.checks],
            "decision": str(self.decision),
            "judged_on": self.judged_on.isoformat(),
            "package": {
                "digest": self.digest,
                "form": str(self.form),
                "size_bytes": self.size_bytes,
            },
            "properties": [_property(catalogue, name, counts) for name in PROPERTIES],
            "report": FORMAT,
            "rule_set": {"digest": self.rules.digest, "version": self.rules.version},
            "stage": STAGE,
        }

    def canonical(self) -> bytes:
        """The report as canonical JSON (RFC 8785): the bytes to keep and to sign."""
        rules, counts = self.rules, self._counts()
        package = {
            "digest": string(self.digest),
            "form": string(self.form),
            "size_bytes": number(self.size_bytes),
        }
        rule_set = {"digest": string(rules.digest), "version": string(rules.version)}
        correction = {}
        if self.corrected is not None:
            correction["correction"] = _write(_correction(self.corrected))
        return assembled(
            correction
            | {
                "checks": listed([_piece(rules, one) for one in self.checks]),
                "decision": string(self.decision),
                "judged_on": string(self.judged_on.isoformat()),
                "package": assembled(package),
                "properties": listed([_property_piece(rules, one, counts) for one in PROPERTIES]),
                "report": string(FORMAT),
                "rule_set": assembled(rule_set),
                "stage": string(STAGE),
            }
        )

    def _counts(self) -> Counts:
        checks = self.rules.catalogue.checks
        return Counter([(checks[one.code].property, one.outcome) for one in self.checks])


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
)


def _write(value: Mapping[str, object]) -> bytes:
    # Keys are ASCII, numbers whole: this is RFC 8785's form (a test compares both).
    return _ENCODER.encode(value).encode()


def _piece(rules: RuleSet, result: CheckResult) -> bytes:
    """A check's text; what speaks of the package as a whole is written only once."""
    key: list[str] = [result.code]
    for one in result.findings:
        if one.found or one.expected or (one.place is not NOWHERE and one.place != NOWHERE):
            return _write(_check(rules.catalogue, result))
        key += one.outcome, one.reason
    known = rules.pieces.get(tuple(key))
    if known is None:
        known = _keep(rules, tuple(key), _check(rules.catalogue, result))
    return known


def _property_piece(rules: RuleSet, name: str, counts: Counts) -> bytes:
    key: tuple[str | int, ...] = (name, *[counts[name, outcome] for outcome in _OUTCOMES])
    known = rules.pieces.get(key)
    if known is None:
        known = _keep(rules, key, _property(rules.catalogue, name, counts))
    return known


def _keep(rules: RuleSet, key: tuple[str | int, ...], value: dict[str, object]) -> bytes:
    text = _write(value)
    if len(rules.pieces) < MAX_PIECES:
        rules.pieces[key] = text
    return text


def _property(catalogue: Catalogue, name: str, counts: Counts) -> dict[str, object]:
    shown = [Outcome.FAILED, Outcome.UNDETERMINED, Outcome.PASSED, Outcome.NOT_APPLICABLE]
    return {
        "counts": {str(outcome): counts[name, outcome] for outcome in Outcome},
        "name": catalogue.properties[name].as_dict(),
        "outcome": str(next(one for one in shown if counts[name, one])),
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


def _correction(corrected: Corrected) -> dict[str, object]:
    """What is said of a delivery that was corrected here."""
    signed = ("；电子签名按收到的原件验证", "; its signatures are judged over it as received")
    more = signed if corrected.signed else ("", "")
    return {
        "changes": corrected.changes,
        "digest": corrected.digest,
        "note": {
            "en": f"Judged is the delivery with {corrected.changes} correction(s) made here; "
            f"what was received is kept untouched{more[1]}.",
            "zh": f"所检测的是经在此更正（{corrected.changes} 处）后的内容，"
            f"收到的原件原样保存{more[0]}。",
        },
    }


def _is_listed(finding: Finding) -> bool:
    """A "does not apply" to the whole check is the check's reason, not a finding."""
    return finding.outcome is not Outcome.NOT_APPLICABLE or finding.place != NOWHERE


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

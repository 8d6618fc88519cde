"""Run every check over one package and give one report (四性检测).

Every check of the catalogue appears once, whatever happened: passed, failed, could
not be told, or not applicable with the reason. The same facts give the same report.
"""

import functools
from collections.abc import Callable, Iterator, Mapping

from filing.model.finding import Finding, Outcome, Place
from filing.model.package import Form, Package
from filing.rules import authenticity, integrity, safety, usability
from filing.rules.acceptance import decide
from filing.rules.answers import failed, not_applicable
from filing.rules.case import Case, open_case
from filing.rules.catalogue import Check
from filing.rules.facts import Facts
from filing.rules.report import CheckResult, Report, result_of
from filing.rules.rule_set import RuleSet

CHECKS: Mapping[str, Callable[[Case], Iterator[Finding]]] = dict(
    (*authenticity.CHECKS, *integrity.CHECKS, *usability.CHECKS, *safety.CHECKS)
)
#: Only these may refuse a package: see Catalogue.refuses.
_REFUSED = frozenset({Outcome.FAILED, Outcome.UNDETERMINED})
_ZIPS = frozenset({Form.EEP_ZIP, Form.RECORD_ZIP})


def detect(facts: Facts, rules: RuleSet) -> Report:
    """Judge a package by every check.

    Raises ValueError if a finding names a code the catalogue lacks: a bug of ours.
    """
    case = open_case(facts, rules)
    given = _given(case)
    if unknown := set(given) - set(rules.catalogue.checks):
        raise ValueError(f"findings with codes not in the catalogue: {sorted(unknown)}")
    checks = tuple(
        _run(check, case, given.get(code)) for code, check in rules.catalogue.checks.items()
    )
    doubted = (one.findings for one in checks if one.outcome in _REFUSED)
    decision = decide(rules.catalogue, facts.package, doubted)
    return Report(
        rules=rules,
        form=facts.package.form,
        digest=str(facts.package.digest),
        size_bytes=facts.package.size_bytes,
        judged_on=facts.today,
        decision=decision,
        checks=checks,
        corrected=facts.corrected,
    )


def _given(case: Case) -> dict[str, list[Finding]]:
    """What readers, schema and table found, by code; a slip reported once."""
    package = case.package
    given: dict[str, list[Finding]] = {}
    for finding in (*package.findings, *case.structure.findings):
        given.setdefault(finding.code, []).append(finding)
    for some in case.judged.by_code.values() if package.readable else ():
        given.setdefault(some[0].code, []).extend(some)
    seen = set(case.judged.places)
    decoded = "GD-2-7" not in given
    for finding in case.structure.values:
        xpath = finding.place.xpath
        if (xpath and xpath in seen) or (finding.code == "GD-2-7" and not decoded):
            continue
        seen.add(xpath)
        given.setdefault(finding.code, []).append(finding)
    if not package.readable and not any(one.outcome is Outcome.FAILED for one in package.findings):
        # The reader gave up without a word: never let that pass for good.
        given.setdefault("GD-3-1", []).append(failed("GD-3-1", "unreadable", Place()))
    return given


def _run(check: Check, case: Case, given: list[Finding] | None) -> CheckResult:
    code = check.code
    if check.not_applicable:
        return _not_judged(code, check.not_applicable)
    if reason := _out_of_reach(check, case.package):
        return result_of(code, given) if given else _not_judged(code, reason)
    function = CHECKS.get(code)
    if function is None:
        return result_of(code, given or ())
    return result_of(code, [*given, *function(case)] if given else function(case))


@functools.lru_cache(maxsize=512)
def _not_judged(code: str, reason: str) -> CheckResult:
    return result_of(code, (not_applicable(code, reason),))


def _out_of_reach(check: Check, package: Package) -> str:
    """Why there is nothing for this check to judge, or ""."""
    needs = check.needs
    if needs == "archive" and package.form not in _ZIPS:
        return "not-an-archive"
    if needs == "members" and check.code not in CHECKS and package.form is Form.EEP:
        return "not-an-archive"
    if package.readable:
        return ""
    if needs == "metadata":
        return "metadata-unreadable"
    if needs == "document":
        return "not-reached"
    if needs in {"archive", "members"} and package.metadata is None:
        # Opening stopped at what was found; the rest was not looked at.
        return "not-reached"
    return ""

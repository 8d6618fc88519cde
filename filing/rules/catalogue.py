"""The catalogue of checks: codes, wording, severity, as data.

Given the bytes of schemas/checks/*.toml it makes frozen values; a catalogue that
contradicts itself is refused at start (Misconfigured), not met in a report.

Reads no file itself; see filing.rules.rule_set.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any  # what TOML holds is checked field by field below

from filing.errors import Misconfigured
from filing.model.finding import Finding, Outcome

#: In the order of a report: the four properties of 四性检测.
PROPERTIES = ("authenticity", "integrity", "usability", "safety")
#: What must have been read for a check to have something to judge.
NEEDS = frozenset({"nothing", "members", "archive", "document", "metadata"})
_TEMPLATE = re.compile(r"\{(\w+)\}")
_CODE = re.compile(r"(GD|ZX)-([1-4])-([1-9]\d?)")
_POLICIES = frozenset({"accept", "reject"})


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in Chinese and English."""

    zh: str
    en: str

    def filled(self, values: Mapping[str, str]) -> "Text":
        """With ``{field}``, ``{expected}`` and ``{found}`` put in, once.

        ``{said}`` is what was found where that is a sentence in both languages: each gets its own.
        """
        said = halves(values.get("found", ""))
        return Text(
            _fill(self.zh, {**values, "said": said.zh}), _fill(self.en, {**values, "said": said.en})
        )

    def as_dict(self) -> dict[str, str]:
        """For the report."""
        return {"en": self.en, "zh": self.zh}


def halves(said: str) -> Text:
    """The languages of "中文 / English；中文 / English", as readers of files speak.

    One text for both where there is only one; "；" inside a name parts nothing.
    """
    sentences = said.split("；")
    if not all(" / " in one for one in sentences):
        sentences = [said]
    pairs = [one.partition(" / ") for one in sentences]
    return Text("；".join(zh for zh, _, _ in pairs), "; ".join(en or zh for zh, _, en in pairs))


def _fill(template: str, values: Mapping[str, str]) -> str:
    # One pass: a value that itself holds "{found}" is not filled again.
    if "{" not in template:
        return template
    return _TEMPLATE.sub(lambda hit: values.get(hit[1]) or "—", template)


@dataclass(frozen=True, slots=True)
class Reason:
    """One way a check can come out other than passed.

    actor          who must act: "agency", "archive" or "clerk"
    undetermined   what an undetermined finding of this reason does to acceptance;
                   "" leaves it to the check
    """

    slug: str
    message: Text
    remedy: Text
    actor: str
    undetermined: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One check as the catalogue has it.

    severity         "reject": a failed finding refuses the package; "note": it does not
    undetermined     "accept" or "reject": what "could not tell" does
    needs            one of NEEDS
    not_applicable   reason it never applies online, or ""
    cannot_fail      why no package can make it fail, or None
    """

    code: str
    confirmed: bool
    property: str
    group: Text
    name: Text
    purpose: Text
    object: Text
    basis: str
    method: Text
    severity: str
    undetermined: str
    needs: str
    not_applicable: str
    cannot_fail: Text | None
    reasons: Mapping[str, Reason]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every check by code, in report order, and the reasons any check may give.

    guarded   fields on which a finding refuses as ``shipped`` says, where that is
              stricter; empty unless severities were tuned (filing.rules.tuning)
    """

    version: str
    properties: Mapping[str, Text]
    checks: Mapping[str, Check]
    common: Mapping[str, Reason]
    guarded: frozenset[str] = frozenset()
    shipped: Mapping[str, Check] = field(default_factory=dict)

    def reason(self, code: str, slug: str) -> Reason:
        """The wording of ``slug``; for one the catalogue lacks, a plain sentence."""
        found = self.checks[code].reasons.get(slug) or self.common.get(slug)
        return found or self.common["unlisted"]

    def refuses(self, finding: Finding) -> bool:
        """Whether this finding alone keeps the package from being accepted."""
        if finding.place.field in self.guarded and self._by(self.shipped, finding):
            return True
        return self._by(self.checks, finding)

    def _by(self, checks: Mapping[str, Check], finding: Finding) -> bool:
        check = checks[finding.code]
        if finding.outcome is Outcome.FAILED:
            return check.severity == "reject"
        if finding.outcome is not Outcome.UNDETERMINED:
            return False
        policy = self.reason(finding.code, finding.reason).undetermined or check.undetermined
        return policy == "reject"


def order(code: str) -> tuple[int, bool, int]:
    """Sort key: property, then the standard's codes before ours, then the number."""
    found = _CODE.fullmatch(code)
    if found is None:
        raise Misconfigured(f"{code!r} is not a check code")
    return int(found[2]), found[1] == "ZX", int(found[3])


def read_catalogue(files: Mapping[str, bytes]) -> Catalogue:
    """Read the catalogue.

    files   "common.toml" and one "<property>.toml" for each of PROPERTIES

    Raises Misconfigured, naming the code.
    """
    try:
        common = tomllib.loads(files["common.toml"].decode())
        read = [
            _check(name, raw)
            for name in PROPERTIES
            for raw in tomllib.loads(files[f"{name}.toml"].decode())["check"]
        ]
        checks = {one.code: one for one in sorted(read, key=lambda one: order(one.code))}
        if len(checks) != len(read):
            raise Misconfigured("a check code stands twice in the catalogue")
        return Catalogue(
            version=common["version"],
            properties={name: _text(common["properties"][name]) for name in PROPERTIES},
            checks=checks,
            common=_reasons(common["reasons"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Misconfigured(f"check catalogue: {error}") from error


def _text(raw: Mapping[str, str]) -> Text:
    return Text(raw["zh"], raw["en"])


def _reasons(raw: Mapping[str, Mapping[str, str]]) -> dict[str, Reason]:
    return {
        slug: Reason(
            slug,
            Text(one["zh"], one["en"]),
            Text(one["remedy_zh"], one["remedy_en"]),
            one["actor"],
            one.get("undetermined", ""),
        )
        for slug, one in raw.items()
    }


def _check(property_name: str, raw: Mapping[str, Any]) -> Check:  # Any: TOML
    check = Check(
        code=raw["code"],
        confirmed=raw["confirmed"],
        property=property_name,
        group=_text(raw["group"]),
        name=_text(raw["name"]),
        purpose=_text(raw["purpose"]),
        object=_text(raw["object"]),
        basis=raw["basis"],
        method=_text(raw["method"]),
        severity=raw["severity"],
        undetermined=raw["undetermined"],
        needs=raw["needs"],
        not_applicable=raw.get("not_applicable", ""),
        cannot_fail=_text(raw["cannot_fail"]) if "cannot_fail" in raw else None,
        reasons=_reasons(raw["reasons"]),
    )
    if (
        PROPERTIES[order(check.code)[0] - 1] != property_name
        or check.needs not in NEEDS
        or check.severity not in {"reject", "note"}
        or check.undetermined not in _POLICIES
        or (check.not_applicable and check.not_applicable not in check.reasons)
    ):
        raise Misconfigured(f"check {check.code} contradicts itself")
    return check

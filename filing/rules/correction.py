"""What may be corrected here, by whom, and who must act where it may not.

Two tables of schemas/correction: fields.toml says for every field which role may correct
it; remedies.toml says for every check of the catalogue whether its fault can be mended on
the page. Both are data, so that an archivist can change them without touching Python.

A content file under an agency's signature is never replaced, whatever the table says,
unless the bytes are the very ones the signed metadata promised.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # what TOML holds is checked where it is read

from filing.errors import Misconfigured
from filing.model.finding import Finding
from filing.model.package import Form, Package
from filing.model.roles import Role
from filing.rules.catalogue import Text
from filing.rules.rule_set import SHIPPED

#: What a field is called when a content file is meant.
FILE = "file"
ACTORS = frozenset({"page", "agency", "archive", "nobody"})
MENDS = frozenset({"metadata", "file", "both", ""})


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Who may correct the fields ``pattern`` fits.

    unless   words that close the field when its present value holds one of them ("机密★10年")
    """

    pattern: re.Pattern[str]
    roles: frozenset[Role]
    why: str
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class Remedy:
    """Whether a fault can be mended on the page, and who must act.

    mend    "metadata", "file", "both", or "" where the page cannot
    actor   one of ACTORS
    """

    mend: str
    actor: str
    text: Text


@dataclass(frozen=True, slots=True)
class CorrectionRules:
    """Both tables."""

    version: str
    fields: tuple[FieldRule, ...]
    why: Mapping[str, Text]
    remedies: Mapping[str, Remedy]
    reasons: Mapping[tuple[str, str], Remedy]

    def may_change(self, roles: Iterable[Role], field: str, value: str = "") -> str:
        """ "" when one of the roles may correct the field, else why not (a key of ``why``)."""
        rule = next((one for one in self.fields if one.pattern.fullmatch(field)), None)
        if rule is None:
            return "not-a-field"
        if not rule.roles:
            return rule.why or "not-your-role"
        plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", value)))
        if any(one in plain for one in rule.unless):
            return rule.why
        return "" if rule.roles & frozenset(roles) else "not-your-role"

    def remedy(self, code: str, reason: str = "") -> Remedy:
        """Who acts on a finding. Raises KeyError for a code the catalogue lacks."""
        return self.reasons.get((code, reason)) or self.remedies[code]

    def mendable(self, findings: Iterable[Finding]) -> bool:
        """Whether every one of these can be mended on the page."""
        return all(self.remedy(one.code, one.reason).actor == "page" for one in findings)


def is_signed(package: Package) -> bool:
    """Whether the sender's signature covers the content files."""
    return package.form in {Form.EEP, Form.EEP_ZIP} and any(
        not one.lock for one in package.signatures
    )


def load_correction_rules(root: Path = SHIPPED) -> CorrectionRules:
    """Read both tables below ``root``; once, at start. Raises Misconfigured."""
    folder = root / "correction"
    try:
        fields = tomllib.loads((folder / "fields.toml").read_text("utf-8"))
        remedies = tomllib.loads((folder / "remedies.toml").read_text("utf-8"))
        texts = {name: Text(one["zh"], one["en"]) for name, one in remedies["text"].items()}
        by_code = {code: _remedy(one, texts) for code, one in remedies["check"].items()}
        by_reason = {
            (code, reason): _remedy(one, texts)
            for code, raw in remedies["check"].items()
            for reason, one in raw.get("reasons", {}).items()
        }
        return CorrectionRules(
            version=fields["version"],
            fields=tuple(_rule(one) for one in fields["field"]),
            why={name: Text(one["zh"], one["en"]) for name, one in fields["why"].items()},
            remedies=by_code,
            reasons=by_reason,
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise Misconfigured(f"correction tables: {error}", f"更正规则表有误：{error}") from error


def _rule(raw: Mapping[str, Any]) -> FieldRule:  # Any: TOML
    pattern = "".join(
        ".*" if one == "*" else re.escape(one) for one in re.split(r"(\*)", raw["path"])
    )
    return FieldRule(
        re.compile(pattern, re.DOTALL),
        frozenset(Role(one) for one in raw["roles"]),
        raw.get("why", ""),
        frozenset(raw.get("unless", ())),
    )


def _remedy(raw: Mapping[str, Any], texts: Mapping[str, Text]) -> Remedy:  # Any: TOML
    if raw["mend"] not in MENDS or raw["actor"] not in ACTORS:
        raise ValueError(f"{raw['mend']!r}, {raw['actor']!r}")
    if bool(raw["mend"]) != (raw["actor"] == "page"):
        raise ValueError("what can be mended is mended on the page")
    return Remedy(raw["mend"], raw["actor"], texts[raw["text"]])

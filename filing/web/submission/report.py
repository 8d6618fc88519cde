"""A detection's report as a page shows it: its JSON, read into one language.

The wording stands in the report itself, as it was judged; nothing is worded again here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # what JSON holds; the report's own schema vouches for it

from filing.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Told:
    """One finding.

    id        of its place on the page
    actor     who must act: "agency", "archive" or "clerk"
    path      member of the package it is about, or ""
    refuses   it keeps the delivery from being accepted
    """

    id: str
    code: str
    check: str
    outcome: str
    reason: str
    message: str
    remedy: str
    actor: str
    field: str
    line: int
    path: str
    xpath: str
    refuses: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """One check with what it found. ``reason`` is why it could not judge, or did not apply."""

    code: str
    confirmed: bool
    name: str
    group: str
    outcome: str
    reason: str
    told: tuple[Told, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Property:
    """One of the four properties with its checks."""

    slug: str
    name: str
    outcome: str
    counts: Mapping[str, int]
    checks: tuple[Checked, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report in one language."""

    accepted: bool
    judged_on: date
    digest: str
    form: str
    size_bytes: int
    rules: str
    rules_digest: str
    properties: tuple[Property, ...]

    @property
    def told(self) -> tuple[Told, ...]:
        """Every finding, in the order of the report."""
        return tuple(one for part in self.properties for check in part.checks for one in check.told)

    @property
    def refusing(self) -> tuple[Told, ...]:
        """What keeps the delivery from being accepted."""
        return tuple(one for one in self.told if one.refuses)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the checks that refuse it, each once."""
        return tuple(dict.fromkeys(one.code for one in self.refusing))


def read_report(body: bytes, lang: str, refusing: Iterable[Finding] | None = None) -> ReportView:
    """Read a report.

    refusing   the findings that refuse; None where only the report is left: then whatever
               failed, or could not be told, of a rejected delivery counts as such
    """
    raw: Mapping[str, Any] = json.loads(body)
    accepted = raw["decision"] == "accepted"
    wanted = None if refusing is None else {_key(one) for one in refusing}
    read = [_checked(one, lang, wanted, accepted) for one in raw["checks"]]
    return ReportView(
        accepted=accepted,
        judged_on=date.fromisoformat(raw["judged_on"]),
        digest=raw["package"]["digest"],
        form=raw["package"]["form"],
        size_bytes=raw["package"]["size_bytes"],
        rules=raw["rule_set"]["version"],
        rules_digest=raw["rule_set"]["digest"],
        properties=tuple(
            Property(
                slug=one["property"],
                name=one["name"][lang],
                outcome=one["outcome"],
                counts=one["counts"],
                # The codes say whose they are: GD-2-4 is the second property's.
                checks=tuple(each for each in read if each.code.split("-")[1] == str(number)),
            )
            for number, one in enumerate(raw["properties"], start=1)
        ),
    )


_Key = tuple[str, str, str, int, str, str]


def _key(one: Finding) -> _Key:
    place = one.place
    return (
        one.code,
        one.reason,
        place.path[:_LONG],
        place.line,
        place.xpath[:_LONG],
        place.field[:_LONG],
    )


#: The report cuts its texts at 200 characters; so much of them is compared.
_LONG = 190


def _checked(
    raw: Mapping[str, Any], lang: str, wanted: set[_Key] | None, accepted: bool
) -> Checked:
    told = []
    for number, one in enumerate(raw["findings"], start=1):
        place = one["place"]
        key = (
            raw["code"], one["reason"], place["path"][:_LONG], place["line"],
            place["xpath"][:_LONG], place["field"][:_LONG],
        )  # fmt: skip
        failed = one["outcome"] == "failed" and not accepted
        told.append(
            Told(
                id=f"r-{raw['code']}-{number}",
                code=raw["code"],
                check=raw["name"][lang],
                outcome=one["outcome"],
                reason=one["reason"],
                message=one["message"][lang],
                remedy=one["remedy"][lang],
                actor=one["actor"],
                field=place["field"],
                line=place["line"],
                path=place["path"],
                xpath=place["xpath"],
                refuses=failed if wanted is None else key in wanted,
            )
        )
    return Checked(
        code=raw["code"],
        confirmed=raw["confirmed"],
        name=raw["name"][lang],
        group=raw["group"][lang],
        outcome=raw["outcome"],
        reason=raw["reason"]["message"][lang] if "reason" in raw else "",
        told=tuple(told),
        more=raw.get("more_findings", 0),
    )

"""What is set, as this process goes by it: rules by sender and package, words of notices.

Several processes share the database. Each asks at most every SECONDS whether anything
was set, one number from the end of an index, and reads again only what it needs; so a
change is in force everywhere within SECONDS, and a check costs no query.
"""

import json
import re
import time
from collections.abc import Callable, Sequence
from typing import Any  # what each caller keeps is its own affair

from filing.administration.ports import Settings, Texts
from filing.errors import NotFound, OutsideUnavailable
from filing.model.administration import Setting, SettingKind
from filing.model.agency import Agency
from filing.model.events import Kind
from filing.model.identifiers import ArchivalCode
from filing.model.notices import Template
from filing.model.package import Package
from filing.model.tuning import Scope, Tuned
from filing.rules.asked import asked, differing
from filing.rules.rule_set import RuleSet
from filing.rules.tuning import derive, unchanged

SECONDS = 2.0
_MOST = 10_000
_MOST_RULE_SETS = 256
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Believed:
    """What was read of the settings, until something is set."""

    def __init__(self, mark: Callable[[], int], tick: Callable[[], float] = time.monotonic) -> None:
        self._mark = mark
        self._tick = tick
        # (mark, until, what was read). Replaced whole, so threads need no lock.
        self._state: tuple[int, float, dict[Any, Any]] = (-1, 0.0, {})

    def read(self) -> dict[Any, Any]:
        """What was read since the last change; the caller adds to it. Raises OutsideUnavailable."""
        mark, until, kept = self._state
        now = self._tick()
        if now < until:
            return kept
        # Read before what depends on it: what is kept is never older than its mark.
        found = self._mark()
        if found != mark or len(kept) > _MOST:
            kept = {}
        self._state = (found, now + SECONDS, kept)
        return kept

    def forget(self) -> None:
        """Look again at once: this process has set something itself."""
        self._state = (-1, 0.0, {})


class RulesInForce:
    """Which rules judge: the shipped ones, tuned for the sender and the kind of record."""

    def __init__(self, base: RuleSet, settings: Settings, believed: Believed) -> None:
        self.base = base
        self._settings = settings
        self._believed = believed
        self._made: dict[str, RuleSet] = {}

    def __call__(self, sender: Agency | None, package: Package) -> RuleSet:
        """The rules for this delivery; nobody's is judged by the shipped ones.

        Raises OutsideUnavailable when it cannot be told which are in force.
        """
        if sender is None:
            return self.base
        tuned = self._tuned(sender.id)
        if not tuned:
            return self.base
        return self._rules(sender.id, tuned, *kind_of(package, sender, tuned))

    def of(self, agency_id: str, category: str = "", document_type: str = "") -> RuleSet:
        """The rules for an agency's records of one kind; "" for kinds nothing is set for."""
        return self._rules(agency_id, self._tuned(agency_id), category, document_type)

    def asked(self, agency: Agency) -> dict[str, object]:
        """What the rules ask of an agency's deliveries; "by_kind" where it is different."""
        plain = self.of(agency.id)
        kinds = []
        for scope in self.scopes(agency.id):
            if scope.category or scope.document_type:
                rules = self.of(agency.id, scope.category, scope.document_type)
                which = {"category": scope.category, "document_type": scope.document_type}
                kinds.append({**which, **differing(rules, plain)})
        return {**asked(plain), "by_kind": kinds}

    def text(self, digest: str) -> bytes:
        """What the rules with this digest change of a release. Raises NotFound."""
        if digest == self.base.digest:
            return unchanged(self.base)
        found = self._settings.rules(digest) if _DIGEST.fullmatch(digest) else None
        if found is None:
            raise NotFound("no rules of this archive have this digest", "没有此摘要的检测规则")
        return found.text

    def scopes(self, agency_id: str) -> tuple[Scope, ...]:
        """What is set apart for this agency, the broadest first."""
        return tuple(one.scope for one in self._tuned(agency_id))

    def _tuned(self, agency_id: str) -> tuple[Tuned, ...]:
        known = self._believed.read()
        found: tuple[Tuned, ...] | None = known.get(("tuned", agency_id))
        if found is None:
            read = self._settings.tunings(agency_id)
            found = tuple(sorted(read, key=lambda one: (one.scope.rank, one.scope.key)))
            known["tuned", agency_id] = found
        return found

    def _rules(
        self, agency_id: str, tuned: Sequence[Tuned], category: str, document_type: str
    ) -> RuleSet:
        known = self._believed.read()
        key = "rules", agency_id, category, document_type
        found: RuleSet | None = known.get(key)
        if found is None:
            covering = [one for one in tuned if one.scope.covers(category, document_type)]
            found = known[key] = self._kept(derive(self.base, covering))
        return found

    def _kept(self, rules: RuleSet) -> RuleSet:
        """One value for all who have the same rules; kept before any report can name it."""
        if rules is self.base:
            return rules
        if (known := self._made.get(rules.digest)) is not None:
            return known
        self._settings.keep_rules(rules.used)
        if len(self._made) >= _MOST_RULE_SETS:
            self._made.clear()
        self._made[rules.digest] = rules
        return rules


def kind_of(package: Package, sender: Agency, tuned: Sequence[Tuned]) -> tuple[str, str]:
    """档案门类代码 and 文种 of a delivery, as far as ``tuned`` tells any apart; else ""."""
    categories = {one.scope.category for one in tuned} - {""}
    types = {one.scope.document_type for one in tuned} - {""}
    category = _category(package, sender) if categories else ""
    document_type = package.value("内容描述/文种") if types else ""
    return (
        category if category in categories else "",
        document_type if document_type in types else "",
    )


def _category(package: Package, sender: Agency) -> str:
    text = package.value("档号")
    rule = sender.rule(package.value("档号/全宗号") or text.partition("-")[0])
    try:
        return ArchivalCode.parse(text, *([rule.forms] if rule else [])).category
    except ValueError:
        return ""


class TextsInForce:
    """The words of notices: as set on the pages, else as shipped."""

    def __init__(self, shipped: Texts, settings: Settings, believed: Believed) -> None:
        self._shipped = shipped
        self._settings = settings
        self._believed = believed

    def __call__(self, kind: Kind, language: str) -> Template:
        """See filing.notices.ports.Texts. A notice is not lost for words: shipped ones serve
        while the database does not answer."""
        try:
            known = self._believed.read()
            if ("text", kind) not in known:
                version = self._settings.current(Setting(SettingKind.NOTICE_TEXT, "", kind))
                known["text", kind] = {} if version is None else json.loads(version.body)
            body = known["text", kind]
        except OutsideUnavailable:
            body = {}
        if language in body:
            return Template(body[language]["title"], body[language]["body"])
        return self._shipped(kind, language)

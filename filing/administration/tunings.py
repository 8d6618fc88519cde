"""Rules of an archive, an agency or a kind of record: seen, changed, and by digest.

Each scope is a setting with versions of its own. What may be set is judged by
filing.rules.tuning against the rules this release ships.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from filing.administration.changing import a_key, must_be, next_version, refuse
from filing.administration.in_force import Believed, RulesInForce, kind_of
from filing.administration.ports import Agencies, Settings
from filing.errors import BadRequest, NotFound
from filing.model.administration import Setting, SettingKind, Version
from filing.model.agency import Agency
from filing.model.events import Event, Kind
from filing.model.package import Package
from filing.model.people import Person
from filing.model.roles import Permission
from filing.model.tuning import Scope, Tuned, Tuning
from filing.ports import Clock
from filing.rules.catalogue import Text
from filing.rules.rule_set import RuleSet
from filing.rules.tuning import derive, faults, read_tuning, write_tuning

_LONGEST_TYPE = 50


@dataclass(frozen=True, slots=True)
class RulesDesk:
    """The use cases."""

    settings: Settings
    agencies: Agencies
    in_force: RulesInForce
    believed: Believed
    clock: Clock

    def listed(
        self, by: Person, after: Scope | None, limit: int
    ) -> Sequence[tuple[Scope, Version]]:
        """Every scope something is or was set for, by agency."""
        by.need(Permission.CHANGE_RULES)
        behind = ("", "") if after is None else (a_key(after.agency_id), a_key(after.key))
        found = self.settings.listed(SettingKind.RULES, behind, limit)
        return [(Scope.of(one.setting.owner, one.setting.key), one) for one in found]

    def one(self, by: Person, scope: Scope) -> tuple[Tuning, Version]:
        """What is set for a scope; version 0 while nothing ever was. Raises NotFound."""
        by.need(Permission.CHANGE_RULES)
        self._known(scope)
        which = setting_of(scope)
        version = self.settings.current(which)
        if version is None:
            return Tuning(), Version(which, 0, write_tuning(Tuning()), "", "system", None)
        return read_tuning(version.body), version

    def judged(self, by: Person, scope: Scope, tuning: Tuning) -> RuleSet:
        """The rules a scope would have with this tuning. Raises BadRequest where it may not be."""
        by.need(Permission.CHANGE_RULES)
        self._known(scope)
        refuse(faults(tuning, self.in_force.base))
        return self.proposed(scope, tuning, scope.agency_id, scope.category, scope.document_type)

    def save(self, by: Person, scope: Scope, tuning: Tuning, seen: int, reason: str) -> None:
        """Put a tuning in force. Raises ChangedMeanwhile, BadRequest."""
        before, stands = self.one(by, scope)
        must_be(seen, stands.number)
        refuse(faults(tuning, self.in_force.base))
        try:
            body = write_tuning(tuning)
        except ValueError as error:
            raise BadRequest("a character cannot be written", "含有无法保存的字符") from error
        if body == write_tuning(before):
            raise BadRequest("nothing is changed", "没有任何改动")
        version = next_version(stands.setting, seen, body, reason, by, self.clock)
        kept = read_tuning(body)
        detail = {
            "agency": scope.agency_id,
            "category": scope.category,
            "document_type": scope.document_type,
            "version": version.number,
            "checks": len(kept.checks),
            "fields": len(kept.fields),
        }
        event = Event("", "", Kind.RULES_CHANGED, self.clock.now(), by.who, detail)
        self.settings.save(version, event)
        self.believed.forget()

    def proposed(
        self, scope: Scope, tuning: Tuning, agency_id: str, category: str, document_type: str
    ) -> RuleSet:
        """The rules an agency's records of a kind would have; nothing is kept of them."""
        standing = self.settings.tunings(agency_id)
        changed = [one for one in standing if one.scope != scope] + [Tuned(scope, tuning)]
        covering = [
            one
            for one in changed
            if one.scope.agency_id in ("", agency_id) and one.scope.covers(category, document_type)
        ]
        return derive(self.in_force.base, covering)

    def _known(self, scope: Scope) -> None:
        if scope.agency_id and self.agencies.agency(a_key(scope.agency_id)) is None:
            raise NotFound(
                f"there is no agency {scope.agency_id}", f"没有立档单位 {scope.agency_id}"
            )
        category, kind = scope.category, scope.document_type
        if category and not (len(category) == 2 and category.isascii() and category.isupper()):
            refuse([Text("档案门类代码为两个大写字母", "a category is two capital letters")])
        if kind and (len(kind) > _LONGEST_TYPE or kind != kind.strip() or not kind.isprintable()):
            refuse([Text("文种过长或含不可见字符", "this document type cannot be")])


def setting_of(scope: Scope) -> Setting:
    """The setting that holds a scope's tuning."""
    return Setting(SettingKind.RULES, scope.agency_id, scope.key)


@dataclass(frozen=True, slots=True)
class TunedWay:
    """Rules with one scope's tuning replaced; remembers what it derived."""

    desk: RulesDesk
    scope: Scope
    tuning: Tuning
    made: dict[tuple[str, str, str], RuleSet] = field(default_factory=dict)

    def __call__(self, sender: Agency, package: Package) -> RuleSet:
        """The rules this delivery would be judged by."""
        apart = [Tuned(one, Tuning()) for one in self.desk.in_force.scopes(sender.id)]
        kind = kind_of(package, sender, [*apart, Tuned(self.scope, self.tuning)])
        key = (sender.id, *kind)
        if key not in self.made:
            self.made[key] = self.desk.proposed(self.scope, self.tuning, *key)
        return self.made[key]

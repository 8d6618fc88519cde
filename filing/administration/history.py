"""The versions of a setting: seen, compared, and put back.

Putting an old version back is a change like any other: judged by what may be set today,
kept as a new version with a reason of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from filing.administration.agencies import AgencyDesk, agency_from
from filing.administration.changing import SEEN_BY, a_key, need_any
from filing.administration.ports import Settings
from filing.administration.texts import TextDesk, words_of
from filing.administration.tunings import RulesDesk
from filing.errors import BadRequest, NotFound
from filing.model.administration import Difference, Setting, SettingKind, Version
from filing.model.people import Person
from filing.model.tuning import Scope
from filing.rules.tuning import read_tuning

#: What of a long text is shown in a difference.
_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class History:
    """The use cases, over those that change each kind of setting."""

    settings: Settings
    agencies: AgencyDesk
    rules: RulesDesk
    texts: TextDesk

    def versions(self, by: Person, which: Setting, before: int, limit: int) -> Sequence[Version]:
        """The newest first, below ``before`` (0: from the newest); the one shipped is the last."""
        need_any(by, SEEN_BY[which.kind])
        which = proper(which)
        standing = self._standing(by, which)
        found = list(self.settings.versions(which, before, limit))
        if not found and standing.number <= 1 and not before:
            return [standing]
        return found

    def version(self, by: Person, which: Setting, number: int) -> Version:
        """One of them. Raises NotFound."""
        need_any(by, SEEN_BY[which.kind])
        which = proper(which)
        found = self.settings.version(which, number)
        if found is None:
            found = self._standing(by, which)
            if found.number != number:
                raise NotFound(f"there is no version {number}", f"没有第 {number} 版")
        return found

    def differences(
        self, by: Person, which: Setting, first: int, second: int
    ) -> tuple[Difference, ...]:
        """What the second says differently from the first."""
        one, other = self.version(by, which, first), self.version(by, which, second)
        return compared(one.body, other.body)

    def put_back(self, by: Person, which: Setting, number: int, seen: int, reason: str) -> None:
        """Make an old version the new one. Raises as the change itself."""
        which = proper(which)
        body = self.version(by, which, number).body
        if which.kind is SettingKind.AGENCY:
            self.agencies.change(by, agency_from(which.owner, body), seen, reason)
        elif which.kind is SettingKind.RULES:
            try:
                tuning = read_tuning(body)
            except ValueError as error:
                raise BadRequest(
                    "this version cannot be put back any more", "此版本已无法恢复"
                ) from error
            self.rules.save(by, Scope.of(which.owner, which.key), tuning, seen, reason)
        else:
            self.texts.save(by, which.key, words_of(body), seen, reason)

    def _standing(self, by: Person, which: Setting) -> Version:
        if which.kind is SettingKind.AGENCY:
            return self.agencies.one(by, which.owner)[1]
        if which.kind is SettingKind.RULES:
            return self.rules.one(by, Scope.of(which.owner, which.key))[1]
        return self.texts.one(by, which.key)[1]


def proper(which: Setting) -> Setting:
    """The setting an address means, however it was typed. Raises NotFound."""
    owner, key = a_key(which.owner), a_key(which.key)
    if which.kind is SettingKind.AGENCY:
        return Setting(which.kind, owner)
    if which.kind is SettingKind.NOTICE_TEXT:
        return Setting(which.kind, "", key)
    return Setting(which.kind, owner, Scope.of(owner, key).key)


def compared(before: str, after: str) -> tuple[Difference, ...]:
    """Two bodies compared, value by value, in the order of their places."""
    old, new = _flat(json.loads(before)), _flat(json.loads(after))
    return tuple(
        Difference(place, old.get(place, ""), new.get(place, ""))
        for place in sorted({*old, *new})
        if old.get(place) != new.get(place)
    )


def _flat(value: object, place: str = "") -> dict[str, str]:
    """Place -> text. A list of plain values is one value: its order says something."""
    if isinstance(value, dict):
        found: dict[str, str] = {}
        for name, one in value.items():
            found |= _flat(one, f"{place} › {name}" if place else str(name))
        return found
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        found = {}
        for number, one in enumerate(value, start=1):
            name = one.get("fonds", number) if isinstance(one, dict) else number
            found |= _flat(one, f"{place} › {name}")
        return found
    if isinstance(value, list):
        return {place: "、".join(str(one) for one in value)[:_SHOWN]}
    return {place: "" if value is None else str(value)[:_SHOWN]}

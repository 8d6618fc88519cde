"""The names pages show for agencies, people and checks, and where they come from."""

from collections.abc import Mapping
from typing import Protocol

from filing.model.people import Person
from filing.rules.catalogue import Catalogue, Text
from filing.web.i18n import gettext, language


class Directory(Protocol):
    """Who is who. Identifiers nobody has are left out of every answer."""

    def agencies(self) -> Mapping[str, str]:
        """Agency id -> name, by name."""

    def names(self, ids: frozenset[str]) -> Mapping[str, str]:
        """Person id -> name to show."""

    def colleagues(self, person: Person) -> Mapping[str, str]:
        """Person id -> name of those to whom this person may give work, oneself among them."""


def agency_text(agency_id: str, agencies: Mapping[str, str]) -> str:
    """What an agency is called, and its identifier; that alone where nobody has it."""
    if agency_id not in agencies:
        return agency_id
    return gettext("%(name)s（%(id)s）", name=agencies[agency_id], id=agency_id)


def say(text: Text) -> str:
    """A text of the catalogue in the page's language."""
    return text.en if language() == "en" else text.zh


class Wording:
    """What the catalogue says of codes and reasons, in the page's language."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def check(self, code: str) -> str:
        """The name of a check; the code itself where the catalogue does not know it."""
        known = self._catalogue.checks.get(code)
        return code if known is None else say(known.name)

    def codes(self) -> tuple[str, ...]:
        """Every code, in catalogue order."""
        return tuple(self._catalogue.checks)

    def why(self, code: str, reason: str, field: str, expected: str, found: str) -> str:
        """What is wrong, as the report says it."""
        if code not in self._catalogue.checks:
            return reason
        values = {"field": field, "expected": expected, "found": found}
        return say(self._catalogue.reason(code, reason).message.filled(values))

    def mending(self, code: str, reason: str, field: str, expected: str, found: str) -> str:
        """What would put it right."""
        if code not in self._catalogue.checks:
            return ""
        values = {"field": field, "expected": expected, "found": found}
        return say(self._catalogue.reason(code, reason).remedy.filled(values))

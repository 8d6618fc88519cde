"""A tuning as a form has it, and back. Judges nothing: see filing.rules.tuning."""

from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from filing.model.tuning import CheckTuning, FieldTuning, Tuning
from filing.rules.catalogue import Check
from filing.rules.metadata_table import Element
from filing.rules.protected import PROTECTED, REASONS, TUNABLE
from filing.rules.rule_set import RuleSet
from filing.rules.tuning import takes_values, tunable_fields
from filing.web.admin.showing import lines
from filing.web.i18n import language


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check: as it stands in the scope above, and what is set here.

    severities, undetermined   what may be chosen, beside leaving it
    why                        why it cannot be weakened; ""
    """

    code: str
    name: str
    standing: Check
    tuned: CheckTuning
    severities: tuple[str, ...]
    undetermined: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: as it stands in the scope above, and what is set here."""

    element: Element
    tuned: FieldTuning
    fixed: bool
    listed: bool

    @property
    def kind(self) -> str:
        """How the list is set: "" leaves it."""
        if self.tuned.values is None:
            return ""
        return "closed" if self.tuned.closed else "recommended"


def check_rows(above: RuleSet, shipped: RuleSet, tuning: Tuning) -> Iterator[CheckRow]:
    """Every check of which something may be set, and why the others may not."""
    for code, check in shipped.catalogue.checks.items():
        free = code in TUNABLE
        severities = ("reject", "note") if free else _stricter(check.severity, "reject")
        undetermined = ("reject", "accept") if free else _stricter(check.undetermined, "reject")
        why = REASONS[PROTECTED[code]] if code in PROTECTED else None
        if check.not_applicable:
            severities = undetermined = ()
        yield CheckRow(
            code,
            check.name.zh if language() == "zh" else check.name.en,
            above.catalogue.checks[code],
            tuning.checks.get(code, CheckTuning()),
            severities,
            undetermined,
            "" if why is None else (why.zh if language() == "zh" else why.en),
        )


def _stricter(shipped: str, strictest: str) -> tuple[str, ...]:
    return () if shipped == strictest else (strictest,)


def field_rows(above: RuleSet, shipped: RuleSet, tuning: Tuning) -> Iterator[FieldRow]:
    """Every field of which something may be set."""
    for element in tunable_fields(shipped.table):
        yield FieldRow(
            above.table.elements[element.path],
            tuning.fields.get(element.path, FieldTuning()),
            element.must == "value",
            takes_values(element),
        )


def tuning_of(form: MultiDict[str, str], shipped: RuleSet) -> Tuning:
    """The tuning that was typed; whatever else a form holds is passed over."""
    checks = {
        code: CheckTuning(form.get(f"severity-{code}", ""), form.get(f"undetermined-{code}", ""))
        for code in shipped.catalogue.checks
    }
    fields = {element.path: _field(form, element.path) for element in tunable_fields(shipped.table)}
    return Tuning(
        {code: one for code, one in checks.items() if one != CheckTuning()},
        {path: one for path, one in fields.items() if one != FieldTuning()},
    )


def _field(form: MultiDict[str, str], path: str) -> FieldTuning:
    longest = form.get(f"max-{path}", "").strip()
    number = longest.isascii() and longest.isdigit() and len(longest) < 7
    kind = form.get(f"list-{path}", "")
    values = lines(form.get(f"values-{path}", "")) if kind else None
    # What is no number is no length: -1 is refused in words.
    most = int(longest) if number else -1 if longest else 0
    return FieldTuning(form.get(f"must-{path}", ""), most, values, kind == "closed")

"""What a rule set asks, in plain values, for whoever packs: the service document's part.

Says nothing about how a check works; see the catalogue (GET /api/v1/checks).
"""

from filing.rules.metadata_table import Element
from filing.rules.rule_set import RuleSet


def asked(rules: RuleSet) -> dict[str, object]:
    """Fields that need a value, lengths, lists, and which checks refuse."""
    elements = rules.table.elements.values()
    checks = rules.catalogue.checks
    return {
        "rule_set": {"version": rules.version, "digest": rules.digest},
        "required": [one.path for one in elements if one.must == "value"],
        "lengths": {one.path: one.max for one in elements},
        "values": {one.path: _listed(one) for one in elements if one.listed},
        "checks": {
            code: {"severity": one.severity, "undetermined": one.undetermined}
            for code, one in checks.items()
        },
    }


def _listed(element: Element) -> dict[str, object]:
    return {"closed": bool(element.error), "values": element.listed.split("、")}


def differing(rules: RuleSet, base: RuleSet) -> dict[str, object]:
    """What of ``asked`` is not as in ``base``, with the name of the rules."""
    some, others = asked(rules), asked(base)
    found: dict[str, object] = {"rule_set": some["rule_set"]}
    if some["required"] != others["required"]:
        found["required"] = some["required"]
    for name in ("lengths", "values", "checks"):
        mine, theirs = some[name], others[name]
        assert isinstance(mine, dict) and isinstance(theirs, dict)  # as ``asked`` writes them
        if changed := {key: one for key, one in mine.items() if theirs.get(key) != one}:
            found[name] = changed
    return found

"""What a remedy does to one delivery: from its findings to changes.

A remedy touches only the fields its cause is about, and only values it applies to.
Pure; whether a field may be changed at all is for the corrections to say.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from filing.desk.causes import cause_of
from filing.desk.dates import normalised_date
from filing.errors import (
    BadRequest,
    ChangedMeanwhile,
    FilingError,
    KeptLost,
    NotAllowed,
    NotFound,
    WrongState,
)
from filing.ingest.rejection import fault_of
from filing.model.correction import Change, ChangeKind, Draft
from filing.model.desk import Cause, Remedy, Rewrite
from filing.model.finding import Finding, Place
from filing.model.package import Field, Package
from filing.model.people import Person

#: Bounds of what a person gives.
MAX_TEXT = 4000
MAX_PAIRS = 50
_POSITION = re.compile(r"\[\d+\]$")
_INVISIBLE = frozenset({"Cc", "Cf"})
_WHY = {
    BadRequest: "not-mendable",
    NotAllowed: "not-allowed",
    NotFound: "changed-meanwhile",
    KeptLost: "kept-lost",
    WrongState: "changed-meanwhile",
    ChangedMeanwhile: "changed-meanwhile",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One place a fault is about. ``before``: the text there, None where there is none."""

    xpath: str
    field: str
    before: str | None


def checked(remedy: Remedy) -> Remedy:
    """The remedy, if it says what it needs. Raises BadRequest."""
    texts = [remedy.value, remedy.search, *remedy.mapping, *remedy.mapping.values()]
    if len(remedy.mapping) > MAX_PAIRS or any(len(one) > MAX_TEXT for one in texts):
        raise BadRequest(
            f"a remedy has at most {MAX_PAIRS} pairs of {MAX_TEXT} characters",
            f"对照表最多 {MAX_PAIRS} 项，每项最多 {MAX_TEXT} 字",
        )
    given = {
        Rewrite.VALUE: bool(remedy.value.strip()),
        Rewrite.REPLACE: bool(remedy.search) and remedy.search != remedy.value,
        Rewrite.MAP: bool(remedy.mapping),
    }
    if not given.get(remedy.rewrite, True):
        raise BadRequest("the remedy does not say what to put in", "更正方法没有写明改成什么")
    return remedy


def rewritten(remedy: Remedy, before: str) -> str | None:
    """The new value; None where the remedy does not apply or would change nothing."""
    after: str | None
    match remedy.rewrite:
        case Rewrite.VALUE:
            after = remedy.value
        case Rewrite.REPLACE:
            after = before.replace(remedy.search, remedy.value)
        case Rewrite.MAP:
            after = remedy.mapping.get(before, remedy.mapping.get(before.strip()))
        case Rewrite.DATE:
            after = normalised_date(before)
        case Rewrite.TRIM:
            after = _trimmed(before)
    return None if after == before else after


def changes_for(
    remedy: Remedy, cause: Cause, refusing: Iterable[Finding], package: Package
) -> tuple[Change, ...]:
    """What to change of a delivery so that no fault of the cause is left; () if nothing."""
    changes: dict[str, Change] = {}
    for target in targets(cause, refusing, package):
        after = rewritten(remedy, target.before or "")
        if after is not None and target.xpath not in changes:
            changes[target.xpath] = Change(
                ChangeKind.SET, target.xpath, target.field, target.before, after
            )
    return tuple(changes.values())


def targets(cause: Cause, refusing: Iterable[Finding], package: Package) -> tuple[Target, ...]:
    """The places of a delivery the cause is about."""
    if not cause.field:
        return ()
    by_xpath = {one.place.xpath: one for one in package.fields}
    own = (one for one in refusing if cause_of(cause.agency_id, fault_of(one)).id == cause.id)
    found = (_target(one.place, by_xpath, package) for one in own)
    return tuple(one for one in found if one is not None)


def in_other_hands(assignee: str, draft: Draft, person: Person) -> str:
    """Why a member is left alone, as a slug; "" where nobody works on it by hand.

    What an act changed before, and what still failed then, is nobody's work.
    """
    if assignee not in ("", person.id):
        return "assigned-to-other"
    by_hand = [one for one in draft.changes if not one.act]
    if not by_hand:
        return ""
    own = all(one.by in (person.id, person.who) for one in by_hand)
    return "draft-begun" if own else "draft-of-other"


def why_left(error: FilingError) -> str:
    """Why a member is left as it is when mending it was refused, as a slug."""
    return next((why for kind, why in _WHY.items() if isinstance(error, kind)), "failed")


def _target(place: Place, by_xpath: dict[str, Field], package: Package) -> Target | None:
    name = place.field.rpartition("/")[2]
    if not place.xpath:
        alone = package.all(place.field)
        return _at(alone[0]) if len(alone) == 1 else None
    if _POSITION.sub("", place.xpath.rpartition("/")[2]) == name:
        known = by_xpath.get(place.xpath)
        return _at(known) if known else Target(place.xpath, place.field, None)
    # The place is that of the element around it: look for the field in there.
    below = f"{place.xpath}/{name}"
    inside = [by_xpath[one] for one in by_xpath if _POSITION.sub("", one) == below]
    if len(inside) > 1:
        return None
    return _at(inside[0]) if inside else Target(below, place.field, None)


def _at(field: Field) -> Target:
    return Target(field.place.xpath, field.path, field.value)


def _trimmed(text: str) -> str:
    visible = "".join(
        one for one in text if one in "\t\n\r" or unicodedata.category(one) not in _INVISIBLE
    )
    return visible.strip()

"""What an audit may say of each item of DA/T 70: nothing of what it did not look at."""

from datetime import UTC, datetime

import pytest

from filing.custody.catalogue import NOT_LOOKED_AT, load_catalogue
from filing.model.custody import Answer, Audit, AuditState, Depth, Fault, Scope

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def audited(depth: Depth = Depth.WHOLE, location: str = "main", **found: int) -> Audit:
    return Audit(
        "a", location, Scope(depth=depth), "system", NOW, 3, 3,
        state=AuditState.FINISHED, looked=3, **found,
    )  # fmt: skip


def answers(audit: Audit, *faults: Fault) -> dict[str, set[str]]:
    """By what an item needs to be answered for."""
    known, found = load_catalogue(), {}
    for code, answer in known.by_item(audit, faults).items():
        found.setdefault(known.items[code].needs, set()).add(answer)
    return found


@pytest.mark.parametrize("depth", [Depth.WHOLE, Depth.ANEW])
def test_a_clean_audit_answers_for_every_item(depth):
    clean = {Answer.INTACT}
    assert answers(audited(depth)) == {"bytes": clean, "whole": clean, "holding": clean}


def test_what_was_not_looked_at_has_no_answer():
    assert answers(audited(Depth.BYTES))["whole"] == {NOT_LOOKED_AT}
    assert answers(audited(location="second"))["holding"] == {NOT_LOOKED_AT}


def test_of_a_damaged_record_nobody_knows_whether_it_opens():
    found = answers(audited(damaged=1), Fault("CX-2-1", Answer.DAMAGED))
    assert found["whole"] == {Answer.UNKNOWN}
    assert found["bytes"] == {Answer.INTACT, Answer.DAMAGED}


def test_a_record_that_could_not_be_told_may_be_hurt_in_anything():
    assert answers(audited(unknown=1))["bytes"] == {Answer.UNKNOWN}

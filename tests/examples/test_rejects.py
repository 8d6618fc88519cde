"""Many rejects of few causes, as the desk gathers them."""

from collections import Counter

import pytest

from examples.rejects import MISTAKES, rejects
from filing.desk.causes import cause_of
from filing.desk.remedy import changes_for
from filing.ingest.rejection import fault_of
from filing.model.desk import Cause, Remedy, Rewrite
from filing.rules.rule_set import load_rule_set
from tests.examples.reading import TODAY, judge, read, refused

RULES = load_rule_set()
REMEDIES = {
    "GD-1-7": Remedy(Rewrite.VALUE, "30年"),
    "GD-1-3": Remedy(Rewrite.DATE),
    "GD-2-3": Remedy(Rewrite.VALUE, "省林草样例局"),
}


@pytest.fixture(scope="module")
def judged():
    """Sample and its only refusing finding, for some of each mistake."""
    found, seen = [], Counter()
    for one in rejects():
        seen[one.code] += 1
        if seen[one.code] % 6 == 1:
            refusing = refused(judge(one, RULES))
            assert set(refusing) == {one.code}
            found.append((one, refusing[one.code]))
    return found


def test_there_are_as_many_as_promised_and_no_two_collide():
    codes = [one.archival_code for one in rejects()]
    assert len(codes) == len(set(codes)) == sum(one.times for one in MISTAKES)


def test_each_mistake_is_one_cause(judged):
    causes = {cause_of(one.agency_id, fault_of(each)) for one, found in judged for each in found}
    assert {(one.agency_id, one.code, one.field) for one in causes} == {
        (one.agency, one.code, one.field) for one in MISTAKES
    }
    assert len(causes) == len(MISTAKES)


def test_one_remedy_says_something_for_every_member(judged):
    for one, found in judged:
        key = cause_of(one.agency_id, fault_of(found[0]))
        cause = Cause(
            key.id, key.agency_id, "", key.code, key.reason, key.field, key.shape, "", "", 1,
            TODAY, TODAY,
        )  # fmt: skip
        assert len(changes_for(REMEDIES[one.code], cause, found, read(one))) == 1, one.name

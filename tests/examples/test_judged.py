"""Readers and rules, held to what the samples claim: each fault is found, and no other."""

import itertools

import pytest

from examples.bad import FAULTS, sample
from examples.documents import AGENCIES
from examples.good import good
from examples.signing import SUITES
from filing.model.finding import Outcome
from filing.model.package import Form
from filing.rules.rule_set import load_rule_set
from tests.examples.reading import judge, refused

RULES = load_rule_set()


@pytest.mark.parametrize("form", Form)
def test_a_lawful_sample_passes_every_check_that_applies(form):
    for sender in AGENCIES:
        for one in good(3, form=form, agency=sender, annexes=1):
            outcomes = {check.code: check.outcome for check in judge(one, RULES).checks}
            good_ends = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
            assert not {code for code, end in outcomes.items() if end not in good_ends}


@pytest.mark.parametrize(("suite", "revisions"), tuple(itertools.product(SUITES, (0, 2))))
def test_a_lawful_signature_is_accepted(suite, revisions):
    for one in good(1, suites=(suite,), revisions=revisions):
        report = judge(one, RULES)
        assert refused(report) == {}
        assert {check.outcome for check in report.checks if check.code == "GD-1-1"} == {
            Outcome.PASSED
        }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code}_{fault.slug}")
def test_a_fault_is_found_where_it_is_and_no_other(fault):
    one = sample(fault)
    found = refused(judge(one, RULES))
    assert one.code in found
    assert set(found) <= one.codes
    named = [each for each in found[one.code] if each.reason == one.reason]
    assert named, [each.reason for each in found[one.code]]
    places = [(each.place.path, each.place.xpath, each.place.field) for each in named]
    assert any(one.place in part for place in places for part in place), places

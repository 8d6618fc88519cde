import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.evidence.canonical import canonical
from filing.model.finding import Finding, Outcome, Place
from filing.rules.detection import detect
from filing.rules.report import MAX_FINDINGS, result_of
from filing.rules.rule_set import SHIPPED

from .cases import RULES, a_content, a_package, some_facts
from .test_detection import FAULTS

SCHEMA = json.loads((SHIPPED / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def the_check(report, code):
    return next(one for one in json.loads(report.canonical())["checks"] if one["code"] == code)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_every_report_is_canonical_and_follows_its_schema(fault):
    report = detect(FAULTS[fault][0] if fault else some_facts(), RULES)
    written = report.canonical()
    assert written == canonical(report.as_dict())
    VALIDATOR.validate(json.loads(written))


def test_a_report_with_something_added_does_not_follow_the_schema():
    report = detect(some_facts(), RULES).as_dict()
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(report | {"judged_at": "10:00"})


def test_a_report_names_the_rules_that_judged():
    report = json.loads(detect(some_facts(), RULES).canonical())
    assert report["rule_set"] == {"version": RULES.version, "digest": RULES.digest}


def test_every_check_is_listed_once():
    report = json.loads(detect(some_facts(), RULES).canonical())
    codes = [one["code"] for one in report["checks"]]
    assert codes == list(RULES.catalogue.checks)
    counted = sum(sum(one["counts"].values()) for one in report["properties"])
    assert counted == len(codes)


def test_a_finding_tells_place_message_remedy_and_who_acts():
    facts = some_facts(a_package({"内容描述/密级": "内部"}))
    (finding,) = the_check(detect(facts, RULES), "GD-1-4")["findings"]
    assert finding["place"]["field"] == "内容描述/密级"
    assert finding["place"]["line"] == 7
    assert finding["found"] == "内部"
    assert finding["message"]["zh"].startswith("“内容描述/密级”的值“内部”不在允许取值内：公开")
    assert finding["actor"] == "agency"


def test_the_hundred_and_first_finding_is_counted_not_listed():
    members = tuple(a_content(f"extra-{number}.txt") for number in range(MAX_FINDINGS + 7))
    check = the_check(detect(some_facts(replace(a_package(), members=members)), RULES), "GD-4-3")
    assert len(check["findings"]) == MAX_FINDINGS
    assert check["more_findings"] == 7


def test_a_long_value_is_cut():
    facts = some_facts(a_package({"内容描述/日期": "9" * 40, "内容描述/题名": "密" * 4000}))
    report = detect(facts, RULES)
    assert max(len(one.found) for one in report.findings()) <= 200
    long_name = Finding("ZX-4-1", Outcome.FAILED, Place("a" * 5000), "too-long", "", "b" * 5000)
    report = detect(some_facts(replace(a_package(), findings=(long_name,))), RULES)
    (finding,) = the_check(report, "ZX-4-1")["findings"]
    assert len(finding["found"]) == 200
    assert len(finding["place"]["path"]) == 200


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_any_member_name_can_be_reported(name):
    finding = Finding("ZX-4-1", Outcome.FAILED, Place(name), "traversal", found=name)
    report = detect(some_facts(replace(a_package(), findings=(finding,))), RULES)
    assert list(VALIDATOR.iter_errors(json.loads(report.canonical()))) == []


def test_a_value_that_was_right_is_not_in_the_report():
    facts = some_facts(a_package({"内容描述/题名": "独一无二的题名", "内容描述/密级": "内部"}))
    assert "独一无二的题名" not in detect(facts, RULES).canonical().decode()


def test_the_worst_finding_gives_the_outcome():
    some = [
        Finding("GD-1-1", outcome, Place(), "no-signature")
        for outcome in (Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED, Outcome.FAILED)
    ]
    assert result_of("GD-1-1", ()).outcome is Outcome.PASSED
    assert result_of("GD-1-1", some[:1]).outcome is Outcome.NOT_APPLICABLE
    assert result_of("GD-1-1", some[:2]).outcome is Outcome.UNDETERMINED
    assert result_of("GD-1-1", some).outcome is Outcome.FAILED


def test_pieces_written_before_do_not_change_a_report():
    fresh = replace(RULES, pieces={})
    first = detect(some_facts(), fresh).canonical()
    detect(FAULTS["virus"][0], fresh).canonical()
    assert detect(some_facts(), fresh).canonical() == first

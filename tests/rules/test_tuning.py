"""Rules tuned by agency and kind of record: what may be changed, and what comes of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.model.finding import Outcome, Place
from filing.model.tuning import CheckTuning, FieldTuning, Scope, Tuned, Tuning
from filing.rules.answers import failed
from filing.rules.detection import detect
from filing.rules.protected import GUARDED, PROTECTED, REASONS, TUNABLE
from filing.rules.tuning import (
    derive,
    faults,
    read_tuning,
    rebuild,
    takes_values,
    tunable_fields,
    write_tuning,
)
from tests.rules.cases import RULES, a_package, some_facts

STRICT = {"note": 0, "accept": 0, "reject": 1}
FIELDS = {one.path: one for one in tunable_fields(RULES.table)}
CODES = sorted(RULES.catalogue.checks)

check_tunings = st.builds(
    CheckTuning, st.sampled_from(["", "reject", "note"]), st.sampled_from(["", "reject", "accept"])
)
field_tunings = st.builds(
    FieldTuning,
    st.sampled_from(["", "required", "optional"]),
    st.integers(0, 5000),
    st.none() | st.lists(st.sampled_from(["通知", "函", "批复", "令"]), unique=True).map(tuple),
    st.booleans(),
)
tunings = st.builds(
    Tuning,
    st.dictionaries(st.sampled_from(CODES), check_tunings, max_size=6),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), field_tunings, max_size=6),
)
scopes = st.builds(
    Scope,
    st.sampled_from(["", "water"]),
    st.sampled_from(["", "WS"]),
    st.sampled_from(["", "通知"]),
)
sequences = st.lists(st.builds(Tuned, scopes, tunings), max_size=5)


def one(scope=None, checks=None, fields=None):
    return [Tuned(scope or Scope("water"), Tuning(checks or {}, fields or {}))]


def test_every_check_may_be_tuned_or_says_why_not():
    assert TUNABLE | set(PROTECTED) == set(CODES)
    assert TUNABLE.isdisjoint(PROTECTED)
    assert set(PROTECTED.values()) <= set(REASONS)


def test_what_never_fails_says_so():
    unfailing = {code for code, check in RULES.catalogue.checks.items() if check.not_applicable}
    assert {code for code, why in PROTECTED.items() if why == "never-fails"} == unfailing


@given(sequences)
def test_no_tunings_weaken_a_protected_check_or_drop_what_the_standard_requires(sequence):
    rules = derive(RULES, sequence)
    for code in PROTECTED:
        old, new = RULES.catalogue.checks[code], rules.catalogue.checks[code]
        assert STRICT[new.severity] >= STRICT[old.severity]
        assert STRICT[new.undetermined] >= STRICT[old.undetermined]
    for path, element in RULES.table.elements.items():
        new = rules.table.elements[path]
        assert new.must == element.must or new.must == "value"
        assert element.error <= new.error or not element.error
        if path in GUARDED:
            assert new.max <= element.max


@given(sequences)
def test_a_finding_on_what_identifies_a_record_refuses_as_shipped(sequence):
    rules = derive(RULES, sequence)
    for code in TUNABLE:
        for field in GUARDED:
            finding = failed(code, "special-character", Place(field=field))
            assert rules.catalogue.refuses(finding) >= RULES.catalogue.refuses(finding)


@given(sequences, sequences)
def test_the_digest_differs_when_and_only_when_the_rules_do(first, second):
    some, others = derive(RULES, first), derive(RULES, second)
    same = some.catalogue.checks == others.catalogue.checks and (
        some.table.elements == others.table.elements
    )
    assert (some.digest == others.digest) == same
    assert (some.version == others.version) == same
    assert (some.digest == RULES.digest) == (some is RULES)


@given(sequences)
def test_text_and_release_give_the_same_rules_again(sequence):
    rules = derive(RULES, sequence)
    if rules is not RULES:
        again = rebuild(RULES, rules.text)
        assert (again.digest, again.catalogue, again.table) == (
            rules.digest,
            rules.catalogue,
            rules.table,
        )


@given(tunings)
def test_a_tuning_read_back_says_the_same(tuning):
    read = read_tuning(write_tuning(tuning))
    assert write_tuning(read) == write_tuning(tuning)
    wider = [Tuned(Scope(), tuning)]
    assert derive(RULES, [Tuned(Scope(), read)]).digest == derive(RULES, wider).digest


@given(tunings)
def test_what_has_no_fault_is_taken_whole(tuning):
    if any(faults(tuning, RULES)):
        return
    rules = derive(RULES, [Tuned(Scope(), tuning)])
    for code, check in tuning.checks.items():
        made = rules.catalogue.checks[code]
        assert check.severity in ("", made.severity)
        assert check.undetermined in ("", made.undetermined)
    for path, field in tuning.fields.items():
        made = rules.table.elements[path]
        assert field.max in (0, made.max)
        assert not field.must or (made.must == "value") == (field.must == "required")


def test_the_narrower_scope_has_the_last_word():
    note, reject = CheckTuning("note"), CheckTuning("reject")
    sequence = [
        *one(Scope("water", "WS", "通知"), {"GD-3-3": reject}),
        *one(Scope(), {"GD-3-3": note, "GD-3-4": note}),
    ]
    checks = derive(RULES, sequence).catalogue.checks
    assert (checks["GD-3-3"].severity, checks["GD-3-4"].severity) == ("reject", "note")


def test_a_check_made_a_note_no_longer_refuses_and_is_still_in_the_report():
    facts = some_facts(a_package({"内容描述/题名": "标题\u200b有零宽字符"}))
    rules = derive(RULES, one(checks={"GD-1-6": CheckTuning("note")}))
    before, after = detect(facts, RULES), detect(facts, rules)
    assert (before.accepted, after.accepted) == (False, True)
    assert [one.code for one in after.findings() if one.outcome is Outcome.FAILED] == ["GD-1-6"]
    assert json.loads(after.canonical())["rule_set"] == {
        "version": rules.version,
        "digest": rules.digest,
    }


def test_a_secret_level_does_not_slip_in_behind_a_special_character():
    facts = some_facts(a_package({"内容描述/密级": "机密\u200b"}))
    rules = derive(
        RULES, one(checks={"GD-1-6": CheckTuning("note"), "GD-1-4": CheckTuning("note")})
    )
    assert not detect(facts, rules).accepted


def test_a_required_field_is_missed_and_a_list_is_closed():
    rules = derive(
        RULES,
        one(
            fields={
                "内容描述/摘要": FieldTuning("required"),
                "内容描述/文种": FieldTuning(values=("函",), closed=True),
                "内容描述/题名": FieldTuning(max=3),
            }
        ),
    )
    report = detect(some_facts(), rules)
    found = {(one.code, one.place.field) for one in report.findings()}
    assert not report.accepted
    assert {
        ("GD-2-3", "内容描述/摘要"),
        ("GD-1-4", "内容描述/文种"),
        ("GD-1-2", "内容描述/题名"),
    } <= found


@pytest.mark.parametrize(
    ("tuning", "says"),
    [
        (Tuning({"GD-1-14": CheckTuning("note")}), "cannot be weakened"),
        (Tuning({"ZX-4-6": CheckTuning("", "accept")}), "cannot be weakened"),
        (Tuning({"GD-9-9": CheckTuning("note")}), "no check"),
        (Tuning({"GD-3-3": CheckTuning("perhaps")}), "reject or note"),
        (Tuning(fields={"内容描述/题名": FieldTuning("optional")}), "mandatory"),
        (Tuning(fields={"档号": FieldTuning(max=101)}), "1 to 100"),
        (Tuning(fields={"无": FieldTuning("required")}), "cannot be tuned"),
        (Tuning(fields={"内容描述/密级": FieldTuning(values=("公开",))}), "no list"),
        (Tuning(fields={"内容描述/文种": FieldTuning(values=("甲、乙",))}), "no value holds"),
        (Tuning(fields={"内容描述/文种": FieldTuning(values=("函", "函"))}), "none twice"),
        (Tuning(fields={"内容描述/文种": FieldTuning(closed=True)}), "no values"),
    ],
)
def test_what_may_not_be_is_said_in_both_languages(tuning, says):
    (fault,) = faults(tuning, RULES)
    assert says in fault.en
    assert fault.zh


def test_making_a_protected_check_stricter_is_allowed():
    tuning = Tuning({"GD-4-2": CheckTuning("", "reject")})
    assert not list(faults(tuning, RULES))
    assert derive(RULES, one(checks=tuning.checks)).digest != RULES.digest


def test_rules_of_another_release_are_not_rebuilt_as_ours():
    text = derive(RULES, one(checks={"GD-3-3": CheckTuning("note")})).text
    with pytest.raises(ValueError, match="another release"):
        rebuild(RULES, text.replace(RULES.digest.encode(), b"sha256:" + b"0" * 64))


def test_lists_are_offered_only_where_the_standard_leaves_them_open():
    assert takes_values(FIELDS["内容描述/文种"])
    assert not takes_values(FIELDS["内容描述/密级"])
    assert not takes_values(FIELDS["档号/年度"])

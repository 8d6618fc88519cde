"""Which faults are one cause."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from filing.desk.causes import cause_of, causes_of
from filing.model.desk import Fault

FAULT = Fault("GD-1-4", "not-in-list", "档号/保管期限", "eep.xml", "/a/b", 7, "永久", "30年")


def test_a_retention_mistyped_in_hundreds_of_ways_is_one_cause():
    typed = [replace(FAULT, found=f"{years}年", line=years) for years in range(1, 300)]
    assert len(causes_of("city", tuple(typed))) == 1


def test_a_value_that_is_missing_is_a_cause_of_its_own():
    missing = replace(FAULT, found="", reason="missing-element")
    assert len(causes_of("city", (FAULT, missing, replace(missing, line=9)))) == 2


def test_faults_of_files_are_one_cause_whatever_the_files_are_called():
    faults = [
        replace(FAULT, field=name, found=digest, expected=digest[::-1])
        for name, digest in (("正本.ofd", "sha256:12ab"), ("附件1.pdf", "sha256:9f"))
    ]
    (cause,) = causes_of("city", tuple(faults))
    assert (cause.field, cause.shape) == ("", "")


def test_what_would_be_right_does_not_part_a_cause():
    assert cause_of("city", FAULT) == cause_of("city", replace(FAULT, expected="10年"))


def test_agencies_do_not_share_a_cause():
    assert cause_of("city", FAULT).id != cause_of("lake", FAULT).id


def test_an_id_never_changes():
    assert cause_of("city", FAULT).id == "a4a2e675a8e50de441ed973db28ae15a"


parts = st.text(max_size=8)


@given(st.tuples(*[parts] * 5), st.tuples(*[parts] * 5))
def test_two_causes_have_two_ids(one, other):
    made = [
        cause_of(agency, replace(FAULT, code=code, reason=reason, field=field, found=found))
        for agency, code, reason, field, found in (one, other)
    ]
    assert (made[0].id == made[1].id) == (made[0] == made[1])

"""A fault is reported once, where it is, by the name a clerk knows."""

from dataclasses import replace

import pytest

from examples.bad import FAULTS, sample
from examples.good import good
from filing.model.finding import Finding, Outcome, Place
from filing.model.package import Form
from filing.rules.detection import detect
from tests.examples.reading import judge, read, refused

from .cases import RULES, a_component, a_content, a_package, inspected, some_facts, with_component


def check(facts, code):
    return next(one for one in detect(facts, RULES).checks if one.code == code)


@pytest.mark.parametrize("code", ["ZX-3-1", "ZX-4-1", "ZX-4-3"])
def test_a_file_that_was_refused_is_not_absent_as_well(code):
    said = Finding(code, Outcome.FAILED, Place(path="2.pdf"), "link")
    gone = with_component(2, content=None)
    facts = some_facts(replace(gone, findings=(said,)))
    (found,) = check(facts, "GD-1-11").findings
    assert (found.reason, found.expected) == ("judged-elsewhere", code)
    facts = some_facts(replace(gone, findings=(replace(said, place=Place(path="9.pdf")),)))
    assert check(facts, "GD-1-11").outcome is Outcome.FAILED


def inline(number):
    return replace(a_content(f"修改0-文档{number}"), offset=10 * number, length=8)


def test_what_runs_inside_an_eep_is_named_as_its_metadata_names_it():
    inside = a_component(content=inline(1), file_name="正本.pdf")
    facts = some_facts(
        a_package(form=Form.EEP, components=(inside,)),
        inspections={"修改0-文档1": inspected(active="JavaScript")},
    )
    (found,) = check(facts, "ZX-4-8").findings
    assert found.place.field == "正本.pdf"


def test_a_later_layer_may_drop_a_file_of_an_earlier_one():
    kept = a_component(content=inline(1))
    package = a_package(form=Form.EEP, components=(kept,), members=(inline(1), inline(2)))
    assert check(some_facts(package), "GD-4-3").outcome is Outcome.FAILED
    layered = replace(package, layers=1)
    assert check(some_facts(layered), "GD-4-3").outcome is Outcome.PASSED
    beside = replace(layered, members=(*layered.members, a_content("夹带.pdf")))
    assert check(some_facts(beside), "GD-4-3").outcome is Outcome.FAILED


def test_a_lawful_revision_without_its_annex_is_accepted():
    """The layer above names one document fewer; the one below still holds the annex."""
    (one,) = good(1, revisions=1, annexes=1)
    text = one.body.decode()
    below = text.index("<原封装包>")
    above = text[:below] + text[text.index("</原封装包>") :]
    documents = above.count("<文档>")
    assert documents >= 2
    last = above.rindex("<文档>"), above.rindex("</文档>") + len("</文档>")
    cut = above[last[0] : last[1]]
    assert text.count(cut) == 1
    changed = replace(one, body=text.replace(cut, "").encode())
    assert "GD-4-3" not in refused(judge(changed, RULES)), read(changed).layers


def test_a_date_before_any_record_is_not_plausible():
    fault = next(one for one in FAULTS if one.slug == "date_of_a_battle")
    (found,) = refused(judge(sample(fault), RULES))["GD-1-5"]
    assert (found.reason, found.found) == ("out-of-range", "1066-10-14")

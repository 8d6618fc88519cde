"""What the desk is told of a rejected delivery."""

from hypothesis import given
from hypothesis import strategies as st

from filing.ingest.rejection import MAX_FAULTS, MAX_TEXT, rejection_of
from filing.model.digest import Digest
from filing.model.finding import Finding, Outcome, Place
from filing.model.package import Field, Form, Package


def a_package(**values):
    fields = tuple(Field(path, value, Place(field=path)) for path, value in values.items())
    return Package(Form.EEP, Digest("sha256", bytes(32)), 10, None, fields=fields)


def a_finding(code="GD-1-8", reason="not-in-list", field="档号/保管期限", found="10", xpath="/a"):
    return Finding(code, Outcome.FAILED, Place("eep.xml", 7, xpath, field), reason, "永久", found)


def test_title_and_codes_are_those_of_the_metadata():
    package = a_package(
        **{"内容描述/题名": " 关于𠀀村的通知 ", "档号": "Z109-1", "电子文件号": "E1"}
    )
    said = rejection_of(package, [])
    assert (said.title, said.archival_code, said.electronic_code) == (
        "关于𠀀村的通知", "Z109-1", "E1"
    )  # fmt: skip


def test_what_the_metadata_does_not_give_is_empty():
    assert rejection_of(a_package(), []) == rejection_of(a_package(), ())
    assert rejection_of(a_package(), []).title == ""


def test_a_fault_says_where_it_is_and_what_was_there():
    (fault,) = rejection_of(a_package(), [a_finding()]).faults
    assert (fault.code, fault.reason, fault.field, fault.member) == (
        "GD-1-8", "not-in-list", "档号/保管期限", "eep.xml"
    )  # fmt: skip
    assert (fault.xpath, fault.line, fault.expected, fault.found) == ("/a", 7, "永久", "10")


def test_of_too_many_faults_every_kind_is_kept():
    many = [a_finding() for _ in range(MAX_FAULTS)]
    faults = rejection_of(a_package(), [*many, a_finding(code="GD-2-1")]).faults
    assert len(faults) == MAX_FAULTS
    assert {one.code for one in faults} == {"GD-1-8", "GD-2-1"}


def test_a_path_too_long_to_keep_is_not_cut_into_another():
    (fault,) = rejection_of(a_package(), [a_finding(xpath="/元" * 2000)]).faults
    assert fault.xpath == ""


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_a_sender_writes_can_be_kept(text):
    said = rejection_of(a_package(**{"内容描述/题名": text}), [a_finding(found=text, field=text)])
    for kept in (said.title, said.faults[0].found, said.faults[0].field):
        assert "\0" not in kept
        assert len(kept.encode()) <= 4 * MAX_TEXT

"""What libxml2 says of a broken EEP, read by the real reader, becomes the right code."""

import io
import re
from dataclasses import replace

import pytest

from filing.adapters.packages.delivery import read_package
from filing.model.agency import Agency, FilingRule
from filing.model.finding import Place
from filing.model.inspection import Format
from filing.model.limits import Limits
from filing.model.package import SchemaError
from filing.rules.catalogue import Text, halves
from filing.rules.detection import detect
from filing.rules.facts import Registration
from filing.rules.schema_findings import read_structure
from tests.adapters.packages.build import a_content, a_document, an_eep, an_encoding

from .cases import RULES, a_package, inspected, some_facts

OFD = Format("ofd", "OFD", "1.1", "application/ofd", "ofd-structure")
SENDER = Agency("office", "某厅", rules=(FilingRule("A439"),), process=(("签发",),))


class Memory:
    """Keeps decoded content in memory, as a reader's sink does on disk."""

    def open(self, member):
        return Part(member)


class Part(io.BytesIO):
    def __init__(self, member):
        super().__init__()
        self.member = member

    def close(self):
        return a_content(self.getvalue(), self.member)


def report_on(text):
    package = read_package(a_content(text.encode()), "application/xml", Limits(), Memory())
    inspections = {
        one.member: inspected(format=OFD, extensions=("ofd",)) for one in package.contents()
    }
    facts = some_facts(package, inspections, sender=SENDER, registration=Registration())
    return detect(facts, RULES)


def failures(text):
    return {(one.code, one.reason, one.place.field) for one in report_on(text).findings()}


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
BROKEN = [
    ("<责任者>[^<]*</责任者>", "", "GD-2-3", "missing-element", "内容描述/责任者"),
    ("<密级>[^<]*</密级>", "", "GD-2-3", "missing-element", "内容描述/密级"),
    ("<来源>.*</来源>", "", "GD-2-3", "missing-element", "文件实体/来源"),
    ("<权限管理/>", "", "GD-2-3", "missing-element", "文件实体/权限管理"),
    ("<年度>[^<]*<", "<年度>20x6<", "GD-1-3", "wrong-type", "档号/年度"),
    ("<年度>[^<]*<", "<年度><", "GD-2-4", "empty", "档号/年度"),
    ("<室编件号>[^<]*<", "<室编件号>0<", "GD-1-3", "wrong-type", "档号/室编件号"),
    ("<题名>", "<题目>x</题目><题名>", "GD-1-12", "unexpected-element", "内容描述/题目"),
    (
        "(<责任者>[^<]*</责任者>)(<日期>[^<]*</日期>)",
        r"\2\1",
        "GD-1-12",
        "misplaced-element",
        "内容描述/日期",
    ),
    (
        "<文件组合类型>[^<]*<",
        "<文件组合类型>多<",
        "GD-1-4",
        "not-in-list",
        "形式特征/文件组合类型",
    ),
    ("<版本>2009", "<版本>2010", "GD-1-12", "wrong-statement", "版本"),
    (
        "<机构人员实体块>.*</机构人员实体块>",
        "",
        "GD-2-10",
        "missing-element",
        "封装内容/机构人员实体块",
    ),
    ("<业务实体块>.*</业务实体块>", "", "GD-2-10", "missing-element", "封装内容/业务实体块"),
    ("<文件数据>.*</文件数据>", "", "GD-2-10", "missing-element", "文件实体/文件数据"),
    (' 编码ID="[^"]*"', "", "GD-2-10", "missing-attribute", "文件数据/文档/文档数据/编码"),
    ("<密级>", '<密级 级="x">', "GD-1-12", "unexpected-attribute", "内容描述/密级"),
    ("<密级>", f"<密级 {XSI} xsi:nil='true'>", "GD-1-12", "unexpected-attribute", "内容描述/密级"),
    ("<密级>", f"<密级 {XSI} xsi:nil='x'>", "GD-1-12", "unexpected-attribute", "内容描述/密级"),
    ("<密级>", f"<密级 {XSI} xsi:type='x'>", "GD-1-12", "unexpected-attribute", "内容描述/密级"),
    ("<密级>", f"<密级 {XSI} xsi:type='1 2'>", "GD-1-12", "unexpected-attribute", "内容描述/密级"),
    ("</密级>", "<级/></密级>", "GD-1-12", "unexpected-text", "内容描述/密级"),
    (' xmlns="[^"]*"', "", "ZX-1-1", "namespace-missing", "电子文件封装包"),
]


def test_a_sound_eep_has_no_failures():
    assert failures(an_eep()) == set()


@pytest.mark.parametrize(("pattern", "instead", "code", "reason", "field"), BROKEN)
def test_one_break_in_the_structure_is_one_finding(pattern, instead, code, reason, field):
    whole = an_eep()
    broken = re.sub(pattern, instead, whole, count=1, flags=re.DOTALL)
    assert broken != whole
    assert failures(broken) == {(code, reason, field)}


def test_a_wrong_package_type_is_told_the_right_ones():
    report = report_on(an_eep().replace("<封装包类型>原始型<", "<封装包类型>怪型<"))
    (finding,) = report.findings()
    assert (finding.code, finding.reason) == ("GD-1-12", "wrong-statement")
    assert (finding.expected, finding.found) == ("原始型, 修改型", "怪型")


@pytest.mark.parametrize(
    ("instead", "found"),
    [(f"{XSI} xsi:nil='true'", "xsi:nil"), (f"{XSI} xsi:type='x'", "xsi:type")],
)
def test_an_attribute_for_the_validator_alone_is_named(instead, found):
    (finding,) = report_on(an_eep().replace("<密级>", f"<密级 {instead}>")).findings()
    assert finding.found == found


@pytest.mark.parametrize(
    ("kind", "words", "zh"),
    [
        (
            "SCHEMAV_CVC_LENGTH_VALID",
            "Element '数字摘要': [facet 'length'] The value has a length of '3'; "
            "this differs from the allowed length of '32'.",
            "长度是 3，应为 32",
        ),
        (
            "SCHEMAV_CVC_ELT_1",
            "Element 'b': No matching global declaration available for the validation root.",
            "规范中没有以此为根的文档",
        ),
        ("SCHEMAV_INTERNAL", "Something new.", "XML Schema 校验不通过，原因见英文说明"),
    ],
)
def test_what_no_sentence_of_ours_fits_is_said_in_both_languages(kind, words, zh):
    package = replace(a_package(), schema_errors=(SchemaError(kind, words, "数字摘要", Place()),))
    (finding,) = read_structure(package, RULES.table).values
    assert (finding.code, finding.reason) == ("GD-1-12", "other-schema-error")
    assert halves(finding.found) == Text(zh, words)


def test_braces_in_a_value_are_shown_as_they_were_written():
    (finding,) = report_on(an_eep().replace("<版本>2009", "<版本>{2009}")).findings()
    assert finding.found == "{2009}"


def test_a_pattern_is_shown_without_the_words_around_it():
    words = (
        "Element '年度': [facet 'pattern'] The value 'x' is not accepted by the pattern '[0-9]{4}'."
    )
    error = SchemaError("SCHEMAV_CVC_PATTERN_VALID", words, "年度", Place())
    (finding,) = read_structure(replace(a_package(), schema_errors=(error,)), RULES.table).values
    assert (finding.reason, finding.expected, finding.found) == ("wrong-pattern", "[0-9]{4}", "x")


@pytest.mark.parametrize(
    ("second", "reason", "end"),
    [
        ("<文档序号>3</文档序号>", "gap", "/文件数据/文档[2]/文档序号"),
        ("<文档序号>1</文档序号>", "repeated", "/文件数据/文档[2]/文档序号"),
        ("<文档序号></文档序号>", "missing-number", "/文件数据/文档[2]/文档序号"),
        ("", "missing-number", "/文件数据/文档[2]"),
    ],
)
def test_a_number_out_of_order_is_found_at_its_line(second, reason, end):
    documents = "".join(a_document(one, an_encoding(f"编{one}", b"x")) for one in (1, 2))
    text = an_eep(documents).replace(
        "<文档><文档标识符>修改0-文档2", "\n<文档><文档标识符>修改0-文档2"
    )
    (place,) = (
        one.place
        for one in report_on(text.replace("<文档序号>2</文档序号>", second)).findings()
        if (one.code, one.reason) == ("GD-2-6", reason)
    )
    line = 1 + text[: text.index("修改0-文档2")].count("\n")
    assert (place.path, place.line, place.field) == ("eep.xml", line, "文档序号")
    assert place.xpath.endswith(end)


def test_an_identifier_used_twice_is_found_where_it_is_used_again():
    documents = "".join(a_document(one, an_encoding(f"编{one}", b"x")) for one in (1, 2))
    text = an_eep(documents).replace("<文档标识符>修改0-文档2", "\n<文档标识符>修改0-文档1")
    (place,) = (one.place for one in report_on(text).findings() if one.reason == "duplicate-id")
    line = 1 + text[: text.rindex("修改0-文档1</")].count("\n")
    assert (place.path, place.line, place.field) == ("eep.xml", line, "文档标识符")
    assert place.xpath.endswith("/文档[2]/文档标识符")

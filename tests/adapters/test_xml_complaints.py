"""What the XML parser complains of reaches people in Chinese; its own words are the English."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from filing.adapters import xml_complaints
from filing.adapters.formats import xml_part
from filing.adapters.formats.view import Damaged
from filing.adapters.packages.delivery import read_package
from filing.model.limits import Limits
from filing.rules.catalogue import Text, halves
from filing.rules.detection import detect
from tests.adapters.packages.build import a_content, an_eep
from tests.rules.cases import RULES, some_facts
from tests.rules.test_schema_findings import SENDER, Memory

#: Two words of English that stand in no quotation: prose, not a name.
PROSE = re.compile(r"[A-Za-z]{2,}[,:]? [a-z]{2,}")
QUOTED = re.compile("“[^”]*”")
EEP = an_eep().encode()

MALFORMED = [
    b"",
    b"words",
    b"<a>",
    b"<a>\n<b>\n</a>",
    b"<a></b>",
    b"</a>",
    b"<a></a><b/>",
    b"<a",
    b"<a></a",
    b"<1/>",
    b"< a/>",
    b"<a><!</a>",
    b"<a b/>",
    b"<a b=1/>",
    b"<a b='1/>",
    b"<a b='<'/>",
    b"<a b='1' b='2'/>",
    b"<a b='1'c='2'/>",
    b"<a b '1'/>",
    b"<a>&x;</a>",
    b"<a>&</a>",
    b"<a>&x</a>",
    b"<a>&#0;</a>",
    b"<a>&#a;</a>",
    b"<a>&#xa!;</a>",
    b"<a>&#xFFFFFF;</a>",
    b"<a>\x01</a>",
    b"<a>\x00</a>",
    "<a>\ufffe</a>".encode(),
    b"<a>\xff\xfe</a>",
    b"<?xml version='1.0' encoding='gb18030'?><a>\x81\x20</a>",
    b"<?xml version='1.0' encoding='gb18030'?><a><![CDATA[\xff\xff]]></a>",
    b"<?xml version='1.0' encoding='1'?><a/>",
    b"<?xml version='1.0' encoding='x-none'?><a/>",
    b"<?xml version='1.0'><a/>",
    b"<?xml version='1.0'",
    b"<?xml version='9'?><a/>",
    b"<?xml version=1.0?><a/>",
    b"<?xml version='1.0' standalone='maybe'?><a/>",
    b"<?xml?><a/>",
    b"<a><?xml version='1.0'?></a>",
    b"<a><? ?></a>",
    b"<a><?x </a>",
    b"<a><!-- </a>",
    b"<a><!-- -- --></a>",
    b"<a><![CDATA[</a>",
    b"<a>]]></a>",
    b"<x:a/>",
    b"<a x:b='1'/>",
    b"<a xmlns:x=''/>",
    b"<a xmlns:xml='urn:a'/>",
    b"<a xmlns='a b'/>",
    b"<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''/>",
    b"<a:b:c xmlns:a='u'/>",
    b"<a>" * 300,
    b"<a " + b"n" * 60_000 + b"='1'/>",
    b"<!DOCTYPE a [<!ENTITY b 'c'><a/>",
]


def is_chinese(text):
    return re.search("[\u4e00-\u9fff]", text) and not PROSE.search(QUOTED.sub("", text))


def report(body):
    package = read_package(a_content(body), "application/xml", Limits(), Memory())
    return package.findings


def complaint(document):
    """What the parser says, when nobody looked at the document before it."""
    with pytest.raises(etree.XMLSyntaxError) as caught:
        etree.fromstring(document)
    return caught.value


@pytest.mark.parametrize("document", MALFORMED, ids=lambda one: repr(one[:40]))
def test_what_the_parser_says_has_a_chinese_half_of_its_own(document):
    error = complaint(document)
    said = halves(xml_complaints.both(error))
    assert is_chinese(said.zh), said.zh
    assert "英文" not in said.zh, f"{error.code} {error.msg} has no sentence"
    assert not re.search("[\u4e00-\u9fff]", said.en)
    assert said.en in " ".join(error.msg.split())


@pytest.mark.parametrize(
    ("document", "zh", "en"),
    [
        (
            b"<a>\n<b>\n</a>",
            "第 2 行的开始标签“b”没有结束，却遇到结束标签“a”",
            "Opening and ending tag mismatch: b line 2 and a",
        ),
        (b"<a b/>", "属性“b”没有值", "Specification mandates value for attribute b"),
        (b"<a>\x01</a>", "有 XML 不允许的字符 U+0001", "PCDATA invalid Char value 1"),
        (
            b"<a x:b='1'/>",
            "元素“a”的属性“b”用了没有声明的命名空间前缀“x”",
            "Namespace prefix x for b on a is not defined",
        ),
    ],
)
def test_the_names_that_matter_are_in_both_halves(document, zh, en):
    said = halves(xml_complaints.both(complaint(document)))
    assert (said.zh, said.en) == (zh, en)


def test_an_error_of_no_known_type_is_said_to_be_one():
    error = etree.XMLSyntaxError("Something new", 4711, 3, 1)
    said = halves(xml_complaints.both(error, 3))
    assert (said.zh, said.en) == ("第 3 行：XML 写法有误，原因见英文说明", "line 3: Something new")


def test_a_name_of_any_length_leaves_room_for_the_words():
    said = xml_complaints.both(complaint(b"<" + b"n" * 5_000 + b">"))
    assert len(said) < 400
    assert is_chinese(halves(said).zh)


def messages(body):
    package = read_package(a_content(body), "application/xml", Limits(), Memory())
    report = detect(some_facts(package, sender=SENDER), RULES).as_dict()
    findings = [one for check in report["checks"] for one in check["findings"]]
    assert findings
    return [text["zh"] for one in findings for text in (one["message"], one["remedy"])]


@pytest.mark.parametrize("document", MALFORMED, ids=lambda one: repr(one[:40]))
def test_a_package_that_is_not_well_formed_is_refused_in_chinese(document):
    inside = EEP.replace("<密级>".encode(), document + "<密级>".encode(), 1)
    for body in (document, inside):
        assert [one for one in messages(body) if not is_chinese(one)] == []


@given(
    st.integers(EEP.index(b"?>"), len(EEP) - 1),
    st.integers(0, 12),
    st.sampled_from(["", "<", ">", "&", '"', "'", "/", "=", "</", "x:", "]]>", "&#0;", " a b=1 "])
    | st.text(st.characters(exclude_characters="”"), max_size=3),
)
def test_whatever_is_broken_in_a_package_is_said_in_chinese(at, length, instead):
    broken = EEP[:at] + instead.encode("utf-8", "surrogatepass") + EEP[at + length :]
    if broken != EEP:
        package = read_package(a_content(broken), "application/xml", Limits(), Memory())
        report = detect(some_facts(package, sender=SENDER), RULES)
        for one in report.findings():
            if one.code in {"GD-1-12", "GD-3-1", "ZX-4-2", "ZX-4-6"}:
                text = RULES.catalogue.reason(one.code, one.reason).message
                said = text.filled({"field": "项", "expected": "甲", "found": one.found}).zh
                assert is_chinese(said), said


def test_the_splitter_names_what_is_not_closed_and_where():
    cut = EEP[: EEP.index("<密级>".encode())]
    (finding,) = report(cut)
    assert halves(finding.found).zh == "第 8 行的元素“内容描述”没有结束标签，内容中断"
    wrong = EEP.replace("</内容描述>".encode(), "</密级>".encode(), 1)
    (finding,) = report(wrong)
    assert halves(finding.found) == Text(
        "第 8 行的元素“内容描述”没有结束，却遇到结束标签“密级”",
        "end tag 密级 comes where element 内容描述 of line 8 is still open",
    )


def test_a_character_xml_does_not_allow_is_not_called_a_wrong_encoding():
    (finding,) = report(EEP.replace("<密级>".encode(), b"<\xe5\xaf\x86\xe7\xba\xa7>\x01", 1))
    assert (finding.code, finding.reason) == ("GD-3-1", "not-well-formed")
    assert halves(finding.found).zh == "有 XML 不允许的字符 U+0001"


def test_an_entity_is_named_as_it_is_written():
    (finding,) = report(EEP.replace("<密级>".encode(), "<密级>&nbsp;".encode(), 1))
    assert (finding.reason, finding.found) == ("entity", "&nbsp;")


def test_a_text_longer_than_the_parser_takes_is_told_the_limit():
    (finding,) = report(EEP.replace("<密级>".encode(), "<密级>".encode() + b"x" * 11_000_000, 1))
    assert (finding.code, finding.reason) == ("ZX-4-2", "metadata-too-large")
    assert finding.expected == "10000000"


@pytest.mark.parametrize(
    "read", [xml_part.element, lambda part, name: xml_part.check([part], name)]
)
def test_a_file_of_xml_names_part_line_and_cause(read):
    with pytest.raises(Damaged) as damage:
        read(b"<a>\n<b>\n</a>", "Doc_0/Page.xml")
    assert halves(str(damage.value)) == Text(
        "Doc_0/Page.xml：XML 无法解析，第 3 行：第 2 行的开始标签“b”没有结束，却遇到结束标签“a”",
        "Doc_0/Page.xml: XML not well-formed, line 3: "
        "Opening and ending tag mismatch: b line 2 and a",
    )

from dataclasses import replace
from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.model.agency import Agency, Channel, FilingRule
from filing.model.digest import Digest
from filing.model.finding import Finding, Outcome, Place
from filing.model.inspection import Format, Scan
from filing.model.package import Agent, Form, PackageSignature, Relation, SchemaError
from filing.rules.detection import CHECKS, detect
from filing.rules.facts import Holding, Registration, SignatureFact

from .cases import (
    GOOD,
    PDF,
    RECORD,
    RULES,
    a_component,
    a_content,
    a_digest,
    a_package,
    an_activity,
    inspected,
    place,
    some_facts,
    with_component,
)

PNG = Format("fmt/12", "Portable Network Graphics", "1.1", "image/png", "signature")
ZIP = Format("x-fmt/263", "ZIP Format", "", "application/zip", "signature")
EXE = Format("fmt/899", "Windows Portable Executable", "", "", "pronom")


def judged(facts):
    """Code and reason of everything that failed."""
    report = detect(facts, RULES)
    return {(one.code, one.reason) for one in report.findings() if one.outcome is Outcome.FAILED}


def outcome(facts, code):
    return next(one.outcome for one in detect(facts, RULES).checks if one.code == code)


def fields(**changes):
    paths = {path.rpartition("/")[2]: path for path in GOOD}
    return some_facts(a_package({paths[name]: value for name, value in changes.items()}))


def component(inspection=None, number=1, **changes):
    package = with_component(number, **changes)
    content = package.components[number - 1].content
    return some_facts(package, {content.member: inspection} if content and inspection else None)


def schema(kind, message, element, xpath, without=(), changed=None, **changes):
    where = Place("eep.xml", 9, xpath, "")
    package = a_package(changed, without, **changes)
    error = SchemaError(f"SCHEMAV_{kind}", message, element, where)
    return some_facts(replace(package, schema_errors=(error,)))


def a_signature(**changes):
    given = {
        "identifier": "签名1",
        "lock": False,
        "locks": "",
        "rule": "raw",
        "signed_at": "",
        "signer": "",
        "value": b"x",
        "certificates": (),
        "algorithm": "1.2.156.10197.1.501",
        "region": (1, 2),
        "place": Place("eep.xml", 90, "/电子文件封装包/电子签名块/电子签名", ""),
    }
    return PackageSignature(**given | changes)


def signed(result, reason):
    package = a_package(signatures=(a_signature(),))
    return some_facts(package, signatures=(SignatureFact(a_signature(), result, reason),))


def duties(**changes):
    given = {
        "rules": (FilingRule("Z109", ("dat13",), ("WS",), ("Y",), 2000),),
        "channel": Channel.TLS,
    }
    return Agency("water", "某某省水利厅", **given | changes)


DATATYPE = "CVC_DATATYPE_VALID_1_2_1"
CONTENT = "ELEMENT_CONTENT"
NS = "{http://www.saac.gov.cn/standards/ERM/encapsulation}"

#: One thing wrong -> the one code and reason that say so.
FAULTS = {
    "signature fails": (signed(Outcome.FAILED, "digest-differs"), "GD-1-1", "digest-differs"),
    "weak signature": (signed(Outcome.FAILED, "weak-algorithm"), "GD-1-1", "weak-algorithm"),
    "title too long": (fields(题名="长" * 501), "GD-1-2", "too-long"),
    "date not a date": (fields(日期="三月十二日"), "GD-1-3", "wrong-type"),
    "date that never was": (fields(日期="20260230"), "GD-1-3", "wrong-type"),
    "year not a year": (fields(年度="二〇二六"), "GD-1-3", "wrong-type"),
    "year wrong, schema says so too": (
        schema(
            DATATYPE,
            f"Element '{NS}年度': '20x6' is not a valid value of the atomic type 'xs:gYear'.",
            "年度",
            place("档号/年度").xpath,
            changed={"档号/年度": "20x6"},
        ),
        "GD-1-3",
        "wrong-type",
    ),
    "pages not a number": (fields(页数="六"), "GD-1-3", "wrong-type"),
    "classification outside its list": (fields(密级="内部"), "GD-1-4", "not-in-list"),
    "enumeration, schema says so too": (
        schema(
            "CVC_ENUMERATION_VALID",
            f"Element '{NS}文件组合类型': [facet 'enumeration'] The value '多件' is not an element"
            " of the set {'单件', '组合文件'}.",
            "文件组合类型",
            place("形式特征/文件组合类型").xpath,
            changed={"形式特征/文件组合类型": "多件"},
        ),
        "GD-1-4",
        "not-in-list",
    ),
    "date after today": (fields(日期="20260521"), "GD-1-5", "after-today"),
    "classified record": (
        some_facts(a_package({"内容描述/密级": "机密", "内容描述/保密期限": "20年"})),
        "GD-1-5",
        "classified-online",
    ),
    "too many pages": (fields(页数="100001"), "GD-1-5", "out-of-range"),
    "zero-width space": (fields(题名="关于\u200b通知"), "GD-1-6", "special-character"),
    "special character in the year": (fields(年度="2026\ue000"), "GD-1-6", "special-character"),
    "code of another form": (fields(档号="Z109-2026-1"), "GD-1-7", "wrong-form"),
    "bullet for middle dot": (
        fields(档号="Z109-WS•2026•Y•BGS-0001"),
        "GD-1-7",
        "lookalike-dot",
    ),
    "item of three digits": (fields(档号="Z109-WS·2026-Y-BGS-001"), "GD-1-7", "item-width"),
    "item of five digits": (fields(档号="Z109-WS·2026-Y-BGS-00001"), "GD-1-7", "item-width"),
    "code of another year": (fields(档号="Z109-WS·2025·Y·BGS-0001"), "GD-1-7", "part-differs"),
    "code of another item": (fields(室编件号="0002"), "GD-1-7", "part-differs"),
    "code filed before": (some_facts(holding=Holding("S1")), "GD-1-8", "archival-code-held"),
    "number filed before": (
        some_facts(holding=Holding("", "S1")),
        "GD-1-8",
        "electronic-code-held",
    ),
    "two files of one name": (component(number=2, file_name="1.PDF"), "GD-1-8", "file-name-twice"),
    "size lies": (component(declared_size="17"), "GD-1-10", "size-differs"),
    "picture called pdf": (
        component(inspected(format=PNG, extensions=("png",))),
        "GD-1-10",
        "format-differs",
    ),
    "program called pdf": (
        component(inspected(format=EXE, extensions=("exe",), opens=Outcome.UNDETERMINED)),
        "GD-1-10",
        "format-differs",
    ),
    "zip called pdf": (
        component(inspected(format=ZIP, extensions=("zip",), packed=True)),
        "GD-1-10",
        "format-differs",
    ),
    "format information says png": (
        component(declared_format="格式名称：PNG，格式版本：1.1，MIME媒体类型：image/png"),
        "GD-1-10",
        "extension-differs",
    ),
    "file missing": (component(number=2, content=None), "GD-1-11", "absent"),
    "file misnamed": (
        some_facts(
            replace(
                with_component(2, content=None, promised=a_digest(b"other bytes 16 b")),
                members=(a_content("别名.pdf", b"other bytes 16 b"),),
            )
        ),
        "GD-1-11",
        "misnamed",
    ),
    "element nobody knows": (
        schema(
            CONTENT,
            f"Element '{NS}题目': This element is not expected. Expected is ( {NS}题名 ).",
            "题目",
            f"{RECORD}/内容描述/题目",
            without=("内容描述/题名",),
        ),
        "GD-1-12",
        "unexpected-element",
    ),
    "elements out of order": (
        schema(
            CONTENT,
            f"Element '{NS}日期': This element is not expected. Expected is one of ( {NS}关键词,"
            f" {NS}责任者 ).",
            "日期",
            f"{RECORD}/内容描述/日期",
        ),
        "GD-1-12",
        "misplaced-element",
    ),
    "another version": (
        schema(
            "CVC_ELT_5_2_2_2_2",
            f"Element '{NS}版本': The actual value '2010' does not match the fixed value"
            " constraint '2009'.",
            "版本",
            "/电子文件封装包/版本",
        ),
        "GD-1-12",
        "wrong-statement",
    ),
    "modified, but of one layer": (
        some_facts(
            a_package(
                {
                    "被签名对象/封装包类型": "修改型",
                    "被签名对象/封装包类型描述": "系修改封装，在保留原封装包的基础上",
                },
                eep_type="修改型",
            )
        ),
        "GD-1-12",
        "type-disagrees",
    ),
    "bytes changed": (
        component(content=a_content("1.pdf", b"%PDF-1.7 tampered with")),
        "GD-1-14",
        "digest-differs",
    ),
    "bytes changed and broken": (
        component(inspected(opens=Outcome.FAILED), content=a_content("1.pdf", b"%PDF-1.7 contenX")),
        "GD-1-14",
        "digest-differs",
    ),
    "two records registered": (
        some_facts(registration=Registration(2, 3, 48)),
        "GD-2-1",
        "items-differ",
    ),
    "bytes registered wrong": (
        some_facts(registration=Registration(1, 3, 49)),
        "GD-2-2",
        "bytes-differ",
    ),
    "element missing": (
        some_facts(a_package(without=("内容描述/责任者",))),
        "GD-2-3",
        "missing-element",
    ),
    "element missing, schema says so": (
        schema(
            CONTENT,
            f"Element '{NS}日期': This element is not expected. Expected is one of ( {NS}关键词,"
            f" {NS}责任者 ).",
            "日期",
            f"{RECORD}/内容描述/日期",
            without=("内容描述/责任者",),
        ),
        "GD-2-3",
        "missing-element",
    ),
    "last element missing, schema says so": (
        schema(
            CONTENT,
            f"Element '{NS}内容描述': Missing child element(s). Expected is one of ( {NS}文种,"
            f" {NS}密级 ).",
            "内容描述",
            f"{RECORD}/内容描述",
            without=("内容描述/密级",),
        ),
        "GD-2-3",
        "missing-element",
    ),
    "year missing": (some_facts(a_package(without=("档号/年度",))), "GD-2-3", "missing-element"),
    "title empty": (fields(题名="  "), "GD-2-4", "empty"),
    "year empty, schema complains too": (
        schema(
            DATATYPE,
            f"Element '{NS}年度': '' is not a valid value of the atomic type 'xs:gYear'.",
            "年度",
            place("档号/年度").xpath,
            changed={"档号/年度": ""},
        ),
        "GD-2-4",
        "empty",
    ),
    "archival code empty": (fields(档号=""), "GD-2-4", "empty"),
    "no activity of the second group": (
        some_facts(a_package(activities=(an_activity(action="起草"),))),
        "GD-2-5",
        "process-missing",
    ),
    "numbers with a gap": (component(number=3, sequence="4"), "GD-2-6", "gap"),
    "number used twice": (component(number=3, sequence="2"), "GD-2-6", "repeated"),
    "document without number": (component(number=3, sequence=""), "GD-2-6", "missing-number"),
    "empty file": (
        component(content=a_content("1.pdf", b""), declared_size="0", promised=None),
        "GD-2-7",
        "empty",
    ),
    "empty file called full": (component(content=a_content("1.pdf", b"")), "GD-2-7", "empty"),
    "no file at all": (
        some_facts(a_package({"形式特征/文件组合类型": "单件"}, components=())),
        "GD-2-7",
        "no-content",
    ),
    "inline content does not decode": (
        some_facts(
            replace(
                with_component(2, content=None),
                form=Form.EEP,
                findings=(
                    Finding(
                        "GD-2-7",
                        Outcome.FAILED,
                        Place("eep.xml", 42, f"{RECORD}/文件数据/文档[2]/编码/编码数据", ""),
                        "not-base64",
                    ),
                ),
            ),
        ),
        "GD-2-7",
        "not-base64",
    ),
    "attachments only": (component(role="附属文档"), "GD-2-7", "no-main-document"),
    "composite without attachment": (
        some_facts(a_package(components=(a_component(),)), registration=Registration(1, 1, 16)),
        "GD-2-8",
        "attachment-missing",
    ),
    "single item with attachments": (
        fields(文件组合类型="单件"),
        "GD-2-8",
        "attachment-unexpected",
    ),
    "retention outside the scope": (
        some_facts(
            a_package({"档号": "Z109-WS·2026·D10·BGS-0001", "档号/保管期限": "10年"}),
            sender=duties(),
        ),
        "GD-2-9",
        "retention-outside",
    ),
    "category outside the scope": (
        fields(档号="Z109-KJ·2026·Y·BGS-0001"),
        "GD-2-9",
        "category-outside",
    ),
    "encapsulation element empty": (fields(封装包创建单位=""), "GD-2-10", "empty-element"),
    "block of agents missing": (
        schema(
            CONTENT,
            f"Element '{NS}封装内容': Missing child element(s). Expected is"
            f" ( {NS}机构人员实体块 ).",
            "封装内容",
            "/电子文件封装包/被签名对象/封装内容",
            agents=(),
        ),
        "GD-2-10",
        "missing-element",
    ),
    "block of activities missing": (
        schema(
            CONTENT,
            f"Element '{NS}机构人员实体块': This element is not expected. Expected is"
            f" ( {NS}业务实体块 ).",
            "机构人员实体块",
            "/电子文件封装包/被签名对象/封装内容/机构人员实体块",
            activities=(),
        ),
        "GD-2-10",
        "missing-element",
    ),
    "content elements missing": (
        schema(
            CONTENT,
            f"Element '{NS}文件实体': Missing child element(s). Expected is ( {NS}文件数据 ).",
            "文件实体",
            RECORD,
            components=(),
        ),
        "GD-2-10",
        "missing-element",
    ),
    "attribute missing": (
        schema(
            "CVC_COMPLEX_TYPE_4",
            f"Element '{NS}编码': The attribute '编码ID' is required but missing.",
            "编码",
            f"{RECORD}/文件数据/文档/文档数据/编码",
        ),
        "GD-2-10",
        "missing-attribute",
    ),
    "files registered wrong": (
        some_facts(registration=Registration(1, 4, 48)),
        "GD-2-11",
        "files-differ",
    ),
    "agent unknown": (
        some_facts(a_package(activities=(an_activity(agent="机构9"), an_activity(action="签发")))),
        "ZX-2-1",
        "no-target",
    ),
    "identifier used twice": (
        schema(
            DATATYPE,
            f"Element '{NS}文档标识符': '文档1' is not a valid value of the atomic type 'xs:ID'.",
            "文档标识符",
            f"{RECORD}/文件数据/文档[2]/文档标识符",
            identifiers=(("文档1", "文档标识符", Place()), ("文档1", "文档标识符", Place())),
        ),
        "ZX-2-1",
        "duplicate-id",
    ),
    "reference into a document": (
        some_facts(a_package(references=(("被锁定签名标识符", "文档1", Place()),))),
        "ZX-2-1",
        "wrong-target",
    ),
    "relation to nobody": (
        some_facts(a_package(relations=(Relation("agent", "机构1", "机构7", Place()),))),
        "ZX-2-1",
        "no-target",
    ),
    "agents twice, one relation": (
        some_facts(a_package(relations=(Relation("record", "他件", "外件", Place()),))),
        "ZX-2-1",
        "no-target",
    ),
    "main document a picture": (
        component(inspected(format=PNG, extensions=("png",)), extension="png", file_name="1.png"),
        "GD-3-3",
        "main-not-layout",
    ),
    "attachment of a strange kind": (
        component(
            inspected(format=EXE, extensions=("exe",)), 2, extension="exe", file_name="2.exe"
        ),
        "GD-3-3",
        "not-accepted",
    ),
    "file damaged": (
        component(inspected(opens=Outcome.FAILED, detail="no end")),
        "GD-3-4",
        "does-not-open",
    ),
    "file damaged beyond recognition": (
        component(inspected(format=None, opens=Outcome.FAILED)),
        "GD-3-4",
        "does-not-open",
    ),
    "encrypted pdf": (
        component(inspected(encrypted=True, opens=Outcome.FAILED)),
        "GD-3-8",
        "encrypted",
    ),
    "zip as attachment": (
        component(
            inspected(format=ZIP, extensions=("zip",), packed=True),
            2,
            extension="zip",
            file_name="2.zip",
        ),
        "GD-3-8",
        "packed",
    ),
    "scanner silent": (some_facts(scanner=Outcome.FAILED), "GD-4-1", "scanner-silent"),
    "virus": (
        some_facts(
            scans={f"{number}.pdf": Scan(Outcome.PASSED) for number in (1, 2)}
            | {"3.pdf": Scan(Outcome.FAILED, "Eicar")}
        ),
        "GD-4-2",
        "infected",
    ),
    "file nobody described": (
        some_facts(replace(a_package(), members=(a_content("x.pdf", b"extra"),))),
        "GD-4-3",
        "extra-file",
    ),
    "plain channel": (some_facts(channel=Channel.LOOPBACK), "GD-4-7", "weak-channel"),
    "unsigned where signing is agreed": (
        some_facts(sender=duties(signature="required")),
        "ZX-1-2",
        "signature-absent",
    ),
    "name of another unit": (fields(立档单位名称="某某市水务局"), "ZX-1-3", "name-not-sender"),
    "fonds of another unit": (
        some_facts(a_package({"档号": "Z110-WS·2026·Y·BGS-0001", "档号/全宗号": "Z110"})),
        "ZX-1-3",
        "fonds-not-sender",
    ),
    "macros": (component(inspected(active="JavaScript")), "ZX-4-8", "active-content"),
}


def test_a_good_package_is_accepted_and_nothing_fails():
    report = detect(some_facts(), RULES)
    assert report.accepted
    assert report.findings() == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_fails_one_check_and_no_other(fault):
    facts, code, reason = FAULTS[fault]
    assert judged(facts) == {(code, reason)}
    assert not detect(facts, RULES).accepted


def test_every_check_with_a_function_has_a_fault_that_fails_it():
    missing = set(CHECKS) - {code for _, code, _ in FAULTS.values()}
    assert missing == set()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("encrypted pdf", "GD-3-4"),
        ("file damaged", "GD-3-3"),
        ("empty file", "GD-1-14"),
        ("empty file called full", "GD-1-14"),
        ("file missing", "GD-3-8"),
        ("bytes changed", "GD-1-10"),
        ("archival code empty", "GD-1-7"),
        ("empty file called full", "GD-2-2"),
    ],
)
def test_what_could_not_be_judged_is_not_called_passed(fault, code):
    facts = FAULTS[fault][0]
    if fault == "empty file":
        content = a_content("1.pdf", b"")
        facts = component(content=content, declared_size="0")
    assert outcome(facts, code) is Outcome.NOT_APPLICABLE


def test_an_unreadable_package_passes_nothing_that_reads_metadata():
    finding = Finding("GD-3-1", Outcome.FAILED, Place("eep.xml", 3), "not-well-formed")
    package = replace(
        a_package(components=(), activities=(), agents=()),
        fields=(),
        readable=False,
        findings=(finding,),
    )
    report = detect(some_facts(package), RULES)
    assert judged(some_facts(package)) == {("GD-3-1", "not-well-formed")}
    for one in report.checks:
        check = RULES.catalogue.checks[one.code]
        if check.needs in {"metadata", "document"} and one.code != "GD-3-1":
            assert one.outcome is Outcome.NOT_APPLICABLE, one.code
    assert not report.accepted


def test_a_reader_that_gave_up_without_a_word_is_not_believed():
    package = replace(a_package(), readable=False)
    assert judged(some_facts(package)) == {("GD-3-1", "unreadable")}


def test_a_damaged_archive_leaves_the_other_archive_checks_unjudged():
    finding = Finding("ZX-3-1", Outcome.FAILED, Place(), "truncated")
    package = replace(
        a_package(components=()), fields=(), readable=False, metadata=None, findings=(finding,)
    )
    facts = some_facts(package)
    assert judged(facts) == {("ZX-3-1", "truncated")}
    for code in ("ZX-4-1", "ZX-4-5", "GD-1-13", "GD-3-1", "ZX-4-6"):
        assert outcome(facts, code) is Outcome.NOT_APPLICABLE


def test_a_missing_namespace_is_not_drowned_in_schema_errors():
    finding = Finding("ZX-1-1", Outcome.FAILED, Place("eep.xml", 1), "namespace-missing")
    error = SchemaError("SCHEMAV_CVC_ELT_1", "No matching global declaration", "x", Place())
    package = replace(a_package(), findings=(finding,), schema_errors=(error,))
    assert judged(some_facts(package)) == {("ZX-1-1", "namespace-missing")}


def test_a_schema_complaint_nobody_foresaw_is_still_reported():
    facts = schema("CVC_IDC", "Something new about keys.", "x", "/x")
    assert judged(facts) == {("GD-1-12", "other-schema-error")}


def test_values_outside_an_open_list_are_left_to_a_person():
    facts = fields(文种="通知书")
    assert outcome(facts, "GD-1-4") is Outcome.UNDETERMINED
    assert detect(facts, RULES).accepted


@pytest.mark.parametrize("period", ["短期", "十年", "10 年", "abc"])
def test_a_retention_period_that_has_no_code_is_not_taken_to_agree(period):
    facts = fields(档号="Z109-WS·2026·D10·BGS-0001", 保管期限=period)
    assert outcome(facts, "GD-1-7") is Outcome.UNDETERMINED
    assert not detect(facts, RULES).accepted


@pytest.mark.parametrize("period", ["D10", "Y", "10年"])
def test_a_retention_period_given_as_a_code_is_compared_as_one(period):
    facts = fields(档号="Z109-WS·2026·D30·BGS-0001", 保管期限=period)
    assert ("GD-1-7", "part-differs") in judged(facts)
    agreeing = fields(档号="Z109-WS·2026·D30·BGS-0001", 保管期限="D30")
    assert outcome(agreeing, "GD-1-7") is Outcome.PASSED


def test_a_file_not_scanned_is_named_as_its_metadata_names_it():
    """Inside an EEP the reader goes by an identifier that means nothing to a clerk."""
    inside = a_component(content=a_content("修改0-文档1-编码1"), file_name="正本.pdf")
    facts = some_facts(a_package(components=(inside,)), scanner=Outcome.PASSED, scans={})
    (check,) = (one for one in detect(facts, RULES).checks if one.code == "GD-4-2")
    assert [one.place.field for one in check.findings] == ["正本.pdf"]


def test_without_a_scanner_it_is_said_once_and_not_of_every_file():
    unscanned = {f"{number}.pdf": Scan(Outcome.UNDETERMINED) for number in (1, 2)}
    facts = some_facts(scanner=Outcome.UNDETERMINED, scans=unscanned)
    (check,) = (one for one in detect(facts, RULES).checks if one.code == "GD-4-2")
    assert [one.reason for one in check.findings] == ["nothing-scanned"]


def test_without_a_scanner_the_report_says_so_and_accepts():
    facts = some_facts(scanner=Outcome.UNDETERMINED, scans={})
    assert outcome(facts, "GD-4-1") is Outcome.UNDETERMINED
    assert outcome(facts, "GD-4-2") is Outcome.UNDETERMINED
    assert detect(facts, RULES).accepted


def test_a_signature_that_could_not_be_judged_is_refused():
    facts = signed(Outcome.UNDETERMINED, "unknown-rule")
    assert outcome(facts, "GD-1-1") is Outcome.UNDETERMINED
    assert not detect(facts, RULES).accepted


def test_a_signature_nobody_verified_is_refused():
    facts = some_facts(a_package(signatures=(a_signature(),)))
    assert outcome(facts, "GD-1-1") is Outcome.UNDETERMINED
    assert not detect(facts, RULES).accepted


def test_a_seal_inside_a_file_is_shown_and_does_not_refuse():
    facts = component(inspected(signatures=1))
    assert outcome(facts, "GD-1-1") is Outcome.UNDETERMINED
    assert detect(facts, RULES).accepted


def test_a_file_nobody_looked_into_is_not_called_good():
    facts = some_facts(inspections=None)
    facts = replace(facts, inspections={})
    for code in ("GD-1-10", "GD-3-3", "GD-3-4", "GD-3-8", "ZX-4-8"):
        assert outcome(facts, code) is Outcome.UNDETERMINED
    assert not detect(facts, RULES).accepted


def test_a_file_not_searched_to_its_end_is_not_called_free_of_active_content():
    facts = component(inspected(searched=False))
    assert outcome(facts, "ZX-4-8") is Outcome.UNDETERMINED
    assert detect(facts, RULES).accepted


def test_an_offline_check_judges_the_package_and_not_the_sender():
    facts = some_facts(sender=None, holding=None, filing=False, channel=Channel.OFFLINE)
    for code in ("ZX-1-2", "ZX-1-3", "GD-2-5", "GD-2-9", "GD-4-7", "GD-1-8"):
        assert outcome(facts, code) is Outcome.NOT_APPLICABLE
    assert detect(facts, RULES).accepted


def test_a_layer_that_refers_to_earlier_bytes_is_not_missing_them():
    package = replace(
        with_component(2, content=None, refers_to="编码数据2", promised=None),
        identifiers=(("文档1", "文档标识符", Place()), ("编码数据2", "编码数据", Place())),
        references=(("引用编码数据ID", "编码数据2", Place()),),
    )
    facts = some_facts(package, registration=Registration(1, None, None))
    assert judged(facts) == set()


def test_a_classified_record_needs_its_secrecy_period_too():
    assert judged(fields(密级="秘密")) == {
        ("GD-1-5", "classified-online"),
        ("GD-2-4", "empty-when"),
    }


def test_two_agents_may_be_related():
    agents = (Agent("机构1", "单位", "甲", Place()), Agent("机构2", "单位", "乙", Place()))
    package = a_package(agents=agents, relations=(Relation("agent", "机构1", "机构2", Place()),))
    assert judged(some_facts(package)) == set()


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(1, 3))
def test_any_change_of_bytes_is_found(body, number):
    facts = component(number=number, content=a_content(f"{number}.pdf", body))
    same = body == b"%PDF-1.7 content"
    assert judged(facts) == (set() if same else {("GD-1-14", "digest-differs")})


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.text(max_size=40))
def test_no_value_whatever_makes_a_check_raise(path, value):
    report = detect(some_facts(a_package({path: value})), RULES)
    assert [one.code for one in report.checks] == list(RULES.catalogue.checks)
    report.canonical()


def test_the_same_facts_give_the_same_bytes():
    first = detect(some_facts(), RULES).canonical()
    assert detect(some_facts(), RULES).canonical() == first


def test_a_promise_by_another_algorithm_is_left_open():
    facts = component(promised=Digest("sm3", bytes(32)))
    assert outcome(facts, "GD-1-14") is Outcome.UNDETERMINED
    assert not detect(facts, RULES).accepted
    assert PDF.opens is Outcome.PASSED


def test_very_many_faults_take_no_more_than_a_moment():
    """Five thousand of each: a check that compares all with all would not come back."""
    many = range(5000)
    package = replace(
        a_package(
            components=tuple(
                a_component(number + 1, content=None, promised=a_digest(b"%d" % number))
                for number in many
            ),
            activities=tuple(an_activity(f"业务{one}", agent=f"机构x{one}") for one in many),
            agents=tuple(Agent(f"机构{one}", "", "", Place()) for one in many),
        ),
        members=tuple(a_content(f"x{one}", b"y%d" % one) for one in many),
    )
    started = thread_time()
    report = detect(some_facts(package), RULES)
    assert len(report.canonical()) < 1_000_000
    assert thread_time() - started < 5


@pytest.mark.parametrize(
    ("numbers", "where"),
    [
        (("1", "2", "4"), [3]),
        (("2", "3", "4"), [1]),
        (("1", "9", "2"), [2]),
        (("1", "1", "1"), [2, 3]),
        (("2", "3", "02"), [3]),
        (("", "1", ""), [1, 3]),
    ],
)
def test_a_wrong_document_number_is_found_where_it_stands(numbers, where):
    components = tuple(a_component(at, sequence=one) for at, one in enumerate(numbers, start=1))
    found = detect(some_facts(a_package(components=components)), RULES)
    (check,) = (one for one in found.checks if one.code == "GD-2-6")
    assert [one.place for one in check.findings] == [components[at - 1].numbered for at in where]


def test_a_document_of_several_files_has_one_number():
    components = tuple(
        a_component(at, document="文档1", sequence="1", role="主文档") for at in (1, 2, 3)
    )
    assert outcome(some_facts(a_package(components=components)), "GD-2-6") is Outcome.PASSED


@pytest.mark.parametrize(
    ("fact", "zh"),
    [
        (
            SignatureFact(
                a_signature(algorithm="1.2.840.113549.1.1.5"), Outcome.FAILED, "weak-algorithm"
            ),
            "使用了弱算法 SHA-1 with RSA (1.2.840.113549.1.1.5)，",
        ),
        (
            SignatureFact(
                a_signature(algorithm="1.2.840.113549.1.1.10"),
                Outcome.UNDETERMINED,
                "unknown-algorithm",
            ),
            "算法“RSASSA-PSS (1.2.840.113549.1.1.10)”不在支持之列",
        ),
        (
            SignatureFact(a_signature(), Outcome.FAILED, "short-key", "CN=某厅", "", "RSA 1024"),
            "密钥过短（RSA 1024）",
        ),
        (
            SignatureFact(
                a_signature(algorithm="1.2.840.10045.4.3.2"),
                Outcome.FAILED,
                "key-unfit",
                "CN=某厅",
                "",
                "RSA 2048",
            ),
            "算法是 SHA-256 with ECDSA (1.2.840.10045.4.3.2)，所附证书的密钥却是 RSA 2048",
        ),
    ],
    ids=lambda one: getattr(one, "reason", ""),
)
def test_a_signature_refused_for_its_algorithm_names_it(fact, zh):
    facts = some_facts(a_package(signatures=(fact.signature,)), signatures=(fact,))
    (check,) = (one for one in detect(facts, RULES).as_dict()["checks"] if one["code"] == "GD-1-1")
    assert zh in check["findings"][0]["message"]["zh"]


def test_an_item_number_of_another_width_is_told_how_and_where_it_is_written():
    facts = fields(档号="Z109-WS·2026-Y-BGS-00001")
    (check,) = (one for one in detect(facts, RULES).checks if one.code == "GD-1-7")
    (finding,) = check.findings
    assert finding.place == place("档号")
    assert (finding.expected, finding.found) == (
        "Z109-WS·2026-Y-BGS-0001",
        "Z109-WS·2026-Y-BGS-00001",
    )


@pytest.mark.parametrize("item", ["001", "0001", "00001"])
def test_where_the_standard_leaves_the_width_to_the_fonds_any_is_taken(item):
    """DA/T 13-2022: its examples of items end in 005, 0001 and 00001."""
    facts = fields(档号=f"Z109-WS·2026·Y·BGS-{item}")
    assert outcome(facts, "GD-1-7") is Outcome.PASSED

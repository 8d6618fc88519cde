import ast
import re
from pathlib import Path

import pytest

from filing.errors import Misconfigured
from filing.model.finding import Finding, Outcome, Place
from filing.rules.catalogue import PROPERTIES, Text, halves, order, read_catalogue
from filing.rules.checks_document import checks_document
from filing.rules.detection import CHECKS
from filing.rules.rule_set import SHIPPED, digest_of, make_rule_set, read_files

from .cases import RULES

ROOT = SHIPPED.parent
CATALOGUE = RULES.catalogue
CODE = re.compile(r"(?:GD|ZX)-[1-4]-[1-9]\d?")
#: What readers of packages report: agreed with filing/adapters/packages.
READERS = {
    "GD-3-1": "not-well-formed wrong-encoding ambiguous-markup empty",
    "GD-1-13": "no-metadata-document several-metadata-documents misplaced-metadata",
    "GD-2-7": "not-base64",
    "ZX-1-1": "namespace-missing namespace-unknown root-unknown",
    "ZX-3-1": "not-a-zip truncated bad-crc inconsistent-directory overlapping-entries",
    "ZX-4-1": "traversal absolute drive backslash control-character reserved-name too-long "
    "empty-name bad-encoding",
    "ZX-4-2": "too-many-members member-too-large total-too-large ratio size-lies "
    "metadata-too-large",
    "ZX-4-3": "link special-file",
    "ZX-4-4": "duplicate case-collision look-alike file-and-folder",
    "ZX-4-5": "encrypted unsupported-method",
    "ZX-4-6": "doctype entity",
    "ZX-4-7": "depth attribute-size element-count attribute-count",
}
SIGNATURE_FACTS = (
    "digest-differs weak-algorithm short-key key-unfit unknown-rule unknown-algorithm "
    "message-too-large no-certificate bad-certificate region-missing not-base64 "
    "expired-certificate untrusted-certificate"
)


def all_reasons():
    for check in CATALOGUE.checks.values():
        for reason in check.reasons.values():
            yield check.code, reason
    for reason in CATALOGUE.common.values():
        yield "common", reason


def said_in_sources():
    """(file, code, reason) of every call that names both as they are."""
    for source in sorted((ROOT / "filing").rglob("*.py")):
        text = source.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            words = [
                one.value
                for one in (*node.args, *(keyword.value for keyword in node.keywords))
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            codes = [word for word in words if CODE.fullmatch(word)]
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if codes and words.index(codes[0]) == 0:
                yield source.name, codes[0], words[1:], name


def test_every_code_in_the_sources_is_in_the_catalogue():
    for source in sorted((ROOT / "filing").rglob("*.py")):
        for code in CODE.findall(source.read_text(encoding="utf-8")):
            assert code in CATALOGUE.checks, f"{source.name}: {code}"


def test_every_reason_given_in_the_sources_has_its_wording():
    looked = 0
    for name, code, words, function in said_in_sources():
        if function in {"failed", "undetermined", "not_applicable", "Finding"} and words:
            known = set(CATALOGUE.checks[code].reasons) | set(CATALOGUE.common)
            assert words[0] in known, f"{name}: {code} {words[0]}"
            looked += 1
    assert looked > 40


def test_every_slug_behind_a_variable_code_is_known_somewhere():
    known = {reason.slug for _, reason in all_reasons()}
    for module in ("authenticity", "integrity", "usability", "safety"):
        source = (ROOT / f"filing/rules/{module}.py").read_text(encoding="utf-8")
        slugs = re.findall(r'(?:failed|undetermined|not_applicable)\(\s*code,\s*"([^"]+)"', source)
        assert set(slugs) <= known, set(slugs) - known


@pytest.mark.parametrize("code", READERS)
def test_what_readers_report_has_its_wording(code):
    assert set(READERS[code].split()) <= set(CATALOGUE.checks[code].reasons)


def test_what_signature_facts_report_has_its_wording():
    assert set(SIGNATURE_FACTS.split()) <= set(CATALOGUE.checks["GD-1-1"].reasons)


def test_the_standard_is_covered_code_by_code():
    expected = {
        f"GD-{group}-{number}"
        for group, last in ((1, 14), (2, 11), (3, 8), (4, 7))
        for number in range(1, last + 1)
    }
    assert {code for code in CATALOGUE.checks if code.startswith("GD")} == expected


def test_every_sentence_is_there_in_both_languages_and_fills_in():
    values = {"field": "F", "expected": "E", "found": "X"}
    for code, reason in all_reasons():
        assert reason.actor in {"agency", "archive", "clerk"}, code
        assert reason.undetermined in {"", "accept", "reject"}, code
        for text in (reason.message, reason.remedy):
            for sentence in (text.zh, text.en):
                assert sentence.strip(), f"{code} {reason.slug}"
                assert set(re.findall(r"\{(\w+)\}", sentence)) <= {*values, "said"}
            assert re.search("[\u4e00-\u9fff]", text.zh)
            filled = text.filled(values)
            assert "{" not in filled.zh + filled.en


def test_both_languages_name_the_same_things():
    for code, reason in all_reasons():
        for text in (reason.message, reason.remedy):
            zh, en = (set(re.findall(r"\{(\w+)\}", one)) for one in (text.zh, text.en))
            assert zh == en, f"{code} {reason.slug}"


def test_a_check_that_cannot_fail_says_why():
    for check in CATALOGUE.checks.values():
        emitted = check.code in CHECKS or check.code in READERS
        by_table = check.code in {
            "GD-1-2",
            "GD-1-3",
            "GD-1-4",
            "GD-1-6",
            "GD-2-3",
            "GD-2-4",
            "GD-2-10",
        }
        assert emitted or by_table or check.cannot_fail is not None, check.code


def test_an_unconfirmed_check_says_so():
    unconfirmed = {code for code, one in CATALOGUE.checks.items() if not one.confirmed}
    expected = {"GD-1-9", "GD-2-8", "GD-3-5", "GD-3-6", "GD-3-7", "GD-4-4", "GD-4-5", "GD-4-6"}
    assert unconfirmed == expected


def test_a_value_with_braces_is_not_filled_again():
    text = Text("值“{found}”", "{found} {expected}").filled({"found": "{expected}"})
    assert text == Text("值“{expected}”", "{expected} —")


def test_what_is_said_in_both_languages_is_said_to_each_in_its_own():
    text = Text("打不开：{said}", "does not open: {said}")
    found = {"found": "附页：数据不完整 / 附页: data cut off"}
    assert text.filled(found) == Text(
        "打不开：附页：数据不完整", "does not open: 附页: data cut off"
    )
    assert text.filled({"found": "no end"}) == Text("打不开：no end", "does not open: no end")
    assert text.filled({}) == Text("打不开：—", "does not open: —")


def test_checks_come_in_the_order_of_the_properties():
    assert sorted(CATALOGUE.checks, key=order) == list(CATALOGUE.checks)
    names = [one.property for one in CATALOGUE.checks.values()]
    assert list(dict.fromkeys(names)) == list(PROPERTIES)


def test_the_document_is_the_one_the_catalogue_gives():
    written = (ROOT / "docs/checks.md").read_text(encoding="utf-8")
    assert written == checks_document(CATALOGUE)


def test_the_document_names_every_code_and_reason():
    written = checks_document(CATALOGUE)
    for code, reason in all_reasons():
        assert f"`{reason.slug}`" in written
        assert code == "common" or code in written


def test_policies_decide_what_refuses():
    def finding(code, outcome, reason):
        return Finding(code, outcome, Place(), reason)

    assert CATALOGUE.refuses(finding("GD-1-1", Outcome.UNDETERMINED, "unknown-rule"))
    assert not CATALOGUE.refuses(finding("GD-1-1", Outcome.UNDETERMINED, "seal-not-verified"))
    assert not CATALOGUE.refuses(finding("GD-4-2", Outcome.UNDETERMINED, "nothing-scanned"))
    assert CATALOGUE.refuses(finding("GD-4-2", Outcome.FAILED, "infected"))
    assert not CATALOGUE.refuses(finding("GD-1-9", Outcome.NOT_APPLICABLE, "unconfirmed"))


def test_the_digest_covers_every_file_and_its_name():
    files = read_files()
    assert RULES.digest == digest_of(files)
    for name in files:
        assert digest_of(files | {name: files[name] + b" "}) != RULES.digest
    assert digest_of({"a": b"bc"}) != digest_of({"ab": b"c"})


def test_a_catalogue_that_contradicts_itself_is_refused_at_start(tmp_path):
    files = {Path(name).name: text for name, text in read_files().items()}
    broken = files["safety.toml"].replace(b'severity = "reject"', b'severity = "perhaps"', 1)
    with pytest.raises(Misconfigured, match="GD-4-1 contradicts itself"):
        read_catalogue(files | {"safety.toml": broken})
    twice = files["safety.toml"].replace(b'code = "GD-4-2"', b'code = "GD-4-1"')
    with pytest.raises(Misconfigured, match="twice"):
        read_catalogue(files | {"safety.toml": twice})
    with pytest.raises(Misconfigured, match="check catalogue"):
        read_catalogue(files | {"safety.toml": files["safety.toml"] * 2})
    with pytest.raises(Misconfigured, match="no rule set"):
        read_files(tmp_path)
    with pytest.raises(Misconfigured, match="lacks"):
        make_rule_set({name: text for name, text in read_files().items() if "dat46" not in name})


def test_what_the_catalogue_lacks_gets_a_plain_sentence():
    assert CATALOGUE.reason("GD-1-2", "never-heard-of").slug == "unlisted"


def test_a_scanner_that_is_silent_is_not_called_one_that_was_never_configured():
    told = CATALOGUE.reason("GD-4-1", "no-scanner").message.as_dict()
    assert "没有应答" in told["zh"]
    assert "silent" in told["en"]


@pytest.mark.parametrize(
    ("said", "zh", "en"),
    [
        ("缺少部件 / a part is missing", "缺少部件", "a part is missing"),
        ("图像不完整 / cut off；目录循环 / a circle", "图像不完整；目录循环", "cut off; a circle"),
        ("甲；乙.xml：无法解析 / 甲；乙.xml: broken", "甲；乙.xml：无法解析", "甲；乙.xml: broken"),
        ("file truncated", "file truncated", "file truncated"),
    ],
)
def test_what_readers_of_files_say_is_told_in_one_language(said, zh, en):
    assert halves(said) == Text(zh, en)

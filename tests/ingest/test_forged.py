"""Forged corrections: what may not be changed is not changed by another way round.

Nothing refused is kept, and what is allowed changes the place it names and no other.
"""

import io
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from examples.documents import AGENCIES, official
from examples.good import deliver, metadata
from filing.errors import BadRequest, FilingError, NotAllowed
from filing.evidence import receipt
from filing.ingest.draft import MAX_CHANGES
from filing.model.correction import Change, ChangeKind, FileFact
from filing.model.package import Form
from filing.model.roles import Role
from filing.model.submission import State
from tests.crash.yard import a_yard
from tests.ingest.made import a_site
from tests.ingest.test_correct import AUTHOR, CLERK, RECORD, SAMPLES, TITLE, Desk, change, person

DESCRIPTION = f"{RECORD}/内容描述"
REMOVE, ADD, SET = ChangeKind.REMOVE, ChangeKind.ADD, ChangeKind.SET
MEMBER = "修改0-文档1-文档数据1-编码1-编码数据"


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    """Desks by sample, on SQLite."""
    home = tmp_path_factory.mktemp("forged")
    with a_site(a_yard(home / "home", "").settings) as site:
        known = {}

        def desk(name):
            if name not in known:
                known[name] = Desk(site, SAMPLES[name])
            return known[name]

        yield desk


@pytest.fixture(scope="module")
def plain(yard):
    return yard("GD-2-4_empty_title")


def refused(desk, *changes, by=CLERK):
    """Why; and nothing of it is kept."""
    before = desk.draft()
    with pytest.raises((BadRequest, NotAllowed)) as error:
        desk.change(before.version, *changes, by=by)
    assert desk.draft() == before
    assert error.value.zh
    return str(error.value)


@pytest.mark.parametrize(
    "changes",
    [
        [change(DESCRIPTION, kind=REMOVE)],
        [change(DESCRIPTION, kind=REMOVE), change(f"{DESCRIPTION}/密级", "公开", ADD)],
        [change(f"{DESCRIPTION}/密级[1]", "公开", ADD)],
        [change(f"{DESCRIPTION}[1]/密级", "公开", ADD)],
        [change(f"{DESCRIPTION}/密级", "公开")],
        [change(f"{DESCRIPTION}/密级", kind=REMOVE)],
        [change(DESCRIPTION, "", ADD), change(f"{DESCRIPTION}/密级[1]", "公开", ADD)],
    ],
)
def test_a_classification_is_talked_away_by_no_detour(yard, changes):
    assert "classified" in refused(yard("GD-1-5_classified_record"), *changes)


@pytest.mark.parametrize("by", [CLERK, person(Role.ARCHIVIST, 2)])
@pytest.mark.parametrize(
    "changes",
    [
        [change(f"{RECORD}/来源", kind=REMOVE)],
        [change(f"{RECORD}/来源/立档单位名称[1]", "别的单位", ADD)],
        [change(f"{RECORD}/来源[1]", "", ADD), change(f"{RECORD}/来源[1]/立档单位名称", "别", ADD)],
        [change(f"{RECORD}/档号", kind=REMOVE)],
        [change(RECORD, kind=REMOVE)],
        [change(f"{RECORD}[1]", "", ADD)],
        [change("/电子文件封装包/被签名对象", kind=REMOVE)],
    ],
)
def test_the_sender_is_changed_by_no_detour(plain, changes, by):
    assert "sender" in refused(plain, *changes, by=by)


def test_a_period_of_secrecy_is_not_taken_out_with_what_holds_it(yard):
    desk = yard("GD-1-4_secrecy_not_in_list")
    at = f"{DESCRIPTION}/保密期限"
    archivist = person(Role.ARCHIVIST, 2)
    draft = desk.change(desk.draft().version, change(at, "5年", ADD), by=archivist)
    assert "not-your-role" in refused(desk, change(DESCRIPTION, kind=REMOVE))
    # What another may say does not close the rest of the record to a clerk.
    draft = desk.change(draft.version, change(f"{DESCRIPTION}/关键词", "汛期", ADD))
    desk.own.take_back(CLERK, desk.id, draft.version, None)


@pytest.mark.parametrize("value", ["机密★10年", " 绝 密 ", "秘\u200b密", "内部（秘密）"])
def test_a_classification_closes_however_it_is_written(plain, value):
    assert plain.own.rules.may_change((Role.ARCHIVIST,), "内容描述/密级", value) == "classified"
    assert plain.own.rules.may_change((Role.ARCHIVIST,), "内容描述/密级", "内部") == ""


@pytest.mark.parametrize(
    "xpath",
    [
        "", "/", "//题名", f"{RECORD}/*", f"{RECORD}//题名", "/..", f"{TITLE}/..",
        f"{TITLE}/text()",
        f"{TITLE}[1=1]", f"{TITLE}|//立档单位名称", f"{TITLE}[0]", f"{TITLE}[-1]",
        f"{TITLE}[9999999]",
        "/*[local-name()='题名']", "ancestor::node()", f"{TITLE}\0", f"{TITLE}/\ud800",
        "/a" * 50_000,
        f"{RECORD}{'/来源' * 3000}", "/别的根/题名", f"{TITLE}/题名><立档单位名称", f"{TITLE}/@",
        f"{TITLE}/@xmlns", f"{TITLE}/@xmlns:a", f"{TITLE}/@a:b", f"{TITLE}/@1", f"{TITLE}/@\ud800",
        f"{TITLE}/@xsi:schemaLocation", f"{TITLE}/@a&b", "/电子文件封装包/@xmlns",
        "/电子文件封装包/电子签名块/电子签名/签名值", f"{RECORD}/锁定签名", f"{RECORD}/原封装包",
        f"{RECORD}/文件数据/文档[1]/文档数据[1]/编码/编码数据",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [SET, ADD])
def test_no_place_leads_elsewhere(plain, xpath, kind):
    assert refused(plain, change(xpath, "字", kind))


@pytest.mark.parametrize(
    "character", ["\0", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800", "\udfff"]
)
def test_what_xml_cannot_hold_is_refused(plain, character):
    assert f"U+{ord(character):04X}" in refused(plain, change(TITLE, f"题{character}名"))


def test_too_long_and_too_many_are_refused_before_anything_is_done(plain):
    refused(plain, change(TITLE, "字" * 1_000_000))
    many = [change(TITLE, str(number)) for number in range(5000)]
    assert str(MAX_CHANGES) in refused(plain, *many)


@pytest.mark.parametrize(
    "one",
    [
        Change(ChangeKind.REPLACE_FILE, xpath=TITLE, after="字"),
        Change(ChangeKind.ADD_FILE, member=MEMBER),
        Change(ChangeKind.REMOVE_FILE, member=MEMBER),
        Change(ChangeKind.REMOVE_FILE, member="../../etc/passwd"),
        Change(SET, TITLE),
        Change(SET, TITLE, after="字", new=FileFact("a.pdf", 1, ())),
    ],
)
def test_a_change_of_another_kind_than_it_says_is_refused(plain, one):
    assert refused(plain, one)


def test_a_change_of_metadata_names_no_file(plain):
    """The seal would say that a file was exchanged, and hide what was."""
    one = Change(SET, TITLE, after="题名", member="../附件.pdf", before="不是", field="附注")
    draft = plain.change(plain.draft().version, one)
    (kept,) = (each.change for each in draft.changes)
    assert (kept.member, kept.field, kept.before) == ("", "内容描述/题名", "")
    plain.own.take_back(CLERK, plain.id, draft.version, None)


@pytest.mark.parametrize(
    "name",
    ["../a.pdf", "/etc/a.pdf", "a\0.pdf", "C:\\a.pdf", "字" * 500 + ".pdf", "\ud800.pdf", "..",
     "\ufffe.pdf", "a/../../b.pdf", "a\n.pdf", "\u202egpj.exe", "con", "a/b.pdf"],
)  # fmt: skip
def test_a_file_takes_no_name_that_leads_elsewhere(plain, name):
    before = plain.draft()
    for member in (name, MEMBER):
        one = Change(ChangeKind.REPLACE_FILE, member=member, new=FileFact(name, 0, ()))
        with pytest.raises((BadRequest, NotAllowed)):
            plain.own.change_file(CLERK, plain.id, before.version, one, io.BytesIO(b"%PDF-1.4"))
    assert plain.draft() == before


@pytest.mark.parametrize(
    "name", ["../a.pdf", "/a.pdf", "METADATA.xml", "look-alike", "a.pdf ", "a/../b"]
)
def test_a_file_beside_takes_no_name_that_leads_elsewhere(tmp_path, name):
    document = replace(official(78, 1, AGENCIES[0], annexes=1, sent=True, retention="Y"), title="")
    sample = deliver(document, Form.EEP_ZIP, metadata(document, Form.EEP_ZIP))
    with a_site(a_yard(tmp_path / "home", "").settings) as site:
        desk = Desk(site, sample)
        assert desk.own.submission(CLERK, desk.id).state is State.REJECTED
        if name == "look-alike":
            member = desk.own.examine(CLERK, desk.id).package.components[0].content.member
            name = member.replace(".", "．")
        one = Change(ChangeKind.ADD_FILE, member=name, new=FileFact(name, 0, ()))
        with pytest.raises(FilingError):
            desk.own.change_file(CLERK, desk.id, 0, one, io.BytesIO(b"%PDF-1.4"))
        assert desk.draft().version == 0


PIECES = [*"<>&]'\"\r\n\t@:!-[?%", "]]>", "<!DOCTYPE a>", "&x;", "\U00020000"]
TEXT = st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8"), max_size=30).map("".join)


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(TEXT, st.sampled_from([TITLE, AUTHOR, f"{RECORD}/形式特征/稿本"]))
def test_only_the_named_place_differs(plain, text, xpath):
    version = plain.draft().version
    received = _values(plain.own.document(CLERK, plain.id, False))
    try:
        draft = plain.change(version, change(xpath, text))
    except BadRequest:
        assert re.search("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        return
    corrected = _values(plain.own.document(CLERK, plain.id, True))
    differing = {at for at in received | corrected if received.get(at) != corrected.get(at)}
    assert differing <= {xpath}
    assert corrected[xpath] == text
    plain.own.take_back(CLERK, plain.id, draft.version, None)


def _values(document):
    """Place -> text of every element and attribute, as a parser of its own reads them."""
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False))
    found = {}
    for one in root.iter(etree.Element):
        path = re.sub(r"\{[^}]*\}", "", root.getroottree().getelementpath(one))
        at = f"/{etree.QName(root).localname}" + ("" if path == "." else f"/{path}")
        found[at] = one.text or ""
        found |= {f"{at}/@{name}": value for name, value in one.attrib.items()}
    return found


def test_markup_in_a_value_is_text_until_the_seal(tmp_path):
    with a_site(a_yard(tmp_path / "home", "").settings) as site:
        desk = Desk(site, SAMPLES["GD-2-4_empty_title"])
        title = (
            "]]></题名><密级>公开</密级><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x;"
        )
        draft = desk.change(0, change(TITLE, title))
        done = desk.own.hand_in(CLERK, desk.id, draft.version, "经确认")
        assert done.submission.state is State.RECEIPTED, done.body.decode()
        (said,) = receipt.verify(done.body, None).statement.corrections
        assert said.after == title
        kept = site.records.read(done.submission.record_id, "corrected/eep.xml")
        root = etree.fromstring(kept, etree.XMLParser(resolve_entities=False))
        assert root.getroottree().docinfo.doctype == ""
        assert title in [one.text for one in root.iter("{*}题名")]

"""Drafts and what may be changed: two clerks, taking back, signed content, who may do what."""

import io
import json
import threading
from dataclasses import replace

import pytest

from examples.bad import bad
from examples.documents import AGENCIES, official
from examples.good import deliver, good, metadata
from filing.app.correction import corrections
from filing.errors import (
    BadRequest,
    ChangedMeanwhile,
    NotAllowed,
    NotFound,
    TooLarge,
    WrongState,
)
from filing.evidence import receipt
from filing.model.correction import Change, ChangeKind, FileFact
from filing.model.package import Form
from filing.model.people import Person
from filing.model.roles import Role
from filing.model.submission import State
from tests.crash.yard import a_yard
from tests.ingest.made import a_site

RECORD = "/电子文件封装包/被签名对象/封装内容/文件实体块/文件实体"
TITLE, AUTHOR = f"{RECORD}/内容描述/题名", f"{RECORD}/内容描述/责任者"
SAMPLES = {one.name: one for one in bad()}


def person(role=Role.ARCHIVE_CLERK, number=1, agency_id=""):
    return Person(
        f"01890000-0000-7000-8000-00000000000{number}", f"c{number}", "", frozenset({role}),
        agency_id,
    )  # fmt: skip


CLERK, OTHER = person(), person(number=2)


def change(xpath, after=None, kind=ChangeKind.SET):
    return Change(kind, xpath, after=after)


class Desk:
    """An archive with one refused delivery."""

    def __init__(self, site, one):
        self.site, self.own, self.one = site, corrections(site), one
        self.id = self.send(one).submission.id

    def send(self, one):
        with self.site.archive.incoming(one.media_type, None) as arriving:
            arriving.write(one.body)
            delivery = arriving.finish({})
            return self.site.archive.submit(
                AGENCIES[0], delivery, one.channel, one.registration, "", False
            )

    def change(self, version, *changes, by=CLERK):
        return self.own.change(by, self.id, version, changes)

    def draft(self):
        return self.own.draft(CLERK, self.id)

    def said(self):
        return [
            (each.number, each.change.before, each.change.after) for each in self.draft().changes
        ]


@pytest.fixture
def desk(database_url, tmp_path):
    with a_site(a_yard(tmp_path / "home", database_url).settings) as site:
        yield Desk(site, SAMPLES["GD-2-4_empty_title"])


@pytest.fixture
def quick(tmp_path):
    """A desk for any sample, on SQLite alone."""
    sites = []

    def made(one):
        site = a_site(a_yard(tmp_path / f"home{len(sites)}", "").settings)
        sites.append(site)
        return Desk(site.__enter__(), one)

    yield made
    for site in sites:
        site.__exit__(None, None, None)


def test_the_second_of_two_clerks_is_told_and_nothing_is_overwritten(desk):
    desk.change(0, change(TITLE, "甲"))
    with pytest.raises(ChangedMeanwhile, match=CLERK.id):
        desk.change(0, change(TITLE, "乙"), by=OTHER)
    with pytest.raises(ChangedMeanwhile):
        desk.own.hand_in(OTHER, desk.id, 0, "不知已改")
    with pytest.raises(ChangedMeanwhile):
        desk.own.take_back(OTHER, desk.id, 0, None)
    assert desk.said() == [(1, "", "甲")]


def test_of_many_who_change_at_once_one_wins(desk):
    told, ready = [], threading.Barrier(6)

    def one(number):
        ready.wait()
        try:
            desk.change(0, change(TITLE, f"第{number}人"))
        except ChangedMeanwhile:
            told.append(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    (kept,) = desk.draft().changes
    assert len(told) == 5
    assert desk.draft().version == 1
    assert kept.change.after not in {f"第{number}人" for number in told}


def test_two_who_hand_in_at_once_file_one_record(desk):
    draft = desk.change(0, change(TITLE, "题名"))
    done, told = [], []

    def one():
        try:
            done.append(desk.own.hand_in(CLERK, desk.id, draft.version, "经确认"))
        except (WrongState, ChangedMeanwhile) as error:
            told.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(done), len(told)) == (1, 3)
    assert done[0].submission.state is State.RECEIPTED
    with pytest.raises(WrongState):
        desk.change(draft.version, change(TITLE, "晚了"))


def test_a_change_between_judging_and_filing_is_not_lost(desk):
    """The claim rests on the draft that was judged; another one stands: nothing is filed."""
    draft = desk.change(0, change(TITLE, "题名"))
    file = desk.own.handing_in.file

    def meanwhile(judged):
        desk.own.change(OTHER, desk.id, draft.version, (change(AUTHOR, "另一责任者"),))
        return file(judged)

    desk.own = replace(desk.own, handing_in=replace(desk.own.handing_in, file=meanwhile))
    with pytest.raises(ChangedMeanwhile):
        desk.own.hand_in(CLERK, desk.id, draft.version, "经确认")
    assert desk.own.submission(CLERK, desk.id).state is State.REJECTED
    assert len(desk.draft().changes) == 2


def test_a_later_change_of_a_place_replaces_the_earlier_and_one_back_undoes_it(desk):
    desk.change(0, change(TITLE, "一"))
    desk.change(1, change(TITLE, "二"), change(AUTHOR, "某人"))
    assert [after for _, _, after in desk.said()] == ["二", "某人"]
    desk.change(2, change(TITLE, ""))
    (left,) = desk.draft().changes
    assert left.change.field == "内容描述/责任者"
    assert left.number == 3


def test_a_change_is_taken_back_alone_unless_others_rest_on_it(desk):
    notes = [change(f"{RECORD}/附注", "一", ChangeKind.ADD)]
    notes.append(change(f"{RECORD}/附注[2]", "二", ChangeKind.ADD))
    desk.change(0, change(TITLE, "题名"), *notes)
    with pytest.raises(BadRequest, match="rest on it"):
        desk.own.take_back(CLERK, desk.id, 1, 2)
    desk.own.take_back(CLERK, desk.id, 1, 3)
    desk.own.take_back(CLERK, desk.id, 2, 1)
    assert [after for _, _, after in desk.said()] == ["一"]
    with pytest.raises(NotFound):
        desk.own.take_back(CLERK, desk.id, 3, 99)
    assert desk.own.take_back(CLERK, desk.id, 3, None).changes == ()
    assert desk.own.document(CLERK, desk.id, True) == desk.own.document(CLERK, desk.id, False)


def test_still_refused_the_draft_stays_and_the_report_is_new(desk):
    draft = desk.change(0, change(TITLE, " "))
    done = desk.own.hand_in(CLERK, desk.id, draft.version, "试一试")
    assert done.submission.state is State.REJECTED
    assert desk.draft() == draft
    assert desk.site.archive.report(AGENCIES[0], desk.id) == done.body
    assert desk.send(desk.one).body == done.body
    draft = desk.change(draft.version, change(TITLE, "题名"))
    with pytest.raises(NotFound):
        desk.site.archive.corrections(AGENCIES[0], desk.id)
    done = desk.own.hand_in(CLERK, desk.id, draft.version, "经确认")
    assert done.submission.state is State.RECEIPTED
    told = json.loads(desk.site.archive.corrections(AGENCIES[0], desk.id))
    assert [one["after"] for one in told["corrections"]] == ["题名"]
    assert list(desk.site.staging.kept()) == []


def test_without_a_reason_nothing_is_handed_in_or_sent_back(desk):
    for call in (
        lambda: desk.own.hand_in(CLERK, desk.id, 0, " "),
        lambda: desk.own.send_back(CLERK, desk.id, "\n", "请重新移交"),
    ):
        with pytest.raises(BadRequest):
            call()
    assert desk.own.send_back(CLERK, desk.id, "题名为空", "请补题名").state is State.RETURNED
    for call in (
        lambda: desk.change(0, change(TITLE, "题名")),
        lambda: desk.own.hand_in(CLERK, desk.id, 0, "经确认"),
        lambda: desk.own.send_back(CLERK, desk.id, "又一次", ""),
    ):
        with pytest.raises(WrongState):
            call()
    assert desk.own.document(CLERK, desk.id, False)


def test_another_agencys_delivery_does_not_exist(desk):
    stranger = person(Role.AGENCY_CLERK, 3, AGENCIES[1].id)
    own = person(Role.AGENCY_CLERK, 4, AGENCIES[0].id)
    for call in (desk.own.submission, desk.own.draft, desk.own.examine):
        with pytest.raises(NotFound):
            call(stranger, desk.id)
        assert call(own, desk.id)
    with pytest.raises(NotAllowed):
        desk.own.send_back(own, desk.id, "题名为空", "")
    with pytest.raises(NotAllowed):
        desk.own.draft(person(Role.AUDITOR), desk.id)


@pytest.mark.parametrize(
    ("xpath", "why"),
    [
        (f"{RECORD}/来源/立档单位名称", "sender"),
        (f"{RECORD}/档号/全宗号", "sender"),
        (f"{RECORD}/内容描述/保密期限", "not-your-role"),
    ],
)
def test_what_names_the_sender_or_is_anothers_to_say_is_not_changed(desk, xpath, why):
    with pytest.raises(NotAllowed, match=why):
        desk.change(0, change(xpath, "别的"))
    field = xpath.removeprefix(f"{RECORD}/")
    assert desk.own.may_change(CLERK, desk.id, field) == why
    assert desk.own.may_change(CLERK, desk.id, "内容描述/题名") == ""


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (change("no place", "x"), "not a place"),
        (change("/别的根/题名", "x"), "no place"),
        (change(f"{RECORD}/内容描述/没有的项", "x"), "holds no"),
        (change(f"{RECORD}/附注[3]", "x"), "no place"),
        (change(TITLE, "\x00"), r"U\+0000"),
        (change(TITLE, "题" * 20_001), "characters"),
        (change(f"{RECORD}/内容描述", "字"), "elements"),
        (change(f"{RECORD}/没有", kind=ChangeKind.REMOVE), "no place"),
        (change("/电子文件封装包", kind=ChangeKind.REMOVE), "root"),
        (Change(ChangeKind.REMOVE_FILE, member="没有的文件"), "no file"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(quick, wanted, why):
    desk = quick(SAMPLES["GD-2-4_empty_title"])
    with pytest.raises(BadRequest, match=why):
        desk.change(0, wanted)
    assert desk.draft().version == 0


def test_a_classification_is_not_talked_away(quick):
    desk = quick(SAMPLES["GD-1-5_classified_record"])
    with pytest.raises(NotAllowed, match="classified"):
        desk.change(0, change(f"{RECORD}/内容描述/密级", "公开"))


def signed():
    """A signed package whose title is empty."""
    form = Form.EEP
    document = replace(official(77, 1, AGENCIES[0], annexes=1, sent=True, retention="Y"), title="")
    return deliver(document, form, metadata(document, form, ("sm2-sm3",)))


def test_content_under_the_agencys_signature_stays_and_its_metadata_may_be_mended(quick):
    desk = quick(signed())
    assert desk.own.may_change(CLERK, desk.id, "file") == "signed-content"
    package = desk.own.examine(CLERK, desk.id).package
    member = package.components[0].content.member
    new = Change(ChangeKind.REPLACE_FILE, member=member, new=FileFact("正本.ofd", 0, ()))
    with pytest.raises(NotAllowed, match="signed-content"):
        desk.own.change_file(CLERK, desk.id, 0, new, io.BytesIO(b"%PDF-1.4"))
    with pytest.raises(NotAllowed, match="signed-content"):
        desk.change(0, change(f"{RECORD}/文件数据/文档[2]", kind=ChangeKind.REMOVE))
    draft = desk.change(0, change(TITLE, "题名"), change(f"{RECORD}/文件数据/文档[1]/题名", "题名"))
    done = desk.own.hand_in(CLERK, desk.id, draft.version, "经确认")
    assert done.submission.state is State.RECEIPTED, done.body.decode()
    said = receipt.verify(done.body, None).statement
    assert len(said.corrections) == 2
    kept = desk.site.records.read(done.submission.record_id, "corrected/eep.xml")
    start = desk.one.body.index("<被签名对象".encode())
    end = desk.one.body.rindex("</被签名对象>".encode()) + len("</被签名对象>".encode())
    assert desk.one.body[start:end] in kept
    assert desk.site.records.read(done.submission.record_id, "package/eep.xml") == desk.one.body


def test_a_file_too_large_or_empty_is_refused(quick):
    desk = quick(SAMPLES["GD-3-4_pdf_cut_off"])
    desk.own = replace(desk.own, max_bytes=10)
    member = desk.own.examine(CLERK, desk.id).package.components[-1].content.member
    new = Change(ChangeKind.REPLACE_FILE, member=member, new=FileFact("附件1.pdf", 0, ()))
    with pytest.raises(TooLarge):
        desk.own.change_file(CLERK, desk.id, 0, new, io.BytesIO(b"x" * 11))
    with pytest.raises(BadRequest, match="empty"):
        desk.own.change_file(CLERK, desk.id, 0, new, io.BytesIO(b""))


def test_a_delivery_that_cannot_be_read_is_not_corrected_but_shown(quick):
    desk = quick(SAMPLES["GD-3-1_end_tag_missing"])
    assert desk.own.may_change(CLERK, desk.id, "内容描述/题名") == "unreadable"
    assert desk.own.document(CLERK, desk.id, True) == desk.one.body
    assert not desk.own.examine(CLERK, desk.id).accepted
    with pytest.raises(WrongState, match="return it"):
        desk.change(0, change(TITLE, "题名"))
    assert desk.own.send_back(CLERK, desk.id, "读不出", "请重新生成").state is State.RETURNED


def test_a_delivery_filed_at_once_is_not_corrected(quick):
    (lawful,) = good(1, start=900)
    desk = quick(lawful)
    assert desk.own.submission(CLERK, desk.id).state is State.RECEIPTED
    with pytest.raises(WrongState):
        desk.own.hand_in(CLERK, desk.id, 0, "重新检测")


def test_what_was_mended_on_the_archives_side_is_filed_without_a_change(quick):
    """Its agency's name was not registered; now it is, and there is nothing to correct."""
    desk = quick(SAMPLES["ZX-1-3_name_of_another_agency"])
    known = replace(AGENCIES[0], names=(*AGENCIES[0].names, "省文化样例厅"))
    register = desk.own.desk._register
    desk.own.desk._register = type("Known", (), {"agency": lambda self, of: known})()
    done = desk.own.hand_in(CLERK, desk.id, 0, "已登记新名称")
    desk.own.desk._register = register
    assert done.submission.state is State.RECEIPTED
    said = receipt.verify(done.body, None).statement
    assert (said.corrections, said.received) == ((), None)

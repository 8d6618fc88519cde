"""Changed and handed in at once: nothing is half done, and nobody's draft is passed over."""

from collections import Counter
from dataclasses import replace

import pytest

from examples.documents import AGENCIES
from filing.app.correction import SiteMending
from filing.errors import ChangedMeanwhile, NotAllowed, WrongState
from filing.evidence import receipt
from filing.model.submission import State
from tests.crash.yard import a_yard
from tests.ingest.made import a_site
from tests.ingest.test_correct import AUTHOR, CLERK, OTHER, SAMPLES, TITLE, Desk, change

ACT = "01890000-0000-7000-8000-0000000000ac"


@pytest.fixture
def desk(database_url, tmp_path):
    with a_site(a_yard(tmp_path / "home", database_url).settings) as site:
        yield Desk(site, SAMPLES["GD-2-4_empty_title"])


class Plan:
    """Gives the title ``text``; ``meanwhile`` happens once it is known what is wrong."""

    def __init__(self, text, meanwhile=lambda: None, xpath=TITLE):
        self.text, self.meanwhile, self.xpath = text, meanwhile, xpath
        self.asked = []

    def free(self, draft):
        self.asked.append(draft.version)

    def changes(self, found):
        assert [one.place.xpath for one in found.refusing] == [TITLE]
        self.meanwhile()
        return (change(self.xpath, self.text),)


def begun(desk, plan):
    return SiteMending(desk.own).mend(CLERK, desk.id, plan, "统一", ACT)


def state(desk):
    return desk.own.submission(CLERK, desk.id).state


def test_accepted_it_has_its_receipt_and_never_had_a_draft(desk, monkeypatch):
    monkeypatch.setattr(desk.own.drafts, "save", None)
    done = begun(desk, Plan("关于汛期值守的通知")).done()
    assert done.submission.state is state(desk) is State.RECEIPTED
    (said,) = receipt.verify(done.body, None).statement.corrections
    assert (said.before, said.after, said.by, said.reason) == (
        "", "关于汛期值守的通知", CLERK.who, "统一",
    )  # fmt: skip
    assert desk.draft().version == 0


def test_still_refused_it_keeps_the_change_and_the_new_report(desk):
    done = begun(desk, Plan(" ")).done()
    assert done.submission.state is state(desk) is State.REJECTED
    (kept,) = desk.draft().changes
    assert (kept.change.xpath, kept.change.after, kept.act) == (TITLE, " ", ACT)
    assert desk.site.archive.report(AGENCIES[0], desk.id) == done.body
    # Taken up again, the change is handed in as it stands: it is not made twice.
    again = Plan("别的题名")
    assert begun(desk, again).done().submission.state is State.REJECTED
    assert (desk.said(), again.asked) == ([(1, "", " ")], [1])


@pytest.mark.parametrize("text", ["关于汛期值守的通知", " "], ids=["accepted", "refused"])
def test_a_draft_begun_meanwhile_is_neither_lost_nor_overwritten(desk, text):
    def meanwhile():
        desk.change(0, change(AUTHOR, "另一责任者"), by=OTHER)

    with pytest.raises(ChangedMeanwhile, match=OTHER.id):
        begun(desk, Plan(text, meanwhile)).done()
    assert state(desk) is State.REJECTED
    assert [after for _, _, after in desk.said()] == ["另一责任者"]


def test_handed_in_by_somebody_meanwhile_it_is_filed_once(desk):
    def meanwhile():
        draft = desk.change(0, change(TITLE, "他人所拟题名"), by=OTHER)
        done.append(desk.own.handing_in(OTHER, desk.id, draft.version, "经确认"))

    done = []
    # The same thread: it would wait for itself where one at a time is let in.
    own = replace(desk.own.handing_in, _busy={})
    mending = SiteMending(replace(desk.own, handing_in=own))
    with pytest.raises(WrongState, match="receipted"):  # though what was kept of it is gone
        mending.mend(CLERK, desk.id, Plan("题名", meanwhile), "统一", ACT).done()
    assert done[0].submission.state is state(desk) is State.RECEIPTED


def test_what_may_not_be_changed_is_not_and_nothing_is_held(desk):
    with pytest.raises(NotAllowed):
        begun(desk, Plan("别的全宗", xpath=TITLE.replace("内容描述/题名", "来源/立档单位名称")))
    assert desk.draft().version == 0
    assert begun(desk, Plan("题名")).done().submission.state is State.RECEIPTED


def test_each_file_is_looked_into_once_and_anew(desk, monkeypatch):
    looked = Counter()
    own = desk.own.handing_in
    inspector = own.examine.inspector

    def look(content):
        looked[content.member] += 1
        return inspector(content)

    desk.own.examine(CLERK, desk.id)  # what was seen before is not what is filed
    examine = replace(own.examine, inspector=look)
    desk.own = replace(desk.own, handing_in=replace(own, examine=examine))
    begun(desk, Plan("题名")).done()
    assert set(looked.values()) == {1}

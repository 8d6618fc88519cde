"""One remedy for every reject of a cause, on a real archive."""

import json
from dataclasses import replace
from threading import Thread

import pytest

from filing.adapters.db.people_rows import person
from filing.config import Settings
from filing.errors import BadRequest, NotFound, WrongState
from filing.model.correction import Change, ChangeKind
from filing.model.desk import ActState, Filter, Remedy, Rewrite
from filing.model.events import Kind
from filing.model.roles import Role
from filing.model.submission import State
from tests.desk.office import SECRECY, a_person, an_office, refused

OPEN = Remedy(Rewrite.VALUE, value="公开")
NO_DATE = ("<日期>".encode(), "<日期>约".encode())


@pytest.fixture
def settings(database_url, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return Settings(home=home, database_url=database_url, free_bytes=1 << 20)


@pytest.fixture
def office(settings):
    with an_office(settings) as one:
        yield one


def the_cause(office, field="内容描述/密级"):
    return next(one for one in office.desk.causes(office.clerk, "", "", 50) if one.field == field)


def test_one_act_clears_a_cause_and_each_member_has_its_receipt_and_events(office):
    ids = [office.send(refused(number, SECRECY)) for number in range(6)]
    cause = the_cause(office)
    assert (cause.open, cause.example, cause.mendable) == (6, "公开件", True)
    assert office.desk.values(office.clerk, cause.id, 5) == {"公开件": 6}
    shown = office.desk.preview(office.clerk, cause.id, OPEN, "", 10)
    assert [one.submission_id for one in shown] == ids
    assert {(one.before, one.after, one.outcome) for one in shown} == {
        ("公开件", "公开", "accepted")
    }
    act = office.desk.begin_act(office.clerk, cause.id, OPEN, "密级用语统一")
    assert (act.state, act.total) == (ActState.RUNNING, 6)
    assert office.work() is False
    act = office.desk.act(office.clerk, act.id)
    assert (act.state, act.accepted, act.rejected, act.skipped) == (ActState.DONE, 6, 0, 0)
    for one in ids:
        assert office.site.ledger.submission(one).state is State.RECEIPTED
        kinds = [event.kind for event in office.desk.history(office.clerk, one)]
        assert kinds.count(Kind.CORRECTED) == kinds.count(Kind.RECEIPTED) == 1
    assert office.desk.causes(office.clerk, "", "", 50) == ()
    assert office.desk.counts(office.clerk).by_state == {State.RECEIPTED: 6}
    assert office.desk.left_over(office.clerk, act.id, "", 10) == ()
    first, rest = (office.desk.filed(office.clerk, act.id, after, 4) for after in ("", ids[3]))
    assert [one.submission_id for one in (*first, *rest)] == ids
    assert {one.state for one in first} == {State.RECEIPTED}


def test_what_still_fails_stays_with_the_change_and_another_act_ends_it(office):
    both = office.send(refused(1, SECRECY, NO_DATE))
    one = office.send(refused(2, SECRECY))
    act = office.desk.begin_act(office.clerk, the_cause(office).id, OPEN, "统一")
    office.work()
    act = office.desk.act(office.clerk, act.id)
    assert (act.accepted, act.rejected) == (1, 1)
    (left,) = office.desk.left_over(office.clerk, act.id, "", 10)
    assert (left.submission_id, left.codes) == (both, ("GD-1-3",))
    assert [each.submission_id for each in office.desk.filed(office.clerk, act.id, "", 9)] == [one]
    assert office.site.ledger.submission(one).state is State.RECEIPTED
    cause = the_cause(office, "内容描述/日期")
    remedy = Remedy(Rewrite.REPLACE, search="约", value="")
    act = office.desk.begin_act(office.clerk, cause.id, remedy, "去掉“约”字")
    office.work()
    assert office.desk.act(office.clerk, act.id).accepted == 1
    assert office.desk.queue(office.clerk, Filter(), "", 10).entries == ()


def test_what_is_in_other_hands_is_left_alone_with_the_reason(office):
    ids = [office.send(refused(number, SECRECY)) for number in range(4)]
    other = a_person(office.site, "other")
    office.desk.assign(office.clerk, (ids[0],), other.id, None)
    change = office.own.examine(other, ids[1]).package.all("内容描述/密级")[0].place.xpath
    office.own.change(other, ids[1], 0, (set_to(change, "限制"),))
    office.own.change(office.clerk, ids[2], 0, (set_to(change, "限制"),))
    why = {ids[0]: "assigned-to-other", ids[1]: "draft-of-other", ids[2]: "draft-begun"}
    cause = the_cause(office)
    shown = office.desk.preview(office.clerk, cause.id, OPEN, "", 10)
    assert {one.submission_id: one.why for one in shown} == why | {ids[3]: ""}
    act = office.desk.begin_act(office.clerk, cause.id, OPEN, "统一")
    office.work()
    act = office.desk.act(office.clerk, act.id)
    assert (act.accepted, act.skipped) == (1, 3)
    left = office.desk.left_over(office.clerk, act.id, "", 10)
    assert {one.submission_id: one.why for one in left} == why
    assert [one.change.after for one in office.own.draft(other, ids[1]).changes] == ["限制"]


def set_to(xpath, text):
    return Change(ChangeKind.SET, xpath, after=text)


def test_a_member_whose_report_is_gone_is_left_and_keeps_the_others_from_nothing(office):
    """Only the operator can bring it back: the act does not wait for that."""
    ids = [office.send(refused(number, SECRECY)) for number in range(3)]
    (folder,) = (office.site.settings.home / "staging/kept").rglob(ids[1])
    listing = json.loads((folder / "kept.json").read_bytes())
    listing["contents"].pop()
    (folder / "kept.json").write_text(json.dumps(listing))
    act = office.desk.begin_act(office.clerk, the_cause(office).id, OPEN, "密级用语统一")
    assert office.work() is False
    act = office.desk.act(office.clerk, act.id)
    assert (act.state, act.accepted, act.skipped) == (ActState.DONE, 2, 1)
    (left,) = office.desk.left_over(office.clerk, act.id, "", 10)
    assert (left.submission_id, left.why) == (ids[1], "kept-lost")


def test_a_remedy_that_does_not_apply_leaves_the_member_as_it_was(office):
    one = office.send(refused(1, SECRECY))
    cause = the_cause(office)
    remedy = Remedy(Rewrite.MAP, mapping={"内部": "限制"})
    (shown,) = office.desk.preview(office.clerk, cause.id, remedy, "", 10)
    assert (shown.after, shown.outcome, shown.codes) == (None, "unchanged", ("GD-1-4",))
    assert shown.why == "unchanged"
    act = office.desk.begin_act(office.clerk, cause.id, remedy, "统一")
    office.work()
    assert office.desk.act(office.clerk, act.id).skipped == 1
    (left,) = office.desk.left_over(office.clerk, act.id, "", 10)
    assert (left.submission_id, left.why) == (one, "unchanged")
    assert office.own.draft(office.clerk, one).changes == ()


NOT_SENDER = ("<全宗号>".encode(), "<全宗号>Q".encode())


@pytest.mark.parametrize(
    ("faults", "field", "remedy"),
    [
        ([SECRECY], "内容描述/密级", OPEN),
        ([SECRECY, NO_DATE], "内容描述/密级", OPEN),
        ([SECRECY], "内容描述/密级", Remedy(Rewrite.VALUE, value="绝密")),
        ([SECRECY], "内容描述/密级", Remedy(Rewrite.REPLACE, search="内部", value="")),
        ([SECRECY], "内容描述/密级", Remedy(Rewrite.VALUE, value="\x01")),
        ([NOT_SENDER], "档号/全宗号", Remedy(Rewrite.REPLACE, search="Q", value="")),
    ],
    ids=["good", "still-wrong", "classified", "not-there", "no-text", "not-to-be-changed"],
)
def test_a_preview_says_what_the_act_then_does(office, faults, field, remedy):
    one = office.send(refused(1, *faults))
    cause = the_cause(office, field)
    (shown,) = office.desk.preview(office.clerk, cause.id, remedy, "", 10)
    act = office.desk.begin_act(office.clerk, cause.id, remedy, "统一")
    office.work()
    act = office.desk.act(office.clerk, act.id)
    outcomes = {"accepted": act.accepted, "rejected": act.rejected, "unchanged": act.skipped}
    assert {name for name, number in outcomes.items() if number} == {shown.outcome}
    left = {one.submission_id: (one.why, one.codes)
            for one in office.desk.left_over(office.clerk, act.id, "", 10)}  # fmt: skip
    if shown.outcome == "accepted":
        assert (left, shown.after) == ({}, "公开")
    else:
        assert left == {one: (shown.why, shown.codes)}
        assert (shown.after is None) == (shown.outcome == "unchanged")


def test_of_a_cause_that_is_not_to_be_mended_here_there_is_no_preview(office, monkeypatch):
    office.send(refused(1, SECRECY))
    cause = the_cause(office)
    monkeypatch.setattr(
        office.desk, "_acting", replace(office.desk._acting, mendable=lambda person, cause: False)
    )
    for ask in (
        lambda: office.desk.preview(office.clerk, cause.id, OPEN, "", 10),
        lambda: office.desk.begin_act(office.clerk, cause.id, OPEN, "统一"),
    ):
        with pytest.raises(WrongState, match="cannot be mended in bulk"):
            ask()


def test_an_act_can_be_stopped_and_goes_on_where_it_was(office, monkeypatch):
    monkeypatch.setattr("filing.desk.work.BATCH", 2)
    for number in range(5):
        office.send(refused(number, SECRECY))
    act = office.desk.begin_act(office.clerk, the_cause(office).id, OPEN, "统一")
    asked = []

    def once():
        asked.append(1)
        return len(asked) == 1

    office.work(once)
    stopped = office.desk.stop_act(office.clerk, act.id)
    assert (stopped.state, stopped.accepted) == (ActState.STOPPED, 2)
    office.work()
    assert office.desk.act(office.clerk, act.id).accepted == 2
    office.desk.resume_act(office.clerk, act.id)
    office.work()
    done = office.desk.act(office.clerk, act.id)
    assert (done.state, done.accepted) == (ActState.DONE, 5)
    with pytest.raises(WrongState):
        office.desk.resume_act(office.clerk, act.id)


def test_two_processes_at_one_act_do_no_member_twice(office, settings):
    ids = [office.send(refused(number, SECRECY)) for number in range(8)]
    act = office.desk.begin_act(office.clerk, the_cause(office).id, OPEN, "统一")
    with an_office(settings) as second:
        other = Thread(target=second.work)
        other.start()
        office.work()
        other.join()
        office.work()
    done = office.desk.act(office.clerk, act.id)
    assert (done.state, done.accepted, done.skipped) == (ActState.DONE, 8, 0)
    for one in ids:
        kinds = [event.kind for event in office.desk.history(office.clerk, one)]
        assert kinds.count(Kind.CORRECTED) == kinds.count(Kind.ACCEPTED) == 1


def test_an_act_whose_person_may_act_no_more_stops(office):
    office.send(refused(1, SECRECY))
    act = office.desk.begin_act(office.clerk, the_cause(office).id, OPEN, "统一")
    with office.site.database.writing() as connection:
        connection.execute(person.update().values(disabled=True))
    office.work()
    assert office.desk.act(office.clerk, act.id).state is ActState.STOPPED


def test_an_act_needs_a_reason_a_whole_remedy_and_a_cause_without_a_running_one(office):
    office.send(refused(1, SECRECY))
    cause = the_cause(office)
    for remedy, reason in ((OPEN, " "), (Remedy(Rewrite.VALUE), "x"), (Remedy(Rewrite.MAP), "x"),
                           (OPEN, "x" * 2000)):  # fmt: skip
        with pytest.raises(BadRequest):
            office.desk.begin_act(office.clerk, cause.id, remedy, reason)
    office.desk.begin_act(office.clerk, cause.id, OPEN, "统一")
    with pytest.raises(WrongState, match="running"):
        office.desk.begin_act(office.clerk, cause.id, OPEN, "统一")


def test_what_is_another_agencys_does_not_exist(office):
    one = office.send(refused(1, SECRECY))
    cause = the_cause(office)
    act = office.desk.begin_act(office.clerk, cause.id, OPEN, "统一")
    stranger = replace(office.clerk, roles=frozenset({Role.AGENCY_CLERK}), agency_id="another")
    for ask in (
        lambda: office.desk.entry(stranger, one),
        lambda: office.desk.history(stranger, one),
        lambda: office.desk.cause(stranger, cause.id),
        lambda: office.desk.preview(stranger, cause.id, OPEN, "", 5),
        lambda: office.desk.begin_act(stranger, cause.id, OPEN, "x"),
        lambda: office.desk.act(stranger, act.id),
        lambda: office.desk.left_over(stranger, act.id, "", 5),
        lambda: office.desk.filed(stranger, act.id, "", 5),
        lambda: office.desk.stop_act(stranger, act.id),
    ):
        with pytest.raises(NotFound):
            ask()
    assert office.desk.queue(stranger, Filter(), "", 5).entries == ()
    assert office.desk.queue(stranger, Filter(agency_id=cause.agency_id), "", 5).entries == ()
    assert office.desk.causes(stranger, cause.agency_id, "", 5) == ()
    assert office.desk.acts(stranger, 5) == ()
    assert office.desk.assign(stranger, (one,), "", None) == 0

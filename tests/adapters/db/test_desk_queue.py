"""The queue: every filter, alone and together, gives what looking at each entry would."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from filing.adapters.db import desk_queue
from filing.adapters.db import desk_rows as rows
from filing.adapters.db.desk import SqlDesk
from filing.desk.causes import cause_of
from filing.desk.ports import Asked
from filing.errors import BadRequest
from filing.model.desk import Fault, Filter, Rejection, SavedFilter
from filing.model.events import Event, Kind
from filing.model.submission import State
from filing.ports import Claim
from tests.adapters.db.given import CITY, LAKE, NOW, a_claim, a_ledger, a_submission, event_of

FAULT = Fault("GD-1-4", "not-in-list", "档号/保管期限", "eep.xml", "/a/b", 7, "永久", "30年")
OTHER = replace(FAULT, code="GD-2-3", reason="missing-element", found="")
CAUSE = cause_of(CITY, FAULT).id
ASSIGNED = Event("", "", Kind.ASSIGNED, NOW, "person:p1", {})
TITLES = ("关于印发水库管理办法的通知", "关于批复𠀀村用地的函", "会议纪要")


@pytest.fixture
def ledger(database_url):
    with a_ledger(database_url) as one:
        yield one


@pytest.fixture
def desk(ledger):
    """Forty rejects of two agencies, some assigned, due, taken back or accepted."""
    for number in range(40):
        ledger.claim([a_reject(number)])
    desk = SqlDesk(ledger._database)
    for number in range(0, 40, 3):
        due = date(2026, 3, 1 + number % 7)
        desk.assign([f"s-{number:06}"], "", f"p{number % 2}", due, ASSIGNED)
    for number in (5, 6, 15, 16):
        before = ledger.submission(f"s-{number:06}")
        after = replace(before, state=State.WITHDRAWN)
        ledger.save(before, after, event_of(after, Kind.WITHDRAWN))
    for number in (7, 8):
        ledger.claim([a_claim(number, before=ledger.submission(f"s-{number:06}"))])
    return desk


def a_reject(number):
    faults = (FAULT, OTHER) if number % 4 == 0 else (FAULT,) if number % 4 == 1 else (OTHER,)
    after = a_submission(
        number,
        agency_id=LAKE if number % 5 == 0 else CITY,
        received_at=NOW + timedelta(hours=number),
        state=State.REJECTED,
    )
    said = Rejection(TITLES[number % 3], f"Z109-WS·2025-Y-{number:04}", f"E{number}", faults)
    return Claim(None, after, None, "", event_of(after, Kind.REJECTED), said)


def everything(desk, asked, limit=7):
    """All pages forwards, and the same again backwards."""
    found, pages, cursor = [], [], ""
    while True:
        page = desk.page(asked, cursor, limit)
        assert len(page.entries) <= limit
        found += [one.submission_id for one in page.entries]
        pages.append(page)
        if not page.next:
            break
        cursor = page.next
    back = list(pages[-1].entries)
    page = pages[-1]
    while page.previous:
        page = desk.page(asked, page.previous, limit)
        back = [*page.entries, *back]
    assert [one.submission_id for one in back] == found
    return found


def expected(ledger, asked):
    """The same by looking at every entry."""
    with ledger._database.reading() as connection:
        entries = connection.execute(select(rows.entry)).all()
        codes = {(one.place, one.code) for one in connection.execute(select(rows.code))}
        members = {(one.place, one.cause_id) for one in connection.execute(select(rows.member))}
    states = {desk_queue.state_of(one) for one in asked.states}
    assignee = "" if asked.assignee == "-" else asked.assignee
    chosen = [
        one
        for one in entries
        if (not states or one.state in states)
        and asked.agency_id in ("", one.agency_id)
        and (not asked.code or (one.place, asked.code) in codes)
        and (not asked.cause_id or (one.place, asked.cause_id) in members)
        and (not asked.assignee or one.assignee == assignee)
        and (asked.first is None or one.received_at >= asked.first)
        and (asked.end is None or one.received_at < asked.end)
        and (asked.due is None or (one.due is not None and one.due <= asked.due))
        and asked.text.lower() in one.words
    ]
    if asked.due is not None:
        return [one.submission_id for one in sorted(chosen, key=lambda one: (one.due, one.place))]
    return [one.submission_id for one in sorted(chosen, key=lambda one: -one.place)]


REJECTED = (State.REJECTED,)
FILTERS = {
    "all": Asked(),
    "rejected": Asked(states=REJECTED),
    "taken-back": Asked(states=(State.WITHDRAWN,)),
    "two-states": Asked(states=(State.REJECTED, State.RECEIPTED)),
    "agency": Asked(LAKE, REJECTED),
    "code": Asked(states=REJECTED, code="GD-2-3"),
    "cause": Asked(states=REJECTED, cause_id=CAUSE),
    "cause-of-another": Asked(LAKE, REJECTED, cause_id=CAUSE),
    "assignee": Asked(states=REJECTED, assignee="p1"),
    "nobody": Asked(states=REJECTED, assignee="-"),
    "days": Asked(first=NOW + timedelta(hours=10), end=NOW + timedelta(hours=31)),
    "due": Asked(states=REJECTED, due=date(2026, 3, 4)),
    "due-of-agency": Asked(LAKE, REJECTED, due=date(2026, 3, 7)),
    "due-of-assignee": Asked(states=REJECTED, assignee="p1", due=date(2026, 3, 7)),
    "due-any-state": Asked(due=date(2026, 3, 5)),
    "due-and-code": Asked(states=REJECTED, code="GD-1-4", due=date(2026, 3, 7)),
    "word": Asked(states=REJECTED, text="水库"),
    "rare-word": Asked(text="𠀀村用地"),
    "one-character": Asked(text="函"),
    "archival-code": Asked(text="Z109-WS·2025-Y-0021"),
    "part-of-a-number": Asked(text="2025-y-002"),
    "electronic-code": Asked(text="E21"),
    "nothing": Asked(text="没有这样的"),
    "agency-code": Asked(CITY, REJECTED, code="GD-1-4"),
    "agency-assignee": Asked(CITY, REJECTED, assignee="p0"),
    "code-assignee": Asked(states=REJECTED, code="GD-1-4", assignee="p0"),
    "agency-text": Asked(CITY, REJECTED, text="通知"),
    "code-nobody": Asked(states=REJECTED, code="GD-1-4", assignee="-"),
    "all-at-once": Asked(CITY, REJECTED, "GD-1-4", CAUSE, "-", NOW, NOW + timedelta(days=9),
                         text="关于"),
}  # fmt: skip


@pytest.mark.parametrize("step", [3, 500])
def test_every_filter_gives_what_looking_at_each_entry_would(ledger, desk, monkeypatch, step):
    monkeypatch.setattr(desk_queue, "FIRST_STEP", step)
    for name, asked in FILTERS.items():
        assert everything(desk, asked) == expected(ledger, asked), name


def test_where_much_is_passed_over_a_page_ends_short_and_says_where_to_go_on(
    ledger, desk, monkeypatch
):
    monkeypatch.setattr(desk_queue, "FIRST_STEP", 2)
    monkeypatch.setattr(desk_queue, "MOST", 4)
    asked = FILTERS["code-nobody"]
    first = desk.page(asked, "", 4)
    assert first.next
    assert len(first.entries) < 4
    assert everything(desk, asked, 4) == expected(ledger, asked)


@pytest.mark.parametrize("cursor", ["x", "n:", "n:1:2", "p:99999999999999999999", "n:²",
                                    "n:2026-01-01:5", "n:9999999999999999999"])  # fmt: skip
def test_a_cursor_that_is_none_is_refused(desk, cursor):
    with pytest.raises(BadRequest):
        desk.page(Asked(), cursor, 5)


def test_an_entry_says_who_has_it_and_by_when(desk):
    entry = desk.entry("s-000003")
    assert (entry.assignee, entry.due, entry.agency_name) == ("p1", date(2026, 3, 4), CITY)
    assert (entry.state, entry.codes, entry.draft_by) == (State.REJECTED, ("GD-2-3",), "")
    assert desk.entry("s-nobody") is None


def test_assigning_counts_what_changed_and_leaves_an_event_of_each(desk):
    given = ("p9", date(2026, 4, 1), ASSIGNED)
    ids = ["s-000001", "s-000002", "s-000005", "s-unknown"]
    assert desk.assign(ids, "", *given) == 2  # one was taken back, one is not there
    assert desk.assign(ids, "", *given) == 0
    assert desk.assign(["s-000010"], CITY, *given) == 0  # of another agency
    kinds = [event.kind for _, event in desk.history("s-000001", 10)]
    assert kinds == [Kind.REJECTED, Kind.ASSIGNED]
    assert desk.assign(["s-000001"], CITY, "", None, ASSIGNED) == 1


def test_numbers_are_of_the_agency_or_of_all(desk):
    of_all, of_lake = desk.counts(""), desk.counts(LAKE)
    assert of_all.by_state == {State.REJECTED: 34, State.WITHDRAWN: 4, State.RECEIPTED: 2}
    assert of_all.by_agency == {CITY: 28, LAKE: 6}
    assert of_lake.by_agency == {LAKE: 6}
    assert of_all.causes == 4
    assert sum(of_lake.by_state.values()) == 8


def test_filters_are_saved_for_one_person_and_come_back_the_same(desk):
    chosen = Filter(
        CITY, (State.REJECTED, State.RETURNED), "GD-1-4", due=date(2026, 1, 2), text="x"
    )
    desk.save_filter("p1", SavedFilter("本周", chosen), 2)
    desk.save_filter("p1", SavedFilter("本周", replace(chosen, text="y")), 2)
    desk.save_filter("p1", SavedFilter("其他", Filter()), 2)
    with pytest.raises(BadRequest, match="2 saved filters"):
        desk.save_filter("p1", SavedFilter("多了", Filter()), 2)
    assert desk.saved_filters("p2") == ()
    desk.drop_filter("p1", "其他")
    assert desk.saved_filters("p1") == (SavedFilter("本周", replace(chosen, text="y")),)

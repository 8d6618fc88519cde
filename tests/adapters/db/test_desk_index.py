"""What the desk keeps of rejects is what counting and grouping them anew would give."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from filing.adapters.db import desk_rows as rows
from filing.adapters.db.desk_index import place_of
from filing.desk.causes import causes_of
from filing.desk.words import normalised, words_of
from filing.model.desk import Fault, Rejection
from filing.model.events import Kind
from filing.model.submission import State
from filing.ports import Claim
from tests.adapters.db.given import (
    CITY,
    LAKE,
    NOW,
    a_claim,
    a_kept,
    a_ledger,
    a_submission,
    event_of,
)

FAULT = Fault("GD-1-4", "not-in-list", "档号/保管期限", "eep.xml", "/a/b", 7, "永久", "30年")
FAULTS = (
    FAULT,
    replace(FAULT, found="三十年"),
    replace(FAULT, code="GD-2-3", reason="missing-element", found=""),
    replace(FAULT, field="内容描述/密级", found="公开件"),
)


@pytest.fixture
def ledger(database_url):
    with a_ledger(database_url) as one:
        yield one


def a_rejection(*faults, title="关于印发的通知"):
    return Rejection(title, "Z109-WS·2025-Y-0001", "E1", faults)


def a_reject(number, *faults, before=None, agency_id=CITY, title="关于印发的通知"):
    """A claim that rejects, as submit makes it."""
    given = before or a_submission(
        number, agency_id=agency_id, received_at=NOW + timedelta(seconds=number)
    )
    after = replace(given, state=State.REJECTED)
    event = event_of(after, Kind.REJECTED)
    return Claim(before, after, None, "", event, a_rejection(*faults, title=title))


def table(ledger, which):
    with ledger._database.reading() as connection:
        return connection.execute(select(which)).all()


def numbers(ledger):
    found = table(ledger, rows.count)
    return {(one.agency_id, one.kind, one.name): one.number for one in found if one.number}


def standing(ledger):
    return {one.id: one.standing for one in table(ledger, rows.cause) if one.standing}


def test_a_reject_is_entered_with_its_causes_codes_words_and_numbers(ledger):
    ledger.claim([a_reject(1, *FAULTS)])
    (entry,) = table(ledger, rows.entry)
    assert (entry.submission_id, entry.state, entry.assignee) == ("s-000001", "rejected", "")
    assert entry.codes == "GD-1-4 GD-2-3"
    assert entry.place == place_of(NOW + timedelta(seconds=1))
    assert {one.word for one in table(ledger, rows.word)} == set(
        words_of(normalised("关于印发的通知\nZ109-WS·2025-Y-0001\nE1"))
    )
    assert standing(ledger) == {key.id: 1 for key in causes_of(CITY, FAULTS)}
    for agency in (CITY, ""):
        assert numbers(ledger)[agency, "state", "rejected"] == 1
        assert numbers(ledger)[agency, "code", "GD-1-4"] == 1
        assert numbers(ledger)[agency, "causes", ""] == 4


def test_a_delivery_accepted_at_once_leaves_the_desk_alone(ledger):
    ledger.claim([a_claim(1), a_kept(2)])
    for one in (rows.entry, rows.count, rows.cause, rows.word):
        assert table(ledger, one) == []


def test_one_kept_first_and_rejected_later_is_entered(ledger):
    kept = a_kept(1)
    ledger.claim([kept])
    ledger.claim([a_reject(1, FAULT, before=kept.after)])
    assert len(table(ledger, rows.entry)) == 1


def test_a_reject_without_a_word_about_it_is_not_invisible(ledger):
    ledger.claim([replace(a_reject(1), rejection=None)])
    (entry,) = table(ledger, rows.entry)
    assert (entry.state, entry.title, entry.codes) == ("rejected", "", "")


def test_rejected_again_it_stands_under_its_new_causes_alone(ledger):
    first = a_reject(1, *FAULTS)
    ledger.claim([first])
    saved = ledger.submission("s-000001")
    ledger.claim([a_reject(1, FAULTS[3], before=saved, title="改过的题名")])
    (entry,) = table(ledger, rows.entry)
    assert (entry.title, entry.codes) == ("改过的题名", "GD-1-4")
    assert standing(ledger) == {key.id: 1 for key in causes_of(CITY, FAULTS[3:])}
    assert numbers(ledger)[CITY, "state", "rejected"] == 1
    assert numbers(ledger)[CITY, "causes", ""] == 1


def test_accepted_in_the_end_it_is_found_but_belongs_to_no_cause(ledger):
    ledger.claim([a_reject(1, *FAULTS)])
    saved = ledger.submission("s-000001")
    ledger.claim([a_claim(1, before=saved)])
    (entry,) = table(ledger, rows.entry)
    assert entry.state == "accepted"
    assert table(ledger, rows.member) == table(ledger, rows.code) == []
    assert table(ledger, rows.word) != []
    assert table(ledger, rows.value) == []
    assert standing(ledger) == {}
    assert numbers(ledger) == {(CITY, "state", "accepted"): 1, ("", "state", "accepted"): 1}


def test_taken_back_it_is_still_found_but_stands_open_no_more(ledger):
    ledger.claim([a_reject(1, *FAULTS)])
    saved = ledger.submission("s-000001")
    after = replace(saved, state=State.WITHDRAWN)
    ledger.save(saved, after, event_of(after, Kind.WITHDRAWN))
    (entry,) = table(ledger, rows.entry)
    assert entry.state == "withdrawn"
    assert table(ledger, rows.word) != []
    assert {one.state for one in table(ledger, rows.member)} == {"withdrawn"}
    assert standing(ledger) == {}


def test_arriving_in_one_moment_each_has_its_own_place(ledger):
    def at_once(number):
        claim = a_reject(number, FAULT)
        return replace(claim, after=replace(claim.after, received_at=NOW))

    ledger.claim([at_once(1), at_once(2)])
    ledger.claim([at_once(3)])
    places = [one.place for one in table(ledger, rows.entry)]
    assert sorted(places) == [place_of(NOW), place_of(NOW) + 1, place_of(NOW) + 2]


def test_the_values_of_a_cause_are_counted(ledger):
    found = ["30年", "30年", "10年"]
    ledger.claim([a_reject(n, replace(FAULT, found=one)) for n, one in enumerate(found)])
    assert {one.value: one.standing for one in table(ledger, rows.value)} == {"30年": 2, "10年": 1}


moves = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["reject", "accept", "withdraw"]),
        st.lists(st.sampled_from(FAULTS), max_size=3),
    ),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moves, min_size=1, max_size=4))
def test_whatever_happens_the_numbers_are_what_counting_gives(tmp_path_factory, batches):
    folder = tmp_path_factory.mktemp("desk")
    with a_ledger(f"sqlite:///{folder}/filing.db") as ledger:
        _carry_out(ledger, batches)
        _check(ledger)


def test_whatever_happens_the_numbers_agree_on_both_databases(ledger):
    every = [(n, what, list(FAULTS[: n + 1]))
             for what in ("reject", "reject", "withdraw", "accept") for n in range(5)]  # fmt: skip
    _carry_out(ledger, [every[:7], every[7:12], every[12:]])
    _check(ledger)


def _carry_out(ledger, batches):
    for batch in batches:
        claims = {}
        for number, what, faults in batch:
            before = ledger.submission(f"s-{number:06}")
            if before is not None and before.state is not State.REJECTED:
                continue
            agency = LAKE if number % 2 else CITY
            if what == "withdraw" and before is not None and number not in claims:
                after = replace(before, state=State.WITHDRAWN)
                ledger.save(before, after, event_of(after, Kind.WITHDRAWN))
            elif what == "accept" and before is not None:
                claims[number] = a_claim(number, before=before)
            elif what == "reject":
                claims[number] = a_reject(number, *faults, before=before, agency_id=agency)
        ledger.claim(list(claims.values()))


def _check(ledger):
    members = table(ledger, rows.member)
    entries = {one.place: one for one in table(ledger, rows.entry)}
    open_members = [one for one in members if one.state == "rejected"]
    assert all(entries[one.place].state == one.state for one in members)
    assert standing(ledger) == Counter(one.cause_id for one in open_members)
    values = {(one.cause_id, one.value): one.standing for one in table(ledger, rows.value)}
    assert values == Counter((one.cause_id, one.value) for one in open_members)
    expected = Counter()
    for one in entries.values():
        expected.update((agency, "state", one.state) for agency in (one.agency_id, ""))
    for one in table(ledger, rows.code):
        if one.state == "rejected":
            expected.update((agency, "code", one.code) for agency in (one.agency_id, ""))
    for one in table(ledger, rows.cause):
        if one.standing:
            expected.update((agency, "causes", "") for agency in (one.agency_id, ""))
    assert numbers(ledger) == expected
    for one in entries.values():
        submission = ledger.submission(one.submission_id)
        assert (submission.state is State.REJECTED) == (one.state == "rejected")

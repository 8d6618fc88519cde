"""What filing.ports.Ledger promises, on both databases."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from filing.errors import WrongState
from filing.evidence.tiles import Tree
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
    an_entry,
    conclude,
    event_of,
)


@pytest.fixture
def ledger(database_url):
    with a_ledger(database_url) as one:
        yield one


def filed(ledger, *claims):
    """Claim and log."""
    assert len(ledger.claim(claims)) == len(claims)
    return ledger.log([an_entry(one) for one in claims], NOW, conclude)


def test_an_accepted_delivery_is_on_record_with_its_intent_and_its_event(ledger):
    claim = a_claim(1)
    assert ledger.claim([claim]) == {claim.after.id: claim.after}
    assert ledger.submission(claim.after.id) == claim.after
    assert ledger.record(claim.record.id) == claim.record
    assert ledger.intents() == [(claim.record.id, "owner-1", "/staged/1")]
    assert ledger.pending([claim.record.id, "r-other"]) == {claim.record.id}
    ((_, event),) = ledger.events(CITY, 0, 10)
    assert event == claim.event
    assert ledger.receipt(claim.after.id) is None


def test_of_a_batch_with_conflicts_each_part_is_decided_by_itself(ledger):
    standing = a_claim(1)
    ledger.claim([standing])
    kept, gone = a_kept(2), a_kept(3)
    ledger.claim([kept, gone])
    ledger.save(gone.after, replace(gone.after, state=State.WITHDRAWN),
                event_of(gone.after, Kind.WITHDRAWN))  # fmt: skip
    batch = [
        a_claim(10),
        a_claim(11, delivery_key="key:10"),  # twice in this batch
        a_claim(12, delivery_key="key:1"),  # stands already
        a_claim(13, archival_code=standing.record.archival_code),
        a_claim(14, electronic_code=standing.record.electronic_code),
        a_claim(15, archival_code="Z109-NEW"),
        a_claim(16, archival_code="Z109-NEW"),  # the code twice in this batch
        a_claim(17, archival_code="Z109-NEW", fonds="Z110"),  # of another fonds
        a_claim(18, electronic_code="E000010", agency_id=LAKE),  # of another agency
        a_claim(19, agency_id=LAKE, delivery_key="key:1"),
        a_claim(2, before=kept.after),
        a_claim(3, before=gone.after),  # changed since it was read
        a_kept(20),
        a_kept(21, delivery_key="key:10"),
    ]
    won = {10, 15, 17, 18, 19, 2, 20}
    saved = ledger.claim(batch)
    assert set(saved) == {f"s-{number:06}" for number in won}
    for claim in batch:
        number = int(claim.after.id[2:])
        if number in won:
            assert ledger.submission(claim.after.id) == saved[claim.after.id]
        elif claim.before is None:
            assert ledger.submission(claim.after.id) is None
        if claim.record is not None:
            assert (ledger.record(claim.record.id) is not None) == (number in won)
    assert saved["s-000002"].version == 1
    assert ledger.submission("s-000003").state is State.WITHDRAWN
    intents = {one for one, _, _ in ledger.intents()}
    assert intents == {f"r-{number:06}" for number in won - {20} | {1}}
    told = [event.submission_id for agency in (CITY, LAKE)
            for _, event in ledger.events(agency, 0, 100)]  # fmt: skip
    assert sorted(set(told)) == sorted({f"s-{number:06}" for number in won | {1, 2, 3}})


def test_who_loses_a_code_to_one_that_loses_too_may_ask_again(ledger):
    gone, wants = a_kept(1), a_claim(2, archival_code="Z109-X")
    ledger.claim([gone])
    ledger.save(gone.after, replace(gone.after, state=State.WITHDRAWN),
                event_of(gone.after, Kind.WITHDRAWN))  # fmt: skip
    stale = a_claim(1, before=gone.after, archival_code="Z109-X")
    assert ledger.claim([stale, wants]) == {}
    assert set(ledger.claim([wants])) == {"s-000002"}


def test_logging_gives_places_receipts_and_states_in_order(ledger):
    claims = [a_claim(number) for number in range(300)]
    first = filed(ledger, *claims[:7])
    second = filed(ledger, *claims[7:])
    assert first["r-000003"] == b"r-000003@3"
    assert second["r-000299"] == b"r-000299@299"
    leaves = [hashlib.sha256(b"\x00" + one.record.id.encode()).digest() for one in claims]
    head = ledger.head()
    assert (head.size, head.note, head.at) == (300, "note of 300", NOW)
    assert head.root == Tree(300, ledger.tile).root()
    assert ledger.tile(0, 0) + ledger.tile(0, 1) == b"".join(leaves)
    for at, claim in enumerate(claims):
        if at % 50 == 0:
            record = ledger.record(claim.record.id)
            assert (record.leaf_index, record.stored_at) == (at, NOW)
            assert ledger.submission(claim.after.id).state is State.RECEIPTED
    assert ledger.intents() == []
    feed = ledger.events(CITY, 0, 1000)
    numbers = [number for number, _ in feed]
    assert numbers == sorted(set(numbers))
    assert [event.kind for _, event in feed if event.submission_id == "s-000299"] == [
        Kind.ACCEPTED,
        Kind.RECEIPTED,
    ]


def test_logging_again_answers_with_the_receipt_that_stands(ledger):
    one, two = a_claim(1), a_claim(2)
    first = filed(ledger, one)
    ledger.claim([two])
    entries = [an_entry(one), an_entry(two)]
    both = ledger.log(entries, NOW, conclude)
    assert both == {one.record.id: first[one.record.id], two.record.id: b"r-000002@1"}
    assert ledger.log(entries, NOW, conclude) == both
    assert ledger.head().size == 2
    assert len(ledger.events(CITY, 0, 100)) == 4
    # What nobody claimed is not logged.
    assert ledger.log([an_entry(a_claim(3))], NOW, conclude) == {}


def test_a_failure_while_concluding_leaves_the_log_as_it_was(ledger):
    filed(ledger, a_claim(1))
    claim = a_claim(2)
    ledger.claim([claim])

    def fails(*_given):
        raise RuntimeError("no signature")

    with pytest.raises(RuntimeError, match="no signature"):
        ledger.log([an_entry(claim)], NOW, fails)
    assert ledger.head().size == 1
    assert ledger.pending([claim.record.id])
    assert ledger.log([an_entry(claim)], NOW, conclude)


def test_a_delivery_is_found_by_its_key_and_else_by_its_package_once_accepted(ledger):
    kept, claim = a_kept(1), a_claim(2)
    ledger.claim([kept, claim])
    assert ledger.find(CITY, "key:1", "sha256:other") == kept.after
    assert ledger.find(CITY, "key:other", claim.after.package_digest) == claim.after
    assert ledger.find(CITY, "key:1", claim.after.package_digest) == kept.after
    assert ledger.find(CITY, "key:other", kept.after.package_digest) is None
    assert ledger.find(LAKE, "key:1", claim.after.package_digest) is None


def test_the_holding_tells_who_filed_a_code(ledger):
    claim = a_claim(1)
    ledger.claim([claim])
    code, electronic = claim.record.archival_code, claim.record.electronic_code
    both = ledger.holding(CITY, "Z109", code, electronic)
    assert (both.archival_code, both.electronic_code) == (claim.after.id, claim.after.id)
    none = ledger.holding(LAKE, "Z110", code, electronic)
    assert (none.archival_code, none.electronic_code) == ("", "")
    empty = ledger.holding(CITY, "Z109", "", "")
    assert (empty.archival_code, empty.electronic_code) == ("", "")


def test_a_step_is_saved_once_and_refused_to_whoever_read_before(ledger):
    before = a_kept(1).after
    ledger.claim([a_kept(1)])
    after = replace(before, state=State.WITHDRAWN)
    event = event_of(before, Kind.WITHDRAWN)
    assert ledger.save(before, after, event).version == 1
    with pytest.raises(WrongState, match="changed by somebody else"):
        ledger.save(before, after, event)
    assert [one.kind for _, one in ledger.events(CITY, 0, 10)] == [Kind.RECEIVED, Kind.WITHDRAWN]


def test_what_was_only_kept_gets_the_form_its_examination_found(ledger):
    refused, filed_later = a_kept(1, form=""), a_kept(2, form="")
    ledger.claim([refused, filed_later])
    rejected = replace(refused.after, state=State.REJECTED, form="record-zip")
    ledger.save(refused.after, rejected, event_of(rejected, Kind.REJECTED))
    claim = a_claim(2)
    ledger.claim([replace(claim, before=filed_later.after)])
    assert ledger.submission(rejected.id).form == "record-zip"
    assert ledger.submission(claim.after.id).form == claim.after.form != ""


def test_lists_go_on_behind_where_they_ended(ledger):
    ledger.claim([a_kept(number) for number in range(5)])
    ledger.claim([a_claim(number) for number in range(5, 8)])
    ledger.claim([a_kept(8, agency_id=LAKE)])
    pages, after = [], ""
    while page := ledger.submissions(CITY, None, after, 3):
        pages.append([one.id for one in page])
        after = page[-1].id
    assert pages == [[f"s-{n:06}" for n in range(at, min(at + 3, 8))] for at in (0, 3, 6)]
    assert [one.id for one in ledger.submissions(CITY, State.SEALED, "s-000005", 9)] == [
        "s-000006", "s-000007"]  # fmt: skip
    assert [one.id for one in ledger.waiting(100)] == [
        *(f"s-{n:06}" for n in range(5)), "s-000008"]  # fmt: skip
    numbers, after = [], 0
    while feed := ledger.events(CITY, after, 3):
        numbers += [number for number, _ in feed]
        after = numbers[-1]
    assert len(numbers) == len(set(numbers)) == 8


def test_many_threads_of_two_processes_lose_nothing_and_overtake_nobody(database_url):
    """A reader that follows the feed while it is written sees every event, in order."""
    with a_ledger(database_url) as one, a_ledger(database_url, "owner-2") as other:
        seen, done = [], threading.Event()

        def follow():
            after = 0
            while True:
                last = done.is_set()
                for after, event in other.events(CITY, after, 7):  # noqa: B007, B020  # goes on
                    seen.append((event.submission_id, event.kind))
                if last and not other.events(CITY, after, 1):
                    return

        def file(number):
            ledger = (one, other)[number % 2]
            # Of three that want a code, one gets it.
            claim = a_claim(number, archival_code=f"Z109-{number // 3}")
            if claim.after.id in ledger.claim([claim]):
                return ledger.log([an_entry(claim)], NOW, conclude)[claim.record.id]
            return None

        follower = threading.Thread(target=follow)
        follower.start()
        with ThreadPoolExecutor(24) as pool:
            receipts = [found for found in pool.map(file, range(60)) if found]
        done.set()
        follower.join(20)
        assert not follower.is_alive()
        assert len(receipts) == len(set(receipts)) == one.head().size == 20
        assert sorted(int(body.rpartition(b"@")[2]) for body in receipts) == list(range(20))
        assert one.head().root == Tree(20, other.tile).root()
        assert len(seen) == 40
        assert seen == [(event.submission_id, event.kind) for _, event in one.events(CITY, 0, 99)]


def test_a_rejected_delivery_is_recorded_without_record_or_intent(ledger):
    rejected = replace(a_submission(1), state=State.REJECTED)
    claim = Claim(None, rejected, None, "", event_of(rejected, Kind.REJECTED))
    assert ledger.claim([claim]) == {rejected.id: rejected}
    assert ledger.claim([claim]) == {}
    assert ledger.intents() == []
    assert len(ledger.events(CITY, 0, 9)) == 1


@pytest.mark.parametrize("ask", ["intents", "pending"])
def test_whoever_looks_for_intents_waits_for_the_claims_under_way(database_url, ask):
    """Who died while it claimed may have left the database still committing for it."""
    begun, go_on = threading.Event(), threading.Event()

    def slowly():
        begun.set()
        assert go_on.wait(10)
        return "owner-1"

    claim = a_claim(1)
    with (
        a_ledger(database_url) as one,
        a_ledger(database_url) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        one._owner = slowly
        claiming = pool.submit(one.claim, [claim])
        assert begun.wait(10)
        given = () if ask == "intents" else ([claim.record.id],)
        asking = pool.submit(getattr(other, ask), *given)
        threading.Event().wait(0.2)
        assert not asking.done()
        go_on.set()
        assert claim.after.id in claiming.result(10)
        assert claim.record.id in str(asking.result(10))


def test_the_longest_values_that_checks_let_pass_are_kept(ledger):
    claim = a_claim(1, fonds="全" * 100, archival_code="号" * 100, electronic_code="件" * 200)
    claim = replace(claim, record=replace(claim.record, title="题" * 4000, retention="期" * 4000))
    ledger.claim([claim])
    assert ledger.record(claim.record.id) == claim.record

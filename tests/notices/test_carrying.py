"""Subscriptions served from a real database to a real receiver."""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filing.model.events import Kind
from filing.model.notices import CARRIED_KINDS, Attempt, Means, Standing, Subscription
from filing.notices import webhook
from filing.notices.carrying import Patience
from tests.notices.given import CITY, LAKE, NOW, SECURITY, SYSTEM, an_office
from tests.notices.receivers import Receiver, listening


@pytest.fixture
def office(database_url):
    with an_office(database_url) as found:
        yield found


def test_what_happens_from_now_on_is_carried_in_order(office):
    office.happen(Kind.RECEIVED, Kind.REJECTED)
    with listening(Receiver()) as receiver:
        one = office.a_webhook(receiver.url)
        numbers = office.happen(Kind.CORRECTED, Kind.ACCEPTED, Kind.RECEIPTED, Kind.RETURNED)
        office.happen(Kind.RECEIPTED, agency_id=LAKE)
        office.serve()
    assert [each.number for each in receiver.received] == numbers
    assert office.look(one).position == numbers[-1]
    assert office.look(one).last_success_at == NOW
    assert office.carry.due(10) == ()


def test_a_message_is_the_event_of_the_feed_and_nothing_else(office):
    with listening(Receiver()) as receiver:
        office.a_webhook(receiver.url)
        (number,) = office.happen(Kind.RETURNED, detail={"reason": "题名不符", "text": "请改正"})
        office.serve()
    (one,) = receiver.received
    said = json.loads(one.body)
    assert set(said) == {"type", "timestamp", "data"}
    assert said["data"] == {
        "number": number,
        "submission_id": said["data"]["submission_id"],
        "kind": "submission-returned",
        "at": "2026-03-01T08:30:00Z",
        "who": "system",
        "detail": {"reason": "题名不符", "text": "请改正"},
    }
    assert one.id == f"event-{number}"


def test_kinds_that_were_not_chosen_are_passed_over(office):
    with listening(Receiver()) as receiver:
        one = office.a_webhook(receiver.url, [Kind.RETURNED])
        office.happen(*[Kind.RECEIPTED] * 250)
        (returned,) = office.happen(Kind.RETURNED)
        last = office.happen(*[Kind.RECEIPTED] * 30)[-1]
        office.serve(rounds=4)
    assert receiver.numbers() == [returned]
    assert office.look(one).position == last


def test_a_receiver_that_is_away_for_days_loses_nothing_and_gets_all_in_order(office):
    receiver = Receiver()
    with listening(receiver):
        one = office.a_webhook(receiver.url)
        numbers = office.happen(Kind.RECEIVED)
        office.serve()
    for _ in range(60):
        numbers += office.happen(Kind.REJECTED, Kind.RETURNED)
        office.serve()
        office.hands.on(hours=2)
    away = office.look(one)
    assert away.last_error == "connection-refused"
    assert away.failing_since == NOW
    assert away.standing is Standing.ACTIVE
    with listening(receiver):
        office.hands.on(hours=2)
        office.serve(rounds=3)
    assert receiver.numbers() == numbers
    assert office.look(one).failures == 0
    assert office.look(one).last_error == ""


def test_nothing_overtakes_what_is_refused(office):
    refused = set()

    def answer(one):
        if one.number in refused:
            return 500
        return 204

    with listening(Receiver(answer)) as receiver:
        one = office.a_webhook(receiver.url)
        first, second, third = office.happen(Kind.RECEIVED, Kind.REJECTED, Kind.RETURNED)
        refused.add(second)
        office.serve(rounds=5)
        assert receiver.numbers() == [first]
        assert office.look(one).last_error == "status-500"
        refused.clear()
        office.hands.on(minutes=1)
        office.serve()
    assert receiver.numbers() == [first, second, third]


def test_failures_are_tried_again_ever_more_seldom_and_never_at_once(office):
    with listening(Receiver(lambda one: 503)) as receiver:
        one = office.a_webhook(receiver.url)
        office.happen(Kind.RECEIVED)
        waits = []
        for _ in range(12):
            office.serve()
            assert office.carry.due(10) == (), "tried again without waiting"
            waits.append(office.look(one).next_attempt_at - office.hands.now())
            office.hands.at = office.look(one).next_attempt_at
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=10)
    assert waits[-1] == timedelta(hours=1)


def test_who_fails_for_a_week_is_halted_and_resumed_without_loss(office):
    with listening(Receiver(lambda one: 503)) as receiver:
        one = office.a_webhook(receiver.url)
        numbers = office.happen(Kind.RECEIVED, Kind.REJECTED)
        for _ in range(200):
            office.serve()
            office.hands.on(hours=1)
        halted = office.look(one)
        assert halted.standing is Standing.HALTED
        assert halted.position < numbers[0]
        receiver.answer = lambda one: 204
        office.serve()
        assert receiver.received == []

        office.subscribe.resume(SYSTEM, one.id)
        office.serve()
    assert receiver.numbers() == numbers
    kinds = [event.kind for _, event in office.subscriptions.ahead(_nobody(one), 1000)]
    assert kinds.count(Kind.SUBSCRIPTION_HALTED) == 1


def _nobody(one: Subscription) -> Subscription:
    """A stand-in that sees events of no agency."""
    return Subscription("x", "", one.means, "", (), one.created_at)


def test_who_recovered_and_fails_anew_is_not_halted_for_the_old_failure(office):
    asked = []

    def answer(one):
        asked.append(one.number)
        return 204 if len(asked) == 3 else 500

    with listening(Receiver(answer)) as receiver:
        one = office.a_webhook(receiver.url)
        office.happen(Kind.RECEIVED, Kind.REJECTED)
        office.serve()
        office.hands.on(days=6.9)
        office.serve()
        office.hands.on(days=0.2)
        office.serve()  # the first is taken, the second refused
    found = office.look(one)
    assert receiver.received
    assert found.standing is Standing.ACTIVE
    assert (found.failures, found.failing_since) == (1, office.hands.now())


def test_a_webhook_without_a_secret_waits(office):
    with listening(Receiver()) as receiver:
        one = office.a_webhook(receiver.url)
        with office.database.writing() as connection:
            connection.exec_driver_sql("UPDATE subscription SET generation = 0")
        numbers = office.happen(Kind.RECEIVED)
        office.serve()
        assert receiver.received == []

        office.subscribe.renew_secret(SECURITY, one.id)
        office.serve()
    assert receiver.numbers() == numbers


def test_the_old_secret_signs_along_for_a_day(office):

    with listening(Receiver()) as receiver:
        one = office.a_webhook(receiver.url)
        office.subscribe.renew_secret(SECURITY, one.id)
        office.happen(Kind.RECEIVED)
        office.serve()
        office.hands.on(hours=25)
        office.happen(Kind.RECEIVED)
        office.serve()
    first, second = receiver.received
    assert _signed_by(first) == [2, 1]
    assert _signed_by(second) == [2]


def _signed_by(one) -> list[int]:
    """Generations whose signature stands on a message, in its order."""
    sent = one.headers["webhook-timestamp"]
    known = {
        webhook.signature(bytes([generation]) * 32, one.id, sent, one.body): generation
        for generation in (1, 2, 3)
    }
    return [known[each] for each in one.headers["webhook-signature"].split(" ")]


def test_a_paused_one_is_left_alone_even_in_the_middle_of_its_turn(office):

    with listening(Receiver()) as receiver:
        one = office.a_webhook(receiver.url)

        def answer(_):
            if not receiver.received:
                office.subscribe.pause(SYSTEM, one.id)
            return 204

        receiver.answer = answer
        numbers = office.happen(Kind.RECEIVED, Kind.REJECTED, Kind.RETURNED)
        office.serve()
        assert len(receiver.received) == 1
        assert office.look(one).position < numbers[0]
        office.subscribe.resume(SYSTEM, one.id)
        office.serve()
    assert receiver.numbers() == numbers


def test_two_holders_at_once_lose_nothing_and_turn_nothing_back(office):
    with listening(Receiver()) as receiver:
        one = office.a_webhook(receiver.url)
        numbers = office.happen(*[Kind.RECEIVED] * 5)
        (stale,) = office.carry.due(1)
        office.serve()
        office.carry.serve(stale, lambda: True)
        assert office.look(one).position == numbers[-1]
    assert receiver.numbers() == numbers


def test_a_turn_ends_when_the_lease_is_lost(office):
    with listening(Receiver()) as receiver:
        office.a_webhook(receiver.url)
        office.happen(*[Kind.RECEIVED] * 5)
        (due,) = office.carry.due(1)
        assert office.carry.serve(due, lambda: len(receiver.received) < 2)
    assert len(receiver.received) == 2


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(CARRIED_KINDS), st.integers(0, 3)), max_size=12))
def test_whatever_fails_in_between_each_event_arrives_once_at_least_and_in_order(office, story):
    """Each event with how often the receiver refuses it before it takes it."""
    refusals = {}
    taken = []

    class Post:
        def may_reach(self, url):
            return ""

        def __call__(self, url, headers, body):
            number = json.loads(body)["data"]["number"]
            if refusals.get(number, 0) > 0:
                refusals[number] -= 1
                return Attempt("status-500")
            taken.append(number)
            return Attempt()

    office.post = Post()
    with office.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM subscription")
    office.a_webhook("https://receiver.example/")
    numbers = office.happen(*[kind for kind, _ in story]) if story else []
    refusals.update(zip(numbers, (times for _, times in story), strict=True))
    for _ in range(4 * len(story) + 1):
        office.serve()
        office.hands.on(minutes=2)
    assert taken == numbers


def test_waits_double_up_to_the_longest():
    patience = Patience(timedelta(seconds=1), timedelta(seconds=5))
    assert [patience.pause(n).seconds for n in (1, 2, 3, 4, 1000)] == [1, 2, 4, 5, 5]


def a_mailbox(office, digest_minutes=0, language="zh"):
    from filing.model.events import Event
    from filing.model.notices import NOTICE_KINDS

    return office.subscriptions.add(
        Subscription(
            id=office.hands.new_id(),
            agency_id=CITY,
            means=Means.MAIL,
            target="clerk@agency.example",
            kinds=NOTICE_KINDS,
            created_at=office.hands.at,
            next_attempt_at=office.hands.at,
            language=language,
            digest_minutes=digest_minutes,
        ),
        Event("", "", Kind.SUBSCRIPTION_ADDED, office.hands.at, "system"),
    )


def test_a_notice_is_mailed_in_full(office):
    a_mailbox(office)
    office.happen(Kind.RETURNED, detail={"reason": "题名不符", "text": "1. 题名与正文不一致。"})
    office.serve()
    ((address, subject, body, _),) = office.mail.sent
    assert address == "clerk@agency.example"
    assert subject == "省档案馆：退回通知"
    assert "市政府办公室" in body
    assert "题名不符" in body
    assert "1. 题名与正文不一致。" in body
    assert "https://archive.example/notices" in body


def test_mails_are_gathered_save_for_returns(office):
    one = a_mailbox(office, digest_minutes=60, language="en")
    office.happen(Kind.RECEIPTED)
    office.serve()
    assert len(office.mail.sent) == 1
    office.happen(*[Kind.RECEIPTED] * 3, Kind.RECEIVED, Kind.CORRECTED)
    for _ in range(5):
        office.serve()
        office.hands.on(minutes=5)
    assert len(office.mail.sent) == 1
    office.hands.on(minutes=40)
    office.serve()
    assert len(office.mail.sent) == 2
    assert "4 filing notices" in office.mail.sent[1][1]
    (number,) = office.happen(Kind.RETURNED, detail={"reason": "r", "text": "t"})
    office.hands.on(seconds=1)
    office.serve()
    assert len(office.mail.sent) == 3
    assert office.look(one).position == number


def test_a_return_does_not_wait_behind_what_is_gathered(office):
    a_mailbox(office, digest_minutes=600)
    office.happen(Kind.RECEIPTED)
    office.serve()
    office.happen(Kind.RECEIPTED)
    office.serve()
    office.happen(Kind.RETURNED, detail={"reason": "r", "text": "t"})
    office.hands.on(seconds=30)
    office.serve()
    assert len(office.mail.sent) == 2
    assert "归档回执通知" in office.mail.sent[1][2]
    assert "退回通知" in office.mail.sent[1][2]


def test_a_mail_server_that_is_away_loses_nothing(office):
    one = a_mailbox(office)
    office.mail.error = "connection-refused"
    office.happen(Kind.RECEIPTED, Kind.REJECTED)
    for _ in range(10):
        office.serve()
        office.hands.on(hours=1)
    assert office.look(one).failures == 10
    office.mail.error = ""
    office.serve()
    assert len(office.mail.sent) == 1
    assert "2 项" in office.mail.sent[0][1]


def test_a_thousand_notices_are_a_mail_of_bounded_length(office):
    a_mailbox(office)
    office.happen(*[Kind.REJECTED] * 1500, detail={"failed": ["GD-1-1"] * 500})
    office.serve(rounds=3)
    assert len(office.mail.sent) == 2
    assert max(len(body) for _, _, body, _ in office.mail.sent) < 40_000
    assert "其余 800 项" in office.mail.sent[0][2]

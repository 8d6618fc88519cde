"""People at the same thing in the same moment: one wins, the others are told, and once is once."""

import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from examples.documents import agency
from filing.adapters.db import rows
from filing.errors import FilingError
from filing.model.submission import State
from tests.hostile.place import OURS, Place, a_place, faulty, token_of

ROUNDS = 2


@pytest.fixture
def place(database_url, tmp_path) -> Iterator[Place]:
    with a_place(tmp_path / "home", database_url) as made:
        yield made


def together(*acts: Callable[[], object]) -> list[object]:
    """What each gave; all begin at once."""
    gate, given = threading.Barrier(len(acts)), [None] * len(acts)

    def go(number: int, act: Callable[[], object]) -> None:
        gate.wait()
        given[number] = act()

    threads = [threading.Thread(target=go, args=one) for one in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return given


class Hand:
    """Somebody at one submission, in a browser of his own."""

    def __init__(self, place: Place, login: str, submission_id: str) -> None:
        self.client, self.at = place.client(login), f"/submissions/{submission_id}"
        self.token = {"form_token": token_of(self.client.get("/account"))}
        page = self.client.get(self.at).get_data(as_text=True)
        self.field = re.search(r'name="(v-[^"]+)"[^>]*aria-invalid', page)
        self.version = re.search(r'name="version" value="(\d+)"', page)[1]

    def post(self, path: str, **form: object) -> Callable[[], int]:
        """An act, to be done later; its status."""
        sent = {**self.token, "version": self.version, **form}
        return lambda: self.client.post(
            f"{self.at}/{path}", data=sent, buffered=True
        ).status_code  # fmt: skip


def kinds(place: Place, submission_id: str) -> Counter[str]:
    kind, of = rows.event.c.kind, rows.event.c.submission_id
    with place.site.database.reading() as connection:
        found = connection.execute(select(kind).where(of == submission_id)).scalars()
        return Counter(found)


def test_of_two_who_save_one_is_told(place):
    for number in range(ROUNDS):
        one = place.send(faulty("secrecy_not_in_list", number))
        hands = [Hand(place, login, one) for login in ("clerk", "clerk-2", "agency")]
        values = ("公开", "非涉密", "限制")
        saves = [
            hand.post("changes", **{hand.field[1]: value})
            for hand, value in zip(hands, values, strict=True)
        ]
        given = together(*saves, *saves)  # each of them twice: a double click
        assert sorted(given) in ([303] + [409] * 5, [303, 303] + [409] * 4)
        winner = given.index(303) % 3
        page = place.get("clerk", f"/submissions/{one}").get_data(as_text=True)
        assert re.search(rf'<option value="{values[winner]}" selected', page)


def test_it_ends_one_way_however_many_end_it(place):
    for number in range(ROUNDS):
        one = place.send(faulty("secrecy_not_in_list", number))
        first = Hand(place, "clerk", one)
        assert first.post("changes", **{first.field[1]: "公开"})() == 303
        hands = [Hand(place, login, one) for login in ("clerk", "clerk-2", "archivist")]

        def withdraw(of: str = one) -> int:
            try:
                place.site.archive.withdraw(agency(OURS.id), of, "有误")
            except FilingError:
                return 409
            return 303

        upload = (io.BytesIO(b"%PDF-1.7 other"), "other.pdf")
        given = together(
            *(hand.post("hand-in", reason="经确认") for hand in hands),
            hands[0].post("hand-in", reason="经确认"),
            hands[1].post("return", reason="有误", text="请改正", step="confirm"),
            hands[2].post("take-back"),
            hands[0].post("files", member="", upload=upload),
            *((withdraw,) if number else ()),
        )
        assert set(given) <= {303, 400, 409}
        said, ended = kinds(place, one), place.state(one)
        ends = {
            State.RECEIPTED: "receipt-issued",
            State.RETURNED: "submission-returned",
            State.WITHDRAWN: "submission-withdrawn",
        }
        done = {kind: said[kind] for kind in ends.values() if said[kind]}
        assert done == ({ends[ended]: 1} if ended in ends else {})
        assert said["submission-accepted"] == (ended is State.RECEIPTED)
        for path in ("", "/report", "/history", "/files", "/xml", "/hand-in", "/receipt"):
            answer = place.get("clerk", f"/submissions/{one}{path}")
            assert answer.status_code == 200, (path, ended)
        again = Hand.post(hands[0], "hand-in", reason="经确认")()
        assert again in (409,) if ended in ends else (303, 409)


def test_a_session_ended_in_the_middle_changes_nothing(place):
    one = place.send(faulty("secrecy_not_in_list", 1))
    hand = Hand(place, "clerk", one)
    other = hand.client.application.test_client()
    cookie = hand.client.get_cookie("filing-session")
    other.set_cookie("filing-session", cookie.value)
    assert other.post("/sign-out", data=hand.token).status_code == 303
    before = kinds(place, one)
    for path, form in (
        ("changes", {hand.field[1]: "公开"}),
        ("hand-in", {"reason": "经确认"}),
        ("return", {"reason": "有误", "text": "请改正", "step": "confirm"}),
    ):
        assert hand.post(path, **form)() == 403  # the form belonged to the session
    assert hand.client.get(hand.at).status_code == 303
    assert place.version(one) == hand.version
    assert kinds(place, one) == before


def test_two_acts_on_one_cause_and_hands_in_between(place):
    sent = [place.send(faulty("secrecy_not_in_list", number)) for number in range(8)]
    page = place.get("clerk", "/desk/causes").get_data(as_text=True)
    cause = re.search(r'href="(/desk/causes/[0-9a-f]{32})', page)[1]
    hands = [Hand(place, "clerk-2", one) for one in sent[:2]]
    people = [place.client(login) for login in ("clerk", "archivist")]
    forms = [{"form_token": token_of(one.get("/account"))} for one in people]
    remedy = {"rewrite": "value", "value": "公开", "reason": "统一"}
    begun = together(
        *(
            lambda client=client, form=form: client.post(f"{cause}/acts", data={**form, **remedy})
            for client, form in zip(people, forms, strict=True)
        )
    )
    # A cause has one act at a time; whoever comes second is told.
    assert sorted(one.status_code for one in begun) == [303, 409]
    act = next(one.headers["Location"] for one in begun if one.status_code == 303)

    def press(number: int, what: str) -> Callable[[], int]:
        return lambda: people[number].post(
            f"{act}/{what}", data=forms[number], buffered=True
        ).status_code  # fmt: skip

    given = together(
        lambda: place.site.duties.once("acts") or 303,
        *(hand.post("changes", **{hand.field[1]: "限制"}) for hand in hands),
        press(0, "stop"),
        press(0, "stop"),
        press(0, "resume"),
        press(0, "resume"),
        press(1, "stop"),
        press(1, "resume"),
    )
    assert set(given) <= {303, 409}
    press(1, "resume")()
    place.site.duties.once("acts")
    ended = Counter(place.state(one) for one in sent)
    assert set(ended) <= {State.RECEIPTED, State.REJECTED}
    assert ended[State.RECEIPTED] >= 6
    for one in sent:
        said = kinds(place, one)
        assert said["receipt-issued"] == said["submission-accepted"] <= 1
        assert said["receipt-issued"] == (place.state(one) is State.RECEIPTED)

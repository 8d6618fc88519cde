"""Filing a delivery, as the sender sees it: one submission, one answer, for ever.

The examination and the ceremony are stood in for; ledger and staging are real.
"""

import hashlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from filing.adapters.clock import SystemClock
from filing.adapters.staging import Staging
from filing.errors import KeyReused, NotFound, OutsideUnavailable
from filing.ingest.examine import Examination
from filing.ingest.receive import XML, receiving
from filing.ingest.submit import REPORT, Submit
from filing.model.agency import Agency, Channel
from filing.model.events import Kind
from filing.model.package import Form, Package
from filing.model.submission import State, Step, take
from filing.ports import Claim
from filing.rules.facts import Registration
from filing.rules.rule_set import RulesUsed
from tests.adapters.db.given import CITY, NOW, a_claim, a_ledger, an_entry, conclude, event_of

AGENCY = Agency(CITY, CITY, names=(CITY,), rules=())
RULES = RulesUsed("1", "sha256:" + "0" * 64)


class Desk:
    """A submit with its surroundings. ``verdicts`` are taken in turn; the last one stays."""

    def __init__(self, ledger, staging):
        self.ledger, self.staging = ledger, staging
        self.verdicts = [True]
        self.examined = 0
        self.waited = []
        self.meanwhile = lambda: None
        self.submit = Submit(
            self.examine, self.hand_in, ledger, staging, self.report_of, SystemClock(), self.wait
        )

    def examine(self, staged, *_given, **_named):
        self.examined += 1
        verdict = self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]
        self.meanwhile()
        if isinstance(verdict, Exception):
            raise verdict
        package = Package(form=Form.EEP, metadata=staged.body, digest=staged.digest,
                          size_bytes=staged.size_bytes)  # fmt: skip
        report = f"report {self.examined}".encode()
        failed = () if verdict else ("GD-1-8",)
        return Examination(package, verdict, report, failed, (), rules=RULES)

    def hand_in(self, judged):
        """Claims and logs at once. 档号 is the first line of the package."""
        after = judged.submission
        claim = a_claim(self.examined, archival_code=self.code(judged))
        record = replace(claim.record, id=after.record_id, submission_id=after.id,
                         electronic_code=after.id)  # fmt: skip
        claim = Claim(
            judged.before, take(after, Step.SEAL), record, "", event_of(after, Kind.ACCEPTED)
        )
        promise = Future()
        saved = self.ledger.claim([claim]).get(after.id)
        if saved is None:
            promise.set_result(None)
        else:
            entry = an_entry(replace(claim, after=saved))
            promise.set_result((saved, self.ledger.log([entry], NOW, conclude)[record.id]))
        return promise

    @staticmethod
    def code(judged):
        with judged.package.metadata.open() as stream:
            return stream.readline().decode().strip()

    def report_of(self, found):
        for place in (f"{found.id}-report", found.id):
            try:
                kept = self.staging.load(place)
            except NotFound:
                continue
            for one in kept.contents:
                if one.member == REPORT:
                    with one.open() as stream:
                        return stream.read()
        return b""

    def wait(self, seconds):
        self.waited.append(seconds)

    def send(self, body=b"Z109-1\n", key="", later=False):
        name = f"d-{hashlib.sha256(body).hexdigest()[:8]}-{threading.get_ident()}"
        with receiving(self.staging, name, XML, None, 1 << 20) as arriving:
            arriving.write(body)
            staged = arriving.finish({})
            return self.submit(AGENCY, staged, Channel.LOOPBACK, Registration(), key, later)

    def resume(self, before, body=b"Z109-1\n"):
        with receiving(self.staging, "resume", XML, None, 1 << 20) as arriving:
            arriving.write(body)
            staged = arriving.finish({})
            return self.submit.resume(AGENCY, before, staged, Channel.LOOPBACK, Registration())

    def states(self):
        return [one.state for one in self.ledger.submissions(CITY, None, "", 100)]


@pytest.fixture
def desk(tmp_path):
    staging = Staging(tmp_path / "staging", ("sha256",), memory_limit=100)
    with a_ledger(f"sqlite:///{tmp_path}/filing.db") as ledger:
        yield Desk(ledger, staging)
    staging.close()


@pytest.mark.parametrize("verdict", [True, False])
@pytest.mark.parametrize("key", ["", "k-1"])
def test_the_same_delivery_again_is_answered_with_the_same_bytes(desk, verdict, key):
    desk.verdicts = [verdict]
    first, again = desk.send(key=key), desk.send(key=key)
    assert (first.repeated, again.repeated) == (False, True)
    assert first.body == again.body != b""
    assert first.submission.id == again.submission.id
    assert desk.examined == 1
    assert desk.states() == [State.RECEIPTED if verdict else State.REJECTED]


def test_many_at_once_are_examined_once(desk):
    desk.meanwhile = lambda: threading.Event().wait(0.05)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: desk.send(), range(16)))
    assert len({one.body for one in answers}) == 1
    assert sum(not one.repeated for one in answers) == 1
    assert desk.examined == 1
    assert desk.submit._under_way == {}


def test_when_the_first_fails_the_next_tries_for_itself(desk):
    desk.verdicts = [OutsideUnavailable("scanner"), RuntimeError("unforeseen"), True]
    desk.meanwhile = lambda: threading.Event().wait(0.05)

    def attempt(_):
        try:
            return desk.send().body
        except (OutsideUnavailable, RuntimeError) as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert {"scanner", "unforeseen"} < set(answers)
    assert len(set(answers)) == 3
    assert desk.examined == 3
    assert desk.submit._under_way == {}


def test_a_key_stands_for_one_package_only(desk):
    desk.send(b"Z109-1\n", key="k")
    with pytest.raises(KeyReused, match="this key stands for sha256:"):
        desk.send(b"Z109-2\n", key="k")
    desk.verdicts = [False]
    desk.send(b"Z109-3\n", key="j")
    with pytest.raises(KeyReused):
        desk.send(b"Z109-4\n", key="j")


def test_one_package_under_another_key_gets_the_receipt_it_has(desk):
    first = desk.send(key="k-1")
    assert desk.send(key="k-2").body == desk.send().body == first.body
    assert desk.states() == [State.RECEIPTED]


def test_a_refused_package_under_another_key_is_looked_at_again(desk):
    desk.verdicts = [False, True]
    assert desk.send(key="k-1").submission.state is State.REJECTED
    assert desk.send(key="k-2").submission.state is State.SEALED
    assert desk.states() == [State.REJECTED, State.RECEIPTED]


def test_a_delivery_filed_while_it_is_judged_its_own_duplicate_gets_its_receipt(desk):
    """Another process files it under another key between our look and our verdict."""
    filed = []

    def elsewhere():
        if not filed:
            filed.append(None)
            filed[0] = desk.send(key="k-elsewhere")

    desk.meanwhile = elsewhere
    desk.verdicts = [False, True, True]
    answer = desk.send(key="k-here")
    assert (answer.repeated, answer.body) == (True, filed[0].body)
    assert desk.states() == [State.RECEIPTED]
    assert list(desk.staging.kept()) == []


def test_who_loses_a_code_is_examined_again_and_refused(desk):
    desk.send(b"Z109-1\n")
    desk.verdicts = [True, False]
    answer = desk.send(b"Z109-1\nother")
    assert (answer.submission.state, answer.body) == (State.REJECTED, b"report 3")


def test_who_loses_a_code_twice_is_told_to_come_again(desk):
    desk.send(b"Z109-1\n")
    with pytest.raises(OutsideUnavailable, match="filing the same codes"):
        desk.send(b"Z109-1\nother")
    assert desk.states() == [State.RECEIPTED]


def test_a_refusal_another_process_recorded_first_is_answered_and_nothing_kept_twice(desk):
    """The other one records between our last look and our own claim."""
    keep = desk.staging.keep
    others = []

    def keeping(*given):
        keep(*given)
        if not others:
            others.append(None)
            desk.submit._under_way.clear()
            others[0] = desk.send()

    desk.verdicts = [False]
    desk.staging.keep = keeping
    turn = desk.submit._alone

    class Elsewhere:
        """The turn of another process: not ours to wait for."""

        def __enter__(self):
            return True

        def __exit__(self, *_):
            return None

    desk.submit._alone = lambda *_: Elsewhere()
    answer = desk.send()
    desk.submit._alone = turn
    assert (answer.repeated, answer.body) == (True, others[0].body)
    assert list(desk.staging.kept()) == [others[0].submission.id]


def test_a_delivery_for_later_is_kept_and_then_decided(desk):
    for verdict, state in ((True, State.RECEIPTED), (False, State.REJECTED)):
        desk.verdicts = [verdict]
        body = f"Z109-{state}\n".encode()
        kept = desk.send(body, later=True)
        assert (kept.submission.state, kept.body, desk.examined) == (
            State.RECEIVED, b"", 0 if verdict else 1)  # fmt: skip
        assert desk.send(body).repeated
        decided = desk.resume(kept.submission, body)
        assert desk.ledger.submission(kept.submission.id).state is state
        assert desk.send(body).body == decided.body
        place = kept.submission.id
        wanted = [] if verdict else [place, f"{place}-report"]
        assert [one for one in desk.staging.kept() if one.startswith(place)] == wanted


@pytest.mark.parametrize("mine", [True, False])
def test_what_was_withdrawn_while_it_was_examined_stays_withdrawn(desk, mine):
    kept = desk.send(later=True).submission

    def withdraw():
        if desk.ledger.submission(kept.id).state is State.RECEIVED:
            gone = take(kept, Step.WITHDRAW)
            desk.ledger.save(kept, gone, event_of(kept, Kind.WITHDRAWN))

    desk.meanwhile = withdraw
    desk.verdicts = [mine]
    assert desk.resume(kept).submission.state is State.WITHDRAWN
    assert desk.states() == [State.WITHDRAWN]
    assert list(desk.staging.kept()) == [kept.id]


@pytest.mark.parametrize("theirs", [True, False])
@pytest.mark.parametrize("mine", [True, False])
def test_two_processes_that_take_up_one_delivery_agree(desk, mine, theirs):
    kept = desk.send(later=True).submission
    others = []

    def elsewhere():
        if not others:
            others.append(None)
            desk.verdicts = [theirs]
            others[0] = desk.resume(kept)

    desk.meanwhile = elsewhere
    desk.verdicts = [mine, theirs]
    answer = desk.resume(kept)
    assert (answer.repeated, answer.body) == (True, others[0].body)
    assert desk.send().body == answer.body
    wanted = [] if theirs else [kept.id, f"{kept.id}-report"]
    assert list(desk.staging.kept()) == wanted


def test_a_delivery_that_stays_half_filed_is_waited_for_and_then_told_so(desk):
    claim = a_claim(
        1, delivery_key="key:k", package_digest=f"sha256:{hashlib.sha256(b'x').hexdigest()}"
    )
    desk.ledger.claim([claim])
    with pytest.raises(OutsideUnavailable, match="still being filed"):
        desk.send(b"x", key="k")
    assert sum(desk.waited) == pytest.approx(45, abs=0.1)
    receipt = desk.ledger.log([an_entry(claim)], NOW, conclude)[claim.record.id]
    assert desk.send(b"x", key="k").body == receipt

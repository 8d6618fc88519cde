"""The door: who gets in, who waits, and what a refusal tells."""

import pytest

from filing.errors import BadRequest, NotIdentified, TooManyAttempts
from filing.model.roles import Role
from filing.people import attempts
from tests.people.fakes import Everybody

HERE = "192.0.2.7"


@pytest.fixture
def everybody():
    return Everybody()


def failing(everybody, login="clerk", times=1, address=HERE):
    for _ in range(times):
        with pytest.raises(NotIdentified):
            everybody.sign_in(login, "not the password", address)


def test_whoever_knows_the_password_gets_a_session(everybody):
    person, password = everybody.settle("clerk", Role.ARCHIVE_CLERK)
    done = everybody.sign_in(" Clerk ", password, HERE, "Browser")
    session = everybody.session(done.token)
    assert session.person == person
    assert not session.password_owed
    assert everybody.sessions(person)[0]["agent"] == "Browser"
    assert everybody.kinds()[-1] == "signed-in"


def test_each_sign_in_has_a_token_of_its_own_and_only_its_digest_is_kept(everybody):
    _, password = everybody.settle("clerk")
    tokens = {everybody.sign_in("clerk", password, HERE).token for _ in range(3)}
    assert len(tokens) == 3
    assert not any(token in str(everybody.memory.open_sessions) for token in tokens)


def test_a_refusal_says_the_same_whatever_was_wrong(everybody):
    _, password = everybody.settle("clerk")
    _, gone_password = everybody.settle("gone")
    everybody.close("gone", True)
    tries = (
        ("clerk", "wrong"), ("nobody", password), ("gone", gone_password), ("", ""),
        ("clerk\0", password), ("clerk", "x" * 1_000_000), ("clerk", "\ud800"),
        ("' OR 1=1 --", "' OR 1=1 --"), ("\ud800", "x"), ("c" * 100_000, "x"),
    )  # fmt: skip
    said = set()
    for login, typed in tries:
        with pytest.raises(NotIdentified) as refused:
            everybody.sign_in(login, typed, HERE)
        said.add((str(refused.value), refused.value.zh))
    assert len(said) == 1
    assert everybody.hasher.compared == len(tries), "each refusal must cost the same"


def test_after_five_failures_one_waits_and_longer_each_time(everybody):
    _, password = everybody.settle("clerk")
    failing(everybody, times=5)
    with pytest.raises(TooManyAttempts):
        everybody.sign_in("clerk", password, HERE)
    everybody.clock.wait(seconds=59)
    with pytest.raises(TooManyAttempts):
        everybody.sign_in("clerk", password, HERE)
    everybody.clock.wait(seconds=2)
    failing(everybody)
    everybody.clock.wait(seconds=119)
    with pytest.raises(TooManyAttempts):
        everybody.sign_in("clerk", password, HERE)
    everybody.clock.wait(seconds=2)
    assert everybody.sign_in("clerk", password, HERE).token


def test_an_unknown_login_waits_just_so(everybody):
    failing(everybody, "nobody", times=5)
    with pytest.raises(TooManyAttempts) as unknown:
        everybody.sign_in("nobody", "x", HERE)
    everybody.settle("clerk")
    failing(everybody, times=5)
    with pytest.raises(TooManyAttempts) as known:
        everybody.sign_in("clerk", "x", HERE)
    assert str(unknown.value) == str(known.value)


def test_a_locked_account_is_not_looked_at(everybody):
    everybody.settle("clerk")
    failing(everybody, times=5)
    before = everybody.hasher.compared
    with pytest.raises(TooManyAttempts):
        everybody.sign_in("clerk", "x", HERE)
    assert everybody.hasher.compared == before


def test_success_begins_the_count_anew(everybody):
    _, password = everybody.settle("clerk")
    failing(everybody, times=4)
    everybody.sign_in("clerk", password, HERE)
    assert everybody.memory.events[-1].detail["failures"] == 4
    failing(everybody, times=4)
    assert everybody.sign_in("clerk", password, HERE).token


def test_failures_are_counted_in_events_not_listed(everybody):
    everybody.settle("clerk")
    failing(everybody, times=5)
    kinds = everybody.kinds()
    assert kinds.count("sign-in-failed") == 1
    assert kinds.count("sign-in-locked") == 1
    locked = everybody.memory.events[-1]
    assert locked.detail["failures"] == 5
    assert locked.detail["seconds"] == 60


def test_events_name_nobody(everybody):
    _, password = everybody.settle("zhangsan")
    failing(everybody, "zhangsan", times=5)
    failing(everybody, "lisi", times=5)
    everybody.clock.wait(hours=1)
    everybody.sign_in("zhangsan", password, HERE)
    told = str(everybody.memory.events)
    assert not any(word in told for word in ("zhangsan", "lisi", HERE, password))


def test_one_address_may_not_try_everybody(everybody):
    for number in range(attempts.ADDRESS.free):
        failing(everybody, f"guess{number}")
    _, password = everybody.settle("clerk")
    with pytest.raises(TooManyAttempts):
        everybody.sign_in("clerk", password, HERE)
    assert everybody.sign_in("clerk", password, "198.51.100.1").token
    assert everybody.kinds().count("sign-in-limited") == 1


def test_an_office_behind_one_address_signs_in_all_morning(everybody):
    _, password = everybody.settle("clerk")
    for _ in range(attempts.ADDRESS.free * 3):
        assert everybody.sign_in("clerk", password, HERE).token
    assert everybody.kinds().count("sign-in-limited") == 0


def test_many_at_once_are_not_looked_at_together(everybody):
    """Each is counted before it is looked at: a hundred threads get five looks."""
    everybody.settle("clerk")
    limits = attempts.keys("clerk", HERE)
    for _ in range(5):
        everybody.memory.count(limits, everybody.clock.now())
    with pytest.raises(TooManyAttempts):
        everybody.memory.count(limits, everybody.clock.now())


def test_a_session_ends_unused_and_in_any_case(everybody):
    _, password = everybody.settle("clerk")
    token = everybody.sign_in("clerk", password, HERE).token
    for _ in range(23):
        everybody.clock.wait(minutes=29)
        assert everybody.session(token) is not None
    everybody.clock.wait(minutes=31)
    assert everybody.session(token) is None
    token = everybody.sign_in("clerk", password, HERE).token
    for _ in range(26):
        everybody.clock.wait(minutes=27)
        assert everybody.session(token) is not None
    everybody.clock.wait(minutes=27)
    assert everybody.session(token) is None, "twelve hours are over"


def test_a_session_in_use_is_written_down_once_a_minute_at_most(everybody):
    _, password = everybody.settle("clerk")
    token = everybody.sign_in("clerk", password, HERE).token
    touched = []
    everybody.memory.touch = lambda digest, at: touched.append(at)
    for _ in range(59):
        everybody.clock.wait(seconds=1)
        everybody.session(token)
    assert touched == []
    everybody.clock.wait(seconds=1)
    everybody.session(token)
    assert len(touched) == 1


def test_signing_out_ends_it(everybody):
    _, password = everybody.settle("clerk")
    token = everybody.sign_in("clerk", password, HERE).token
    everybody.sign_out(token)
    assert everybody.session(token) is None
    everybody.sign_out(token)
    assert everybody.kinds().count("signed-out") == 1


def with_second_factor(everybody, login="clerk"):
    person, password = everybody.settle(login)
    everybody.begin_totp(person)
    everybody.confirm_totp(person, everybody.codes.now(everybody.clock.now()), HERE)
    everybody.clock.wait(minutes=1)
    return person, password


def test_a_second_factor_is_owed_before_the_session(everybody):
    person, password = with_second_factor(everybody)
    half = everybody.sign_in("clerk", password, HERE)
    assert half.token == ""
    assert everybody.session(half.second) is None
    code = everybody.codes.now(everybody.clock.now())
    done = everybody.second_factor(half.second, code, HERE)
    assert everybody.session(done.token).person.id == person.id


def test_a_code_is_taken_once(everybody):
    _, password = with_second_factor(everybody)
    code = everybody.codes.now(everybody.clock.now())
    everybody.second_factor(everybody.sign_in("clerk", password, HERE).second, code, HERE)
    half = everybody.sign_in("clerk", password, HERE)
    with pytest.raises(NotIdentified):
        everybody.second_factor(half.second, code, HERE)


def test_the_code_that_set_the_factor_up_does_not_sign_in(everybody):
    person, password = everybody.settle("clerk")
    everybody.begin_totp(person)
    code = everybody.codes.now(everybody.clock.now())
    everybody.confirm_totp(person, code, HERE)
    half = everybody.sign_in("clerk", password, HERE)
    with pytest.raises(NotIdentified):
        everybody.second_factor(half.second, code, HERE)


def test_whoever_knows_the_password_cannot_try_codes_for_ever(everybody):
    _, password = with_second_factor(everybody)
    tried = 0
    with pytest.raises(TooManyAttempts):
        for _ in range(50):
            half = everybody.sign_in("clerk", password, HERE)
            with pytest.raises(NotIdentified):
                everybody.second_factor(half.second, "000000", HERE)
            tried += 1
    assert tried <= 5


def test_a_half_done_sign_in_runs_out_and_ends_with_the_password(everybody):
    person, password = with_second_factor(everybody)
    half = everybody.sign_in("clerk", password, HERE)
    everybody.clock.wait(seconds=301)
    with pytest.raises(NotIdentified):
        everybody.second_factor(half.second, everybody.codes.now(everybody.clock.now()), HERE)
    half = everybody.sign_in("clerk", password, HERE)
    everybody.clock.wait(seconds=1)
    everybody.change_password(person, password, "another long sentence", HERE)
    with pytest.raises(NotIdentified):
        everybody.second_factor(half.second, everybody.codes.now(everybody.clock.now()), HERE)


@pytest.mark.parametrize("sealed", ["", "|", "nonsense", "openid|0|{}", "totp|1|S"])
def test_nobody_makes_a_half_done_sign_in_himself(everybody, sealed):
    with_second_factor(everybody)
    with pytest.raises(NotIdentified):
        everybody.second_factor(sealed, "000000", HERE)


def test_a_hash_of_old_parameters_is_renewed_at_sign_in(everybody):
    person, password = everybody.settle("clerk")
    everybody.hasher.mark = "2"
    assert everybody.sign_in("clerk", password, HERE).token
    assert everybody.memory.kept[person.id].password.startswith("2")
    assert everybody.sign_in("clerk", password, HERE).token


class OneProvider:
    issuer = "https://id.example"

    def __init__(self):
        self.nonces = []

    def address(self, back, state, nonce, verifier):
        self.nonces.append(nonce)
        return f"{self.issuer}/authorize?state={state}"

    def subject(self, back, code, nonce, verifier):
        assert nonce == self.nonces[-1]
        return code


def outside(everybody, subject, state=None):
    where, sealed = everybody.begin_outside("https://filing.example/back", "/desk")
    given = where.partition("state=")[2] if state is None else state
    return everybody.finish_outside(sealed, given, subject, "https://filing.example/back", HERE)


def test_a_linked_identity_signs_in_and_another_does_not():
    everybody = Everybody(OneProvider())
    person, _ = everybody.settle("clerk")
    everybody.tie("clerk", "s-1")
    done, then = outside(everybody, "s-1")
    assert everybody.session(done.token).person.id == person.id
    assert then == "/desk"
    with pytest.raises(NotIdentified):
        outside(everybody, "s-2")
    assert len(everybody.memory.kept) == 1, "nobody is made an account by knocking"


def test_an_identity_is_one_issuers_alone():
    everybody = Everybody(OneProvider())
    everybody.settle("clerk")
    everybody.tie("clerk", "s-1")
    everybody._at.provider.issuer = "https://other.example"
    with pytest.raises(NotIdentified):
        outside(everybody, "s-1")


def test_an_answer_to_a_sign_in_begun_elsewhere_is_refused():
    everybody = Everybody(OneProvider())
    everybody.settle("clerk")
    everybody.tie("clerk", "s-1")
    for state in ("", "guessed", "\ud800"):
        with pytest.raises(NotIdentified):
            outside(everybody, "s-1", state)
    with pytest.raises(NotIdentified):
        everybody.finish_outside("", "state", "s-1", "https://filing.example/back", HERE)


def test_a_disabled_account_does_not_get_in_by_the_outside():
    everybody = Everybody(OneProvider())
    everybody.settle("clerk")
    everybody.tie("clerk", "s-1")
    everybody.close("clerk", True)
    with pytest.raises(NotIdentified):
        outside(everybody, "s-1")


def test_where_no_provider_is_set_there_is_no_second_way_in(everybody):
    assert everybody.outside() == ""
    with pytest.raises(BadRequest):
        everybody.begin_outside("https://filing.example/back", "/")

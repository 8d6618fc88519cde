"""What people do with their own account, and what a password must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.errors import BadRequest, NotFound, TooManyAttempts, WrongState
from filing.people import passwords
from filing.people.attempts import ACCOUNT, Limit, Tally, count, give_back, wait
from tests.people.fakes import NOON, Everybody
from tests.people.test_signing_in import HERE

GOOD = "a sentence of my own"


@pytest.fixture
def everybody():
    return Everybody()


def test_a_password_is_changed_by_whoever_knows_the_old_one(everybody):
    person, password = everybody.settle("clerk")
    with pytest.raises(BadRequest, match="not right"):
        everybody.change_password(person, "wrong", GOOD, HERE)
    everybody.change_password(person, password, GOOD, HERE)
    assert everybody.sign_in("clerk", GOOD, HERE).token


def test_guessing_the_old_password_from_an_open_session_is_counted(everybody):
    person, _ = everybody.settle("clerk")
    for _ in range(5):
        with pytest.raises(BadRequest):
            everybody.change_password(person, "wrong", GOOD, HERE)
    with pytest.raises(TooManyAttempts):
        everybody.end_totp(person, "wrong", HERE)


def test_the_old_password_is_no_new_one(everybody):
    person, password = everybody.settle("clerk")
    with pytest.raises(BadRequest, match="old one"):
        everybody.change_password(person, password, password, HERE)


def test_a_second_factor_is_in_force_once_a_code_of_it_was_typed(everybody):
    person, password = everybody.settle("clerk")
    assert everybody.pending_totp(person) == ""
    begun = everybody.begin_totp(person)
    with pytest.raises(BadRequest):
        everybody.confirm_totp(person, "000000", HERE)
    assert everybody.sign_in("clerk", password, HERE).token
    assert everybody.pending_totp(person) == begun
    everybody.confirm_totp(person, everybody.codes.now(everybody.clock.now()), HERE)
    assert everybody.sign_in("clerk", password, HERE).second
    assert everybody.pending_totp(person) == ""
    with pytest.raises(WrongState):
        everybody.begin_totp(person)
    everybody.end_totp(person, password, HERE)
    assert everybody.sign_in("clerk", password, HERE).token


def test_the_secret_is_kept_sealed(everybody):
    person, _ = everybody.settle("clerk")
    everybody.begin_totp(person)
    assert everybody.memory.kept[person.id].totp_pending.startswith("totp|")


def test_one_sees_and_ends_ones_own_sessions_and_no_others(everybody):
    person, password = everybody.settle("clerk")
    other, other_password = everybody.settle("other")
    token = everybody.sign_in("clerk", password, HERE).token
    everybody.sign_in("other", other_password, HERE)
    (mine,) = everybody.sessions(person)
    (others,) = everybody.sessions(other)
    with pytest.raises(NotFound):
        everybody.end_session(person, others["id"])
    everybody.end_session(person, mine["id"])
    assert everybody.session(token) is None
    assert everybody.sessions(other)


def test_a_language_is_one_of_ours(everybody):
    person, _ = everybody.settle("clerk")
    assert everybody.choose_language(person, "en").language == "en"
    with pytest.raises(BadRequest):
        everybody.choose_language(person, "fr")


@pytest.mark.parametrize(
    "password",
    [
        "short", "eleven char", "aaaaaaaaaaaaaaaa", "123456789012", "abcabcabcabcabc",
        "zhangsan.office", "zhangsan.officezhangsan.office", "passwordpassword1", "qwertyuiop12",
        "张三张三张三张三张三张三", "x" * 257, "\ud800" * 14, "Password123456",
    ],
)  # fmt: skip
def test_a_password_anybody_would_guess_is_refused(password):
    with pytest.raises(BadRequest):
        passwords.check(password, "zhangsan.office", "张三")


@pytest.mark.parametrize(
    "password", [GOOD, "去年今日此门中，人面桃花", "correct horse battery staple", "x\0y" + GOOD]
)
def test_a_long_sentence_will_do(password):
    assert passwords.check(password, "zhangsan", "张三") == passwords.normal(password)


def test_a_password_is_the_same_however_its_letters_are_composed():
    assert passwords.normal("cafe\u0301 ｐａｓｓ") == passwords.normal("caf\u00e9 pass")


def test_first_passwords_differ_and_would_do():
    made = {passwords.fresh() for _ in range(200)}
    assert len(made) == 200
    for one in made:
        passwords.check(one, "login", "name")


@given(st.text(max_size=300))
def test_whatever_is_typed_is_taken_or_refused(text):
    try:
        passwords.check(text, "login", "name")
    except BadRequest as error:
        assert error.zh


def test_the_wait_grows_and_has_an_end():
    waits = [wait(failures, ACCOUNT) for failures in range(1, 40)]
    assert waits[:6] == [0, 0, 0, 0, 60, 120]
    assert waits == sorted(waits)
    assert max(waits) == 3600
    assert wait(10**9, ACCOUNT) == 3600


def test_a_count_is_forgotten_after_a_while():
    old = Tally(4, NOON, NOON)
    limit = Limit(free=5, first_wait_seconds=60, longest_wait_seconds=60, forget_seconds=10)
    assert count(old, limit, NOON.replace(second=10)).failures == 5
    assert count(old, limit, NOON.replace(second=11)).failures == 1


def test_what_is_given_back_was_not_counted():
    counted = count(Tally(4, NOON, NOON), ACCOUNT, NOON)
    assert counted.until is not None
    assert give_back(counted) == Tally(4, NOON, NOON)

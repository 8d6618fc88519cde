"""三员分立: who may give what to whom, and that no way round it is left."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from filing.errors import (
    BadRequest,
    FilingError,
    NotAllowed,
    NotFound,
    RolesConflict,
    WrongState,
)
from filing.model.roles import APART, Role, conflict
from filing.people.overseeing import Overseeing
from tests.people.fakes import Everybody, offices
from tests.people.test_signing_in import HERE, OneProvider

SYSTEM, SECURITY, AUDITOR = (
    Role.SYSTEM_ADMINISTRATOR,
    Role.SECURITY_ADMINISTRATOR,
    Role.AUDITOR,
)


@pytest.fixture
def everybody():
    return Everybody(OneProvider())


@pytest.fixture
def office(everybody):
    return offices(everybody)


def test_a_new_account_has_no_role_and_owes_its_password(everybody, office):
    made, password = everybody.add_person(office[SYSTEM], "Zhang.San", " 张三 ", "")
    assert (made.login, made.name, made.roles) == ("zhang.san", "张三", frozenset())
    token = everybody.sign_in("zhang.san", password, HERE).token
    assert everybody.session(token).password_owed
    changed = everybody.change_password(made, password, "a sentence of my own", HERE)
    assert not everybody.session(changed.token).password_owed
    assert everybody.session(token) is None


@pytest.mark.parametrize("role", [SECURITY, AUDITOR, Role.ARCHIVIST, Role.ARCHIVE_CLERK])
def test_only_the_system_administrator_makes_and_disables_accounts(everybody, office, role):
    by, _ = everybody.settle("by", role)
    other, _ = everybody.settle("other")
    for act in (
        lambda: everybody.add_person(by, "new", "新", ""),
        lambda: everybody.disable(by, other.id, True),
        lambda: everybody.reset_password(by, other.id),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize("role", [SYSTEM, AUDITOR, Role.ARCHIVIST, Role.ARCHIVE_CLERK])
def test_only_the_security_administrator_grants_unlocks_and_links(everybody, office, role):
    by, _ = everybody.settle("by", role)
    other, _ = everybody.settle("other")
    for act in (
        lambda: everybody.grant(by, other.id, frozenset({Role.ARCHIVIST})),
        lambda: everybody.unlock(by, other.id),
        lambda: everybody.link(by, other.id, "s-1"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_whoever_has_no_such_office_does_not_even_see_the_list(everybody, office):
    clerk, _ = everybody.settle("clerk", Role.ARCHIVE_CLERK)
    for by in (clerk, office[AUDITOR]):
        with pytest.raises(NotAllowed):
            everybody.people(by, "", 10)


def test_nobody_does_it_to_himself(everybody, office):
    system, security = office[SYSTEM], office[SECURITY]
    for act in (
        lambda: everybody.grant(security, security.id, frozenset({SECURITY, Role.ARCHIVIST})),
        lambda: everybody.disable(system, system.id, True),
        lambda: everybody.reset_password(system, system.id),
        lambda: everybody.link(security, security.id, "s-1"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_one_office_cannot_take_over_another_by_its_password_or_its_link(everybody, office):
    for role in APART - {SYSTEM}:
        with pytest.raises(NotAllowed, match="own machine"):
            everybody.reset_password(office[SYSTEM], office[role].id)
    for role in APART - {SECURITY}:
        with pytest.raises(NotAllowed, match="own machine"):
            everybody.link(office[SECURITY], office[role].id, "s-1")


def test_an_office_is_not_given_to_an_account_whose_password_somebody_else_knows(everybody, office):
    """Else whoever made the account could sign in before its owner does, and hold two."""
    made, password = everybody.add_person(office[SYSTEM], "new", "新", "")
    with pytest.raises(RolesConflict, match="somebody else"):
        everybody.grant(office[SECURITY], made.id, frozenset({SECURITY}))
    everybody.change_password(made, password, "a sentence of my own", HERE)
    assert everybody.grant(office[SECURITY], made.id, frozenset({SECURITY})).roles == {SECURITY}


@pytest.mark.parametrize("role", sorted(APART))
def test_the_last_one_in_an_office_stays_in_it(everybody, office, role):
    with pytest.raises((WrongState, NotAllowed)):
        everybody.disable(office[SYSTEM], office[role].id, True)
    with pytest.raises((WrongState, NotAllowed)):
        everybody.grant(office[SECURITY], office[role].id, frozenset())
    with pytest.raises(WrongState):
        everybody.close(f"the-{role}", True)
    second, _ = everybody.settle("second", role)
    everybody.close(f"the-{role}", True)
    with pytest.raises(WrongState):
        everybody.close(second.login, True)


def test_an_agencys_clerk_is_nothing_else_and_has_an_agency(everybody, office):
    outside, _ = everybody.settle("outside", agency="city-office")
    inside, _ = everybody.settle("inside")
    grant = everybody.grant
    assert grant(office[SECURITY], outside.id, frozenset({Role.AGENCY_CLERK})).roles
    for person, roles in (
        (inside, {Role.AGENCY_CLERK}),
        (outside, {Role.ARCHIVE_CLERK}),
        (outside, {Role.AGENCY_CLERK, Role.ARCHIVIST}),
    ):
        with pytest.raises(RolesConflict):
            grant(office[SECURITY], person.id, frozenset(roles))


def test_sessions_end_with_role_password_link_and_account(everybody, office):
    person, password = everybody.settle("clerk", Role.ARCHIVE_CLERK)
    acts = (
        lambda: everybody.grant(office[SECURITY], person.id, frozenset({Role.ARCHIVIST})),
        lambda: everybody.link(office[SECURITY], person.id, "s-1"),
        lambda: everybody.disable(office[SYSTEM], person.id, True),
    )
    for act in acts:
        token = everybody.sign_in("clerk", password, HERE).token
        act()
        assert everybody.session(token) is None
    everybody.disable(office[SYSTEM], person.id, False)
    token = everybody.sign_in("clerk", password, HERE).token
    fresh = everybody.reset_password(office[SYSTEM], person.id)
    assert everybody.session(token) is None
    assert everybody.session(everybody.sign_in("clerk", fresh, HERE).token).password_owed


def test_a_wait_is_ended_by_the_security_administrator(everybody, office):
    person, password = everybody.settle("clerk")
    for _ in range(5):
        with pytest.raises(FilingError):
            everybody.sign_in("clerk", "wrong", HERE)
    assert everybody.locked(office[SYSTEM], (person,))
    everybody.unlock(office[SECURITY], person.id)
    assert not everybody.locked(office[SYSTEM], (person,))
    assert everybody.sign_in("clerk", password, HERE).token


def test_what_is_granted_is_an_event_with_before_and_after(everybody, office):
    person, _ = everybody.settle("clerk", Role.ARCHIVE_CLERK)
    everybody.grant(office[SECURITY], person.id, frozenset({Role.ARCHIVIST}))
    event = everybody.memory.events[-1]
    assert event.who == office[SECURITY].who
    assert event.detail == {
        "person": person.id, "before": ["archive-clerk"], "roles": ["archivist"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("login", "name"),
    [
        ("", "名"), ("a", "名"), ("a" * 65, "名"), ("a b", "名"), ("a\0b", "名"),
        ("' OR '1", "名"), ("good", ""), ("good", "名" * 101), ("good", "名\n名"),
        ("good", "\ud800"),
    ],
)  # fmt: skip
def test_what_is_no_login_or_name_is_refused(everybody, office, login, name):
    with pytest.raises(BadRequest):
        everybody.add_person(office[SYSTEM], login, name, "")


@pytest.mark.parametrize("person_id", ["", "x", "x" * 36, "' OR 1=1", "\0" * 36])
def test_an_account_that_is_not_there_is_not_found(everybody, office, person_id):
    with pytest.raises(NotFound):
        everybody.person(office[SYSTEM], person_id)


def test_the_operator_gives_roles_until_there_is_a_security_administrator(everybody):
    everybody.create("first", "甲", "", frozenset({SYSTEM}))
    everybody.create("second", "乙", "", frozenset({SECURITY}))
    with pytest.raises(NotAllowed, match="security administrator"):
        everybody.create("third", "丙", "", frozenset({AUDITOR}))
    assert everybody.create("third", "丙", "", frozenset())[0].roles == frozenset()
    with pytest.raises(RolesConflict):
        Everybody().create("both", "丁", "", frozenset({SYSTEM, AUDITOR}))


def test_the_operator_renews_what_the_pages_may_not(everybody, office):
    _, password = everybody.settle("clerk")
    fresh = everybody.renew("the-auditor")
    assert everybody.sign_in("the-auditor", fresh, HERE).token
    with pytest.raises(NotFound):
        everybody.renew("nobody")
    assert everybody.sign_in("clerk", password, HERE).token


def test_only_the_auditor_sees_everybodys_acts(everybody, office):
    oversee = Overseeing(None)
    for role in (SYSTEM, SECURITY):
        with pytest.raises(NotAllowed):
            oversee(office[role], None, 0, 10)


class Offices(RuleBasedStateMachine):
    """Whatever anybody does in whatever order, the three offices stay apart and held."""

    def __init__(self):
        super().__init__()
        self.everybody = Everybody()
        offices(self.everybody)
        for number, role in enumerate([*APART, Role.ARCHIVIST, Role.ARCHIVE_CLERK]):
            self.everybody.settle(f"more{number}", role)
        self.everybody.settle("outside", agency="city-office")
        self.people = [one.login for one in self.everybody.every()]

    def _person(self, number):
        login = self.people[number % len(self.people)]
        return self.everybody.memory.by_login(login).person

    @rule(by=st.integers(0, 30), who=st.integers(0, 30), roles=st.frozensets(st.sampled_from(Role)))
    def grant(self, by, who, roles):
        by, who = self._person(by), self._person(who)
        before = who.roles
        try:
            self.everybody.grant(by, who.id, roles)
        except FilingError:
            return
        assert by.id != who.id
        assert SECURITY in by.roles, f"{before} -> {roles} by {by.roles}"

    @rule(by=st.integers(0, 30), who=st.integers(0, 30), disabled=st.booleans())
    def disable(self, by, who, disabled):
        by, who = self._person(by), self._person(who)
        try:
            self.everybody.disable(by, who.id, disabled)
        except FilingError:
            return
        assert by.id != who.id
        assert SYSTEM in by.roles

    @rule(login=st.sampled_from(["x1", "x2"]), roles=st.frozensets(st.sampled_from(Role)))
    def create(self, login, roles):
        try:
            self.everybody.create(login, login, "", roles)
        except FilingError:
            return
        self.people.append(login)

    @rule(who=st.integers(0, 30), closed=st.booleans())
    def close(self, who, closed):
        try:
            self.everybody.close(self._person(who).login, closed)
        except FilingError:
            return

    @invariant()
    def offices_are_apart(self):
        for one in self.everybody.every():
            assert len(one.roles & APART) < 2
            assert not conflict(one.roles)
            assert bool(one.agency_id) or Role.AGENCY_CLERK not in one.roles

    @invariant()
    def offices_are_held(self):
        for role in APART:
            assert self.everybody.memory.holders(role) > 0


TestOffices = Offices.TestCase
TestOffices.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)

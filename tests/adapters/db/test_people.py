"""Accounts, sessions, counts and the auditor's list on both databases."""

import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from filing.adapters.db import agencies
from filing.adapters.db.engine import Database
from filing.adapters.db.journal import SqlJournal
from filing.adapters.db.migrate import migrate
from filing.adapters.db.people import SqlAccounts
from filing.adapters.db.people_rows import person_role
from filing.adapters.db.sign_ins import SqlAttempts, SqlSessions
from filing.adapters.db.submissions import add_events
from filing.errors import ChangedMeanwhile, NotFound, TooManyAttempts, WrongState
from filing.model.agency import Agency
from filing.model.events import Event, Kind
from filing.model.identifiers import new_id
from filing.model.people import Person
from filing.model.roles import APART, Role
from filing.people.accounts import Account, Kept
from filing.people.attempts import keys

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CITY = Agency(id="city-office", name="市政府办公室")
SECURITY = Role.SECURITY_ADMINISTRATOR


@pytest.fixture
def database(database_url):
    with closing(Database(database_url)) as found:
        migrate(found)
        with found.writing() as connection:
            agencies.add(connection, CITY, NOON)
        yield found


@pytest.fixture
def accounts(database):
    return SqlAccounts(database)


def an_account(number, *roles, **changes):
    person = Person(
        id=new_id(number, bytes(10)), login=f"login{number:03}", name=f"名{number}",
        roles=frozenset(roles), agency_id=changes.pop("agency", ""),
    )  # fmt: skip
    return Account(person=person, password="hash", password_owed=True, password_at=NOON, **changes)


def an_event(kind=Kind.PERSON_ADDED, who="system", at=NOON, agency=""):
    return Event(agency, "", kind, at, who, {})


def a_session(account, number, **changes):
    given = {
        "digest": f"{number:064}", "id": new_id(number, bytes(10)), "person_id": account.person.id,
        "signed_in_at": NOON, "seen_at": NOON, "expires_at": NOON + timedelta(hours=12),
        "address": "192.0.2.7", "agent": "浏览器", "way": "password",
    }  # fmt: skip
    return Kept(**given | changes)


def test_an_account_reads_back_as_it_was_written(accounts):
    kept = an_account(
        1, Role.ARCHIVIST, Role.ARCHIVE_CLERK, totp="t", totp_step=7, identity="https://id s-1"
    )
    kept = replace(kept, person=replace(kept.person, totp=True))
    accounts.add(kept, ())
    assert accounts.by_login("login001") == kept
    assert accounts.by_id(kept.person.id) == kept
    assert accounts.by_identity("https://id s-1") == kept
    assert accounts.by_login("' OR 1=1 --") is None
    assert accounts.by_identity("") is None
    clerk = an_account(2, Role.AGENCY_CLERK, agency=CITY.id)
    accounts.add(clerk, ())
    assert accounts.by_login("login002") == clerk


def test_one_login_and_one_identity_name_one_account(accounts):
    accounts.add(an_account(1, identity="https://id s-1"), ())
    with pytest.raises(WrongState):
        accounts.add(replace(an_account(2), person=an_account(1).person), ())
    with pytest.raises(WrongState):
        accounts.add(an_account(3, identity="https://id s-1"), ())
    with pytest.raises(NotFound):
        accounts.add(an_account(4, agency="nowhere"), ())


def test_an_account_changed_meanwhile_is_not_overwritten(accounts):
    before = an_account(1)
    accounts.add(before, ())
    saved = accounts.save(before, replace(before, password="new"), ())
    assert saved.version == 1
    with pytest.raises(ChangedMeanwhile):
        accounts.save(before, replace(before, password="other"), ())
    assert accounts.by_login("login001").password == "new"


@pytest.mark.parametrize("offices", [sorted(APART)[:2], sorted(APART)[1:]], ids=str)
def test_the_database_itself_keeps_the_offices_apart(database, accounts, offices):
    one = an_account(1)
    accounts.add(one, ())
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(
            insert(person_role), [{"person_id": one.person.id, "role": role} for role in offices]
        )
    with database.writing() as connection:
        connection.execute(
            insert(person_role),
            [{"person_id": one.person.id, "role": role} for role in (offices[0], "archivist")],
        )


def test_the_last_one_in_an_office_cannot_leave_it(accounts):
    first, second = an_account(1, SECURITY), an_account(2, SECURITY)
    accounts.add(first, ())
    without = replace(first, person=replace(first.person, roles=frozenset()))
    with pytest.raises(WrongState):
        accounts.save(first, without, (), leave_one=frozenset({SECURITY}))
    accounts.add(second, ())
    accounts.save(first, without, (), leave_one=frozenset({SECURITY}))
    assert accounts.holders(SECURITY) == 1


def test_two_who_leave_at_once_do_not_both_go(accounts):
    both = [an_account(1, SECURITY), an_account(2, SECURITY)]
    for one in both:
        accounts.add(one, ())
    together, refused = threading.Barrier(2), []

    def leave(one):
        together.wait()
        try:
            gone = replace(one, person=replace(one.person, disabled=True))
            accounts.save(one, gone, (), leave_one=frozenset({SECURITY}))
        except WrongState:
            refused.append(one)

    threads = [threading.Thread(target=leave, args=(one,)) for one in both]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(refused) == 1
    assert accounts.holders(SECURITY) == 1


def test_a_time_step_is_taken_once_whoever_asks(accounts):
    one = an_account(1)
    accounts.add(one, ())
    taken = []
    threads = [
        threading.Thread(target=lambda: taken.append(accounts.take_step(one.person.id, 9)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]
    assert not accounts.take_step(one.person.id, 8)
    accounts.save(one, replace(one, totp="new"), ())
    assert not accounts.take_step(one.person.id, 9), "saving does not give a code back"


def test_people_are_listed_by_login_a_page_at_a_time(accounts):
    for number in (3, 1, 2):
        accounts.add(an_account(number, Role.ARCHIVIST, Role.ARCHIVE_CLERK), ())
    first = accounts.page("", 2)
    assert [one.login for one in first] == ["login001", "login002"]
    assert [one.login for one in accounts.page(first[-1].login, 2)] == ["login003"]
    assert accounts.names(frozenset({first[0].id, "x"})) == {first[0].id: "名1"}


def test_what_happened_is_written_with_what_it_describes(database, accounts):
    journal = SqlJournal(database)
    accounts.add(an_account(1), (an_event(),))
    with pytest.raises(WrongState):
        accounts.add(an_account(1), (an_event(),))
    found, further = journal.page("", "", None, None, 0, 10)
    assert [one.kind for _, one in found] == [Kind.PERSON_ADDED]
    assert further == 0


def test_a_session_is_found_by_its_digest_with_its_person(accounts, database):
    sessions, account = SqlSessions(database), an_account(1, Role.ARCHIVIST, Role.ARCHIVE_CLERK)
    accounts.add(account, ())
    sessions.open(a_session(account, 1), ())
    kept, person, owed = sessions.find(f"{1:064}")
    assert (kept, person, owed) == (a_session(account, 1), account.person, True)
    assert sessions.find("x") is None
    sessions.touch(kept.digest, NOON + timedelta(minutes=2))
    assert sessions.find(kept.digest)[0].seen_at == NOON + timedelta(minutes=2)


def test_asking_for_a_session_is_one_query(accounts, database):
    from sqlalchemy import event

    sessions, account = SqlSessions(database), an_account(1, Role.ARCHIVIST)
    accounts.add(account, ())
    sessions.open(a_session(account, 1), ())
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    sessions.find(f"{1:064}")
    assert len(asked) == 1


def test_sessions_end_one_by_one_all_together_and_by_themselves(accounts, database):
    sessions, account = SqlSessions(database), an_account(1)
    accounts.add(account, ())
    other = an_account(2)
    accounts.add(other, ())
    for number in range(1, 6):
        sessions.open(a_session(account, number), ())
    sessions.open(a_session(other, 9), ())
    assert not sessions.end_one(other.person.id, a_session(account, 1).id, ())
    assert sessions.end_one(account.person.id, a_session(account, 1).id, (an_event(),))
    sessions.end(f"{2:064}", (an_event(),))
    sessions.end(f"{2:064}", (an_event(),))
    assert [one.id for one in sessions.of(account.person.id)] == [
        a_session(account, number).id for number in (5, 4, 3)
    ]
    sessions.touch(f"{3:064}", NOON - timedelta(hours=1))
    assert sessions.drop_expired(NOON, NOON - timedelta(minutes=30), 10) == 1
    accounts.save(account, replace(account, password="new"), (), end_sessions=True)
    assert sessions.of(account.person.id) == ()
    assert sessions.find(f"{9:064}") is not None
    assert sessions.drop_expired(NOON + timedelta(hours=13), NOON, 10) == 1


def test_one_person_has_a_hundred_sessions_at_most(accounts, database):
    sessions, account = SqlSessions(database), an_account(1)
    accounts.add(account, ())
    for number in range(1, 104):
        sessions.open(a_session(account, number), ())
    kept = sessions.of(account.person.id)
    assert len(kept) == 100
    assert sessions.find(f"{1:064}") is None
    assert sessions.find(f"{103:064}") is not None


def test_attempts_are_counted_for_all_processes_together(database, database_url):
    limits = keys("clerk", "192.0.2.7")
    with closing(Database(database_url)) as second:
        several = [SqlAttempts(database), SqlAttempts(second)]
        let_in, waiting = [], []

        def knock(attempts):
            for _ in range(10):
                try:
                    let_in.append(attempts.count(limits, NOON))
                except TooManyAttempts:
                    waiting.append(1)

        threads = [threading.Thread(target=knock, args=(one,)) for one in several * 2]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert len(let_in) == 5
    assert len(waiting) == 35


def test_counts_are_given_back_forgotten_and_dropped(database):
    attempts, limits = SqlAttempts(database), keys("clerk", "192.0.2.7")
    for _ in range(4):
        attempts.count(limits, NOON)
    attempts.give_back(tuple(limits))
    assert {one.failures for one in attempts.under(tuple(limits)).values()} == {3}
    attempts.failed(tuple(limits), NOON + timedelta(seconds=1), (an_event(),))
    assert attempts.drop_old(NOON, 10) == 0
    attempts.forget([one for one in limits if one.startswith("login")], ())
    assert len(attempts.under(tuple(limits))) == 1
    assert attempts.drop_old(NOON + timedelta(days=1), 10) == 1
    assert attempts.under(()) == {}


def an_hour(number):
    return NOON + timedelta(hours=number)


@pytest.fixture
def journal(database):
    """120 events, one an hour: agencies' filings, and every tenth an act of a person."""
    someone = "person:" + new_id(1, bytes(10))
    with database.writing() as connection:
        add_events(
            connection,
            [
                an_event(Kind.ROLES_GRANTED, someone, an_hour(one))
                if one % 10 == 0
                else an_event(Kind.RECEIPTED, "agency:city-office", an_hour(one), "city-office")
                for one in range(120)
            ],
        )
    return SqlJournal(database)


def walked(journal, person_id="", kind="", first=None, end=None, limit=7):
    """Every page one after the other."""
    found, before = [], 0
    while True:
        page, before = journal.page(person_id, kind, first, end, before, limit)
        found += [number for number, _ in page]
        if not before:
            return found


def test_the_auditor_reads_all_events_the_newest_first(journal):
    assert walked(journal) == list(range(120, 0, -1))


def test_the_auditor_finds_acts_by_person_kind_and_day(journal):
    someone = new_id(1, bytes(10))
    acts = list(range(111, 0, -10))
    assert walked(journal, person_id=someone) == acts
    assert walked(journal, kind=Kind.ROLES_GRANTED) == acts
    assert walked(journal, person_id=someone, kind=Kind.RECEIPTED) == []
    assert len(walked(journal, kind=Kind.RECEIPTED)) == 108
    first, end = an_hour(24), an_hour(48)
    assert walked(journal, first=first, end=end) == list(range(48, 24, -1))
    assert walked(journal, person_id=someone, first=first, end=end) == [41, 31]
    assert walked(journal, first=an_hour(500)) == []
    assert walked(journal, end=an_hour(-500)) == []


def test_where_no_index_helps_a_page_looks_back_so_far_and_no_farther(journal, monkeypatch):
    monkeypatch.setattr("filing.adapters.db.journal._LOOKED_THROUGH", 10)
    found, further = journal.page("", Kind.RECEIVED, None, None, 0, 10)
    assert found == []
    assert 0 < further < 120
    assert walked(journal, kind=Kind.RECEIPTED) == [n for n in range(120, 0, -1) if n % 10 != 1]


@pytest.mark.parametrize(
    ("person_id", "kind", "index"),
    [
        (new_id(1, bytes(10)), "", "ix_event_who_number"),
        ("", Kind.ROLES_GRANTED, "ix_event_kind_number"),
    ],
)
def test_acts_are_found_by_their_index(journal, database, person_id, kind, index):
    from sqlalchemy import event

    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    journal.page(person_id, kind, None, None, 0, 10)
    statement, values = asked[-1]
    with database.reading() as connection:
        if database.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        else:
            connection.exec_driver_sql("SET enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
        told = str(plan.all())
    assert index in told


def test_filing_pays_for_neither_index(journal, database):
    with database.reading() as connection:
        if not database.is_sqlite:
            query = "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'ix_event_%_number'"
        else:
            query = "SELECT sql FROM sqlite_master WHERE name LIKE 'ix_event_%_number'"
        found = "\n".join(str(one) for one in connection.execute(text(query)).scalars())
    assert "receipt-issued" in found
    assert "person:" in found

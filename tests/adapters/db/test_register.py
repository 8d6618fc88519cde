"""Who may call, and how a credential loses its power."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from filing.adapters.db import rows
from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import migrate
from filing.adapters.db.register import BELIEVED_SECONDS, SqlRegister
from filing.errors import BadRequest, CredentialExpired, Misconfigured, NotFound
from filing.model.agency import Agency

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CITY = Agency(id="city-office", name="市政府办公室")


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def register(database):
    register = SqlRegister(database, lambda: NOON)
    register.add(CITY)
    return register


def test_a_revoked_token_opens_nothing_and_its_neighbour_still_does(register):
    lost = register.add_credential(CITY.id, "token", b"lost", "laptop")
    register.add_credential(CITY.id, "token", b"kept", "server")
    assert register.known_by("token", b"lost") == CITY
    revoked = register.revoke(lost)
    assert (revoked.label, revoked.revoked_at) == ("laptop", NOON)
    assert register.known_by("token", b"lost") is None
    assert register.known_by("token", b"kept") == CITY


def test_another_process_sees_a_revocation_soon(register, database):
    now = 0.0
    other = SqlRegister(database, lambda: NOON, lambda: now)
    lost = register.add_credential(CITY.id, "token", b"lost", "")
    assert other.known_by("token", b"lost") == CITY
    register.revoke(lost)
    now = BELIEVED_SECONDS
    assert other.known_by("token", b"lost") is None


def test_the_first_characters_are_enough_where_they_name_one(register):
    prints = [register.add_credential(CITY.id, "token", b"%d" % one, "") for one in range(17)]
    shared = next(one[0] for one in prints if sum(each[0] == one[0] for each in prints) > 1)
    with pytest.raises(BadRequest, match="several"):
        register.revoke(shared)
    assert register.revoke(prints[0][:16]).fingerprint == prints[0]


@pytest.mark.parametrize("given", ["", "%", "_", "nothing", "0" * 64])
def test_what_names_none_in_force_revokes_none(register, given):
    register.add_credential(CITY.id, "token", b"kept", "")
    with pytest.raises(NotFound, match="no credential"):
        register.revoke(given)


def test_a_revoked_one_is_still_listed_and_not_revoked_twice(register):
    first = register.add_credential(CITY.id, "token", b"first", "")
    register.add_credential(CITY.id, "certificate", b"second", "")
    register.revoke(first)
    found = {one.fingerprint: one.revoked_at for one in register.credentials(CITY.id)}
    assert len(found) == 2
    assert found[first] == NOON
    with pytest.raises(NotFound):
        register.revoke(first)


def test_a_profile_nobody_can_read_is_said_with_its_agency(register, database):
    register.add_credential(CITY.id, "token", b"secret", "")
    with database.writing() as connection:
        connection.execute(update(rows.agency).values(profile='{"rules": 1}'))
    with pytest.raises(Misconfigured, match="city-office"):
        register.known_by("token", b"secret")


def test_a_token_opens_until_its_end_and_not_a_moment_longer(database, register):
    """Also where a process goes on believing what it read of it a moment before."""
    end = NOON + timedelta(seconds=1)
    register.add_credential(CITY.id, "token", b"short", "", end)
    seconds = 0.0
    other = SqlRegister(database, lambda: NOON + timedelta(seconds=seconds), lambda: seconds)
    assert other.known_by("token", b"short") == CITY
    seconds = 0.999
    assert other.known_by("token", b"short") == CITY
    seconds = 1.0
    with pytest.raises(CredentialExpired) as caught:
        other.known_by("token", b"short")
    assert end.isoformat() in str(caught.value)
    assert end.isoformat() in caught.value.zh


def test_a_revoked_token_that_has_ended_too_is_simply_unknown(register):
    lost = register.add_credential(CITY.id, "token", b"lost", "", NOON)
    with pytest.raises(CredentialExpired):
        register.known_by("token", b"lost")
    register.revoke(lost)
    assert register.known_by("token", b"lost") is None


def test_what_ends_soon_is_told_the_next_one_first(register):
    ends = {"past": 0, "second": 2, "first": 1, "revoked": 1, "in time": 3, "later": 4, "": None}
    prints = {
        name: register.add_credential(
            CITY.id,
            "token",
            b"token" + name.encode(),
            name,
            None if days is None else NOON + timedelta(days=days),
        )
        for name, days in ends.items()
    }
    register.revoke(prints["revoked"])
    found = register.ending(timedelta(days=3))
    assert [one.label for one in found] == ["first", "second", "in time"]
    assert [one.label for one in register.credentials(CITY.id) if one.expired] == ["past"]
    assert found[0].expires_at == NOON + timedelta(days=1)

"""Names for pages, from a database of each kind."""

import pytest

from filing.adapters.db.directory import SqlDirectory
from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import migrate
from filing.adapters.db.people_rows import person, person_role
from filing.adapters.db.register import SqlRegister
from filing.model.agency import Agency
from filing.model.people import Person
from filing.model.roles import Role
from tests.adapters.db.given import CITY, LAKE, NOW

PEOPLE = (
    ("p-1", "王", None, Role.ARCHIVE_CLERK, False),
    ("p-2", "安", None, Role.ARCHIVIST, False),
    ("p-3", "已停用者", None, Role.ARCHIVE_CLERK, True),
    ("p-4", "审计员", None, Role.AUDITOR, False),
    ("p-5", "市", CITY, Role.AGENCY_CLERK, False),
    ("p-6", "湖", LAKE, Role.AGENCY_CLERK, False),
)


@pytest.fixture
def directory(database_url):
    database = Database(database_url)
    migrate(database)
    register = SqlRegister(database, lambda: NOW)
    for one, name in ((CITY, "b 市"), (LAKE, "a 湖")):
        register.add(Agency(one, name, names=(name,), rules=()))
    with database.writing() as connection:
        for key, name, agency_id, role, disabled in PEOPLE:
            connection.execute(
                person.insert().values(
                    id=key, login=key, name=name, agency_id=agency_id, language="zh",
                    disabled=disabled, password="", password_owed=False, password_at=NOW,
                    totp="", totp_pending="", totp_step=0, created_at=NOW, version=0,
                )
            )  # fmt: skip
            connection.execute(person_role.insert().values(person_id=key, role=role))
    yield SqlDirectory(database)
    database.close()


def test_work_is_given_to_colleagues_who_may_correct_and_still_sign_in(directory):
    archive = Person("p-1", "p-1", "王", frozenset({Role.ARCHIVE_CLERK}))
    assert set(directory.colleagues(archive)) == {"p-1", "p-2"}
    city = Person("p-5", "p-5", "市", frozenset({Role.AGENCY_CLERK}), CITY)
    assert directory.colleagues(city) == {"p-5": "市"}


def test_names_are_given_for_those_there_are(directory):
    assert directory.names(frozenset({"p-3", "nobody"})) == {"p-3": "已停用者"}
    assert directory.names(frozenset()) == {}


def test_agencies_come_by_name(directory):
    assert list(directory.agencies().items()) == [(LAKE, "a 湖"), (CITY, "b 市")]

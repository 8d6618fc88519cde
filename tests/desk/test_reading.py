"""What was rejected before the desk was kept is read from what was kept of it."""

import json

import pytest
from alembic import command
from sqlalchemy import delete, insert, select, text

from filing.adapters.db import desk_rows as rows
from filing.adapters.db import migrate
from filing.adapters.db.desk import SqlDesk
from filing.app.desk import READING, add_reading
from filing.config import Settings
from filing.desk.reading import findings_of
from filing.model.desk import Filter
from tests.desk.office import SECRECY, an_office, refused


@pytest.fixture
def office(database_url, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    settings = Settings(home=home, database_url=database_url, free_bytes=1 << 20)
    with an_office(settings) as one:
        add_reading(one.site, one.own)
        yield one


def forget(office):
    """As the migration leaves a database that had no desk."""
    with office.site.database.writing() as connection:
        ids = connection.execute(select(rows.entry.c.submission_id)).scalars().all()
        for table in (rows.member, rows.code, rows.word, rows.value, rows.count, rows.cause):
            connection.execute(delete(table))
        connection.execute(
            rows.entry.update().values(title="", words="", codes="", archival_code="")
        )
        connection.execute(insert(rows.unread), [{"submission_id": one} for one in ids])
        for agency in (*(one.id for one in office.site.operations.agencies()), ""):
            connection.execute(
                insert(rows.count).values(
                    agency_id=agency, kind="state", name="rejected", number=len(ids)
                )
            )


def read(office, still_ours=lambda: True):
    (duty,) = (one for one in office.site.duties._duties if one.name == READING)
    return duty.do(still_ours)


def shown(office):
    entries = office.desk.queue(office.clerk, Filter(), "", 10).entries
    causes = office.desk.causes(office.clerk, "", "", 10)
    return [(one.submission_id, one.title, one.codes) for one in entries], causes


def test_title_codes_and_causes_come_from_what_was_kept(office):
    for number in range(3):
        office.send(refused(number, SECRECY))
    before = shown(office)
    forget(office)
    assert [codes for _, _, codes in shown(office)[0]] == [()] * 3
    assert read(office) is False
    assert shown(office) == before
    assert SqlDesk(office.site.database).unread(10) == ()
    assert read(office) is False


@pytest.mark.parametrize("gone", [".", "0"])
def test_one_whose_files_are_lost_does_not_keep_the_others_unread(office, gone):
    ids = [office.send(refused(number, SECRECY)) for number in range(2)]
    before = dict(shown(office)[0][at][:2] for at in range(2))
    forget(office)
    kept = next(office.site.settings.staging.rglob(f"kept/*/{ids[0]}")) / gone
    kept.rename(office.site.settings.home / "away")
    assert read(office) is False
    assert SqlDesk(office.site.database).unread(10) == ()
    assert {one: title for one, title, _ in shown(office)[0]} == {
        ids[0]: "",
        ids[1]: before[ids[1]],
    }


def test_one_mended_before_it_was_read_is_not_entered_again(office):
    one = office.send(refused(1, SECRECY))
    forget(office)
    found = office.site.ledger.submission(one)
    office.site.archive.withdraw(office.site.operations._register.agency(found.agency_id), one, "x")
    read(office)
    assert shown(office)[1] == ()
    assert SqlDesk(office.site.database).unread(10) == ()


@pytest.mark.parametrize("report", [b"", b"[]", b"{", json.dumps({"checks": [{}]}).encode()])
def test_a_report_that_is_none_has_no_findings(report):
    assert list(findings_of(report)) == []


def test_the_migration_enters_what_stands_rejected(office):
    ids = {office.send(refused(number, SECRECY)) for number in range(3)}
    database = office.site.database
    config = migrate._config()
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
    migrate.migrate(database)
    with database.reading() as connection:
        assert set(connection.execute(select(rows.entry.c.submission_id)).scalars()) == ids
        assert set(connection.execute(select(rows.unread.c.submission_id)).scalars()) == ids
        counted = connection.execute(text("SELECT number FROM desk_count ORDER BY agency_id"))
        assert counted.scalars().all() == [3, 3]
    read(office)
    assert {codes for _, _, codes in shown(office)[0]} == {("GD-1-4",)}

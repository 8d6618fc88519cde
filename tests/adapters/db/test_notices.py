"""Notices out of the event table: every query along an index, on both databases."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from filing.adapters.notice_texts import template
from filing.model.events import Kind
from filing.model.notices import NOTICE_KINDS
from filing.model.people import Person
from filing.model.roles import Role
from filing.notices.reading import ReadNotices
from tests.notices.given import CITY, LAKE, an_office

CLERK = Person("p", "clerk", "", frozenset({Role.ARCHIVE_CLERK}))


@pytest.fixture
def office(database_url):
    with an_office(database_url) as found:
        yield found


def walked(reading: ReadNotices, agency_id: str, kind: Kind | None, limit: int) -> list[list[int]]:
    """Every page there is, from the newest on."""
    pages, cursor = [], ""
    while True:
        page = reading.notices(CLERK, agency_id, kind, cursor, limit)
        pages.append([one.number for one in page.notices])
        if not page.older:
            return pages
        cursor = page.older


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    story=st.lists(st.tuples(st.sampled_from(list(Kind)[:7]), st.sampled_from([CITY, LAKE]))),
    limit=st.integers(1, 7),
    kind=st.sampled_from([None, *NOTICE_KINDS]),
    agency=st.sampled_from(["", CITY]),
)
def test_pages_together_are_all_notices_newest_first(office, story, limit, kind, agency):
    with office.database.writing() as connection:
        connection.execute(text("DELETE FROM event"))
    numbers = [(office.happen(one, agency_id=of)[0], one, of) for one, of in story]
    wanted = [
        number
        for number, one, of in reversed(numbers)
        if one in ((kind,) if kind else NOTICE_KINDS) and agency in ("", of)
    ]
    reading = ReadNotices(office.notices, template, "馆")
    pages = walked(reading, agency, kind, limit)
    assert [one for page in pages for one in page] == wanted
    if len(pages) > 1:
        last = reading.notices(CLERK, agency, kind, f"before-{pages[-2][-1]}", limit)
        back = reading.notices(CLERK, agency, kind, last.newer, limit)
        assert [one.number for one in back.notices] == pages[-2]


@pytest.mark.parametrize("agency_id", ["", CITY])
def test_no_list_walks_past_what_it_does_not_show(office, agency_id):
    """A million of one kind above must not slow the search for another."""
    plans = []
    engine = office.database.engine

    def explain(connection, cursor, statement, parameters, context, executemany):
        if "FROM event" in statement and not statement.startswith("EXPLAIN"):
            plans.append((statement, parameters))

    office.happen(Kind.RETURNED, *[Kind.RECEIPTED] * 300)
    event.listen(engine, "before_cursor_execute", explain)
    try:
        found = office.notices.before(agency_id, NOTICE_KINDS, 1 << 62, 10)
        office.notices.after(agency_id, NOTICE_KINDS, 0, 10)
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    assert len(found) == 10
    assert len(plans) == 8
    wanted = "ix_event_notice_agency_id_kind_number" if agency_id else "ix_event_notice_kind_number"
    with engine.connect() as connection:
        if not office.database.is_sqlite:  # of a small table the planner would read all
            connection.exec_driver_sql("SET enable_seqscan = off")
        verb = "EXPLAIN QUERY PLAN " if office.database.is_sqlite else "EXPLAIN "
        for statement, parameters in plans:
            rows = connection.exec_driver_sql(verb + statement, parameters).all()
            assert wanted in str(rows), rows
            assert "TEMP B-TREE" not in str(rows)


def test_a_subscription_is_due_when_something_is_ahead_and_its_time_has_come(office):
    office.a_webhook("https://x.example/")
    office.happen(*[Kind.RECEIVED] * 3)
    assert len(office.subscriptions.due(office.hands.now(), 5)) == 1
    assert office.subscriptions.due(office.hands.now().replace(year=2020), 5) == ()

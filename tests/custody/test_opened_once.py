"""What a program found in order in some bytes it need not open again, and nothing else holds."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from filing.adapters.custody.opening import Opening
from filing.adapters.custody.program import program
from filing.adapters.db.custody_rows import copy
from filing.custody.opened import OPENED_HOLDS
from filing.model.custody import Answer, Depth, Fault, Scope
from tests.custody.holding import ALL, Holding, a_holding, flip

WHOLE, ANEW = Scope(), Scope(depth=Depth.ANEW)


@pytest.fixture
def holding(tmp_path, database_url):
    with a_holding(tmp_path / "home", database_url, count=4) as one:
        yield one


def opened(holding: Holding, scope: Scope = WHOLE) -> int:
    """How many records an audit, that must find all intact, opens."""
    audit = holding.audit(scope)
    assert (audit.answer, audit.intact) == (Answer.INTACT, len(holding.ids)), holding.open()
    return audit.opened


def dated(holding: Holding, by: timedelta) -> None:
    """Move every opening in time."""
    with holding.tampering() as connection:
        at = connection.execute(select(copy.c.opened_at)).scalars().first()
        connection.execute(update(copy).values(opened_at=at + by))


def test_what_was_opened_is_not_opened_again_and_bytes_are_read_all_the_same(holding):
    assert opened(holding) == 4
    audit = holding.audit(WHOLE)
    assert (audit.answer, audit.opened) == (Answer.INTACT, 0)
    assert audit.files and audit.size_bytes


def test_reading_bytes_alone_opens_nothing_and_counts_for_nothing(holding):
    assert opened(holding, ALL) == 0
    assert opened(holding) == 4


def test_everything_is_opened_again_when_it_is_asked_for(holding):
    assert opened(holding) == 4
    assert opened(holding, ANEW) == 4


def test_another_program_opens_everything_again(holding):
    assert opened(holding) == 4
    holding.parts.copies._opener = Opening("another")
    assert opened(holding) == 4
    assert opened(holding) == 0


@pytest.mark.parametrize("by", [-OPENED_HOLDS - timedelta(days=1), timedelta(days=2)])
def test_an_opening_of_long_ago_or_of_a_wrong_clock_does_not_hold(holding, by):
    assert opened(holding) == 4
    dated(holding, by)
    assert opened(holding) == 4
    assert opened(holding) == 0


def test_what_was_found_hurt_is_opened_again_once_it_is_right(holding):
    """The bytes come back as they were; that they open is seen, not remembered."""
    assert opened(holding) == 4
    hurt = holding.file(holding.ids[1], "eep.xml")
    flip(hurt, 1234)
    audit = holding.audit(WHOLE)
    assert (audit.damaged, audit.opened) == (1, 0)
    flip(hurt, 1234)
    assert opened(holding) == 1


def test_a_record_that_does_not_open_is_opened_every_time_until_it_does(holding):
    faults, calls = [Fault("CX-3-3", Answer.DAMAGED, "a.pdf")], []

    class Failing(Opening):
        def __call__(self, expected, walked, stated, folder):
            calls.append(expected.record_id)
            yield from faults if expected.record_id == holding.ids[2] else ()

    holding.parts.copies._opener = Failing()
    for first in (3, 0):
        audit = holding.audit(WHOLE)
        assert (audit.damaged, audit.opened) == (1, first)
    faults.clear()
    assert opened(holding) == 1
    # Found hurt, it is looked at twice each time.
    assert {one: calls.count(one) for one in holding.ids} == {
        one: 5 if one == holding.ids[2] else 1 for one in holding.ids
    }


def test_a_program_is_known_by_its_code_its_rules_and_its_libraries(monkeypatch):
    program.cache_clear()
    before = program()
    assert before == program()
    for name in ("_libraries", "_files"):
        program.cache_clear()
        with monkeypatch.context() as patched:
            patched.setattr(f"filing.adapters.custody.program.{name}", lambda: iter(["other"]))
            assert program() != before
    program.cache_clear()
    assert program() == before

"""Whether the machine lets a delivery in, and what it says of itself."""

import pytest

from filing.errors import OutsideUnavailable, StorageFull, StoreDoubtful
from filing.premises import Premises


def premises(**given):
    usual = {
        "keep_free_bytes": 100,
        "free_bytes": lambda: 150,
        "doubtful": lambda: False,
        "left_over": lambda: 0,
        "database": lambda: 7,
        "scanner": lambda: "ok",
        "ending": lambda: 0,
    }
    return Premises(**{**usual, **given})


def unavailable():
    raise OutsideUnavailable("the database did not answer")


def test_all_is_well_where_nothing_is_wrong():
    assert set(premises().ready().values()) == {"ok"}
    premises().admit(50)


def test_a_delivery_is_let_in_only_where_it_leaves_the_room_that_is_kept_free():
    with pytest.raises(StorageFull):
        premises().admit(51)
    assert premises(free_bytes=lambda: 99).ready()["space"] == "full"


def test_a_store_in_doubt_lets_nothing_in():
    with pytest.raises(StoreDoubtful):
        premises(doubtful=lambda: True).admit(0)
    assert premises(left_over=lambda: 2).ready()["store"] == "2 records in doubt"


def test_tokens_that_end_soon_are_counted():
    assert premises(ending=lambda: 3).ready()["credentials"] == "3 ending within 30 days"


def test_a_database_that_does_not_answer_is_said_and_nothing_is_raised():
    found = premises(database=unavailable, ending=unavailable).ready()
    assert found["database"] == "the database did not answer"
    assert found["credentials"] == "outside-unavailable"

"""Whether a cause can be mended by a value, held to what the corrections let happen."""

import pytest

from examples.bad import FAULTS, sample
from examples.documents import AGENCIES, STRICT_AGENCIES
from filing.app import Site, initialise
from filing.app.correction import corrections, rules
from filing.app.mendable import fields_of, mendable
from filing.config import Settings
from filing.desk.causes import cause_of
from filing.desk.remedy import targets
from filing.errors import FilingError
from filing.ingest.rejection import fault_of
from filing.model.correction import Change, ChangeKind
from filing.model.desk import Cause
from filing.model.people import Person
from filing.model.roles import Role
from filing.model.submission import State
from tests.conformance.sending import submitted
from tests.conformance.test_bad_packages import a_scanner

CLERK = Person("01890000-0000-7000-8000-000000000001", "clerk", "", frozenset({Role.ARCHIVE_CLERK}))
TABLE = rules()
SENDERS = {one.id: one for one in AGENCIES + STRICT_AGENCIES}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    home = tmp_path_factory.mktemp("mendable")
    with a_scanner(home / "clamd") as address:
        settings = Settings(home=home / "home", clamd=address, free_bytes=1 << 20)
        initialise(settings)
        site = Site(settings)
        try:
            for one in SENDERS.values():
                site.operations.add_agency(one)
            site.open()
            yield site
        finally:
            site.close()


def test_a_cause_is_mendable_where_a_value_may_be_put_at_its_place_and_nowhere_else(site):
    own, judge, seen = corrections(site), mendable(TABLE), set()
    for fault in FAULTS:
        one = sample(fault)
        for before in one.before:
            submitted(site, before)
        answer = submitted(site, one)
        assert answer.submission.state is State.REJECTED
        found = own.examine(CLERK, answer.submission.id)
        for finding in found.refusing:
            cause = a_cause(one.agency_id, finding, answer.submission.received_at)
            seen.add((cause.code, cause.reason))
            remedy = TABLE.remedy(cause.code, cause.reason)
            places = targets(cause, found.refusing, found.package)
            can = remedy.mend in ("metadata", "both") and any(
                # An element no schema knows may be gone, and no value makes it lawful.
                fields_of(place.field) and puts(own, answer.submission.id, place)
                for place in places
            )
            assert judge(CLERK, cause) == can, (cause.code, cause.reason, cause.field)
    assert len(seen) > 60


def puts(own, submission_id, place):
    """Whether a value may be put there."""
    change = Change(ChangeKind.SET, place.xpath, after="试")
    try:
        own.examine(CLERK, submission_id, (change,))
    except FilingError:
        return False
    return True


def a_cause(agency_id, finding, at):
    key = cause_of(agency_id, fault_of(finding))
    return Cause(
        key.id, agency_id, "", key.code, key.reason, key.field, key.shape, "", "", 1, at, at
    )


def test_the_end_of_a_path_stands_for_the_whole():
    assert fields_of("业务实体/机构人员标识符") == ("业务实体块/业务实体/机构人员标识符",)
    assert fields_of("档号") == ("档号",)
    assert fields_of("来源") == ()  # holds elements, no value
    assert fields_of("") == ()


def test_a_field_the_end_of_whose_path_is_open_may_be_closed_as_a_whole(site):
    finding = "被锁定签名标识符"
    assert not TABLE.may_change(CLERK.roles, finding)
    assert TABLE.may_change(CLERK.roles, *fields_of(finding)) == "signature"

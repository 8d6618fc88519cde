"""Every fault that lies in the metadata or in a file is mended through the corrections.

For each sample of examples.bad the table says whether it can be mended on the page. If it
can, what a clerk would change makes it a receipt; if not, the table says who must act, and
the delivery goes back.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from jsonschema import Draft202012Validator

from examples.bad import CANNOT_FAIL, FAULTS, sample
from examples.documents import AGENCIES, STRICT_AGENCIES
from filing.app import Site, initialise
from filing.app.correction import SiteCorrections, corrections, rules
from filing.app.custody import CustodyParts
from filing.config import Settings
from filing.evidence import receipt
from filing.model.correction import ChangeKind
from filing.model.custody import OPEN_STATES, Answer, Scope
from filing.model.people import Person
from filing.model.roles import Role
from filing.model.submission import State
from filing.rules.rule_set import load_rule_set
from tests.conformance.sending import submitted
from tests.conformance.served import ROOT
from tests.conformance.test_bad_packages import a_scanner
from tests.conformance.twins import mending, twin

RULES, TABLE = load_rule_set(), rules()
SENDERS = {one.id: one for one in AGENCIES + STRICT_AGENCIES}
CLERK = Person("01890000-0000-7000-8000-000000000001", "clerk", "", frozenset({Role.ARCHIVE_CLERK}))


def schema(name):
    return Draft202012Validator(json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8")))


REPORT, RECEIPT = schema("report.schema.json"), schema("receipt.schema.json")


@dataclass
class Place:
    """An archive in this process with its corrections."""

    site: Site
    own: SiteCorrections

    def send(self, one):
        return submitted(self.site, one)

    def mend(self, submission_id, done):
        """Make the changes, then bring the files, as a clerk would on the page."""
        draft = self.own.draft(CLERK, submission_id)
        if done.changes:
            draft = self.own.change(CLERK, submission_id, draft.version, done.changes)
        for change, body in done.files:
            if change.kind is ChangeKind.REMOVE_FILE:
                draft = self.own.change(CLERK, submission_id, draft.version, (change,))
            else:
                draft = self.own.change_file(
                    CLERK, submission_id, draft.version, change, io.BytesIO(body)
                )
        return draft


#: Every sample on SQLite, one of each check on PostgreSQL.
WALK = [("sqlite", fault) for fault in FAULTS] + [
    ("postgresql", fault) for fault in {one.code: one for one in FAULTS}.values()
]


@pytest.fixture(scope="module")
def place(request, tmp_path_factory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("mending")
    url = ""
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgresql")
        url = cluster.database()
    with a_scanner(home / "clamd") as address:
        settings = Settings(home=home / "home", database_url=url, clamd=address, free_bytes=1 << 20)
        initialise(settings)
        site = Site(settings)
        try:
            for one in SENDERS.values():
                site.operations.add_agency(one)
            site.open()
            yield Place(site, corrections(site))
        finally:
            site.close()
            if url:
                cluster.drop(url)


@pytest.mark.parametrize(
    ("place", "fault"),
    WALK,
    indirect=["place"],
    ids=[f"{kind}-{fault.code}_{fault.slug}" for kind, fault in WALK],
    scope="module",
)
def test_what_can_be_mended_ends_with_a_receipt_and_the_rest_says_who_acts(place, fault):
    one = sample(fault)
    for before in one.before:
        assert place.send(before).submission.state is State.RECEIPTED
    answer = place.send(one)
    submission_id = answer.submission.id
    assert answer.submission.state is State.REJECTED
    found = place.own.examine(CLERK, submission_id)
    assert found.report == answer.body
    remedy = TABLE.remedy(fault.code, fault.reason)
    if remedy.actor != "page":
        assert remedy.actor in {"agency", "archive"}
        assert not TABLE.mendable(found.refusing)
        assert remedy.text.zh
        back = place.own.send_back(CLERK, submission_id, "原因见报告", remedy.text.zh)
        assert back.state is State.RETURNED
        return
    done = mending(one, twin(fault, one.form))
    draft = place.mend(submission_id, done)
    found = place.own.examine(CLERK, submission_id)
    assert found.accepted, [(each.code, each.reason, each.place) for each in found.refusing]
    REPORT.validate(json.loads(found.report))
    filed = place.own.hand_in(CLERK, submission_id, draft.version, "经立档单位确认")
    assert filed.submission.state is State.RECEIPTED, filed.body.decode()
    RECEIPT.validate(json.loads(filed.body))
    assert place.send(one).body == filed.body
    said = receipt.verify(filed.body, None).statement
    assert said.received is not None
    assert len(said.corrections) == len(draft.changes)
    paths = set(place.site.records.paths(filed.submission.record_id))
    for each in said.received.files:
        assert each.path in paths
    for each in said.components:
        opened, size, _ = place.site.archive.content(
            SENDERS[one.agency_id], filed.submission.record_id, each.path
        )
        with opened as stream:
            assert len(stream.read()) == size
    look_again(place.site, filed.submission.record_id)


def look_again(site, record_id):
    """Custody opens the record and finds nothing."""
    parts = CustodyParts(site)
    audit = parts.keeping.begin(None, Scope(records=(record_id,)))
    audit = parts.keeping.run(None, audit.id, lambda _: None)
    faults = tuple(
        (one.fault.code, one.fault.place, one.fault.found)
        for one in parts.book.findings(list(OPEN_STATES), "", "", 500)
        if one.subject == record_id
    )
    assert faults == ()
    assert audit.answer is Answer.INTACT


def test_the_table_names_every_check_and_only_real_reasons():
    assert set(TABLE.remedies) == set(RULES.catalogue.checks)
    for code, reason in TABLE.reasons:
        known = RULES.catalogue.checks[code].reasons
        assert reason in known or reason in RULES.catalogue.common, (code, reason)
    never = {code for code, one in TABLE.remedies.items() if one.actor == "nobody"}
    assert never == set(CANNOT_FAIL) - {"GD-4-1"}
    for code, check in RULES.catalogue.checks.items():
        assert (TABLE.remedies[code].actor == "nobody") == bool(check.not_applicable), code


def test_every_check_that_lies_in_metadata_or_a_file_has_a_sample_that_is_mended():
    page = {code for code, one in TABLE.remedies.items() if one.actor == "page"}
    walked = {
        fault.code for fault in FAULTS if TABLE.remedy(fault.code, fault.reason).actor == "page"
    }
    assert walked == page

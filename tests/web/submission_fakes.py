"""One rejected delivery and who works on it, for tests of the record page alone.

Documents are read, amended and judged by the real engine; what is fake is where drafts
and receipts are kept. Who may change what is the real table.
"""

import contextlib
import io
import json
from dataclasses import replace

from flask import Flask

from examples.bad import FAULTS, sample
from examples.documents import agency
from examples.good import good
from examples.sample import Sample
from filing.adapters.packages.amend import amend
from filing.adapters.packages.amend_tree import Tree
from filing.adapters.packages.form import FormReader
from filing.adapters.preview.look import Looker
from filing.errors import BadRequest, ChangedMeanwhile, NotFound, WrongState
from filing.model.correction import Draft, DraftChange
from filing.model.desk import Entry
from filing.model.limits import Limits
from filing.model.people import Person, Session
from filing.model.roles import Permission, Role
from filing.model.submission import State, Submission
from filing.rules.correction import load_correction_rules
from filing.rules.rule_set import load_rule_set
from filing.services import Answer, EventView, RecordView
from filing.services.forms import Kept
from filing.web import errors, front, session
from filing.web.directory import Wording
from filing.web.submission import Services, create_blueprint
from tests.examples.reading import judge, read
from tests.fakes import FakeServices
from tests.web.fakes import AT

ID = "0190a1b2-0000-7000-8000-000000000001"
RECORD = "0190a1b2-0000-7000-8000-0000000000aa"
SENDER = "sample-water"
CLERK = Person("p-1", "clerk", "业务员甲", frozenset({Role.ARCHIVE_CLERK}))
SECOND = Person("p-2", "clerk-2", "业务员乙", frozenset({Role.ARCHIVE_CLERK}))
OWN = Person("p-3", "own", "本单位档案员", frozenset({Role.AGENCY_CLERK}), SENDER)
STRANGER = Person("p-4", "stranger", "别单位档案员", frozenset({Role.AGENCY_CLERK}), "sample-other")
AUDITOR = Person("p-5", "auditor", "审计员", frozenset({Role.AUDITOR}))
PEOPLE = {one.login: one for one in (CLERK, SECOND, OWN, STRANGER, AUDITOR)}
RULES = load_rule_set()
TABLE = load_correction_rules()


def bad(code: str, slug: str = "") -> Sample:
    """The first bad sample with this code (and slug)."""
    return sample(next(one for one in FAULTS if one.code == code and slug in one.slug))


def lawful() -> Sample:
    return next(good(1, agency=agency(SENDER)))


class FakePeople:
    """A session cookie is a login."""

    def session(self, token):
        person = PEOPLE.get(token)
        return Session(person, "token", AT, AT) if person else None

    def names(self, ids):
        return {one.id: one.name for one in PEOPLE.values() if one.id in ids}


class Examined:
    def __init__(self, one: Sample) -> None:
        self._report = judge(one, RULES)
        self.package = read(one)

    accepted = property(lambda self: self._report.accepted)
    report = property(lambda self: self._report.canonical())

    @property
    def refusing(self):
        found = self._report.findings()
        return tuple(one for one in found if RULES.catalogue.refuses(one))


class FakeDesk:
    """Corrections, desk and shelf of one delivery."""

    def __init__(self, one: Sample) -> None:
        self.sample = one
        self.state = State.REJECTED
        self.kept = Draft(ID)
        self.files: dict[str, bytes] = {}
        self.told: list[tuple[str, ...]] = []
        self.entry_title = "关于𠀀的通知"

    # what there is

    def submission(self, person, submission_id):
        if submission_id != ID or not person.sees(SENDER):
            raise NotFound("there is no such submission", "没有这次移交")
        record = RECORD if self.state is State.RECEIPTED else ""
        return Submission(
            ID, SENDER, "key", "sha256:" + "0" * 64, "eep", len(self.sample.body), AT,
            self.state, 1, record,
        )  # fmt: skip

    def entry(self, person, submission_id):
        self.submission(person, submission_id)
        return Entry(
            ID, SENDER, "省水务样例厅", self.state, AT, self.entry_title, "Z109-1", "EC-1", (),
            "p-1", None, "",
        )  # fmt: skip

    def history(self, person, submission_id):
        self.submission(person, submission_id)
        return (
            EventView(1, ID, "submission-rejected", AT, f"agency:{SENDER}", {"failed": ["GD-2-4"]}),
        )

    def draft(self, person, submission_id):
        self.submission(person, submission_id)
        return self.kept

    def may_change(self, person, submission_id, field):
        return TABLE.may_change(person.roles, field)

    def closed(self, person, submission_id, fields):
        found = {one: self.may_change(person, submission_id, one) for one in fields}
        return {one: why for one, why in found.items() if why}

    def document(self, person, submission_id, corrected):
        self.submission(person, submission_id)
        if self.state is not State.REJECTED:
            raise WrongState("no longer here", "已不在此处")
        return self._amended() if corrected else self.sample.body

    def examine(self, person, submission_id):
        self.submission(person, submission_id)
        return Examined(replace(self.sample, body=self._amended()))

    def _amended(self):
        metadata = [one.change for one in self.kept.changes if one.change.xpath]
        if not metadata:
            return self.sample.body
        return amend(Tree(self.sample.body, Limits()), metadata, "eep-2009.xsd", Limits()).tree.text

    # what changes it

    def _version(self, version):
        if version != self.kept.version:
            raise ChangedMeanwhile("somebody was faster", "别人已先更改")

    def change(self, person, submission_id, version, changes):
        person.need(Permission.CORRECT)
        self._version(version)
        for one in changes:
            if one.xpath and self.may_change(person, submission_id, one.field):
                raise BadRequest("not here", "不能更正")
        before, number = self.kept, len(self.kept.changes)
        more = tuple(
            DraftChange(number + at, one, person.who, AT) for at, one in enumerate(changes, 1)
        )
        self.kept = Draft(ID, version + 1, (*before.changes, *more), person.who, AT)
        try:
            self._amended()
        except BadRequest:
            self.kept = before
            raise
        return self.kept

    def change_file(self, person, submission_id, version, change, stream):
        self.files[change.member] = stream.read()
        return self.change(person, submission_id, version, (change,))

    def take_back(self, person, submission_id, version, number):
        self._version(version)
        left = tuple(one for one in self.kept.changes if number and one.number != number)
        self.kept = Draft(ID, version + 1, left, person.who, AT)
        return self.kept

    def hand_in(self, person, submission_id, version, reason):
        self._version(version)
        if not reason:
            raise BadRequest("a reason is needed", "须说明理由")
        if self.examine(person, submission_id).accepted:
            self.state = State.RECEIPTED
        self.told.append(("handed in", reason))
        return Answer(self.submission(person, submission_id), b"")

    def send_back(self, person, submission_id, reason, text):
        if self.state is not State.REJECTED:
            raise WrongState("not now", "现在不能退回")
        self.state = State.RETURNED
        self.told.append(("returned", reason, text))
        return self.submission(person, submission_id)

    def file(self, person, submission_id, member, corrected):
        package = self.examine(person, submission_id).package
        found = next((one for one in package.contents() if one.member == member), None)
        if found is None:
            raise NotFound("no such file", "没有这个文件")
        with found.open() as stream:
            body = stream.read()
        return contextlib.closing(io.BytesIO(body)), len(body)

    # what is kept

    def report(self, person, submission_id):
        self.submission(person, submission_id)
        return Examined(self.sample).report

    def receipt(self, person, submission_id):
        self.submission(person, submission_id)
        if self.state is not State.RECEIPTED:
            raise NotFound("no receipt", "尚无回执")
        said = {"id": "r-1", "issued_at": "2026-03-09T01:30:00Z", "record": RECORD,
                "package_digest": "sha256:" + "0" * 64, "signed_by": [{"suite": "sm2", "key": "k"}],
                "statement": self.record(person, RECORD).statement}  # fmt: skip
        return json.dumps({"receipt": said, "signatures": []}).encode()

    def record(self, person, record_id):
        if record_id != RECORD or not person.sees(SENDER):
            raise NotFound("there is no such record", "没有这件档案")
        files = ({"path": "<b>.pdf", "size_bytes": 5, "digests": {"sha256": "00"}},)
        view = RecordView(RECORD, ID, "Z109", "Z109-1", "EC-1", "题名", 2025, "永久", AT, 7,
                          "sha256:" + "0" * 64, files)  # fmt: skip
        said = {"rule_set": {"version": "1"}, "signed_by": [], "undetermined": ["GD-4-1"],
                "corrections": [{"field": "档号/保管期限", "before": "三十年", "after": "30年",
                                 "reason": "笔误", "by": "person:p-1",
                                 "at": "2026-03-09T01:30:00Z"}]}  # fmt: skip
        return Kept(view, "省水务样例厅", said)

    def proof(self, person, record_id):
        self.record(person, record_id)
        return b"{}"

    def content(self, person, record_id, path):
        self.record(person, record_id)
        return contextlib.closing(io.BytesIO(b"bytes")), 5


def a_site(made: FakeDesk, folder) -> Flask:
    """The record page over ``made``."""
    app = Flask("site", static_folder=None)
    app.config["ARCHIVE_NAME"] = "示例省档案馆"
    people = FakePeople()
    session.install(app, people, session.SessionSettings())  # type: ignore[arg-type]
    services = Services(
        desk=made, corrections=made, forms=FormReader(RULES.table),
        previews=Looker(folder, 8 << 20), shelf=made, people=people, rules=TABLE,
        check_name=Wording(RULES.catalogue).check,
        most_file_bytes=1 << 20,
    )  # type: ignore[arg-type]  # fmt: skip
    app.register_blueprint(front.create_blueprint(FakeServices()))
    app.register_blueprint(create_blueprint(services))
    errors.install(app)
    return app

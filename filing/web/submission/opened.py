"""One submission as its page shows it: who sent it, what was found, what may be done.

A rejected delivery is examined anew, with its draft, each time its page is asked for;
of any other the report that was given is shown.

Changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from filing.errors import NotFound, NotGenuine, WrongState
from filing.model.correction import Draft
from filing.model.desk import Entry
from filing.model.form import Node, RecordForm, is_far, place_key
from filing.model.package import Package
from filing.model.people import Person
from filing.model.roles import Permission
from filing.model.submission import State, Submission
from filing.rules.correction import CorrectionRules
from filing.services.desk import Corrections, Desk
from filing.services.forms import Forms, Previews, Shelf
from filing.services.people import People
from filing.web.i18n import gettext, language
from filing.web.submission import wording
from filing.web.submission.fields import Sheet, lay_out
from filing.web.submission.report import ReportView, read_report

_TITLE, _CODE = "内容描述/题名", "档号"


@dataclass(frozen=True, slots=True)
class Services:
    """What the record page asks.

    rules             what may be corrected, and who must act where it may not
    check_name        code -> name of a check, in the page's language
    most_file_bytes   the largest file taken in by the page
    """

    desk: Desk
    corrections: Corrections
    forms: Forms
    previews: Previews
    shelf: Shelf
    people: People
    rules: CorrectionRules
    check_name: Callable[[str], str]
    most_file_bytes: int

    def name(self, who: str, agencies: Mapping[str, str] | None = None) -> str:
        """The name behind "person:ID", a person's id or "agency:ID"; else what it says.

        agencies   names of agencies, by id
        """
        kind, _, known = who.rpartition(":")
        if kind == "agency":
            return (agencies or {}).get(known, who)
        if who == "system":
            return gettext("系统")
        return self.people.names(frozenset({known})).get(known, who) if known else ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A submission, opened by somebody.

    title     as the draft has it, and once it is kept as the record has it; so ``code``, 档号
    report    None while it has none yet
    form      None when there is no document, or it cannot be read
    places    keys of what the form has although many of its name stand before it
    package   as read with the draft; None when it was not examined now
    editable  this person may correct it now
    """

    person: Person
    submission: Submission
    entry: Entry
    draft: Draft
    title: str
    code: str
    report: ReportView | None
    form: RecordForm | None
    places: frozenset[str]
    package: Package | None
    editable: bool
    returnable: bool

    @property
    def id(self) -> str:
        return self.submission.id

    @property
    def received_at(self) -> datetime:
        return self.submission.received_at


def open_submission(
    services: Services,
    person: Person,
    submission_id: str,
    more: frozenset[str] = frozenset(),
    places: frozenset[str] = frozenset(),
    *,
    examine: bool = True,
) -> Opened:
    """Open it. Raises NotFound, NotAllowed, KeptLost.

    places    far places the form is to have beside those with a finding or a change
    examine   False where only the form is wanted: then there is neither report nor package
    """
    corrections = services.corrections
    submission = corrections.submission(person, submission_id)
    entry = services.desk.entry(person, submission_id)
    standing = submission.state is State.REJECTED
    draft = Draft(submission_id)
    report: ReportView | None = None
    package: Package | None = None
    if standing:
        draft = corrections.draft(person, submission_id)
    if standing and examine:
        examined = corrections.examine(person, submission_id)
        report = read_report(examined.report, language(), examined.refusing)
        package = examined.package
    elif not standing:
        report = _given(services, person, submission_id)
    document = _document(services, person, submission_id)
    places |= _far(draft, report)
    form = None if document is None else services.forms.form(document, more, places)
    title, code = _named(services, person, submission, entry, form)
    return Opened(
        person=person,
        submission=submission,
        entry=entry,
        draft=draft,
        title=title,
        code=code,
        report=report,
        form=form,
        places=places,
        package=package,
        editable=standing and person.may(Permission.CORRECT),
        returnable=standing and person.may(Permission.RETURN),
    )


def sheet_of(
    services: Services, opened: Opened, more: frozenset[str] = frozenset()
) -> Sheet | None:
    """The form with findings and locks; None when there is no form."""
    if opened.form is None:
        return None
    paths = frozenset(one.kind.path for one in opened.form.root.walk())
    closed = services.corrections.closed(opened.person, opened.id, paths) if opened.editable else {}

    def lock(node: Node) -> str:
        if not opened.editable:
            return "closed"
        content = node.kind.type == "content" or node.kind.closed_group
        slug = "not-a-field" if content else closed.get(node.kind.path, "")
        return wording.lock(slug, services.rules)

    told = () if opened.report is None else opened.report.told
    return lay_out(opened.form, told, lock, opened.draft, more)


def _far(draft: Draft, report: ReportView | None) -> frozenset[str]:
    """Keys of the far places with a finding or a change."""
    told = () if report is None else report.told
    found = [one.change.xpath for one in draft.changes] + [one.xpath for one in told]
    return frozenset(key for key in map(place_key, found) if is_far(key))


def _named(
    services: Services,
    person: Person,
    submission: Submission,
    entry: Entry,
    form: RecordForm | None,
) -> tuple[str, str]:
    """Title and 档号 as they stand now."""
    if form is not None:
        title, code = (_value(form, path) for path in (_TITLE, _CODE))
        # A document without the elements is no form of a record; the queue knows as much.
        return (title, code) if title or code else (entry.title, entry.archival_code)
    if submission.state is State.RECEIPTED and person.may(Permission.SEE_RECORDS):
        kept = services.shelf.record(person, submission.record_id).record
        return kept.title, kept.archival_code
    return entry.title, entry.archival_code


def _value(form: RecordForm, path: str) -> str:
    return next((one.value.strip() for one in form.by_path.get(path, ()) if one.present), "")


def _given(services: Services, person: Person, submission_id: str) -> ReportView | None:
    try:
        return read_report(services.shelf.report(person, submission_id), language())
    except (NotFound, WrongState):
        return None  # not examined yet
    except NotGenuine:
        return None  # damaged in the store: custody says so, and the page shows the rest


def _document(services: Services, person: Person, submission_id: str) -> bytes | None:
    try:
        return services.corrections.document(person, submission_id, corrected=True)
    except (NotFound, WrongState):
        return None

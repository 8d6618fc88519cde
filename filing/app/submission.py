"""The record page, built from a site: forms, previews and what is kept, for people."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import BinaryIO

from flask import Flask

from filing.adapters.db.register import SqlRegister
from filing.adapters.packages.form import FormReader
from filing.adapters.preview.look import Looker
from filing.app.site import Site
from filing.errors import NotFound
from filing.model.agency import Agency
from filing.model.people import Person
from filing.model.roles import Permission
from filing.rules.correction import CorrectionRules
from filing.services import Services as Archive
from filing.services.desk import Corrections, Desk
from filing.services.forms import Kept
from filing.services.people import People
from filing.web.directory import Wording
from filing.web.submission import Services, create_blueprint

#: Files larger than this are handed out, not looked into.
_LOOKED_BYTES = 256 << 20


class SiteShelf:
    """Keeps the promise of filing.services.forms.Shelf.

    submission_of   (submission id) -> agency id, or "" when there is none
    record_of       the same for a record
    """

    def __init__(
        self,
        archive: Archive,
        agency: Callable[[str], Agency | None],
        submission_of: Callable[[str], str],
        record_of: Callable[[str], str],
    ) -> None:
        self._archive, self._agency = archive, agency
        self._submission_of, self._record_of = submission_of, record_of

    def report(self, person: Person, submission_id: str) -> bytes:
        """See filing.services.forms.Shelf."""
        return self._archive.report(self._sender(person, submission_id), submission_id)

    def receipt(self, person: Person, submission_id: str) -> bytes:
        """See filing.services.forms.Shelf."""
        return self._archive.receipt(self._sender(person, submission_id), submission_id)

    def record(self, person: Person, record_id: str) -> Kept:
        """See filing.services.forms.Shelf."""
        agency = self._keeper(person, record_id)
        record = self._archive.record(agency, record_id)
        receipt = json.loads(self._archive.receipt(agency, record.submission_id))
        statement: Mapping[str, object] = receipt["receipt"]["statement"]
        return Kept(record, agency.name, statement)

    def proof(self, person: Person, record_id: str) -> bytes:
        """See filing.services.forms.Shelf."""
        return self._archive.proof(self._keeper(person, record_id), record_id)

    def content(
        self, person: Person, record_id: str, path: str
    ) -> tuple[AbstractContextManager[BinaryIO], int]:
        """See filing.services.forms.Shelf."""
        opener, size, _ = self._archive.content(self._keeper(person, record_id), record_id, path)
        return opener, size

    def _sender(self, person: Person, submission_id: str) -> Agency:
        person.need(Permission.SEE_SUBMISSIONS)
        return self._of(person, self._submission_of(submission_id))

    def _keeper(self, person: Person, record_id: str) -> Agency:
        person.need(Permission.SEE_RECORDS)
        return self._of(person, self._record_of(record_id))

    def _of(self, person: Person, agency_id: str) -> Agency:
        agency = self._agency(agency_id) if agency_id and person.sees(agency_id) else None
        if agency is None:
            raise NotFound("there is no such thing here", "没有这一件")
        return agency


def shelf(site: Site) -> SiteShelf:
    """What was answered and what is kept on this site."""

    def submission_of(submission_id: str) -> str:
        found = site.ledger.submission(submission_id)
        return "" if found is None else found.agency_id

    def record_of(record_id: str) -> str:
        found = site.ledger.record(record_id)
        return "" if found is None else found.agency_id

    register = SqlRegister(site.database, site.clock.now)
    return SiteShelf(site.archive, register.agency, submission_of, record_of)


def install_submission(
    app: Flask,
    site: Site,
    desk: Desk,
    corrections: Corrections,
    people: People,
    rules: CorrectionRules,
) -> None:
    """Add the record page."""
    services = Services(
        desk=desk,
        corrections=corrections,
        forms=FormReader(site.rules.table),
        previews=Looker(site.settings.staging, _LOOKED_BYTES),
        shelf=shelf(site),
        people=people,
        rules=rules,
        check_name=Wording(site.rules.catalogue).check,
        most_file_bytes=site.settings.max_body_bytes,
    )
    app.register_blueprint(create_blueprint(services))

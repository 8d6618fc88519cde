"""The page of a record that is kept: what was sealed, its files, its proof, its corrections.

For whoever may see records; another agency's record does not exist.
"""

from collections.abc import Mapping
from functools import partial

from flask import Response, request

from filing.errors import FilingError
from filing.services import EventView
from filing.services.forms import Kept
from filing.web.pages import finish, render
from filing.web.session import person
from filing.web.submission.files import hand_out
from filing.web.submission.opened import Services
from filing.web.submission.showing import WORDS

_ANY = "application/octet-stream"
_LONGEST = 1000


def _sender(kept: Kept) -> str:
    """The agency's id, as the statement says it."""
    said = kept.statement.get("agency")
    return str(said.get("id", "")) if isinstance(said, Mapping) else ""


class RecordPage:
    """The views of one record."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def show(self, record_id: str) -> Response:
        """Statement, files, corrections, history."""
        kept = self._services.shelf.record(person(), record_id)
        return render(
            "web/submission-record.html",
            200,
            kept=kept,
            record=kept.record,
            said=kept.statement,
            check_name=self._services.check_name,
            events=self._history(kept.record.submission_id),
            name_of=partial(self._services.name, agencies={_sender(kept): kept.agency_name}),
            **WORDS,
        )

    def proof(self, record_id: str) -> Response:
        """Statement, seal and place in the log, to be checked by anybody."""
        body = self._services.shelf.proof(person(), record_id)
        answer = Response(body, 200, mimetype="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="proof-{record_id}.json"'
        return finish(answer)

    def content(self, record_id: str) -> Response:
        """A component's bytes, for saving."""
        path = request.args.get("path", "")[:_LONGEST]
        opener, size = self._services.shelf.content(person(), record_id, path)
        return hand_out(opener, size, _ANY, save_as=path)

    def _history(self, submission_id: str) -> tuple[EventView, ...]:
        try:
            return self._services.desk.history(person(), submission_id)
        except FilingError:
            return ()

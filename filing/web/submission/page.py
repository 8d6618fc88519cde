"""The record page: the report beside the form, and what a form sent back does.

Each change goes to the draft at once; the page is then asked for again, so that what
it shows is always what would be handed in.
"""

from collections.abc import Mapping

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest, ChangedMeanwhile
from filing.web.session import person
from filing.web.submission import changes
from filing.web.submission.fields import Block, Row, Sheet, only_touched
from filing.web.submission.opened import Opened, Services, open_submission, sheet_of
from filing.web.submission.showing import conflict, show, version_of

#: Extra places one address may ask for.
_MOST_EXTRA = 20
_MOST_FAR = 1000


class Page:
    """The views of one submission's page."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def show(self, submission_id: str) -> Response:
        """Report and form, side by side."""
        more = _more()
        opened = open_submission(self._services, person(), submission_id, more)
        wanted = _wanted(opened, more)
        sheet = sheet_of(self._services, opened, wanted)
        touched = request.args.get("fields") == "touched"
        return show(
            self._services,
            opened,
            "web/submission.html",
            tab="record",
            sheet=sheet,
            blocks=_chosen(sheet, touched),
            touched=touched,
            more=sorted(more),
            ended=request.args.get("ended", ""),
        )

    def report(self, submission_id: str) -> Response:
        """The report alone, to be printed."""
        opened = open_submission(self._services, person(), submission_id)
        return show(self._services, opened, "web/submission-report.html")

    def history(self, submission_id: str) -> Response:
        """What happened, and what the draft changes."""
        opened = open_submission(self._services, person(), submission_id)
        events = self._services.desk.history(person(), submission_id)
        return show(
            self._services,
            opened,
            "web/submission-history.html",
            tab="history",
            events=events,
        )

    def change(self, submission_id: str) -> AnyResponse:
        """Take what was typed, taken out or asked for, into the draft."""
        form = request.form
        corrections = self._services.corrections
        draft = corrections.draft(person(), submission_id)
        written = tuple(
            one for one in changes.typed(form.items()) if form.get(f"keep-{one.key}") != "theirs"
        )
        more = frozenset(form.getlist("more")[:_MOST_EXTRA])
        places = frozenset(form.getlist("place")[:_MOST_FAR])
        sheet = self._sheet(submission_id, more, places)
        if version_of(form) != draft.version:
            return self._conflict(submission_id, more, places, written)
        wanted = changes.changes_of(written, sheet)
        wanted += changes.removal(form.get("remove", ""), sheet)
        wanted += changes.move(form.get("move", ""), sheet)
        if wanted:
            try:
                corrections.change(person(), submission_id, draft.version, wanted)
            except ChangedMeanwhile:
                return self._conflict(submission_id, more, places, written)
        return redirect(self._back(submission_id, more, form), 303)

    def take_back(self, submission_id: str) -> AnyResponse:
        """Undo one change of the draft, or all."""
        chosen = request.form.get("number", "")
        if chosen and not (chosen.isascii() and chosen.isdigit() and len(chosen) < 10):
            raise BadRequest("no such change", "没有这处更正")
        number = int(chosen) if chosen else None
        version = version_of(request.form)
        try:
            self._services.corrections.take_back(person(), submission_id, version, number)
        except ChangedMeanwhile:
            return conflict(self._services, submission_id, back="yes")
        return redirect(url_for(".show", submission_id=submission_id, _anchor="draft"), 303)

    def _sheet(self, submission_id: str, more: frozenset[str], places: frozenset[str]) -> Sheet:
        """The form as it stands, without a report."""
        opened = open_submission(
            self._services, person(), submission_id, more, places, examine=False
        )
        sheet = sheet_of(self._services, opened, more)
        if sheet is None:
            raise BadRequest(
                "this document has no form; it must be returned to the agency",
                "元数据文档无法读取，不能在此更正，请退回立档单位",
            )
        return sheet

    def _conflict(
        self,
        submission_id: str,
        more: frozenset[str],
        places: frozenset[str],
        written: tuple[changes.Typed, ...],
    ) -> AnyResponse:
        """Somebody else was faster: both values, side by side, and nothing overwritten.

        Whoever presses the button while the field they left is being sent by itself was faster
        than themselves: where all that was typed stands there already, there is nothing to choose.
        """
        form = request.form
        sheet = self._sheet(submission_id, more, places)
        asked = form.get("remove") or form.get("move")
        if written and not asked and not changes.changes_of(written, sheet):
            return redirect(self._back(submission_id, more, form), 303)
        shown_with = changes.shown_values(form.items())
        found = changes.clashes(written, shown_with, sheet)
        return conflict(self._services, submission_id, more, found, places)

    def _back(self, submission_id: str, more: frozenset[str], form: Mapping[str, str]) -> str:
        """Where to go on: the page, at the field that was typed in last."""
        asked = form.get("add", "")
        wanted = sorted(more | {asked} if asked else more)
        at = form.get("at", "")
        place = at if at.replace("-", "").isalnum() and at.isascii() else ""
        return url_for(
            ".show",
            submission_id=submission_id,
            more=wanted or None,
            fields="touched" if form.get("fields") == "touched" else None,
            _anchor=place or "record",
        )


def _more() -> frozenset[str]:
    return frozenset(request.args.getlist("more")[:_MOST_EXTRA])


def _chosen(sheet: Sheet | None, touched: bool) -> tuple[Row | Block, ...]:
    """The part of the form that is shown."""
    if sheet is None:
        return ()
    return only_touched(sheet.blocks) if touched else sheet.blocks


def _wanted(opened: Opened, more: frozenset[str]) -> frozenset[str]:
    """The empty places that were asked for, with everything in them."""
    if opened.form is None or not more:
        return more
    found = set(more)
    for node in opened.form.root.walk():
        step = node.key.rpartition("/")
        if not node.present and f"{step[0]}/{step[2].partition('[')[0]}" in more:
            found |= {one.key for one in node.walk()}
    return frozenset(found)

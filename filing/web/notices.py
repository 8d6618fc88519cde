"""Notices for people: the list, newest first, and each one to read and print.

Opening a notice marks it as read; nothing else is changed by looking.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any  # what JSON holds; the receipt's own schema vouches for it
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest, FilingError, NotFound
from filing.model.events import Kind
from filing.model.notices import NOTICE_KINDS
from filing.model.people import Person
from filing.model.roles import Permission
from filing.services.notices import Notices
from filing.web.i18n import gettext, language, marked
from filing.web.pages import render
from filing.web.session import needs, person
from filing.web.submission.showing import WORDS

PAGE = 50
#: What the kinds of events are called on the pages.
KINDS: Mapping[str, str] = {
    Kind.RECEIVED: marked("收件"),
    Kind.REJECTED: marked("检测未通过"),
    Kind.CORRECTED: marked("更正"),
    Kind.RETURNED: marked("退回"),
    Kind.ACCEPTED: marked("通过并封印"),
    Kind.RECEIPTED: marked("归档回执"),
    Kind.WITHDRAWN: marked("撤回"),
}
TONES: Mapping[str, str] = {
    Kind.REJECTED: "bad",
    Kind.RETURNED: "unsure",
    Kind.RECEIPTED: "good",
}
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class _Views:
    notices: Notices
    agencies: Callable[[], Mapping[str, str]]
    receipt: Callable[[Person, str], bytes]
    names: Callable[[frozenset[str]], Mapping[str, str]]

    @needs(Permission.SEE_NOTICES)
    def listed(self) -> Response:
        """One page of notices."""
        agency_id, kind = request.args.get("agency", ""), _kind(request.args.get("kind", ""))
        page = self.notices.notices(person(), agency_id, kind, request.args.get("cursor", ""), PAGE)
        return render(
            "web/notices.html",
            page=page,
            kinds=[(one.value, labels()[one]) for one in NOTICE_KINDS],
            kind="" if kind is None else kind.value,
            agency=agency_id,
            agencies={} if person().agency_id else self.agencies(),
            labels=labels(),
            tones=TONES,
        )

    @needs(Permission.SEE_NOTICES)
    def one(self, number: str) -> Response:
        """One notice as a letter."""
        wanted = _number(number)
        notice, words = self.notices.notice(person(), wanted, language())
        if not notice.read:
            self.notices.mark_read(person(), (wanted,))
        corrections = None
        if notice.event.kind in (Kind.CORRECTED, Kind.RECEIPTED):
            corrections = self._corrections(notice.event.submission_id)
        return render(
            "web/notice.html",
            200,
            notice=notice,
            words=words,
            labels=labels(),
            tones=TONES,
            corrections=corrections,
            name_of=self._name,
            **WORDS,
        )

    def _corrections(self, submission_id: str) -> list[Any] | None:  # Any: JSON
        """What was changed, field by field, as under seal; None while there is no receipt."""
        try:
            body = self.receipt(person(), submission_id)
        except FilingError:
            return None  # not receipted yet, or not for this reader: the letter says the rest
        found: list[Any] = json.loads(body)["receipt"]["statement"].get("corrections", [])
        return found

    def _name(self, who: str) -> str:
        known = who.rpartition(":")[2]
        return self.names(frozenset({known})).get(known, who) if known else ""

    @needs(Permission.SEE_NOTICES)
    def read(self) -> AnyResponse:
        """Mark the chosen ones, or all, as read; back to the list."""
        if "all" in request.form:
            self.notices.mark_all_read(person())
        else:
            numbers = [_number(one) for one in request.form.getlist("number")]
            self.notices.mark_read(person(), numbers)
        kept = [(name, request.form.get(name, "")) for name in ("agency", "kind")]
        query = urlencode([(name, value) for name, value in kept if value], errors="replace")
        return redirect(url_for("notices.listed") + (f"?{query}" if query else ""), 303)


def create_blueprint(
    notices: Notices,
    agencies: Callable[[], Mapping[str, str]],
    receipt: Callable[[Person, str], bytes],
    names: Callable[[frozenset[str]], Mapping[str, str]],
) -> Blueprint:
    """The pages of notices.

    agencies   id -> name of all, for the filter
    receipt    of a submission, for what was corrected; raises what the reader may not see
    names      person id -> name to show
    """
    blueprint = Blueprint("notices", __name__, url_prefix="/notices")
    views = _Views(notices, agencies, receipt, names)
    blueprint.add_url_rule("", "listed", views.listed)
    blueprint.add_url_rule("/<number>", "one", views.one)
    blueprint.add_url_rule("/read", "read", views.read, methods=["POST"])
    return blueprint


def labels() -> Mapping[str, str]:
    """What the kinds are called, in the page's language."""
    return {kind: gettext(name) for kind, name in KINDS.items()}


def _kind(text: str) -> Kind | None:
    if not text:
        return None
    found = next((one for one in NOTICE_KINDS if one.value == text), None)
    if found is None:
        raise BadRequest("there is no such kind of notice", "没有这类通知")
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise NotFound("there is no such notice", "没有这份通知")
    return int(text)

"""How work on a rejected delivery ends: handed in, with a receipt, or sent back.

Each asks for a reason, and each tells what it did. Decides nothing itself; see
filing.services.desk.
"""

import json
from collections.abc import Mapping
from typing import Any  # what JSON holds; the receipt's own schema vouches for it

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import ChangedMeanwhile, NotFound
from filing.model.submission import State
from filing.web.i18n import gettext
from filing.web.pages import finish
from filing.web.session import person
from filing.web.submission.notice import compose
from filing.web.submission.opened import Opened, Services, open_submission
from filing.web.submission.showing import conflict, show, version_of

#: Characters of a reason and of a notice.
REASON, NOTICE = 1_000, 10_000


class Ending:
    """The views of handing in and sending back."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def ask(self, submission_id: str, said: str = "") -> Response:
        """What is about to be handed in, and why."""
        opened = open_submission(self._services, person(), submission_id)
        return show(
            self._services,
            opened,
            "web/submission-hand-in.html",
            400 if said else 200,
            said=said,
            reason=request.form.get("reason", ""),
        )

    def hand_in(self, submission_id: str) -> AnyResponse:
        """Correct and file. On to the receipt, or back to what still fails."""
        reason = request.form.get("reason", "").strip()
        if not reason:
            return self.ask(submission_id, gettext("请说明更正理由。"))
        if len(reason) > REASON:
            return self.ask(submission_id, gettext("理由最多 %(n)s 个字符。", n=REASON))
        version = version_of(request.form)
        try:
            answer = self._services.corrections.hand_in(person(), submission_id, version, reason)
        except ChangedMeanwhile:
            return conflict(self._services, submission_id, reason=reason)
        if answer.submission.state is State.REJECTED:
            return redirect(url_for(".show", submission_id=submission_id, ended="rejected"), 303)
        return redirect(url_for(".receipt", submission_id=submission_id), 303)

    def receipt(self, submission_id: str) -> Response:
        """The receipt as a page: what was kept, what was changed, who signed."""
        opened = open_submission(self._services, person(), submission_id)
        try:
            body = self._services.shelf.receipt(person(), submission_id)
        except NotFound:
            body = b""
        return show(
            self._services,
            opened,
            "web/submission-receipt.html",
            receipt=read_receipt(body) if body else None,
        )

    def receipt_file(self, submission_id: str) -> Response:
        """The receipt's own bytes, as they were signed."""
        body = self._services.shelf.receipt(person(), submission_id)
        answer = Response(body, 200, mimetype="application/json")
        name = f"receipt-{submission_id}.json"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return finish(answer)

    def ask_return(self, submission_id: str) -> Response:
        """Why it goes back, and what the agency will read."""
        opened = open_submission(self._services, person(), submission_id)
        return self._return_page(opened, "write")

    def send_back(self, submission_id: str) -> AnyResponse:
        """First the notice as it will be read, then, when confirmed, 退回."""
        opened = open_submission(self._services, person(), submission_id)
        reason, text = _written("reason"), _written("text")
        said = _lacking(reason, text)
        if said or request.form.get("step") != "confirm":
            wanted = "write" if said or request.form.get("step") == "write" else "preview"
            return self._return_page(opened, wanted, said)
        self._services.corrections.send_back(person(), submission_id, reason, text)
        return redirect(url_for(".show", submission_id=submission_id, ended="returned"), 303)

    def _return_page(self, opened: Opened, step: str, said: str = "") -> Response:
        composed = compose(opened.report.told) if opened.report else ""
        return show(
            self._services,
            opened,
            "web/submission-return.html",
            400 if said else 200,
            step=step,
            said=said,
            reason=_written("reason"),
            text=_written("text") if "text" in request.form else composed,
            most=NOTICE,
        )


def _written(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def _lacking(reason: str, text: str) -> str:
    """What keeps a return from being sent; "" when nothing does."""
    if not reason:
        return gettext("请说明退回理由。")
    if len(reason) > REASON:
        return gettext("理由最多 %(n)s 个字符。", n=REASON)
    if not text:
        return gettext("请写明立档单位需要改正什么。")
    if len(text) > NOTICE:
        return gettext("退回说明最多 %(n)s 个字符。", n=NOTICE)
    return ""


def read_receipt(body: bytes) -> Mapping[str, Any]:  # Any: JSON
    """The receipt's member "receipt", with its signatures."""
    raw: Mapping[str, Any] = json.loads(body)
    return {**raw["receipt"], "signatures": raw["signatures"]}

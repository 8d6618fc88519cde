"""By what an agency is known: tokens and certificates, added and revoked."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.administration.tokens import last_day_of
from filing.errors import BadRequest, FilingError, NotAllowed, NotFound
from filing.model.roles import Permission
from filing.services.administration import Administration
from filing.web.admin import showing
from filing.web.i18n import refused
from filing.web.pages import render
from filing.web.session import needs, person

_CERTIFICATE_BYTES = 1 << 16
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Views:
    desk: Administration

    @needs()
    def listed(self, agency_id: str) -> Response:
        """Every credential of an agency."""
        return self._show(agency_id)

    @needs(Permission.CHANGE_CREDENTIALS)
    def add(self, agency_id: str) -> AnyResponse:
        """A new token, shown this once, or a certificate."""
        label, reason = request.form.get("label", "").strip(), request.form.get("reason", "")
        file = request.files.get("certificate")
        try:
            last_day = _day(request.form.get("last_day", "").strip())
            if request.form.get("kind") == "certificate":
                if last_day is not None:
                    raise BadRequest(
                        "a certificate names its own end: leave the last day empty",
                        "证书自带有效期，请勿填写最后有效日",
                    )
                content = b"" if file is None else file.stream.read(_CERTIFICATE_BYTES)
                self.desk.agencies.add_certificate(person(), agency_id, content, label, reason)
                return redirect(url_for("admin.credentials", agency_id=agency_id, done=1), 303)
            token = self.desk.agencies.add_token(person(), agency_id, label, reason, last_day)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._show(agency_id, error)
        return self._show(agency_id, token=token)

    @needs(Permission.CHANGE_CREDENTIALS)
    def revoke(self, agency_id: str, fingerprint: str) -> AnyResponse:
        """Take one's power."""
        try:
            reason = request.form.get("reason", "")
            self.desk.agencies.revoke(person(), agency_id, fingerprint, reason)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._show(agency_id, error)
        return redirect(url_for("admin.credentials", agency_id=agency_id, done=1), 303)

    def _show(self, agency_id: str, error: FilingError | None = None, token: str = "") -> Response:
        agency, _ = self.desk.agencies.one(person(), agency_id)
        return render(
            "web/admin-credentials.html",
            200 if error is None else showing.status_of(error),
            agency=agency,
            found=self.desk.agencies.credentials(person(), agency_id),
            token=token,
            error=refused(error),
            label=request.form.get("label", ""),
            last_day=request.form.get("last_day", ""),
            last_day_of=last_day_of,
            reason=request.form.get("reason", ""),
            done="done" in request.args,
            may_change=person().may(Permission.CHANGE_CREDENTIALS),
        )


def _day(text: str) -> date | None:
    """The last day a token is to be good for; None for none. Raises BadRequest."""
    # fromisoformat alone also takes week dates and the basic format.
    if _DAY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    if text:
        raise BadRequest("a day is written 2026-03-09", "日期应写作 2026-03-09 的形式")
    return None


def add_to(blueprint: Blueprint, desk: Administration) -> None:
    """Add these pages."""
    views = _Views(desk)
    at = "/agencies/<agency_id>/credentials"
    blueprint.add_url_rule(at, "credentials", views.listed)
    blueprint.add_url_rule(at, "add_credential", views.add, methods=["POST"])
    blueprint.add_url_rule(
        f"{at}/<fingerprint>", "revoke_credential", views.revoke, methods=["POST"]
    )

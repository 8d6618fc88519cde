"""By what an agency is known: tokens and certificates, added and revoked."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import FilingError, NotAllowed, NotFound
from filing.model.roles import Permission
from filing.services.administration import Administration
from filing.web.admin import showing
from filing.web.pages import render
from filing.web.session import needs, person

_CERTIFICATE_BYTES = 1 << 16


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
            if request.form.get("kind") == "certificate":
                content = b"" if file is None else file.stream.read(_CERTIFICATE_BYTES)
                self.desk.agencies.add_certificate(person(), agency_id, content, label, reason)
                return redirect(url_for("admin.credentials", agency_id=agency_id, done=1), 303)
            token = self.desk.agencies.add_token(person(), agency_id, label, reason)
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
            error="" if error is None else showing.said(error),
            label=request.form.get("label", ""),
            reason=request.form.get("reason", ""),
            done="done" in request.args,
            may_change=person().may(Permission.CHANGE_CREDENTIALS),
        )


def add_to(blueprint: Blueprint, desk: Administration) -> None:
    """Add these pages."""
    views = _Views(desk)
    at = "/agencies/<agency_id>/credentials"
    blueprint.add_url_rule(at, "credentials", views.listed)
    blueprint.add_url_rule(at, "add_credential", views.add, methods=["POST"])
    blueprint.add_url_rule(
        f"{at}/<fingerprint>", "revoke_credential", views.revoke, methods=["POST"]
    )

"""One's own account: what is kept of it, password, second factor, sessions, language."""

from collections.abc import Callable, Mapping

import segno
from flask import Blueprint, Response, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest, NotFound, TooManyAttempts
from filing.services.people import People
from filing.web import i18n, session
from filing.web.i18n import refused
from filing.web.pages import render
from filing.web.session import needs, person


def create_blueprint(people: People, agencies: Callable[[], Mapping[str, str]]) -> Blueprint:
    """The pages of one's own account, bound to the people."""
    blueprint = Blueprint("account", __name__)
    account = _Account(people, agencies)
    rules: tuple[tuple[str, str, Callable[..., AnyResponse], str, bool], ...] = (
        ("/account", "page", account.page, "GET", False),
        ("/account/password", "password", account.password, "GET", True),
        ("/account/password", "change", account.change, "POST", True),
        ("/account/second-factor", "begin", account.begin, "POST", False),
        ("/account/second-factor/confirm", "confirm", account.confirm, "POST", False),
        ("/account/second-factor/end", "end", account.end, "POST", False),
        ("/account/sessions/<session_id>/end", "end_session", account.end_session, "POST", False),
        ("/account/language", "language", account.language, "POST", False),
    )
    for rule, name, view, method, owed in rules:
        blueprint.add_url_rule(rule, name, needs(password_owed=owed)(view), methods=[method])
    return blueprint


class _Account:
    def __init__(self, people: People, agencies: Callable[[], Mapping[str, str]]) -> None:
        self._people, self._agencies = people, agencies

    def page(self) -> AnyResponse:
        """What is kept of one's account."""
        return self._show(200)

    def password(self) -> AnyResponse:
        """The form for a new password."""
        return _ask_password(200)

    def change(self) -> AnyResponse:
        """A new password; every session ends, and this one is made anew."""
        new = request.form.get("new", "")
        try:
            if new != request.form.get("again", ""):
                raise BadRequest("the two new passwords differ", "两次输入的新密码不一致")
            done = self._people.change_password(
                person(),
                request.form.get("old", ""),
                new,
                session.address(),
                request.headers.get("User-Agent", ""),
            )
        except (BadRequest, TooManyAttempts) as error:
            return _ask_password(429 if isinstance(error, TooManyAttempts) else 422, refused(error))
        return session.sign_in_to(
            redirect(url_for("account.page", done="password"), 303), done.token
        )

    def begin(self) -> AnyResponse:
        """A fresh secret for the authenticator app; not in force until a code of it was typed."""
        return self._ask_code(self._people.begin_totp(person()), 200)

    def confirm(self) -> AnyResponse:
        """The first code."""
        try:
            self._people.confirm_totp(person(), request.form.get("code", ""), session.address())
        except (BadRequest, TooManyAttempts) as error:
            uri = self._people.pending_totp(person())
            status = 429 if isinstance(error, TooManyAttempts) else 422
            if not uri:
                return self._show(status, refused(error), "code")
            # The same secret: whoever scanned it already only types the next code.
            return self._ask_code(uri, status, refused(error))
        return redirect(url_for("account.page", done="second"), 303)

    def end(self) -> AnyResponse:
        """No second factor any more."""
        try:
            self._people.end_totp(person(), request.form.get("password", ""), session.address())
        except (BadRequest, TooManyAttempts) as error:
            return self._show(422, refused(error), "password")
        return redirect(url_for("account.page", done="second-ended"), 303)

    def end_session(self, session_id: str) -> AnyResponse:
        """End one of one's own sessions; the one at hand too."""
        if session_id == session.session().id:
            self._people.sign_out(session.session_token())
            return session.sign_out_of(redirect(session.SIGN_IN, 303))
        try:
            self._people.end_session(person(), session_id)
        except NotFound:
            return redirect(url_for("account.page", done="session-gone"), 303)
        return redirect(url_for("account.page", done="session"), 303)

    def language(self) -> AnyResponse:
        """The language of the pages from now on."""
        self._people.choose_language(person(), request.form.get("language", ""))
        answer = redirect(url_for("account.page", done="language"), 303)
        answer.delete_cookie(i18n.COOKIE)  # what was chosen for a while gives way
        return answer

    def _show(self, status: int, mistake: str = "", at: str = "") -> Response:
        agency = person().agency_id
        return render(
            "web/account.html",
            status,
            agency=self._agencies().get(agency, agency) if agency else "",
            sessions=self._people.sessions(person()),
            this=session.session(),
            done=request.args.get("done", ""),
            mistake=mistake,
            mistake_at=at,
        )

    def _ask_code(self, uri: str, status: int, mistake: str = "") -> Response:
        secret = uri.partition("secret=")[2].partition("&")[0]
        groups = " ".join(secret[one : one + 4] for one in range(0, len(secret), 4))
        return render(
            "web/account-second-factor.html",
            status,
            uri=uri,
            secret=groups,
            picture=_picture(uri),
            mistake=mistake,
        )


def _picture(uri: str) -> Markup:
    """The URI as a QR code (ISO/IEC 18004) in SVG: black on white, whatever the page's colours."""
    made = segno.make(uri, error="m", micro=False)
    return Markup(made.svg_inline(scale=5, border=4, dark="#000", light="#fff"))


def _ask_password(status: int, mistake: str = "") -> Response:
    return render(
        "web/account-password.html",
        status,
        owed=session.session().password_owed,
        mistake=mistake,
    )

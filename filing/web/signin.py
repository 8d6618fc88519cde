"""The door: password, one-time code, an outside provider, and the way out.

Whatever was wrong, the page says the same; only waiting is said apart.

Does not decide anything; see filing.people.
"""

from collections.abc import Callable

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import (
    BadRequest,
    NotIdentified,
    OutsideUnavailable,
    TooManyAttempts,
)
from filing.services.people import People, SignIn
from filing.web import session
from filing.web.i18n import refused
from filing.web.navigation import links
from filing.web.pages import render

_HALF, _OUTSIDE = "filing-half", "filing-openid"
_HALF_SECONDS = 300
#: Longest sealed text of a cookie that is looked at.
_MOST = 4000


def create_blueprint(people: People) -> Blueprint:
    """The pages of the door, bound to the people."""
    blueprint = Blueprint("signin", __name__)
    door = _Door(people)
    rules: tuple[tuple[str, str, Callable[..., AnyResponse], str], ...] = (
        ("/sign-in", "page", door.page, "GET"),
        ("/sign-in", "enter", door.enter, "POST"),
        ("/sign-in/code", "code", door.code, "GET"),
        ("/sign-in/code", "confirm", door.confirm, "POST"),
        ("/sign-in/openid", "openid", door.openid, "GET"),
        ("/sign-in/openid/back", "back", door.back, "GET"),
        ("/sign-out", "out", door.out, "POST"),
    )
    for rule, name, view, method in rules:
        blueprint.add_url_rule(rule, name, view, methods=[method])
    return blueprint


class _Door:
    def __init__(self, people: People) -> None:
        self._people = people

    def page(self) -> AnyResponse:
        """Ask who is there; whoever is known goes on."""
        if session.current_session() is not None:
            return redirect(_next(request.args.get("next", "")) or _home(), 303)
        return self._ask(200)

    def enter(self) -> AnyResponse:
        """Login and password."""
        try:
            done = self._people.sign_in(
                request.form.get("login", ""),
                request.form.get("password", ""),
                session.address(),
                _agent(),
            )
        except (NotIdentified, TooManyAttempts) as error:
            return self._ask(429 if isinstance(error, TooManyAttempts) else 422, refused(error))
        return self._go_on(done, request.form.get("next", ""))

    def code(self) -> AnyResponse:
        """Ask for the one-time code."""
        if not _cookie(_HALF):
            return redirect(url_for("signin.page"), 303)
        return _ask_code(200)

    def confirm(self) -> AnyResponse:
        """The one-time code."""
        try:
            done = self._people.second_factor(
                _cookie(_HALF), request.form.get("code", ""), session.address(), _agent()
            )
        except (NotIdentified, TooManyAttempts) as error:
            return _ask_code(429 if isinstance(error, TooManyAttempts) else 422, refused(error))
        return self._go_on(done, request.form.get("next", ""))

    def openid(self) -> AnyResponse:
        """On to the provider; it sends the browser back."""
        try:
            where, sealed = self._people.begin_outside(_back(), _next(request.args.get("next", "")))
        except (OutsideUnavailable, BadRequest) as error:
            return self._ask(503, refused(error))
        answer = redirect(where, 303)
        session.set_cookie(answer, _OUTSIDE, sealed, _HALF_SECONDS)
        return answer

    def back(self) -> AnyResponse:
        """Back from the provider."""
        try:
            done, then = self._people.finish_outside(
                _cookie(_OUTSIDE),
                request.args.get("state", "")[:200],
                request.args.get("code", "")[:_MOST],
                _back(),
                session.address(),
                _agent(),
            )
        except (NotIdentified, TooManyAttempts, OutsideUnavailable) as error:
            answer: AnyResponse = self._ask(422, refused(error))
            session.drop_cookie(answer, _OUTSIDE)
            return answer
        answer = self._go_on(done, then)
        session.drop_cookie(answer, _OUTSIDE)
        return answer

    def out(self) -> AnyResponse:
        """End the session."""
        self._people.sign_out(session.session_token())
        return session.sign_out_of(redirect(url_for("signin.page"), 303))

    def _go_on(self, done: SignIn, then: str) -> AnyResponse:
        target = _next(then)
        if done.second:
            answer = redirect(url_for("signin.code", next=target or None), 303)
            session.set_cookie(answer, _HALF, done.second, _HALF_SECONDS)
            return answer
        g.filing_session = self._people.session(done.token)
        answer = session.sign_in_to(redirect(target or _home(), 303), done.token)
        session.drop_cookie(answer, _HALF)
        return answer

    def _ask(self, status: int, mistake: str = "") -> Response:
        return render(
            "web/signin.html",
            status,
            mistake=mistake,
            login=request.form.get("login", "")[:64],
            then=_next(request.values.get("next", "")),
            outside=self._people.outside(),
        )


def _ask_code(status: int, mistake: str = "") -> Response:
    then = _next(request.values.get("next", ""))
    return render("web/signin-code.html", status, mistake=mistake, then=then)


def _next(target: str) -> str:
    """Where to go on to; "" for what is no page of ours."""
    if not session.is_local(target) or target.startswith(("/sign-in", "/sign-out")):
        return ""
    return target


def _home() -> str:
    """The first page whoever just came in may see."""
    found = session.current_session()
    if found is not None and found.password_owed:
        return session.CHANGE_PASSWORD
    return next((one.path for one in links()), "/account")


def _back() -> str:
    return session.own_address() + url_for("signin.back")


def _agent() -> str:
    return request.headers.get("User-Agent", "")[:200]


def _cookie(name: str) -> str:
    return request.cookies.get(session.cookie_name(name), "")[:_MOST]

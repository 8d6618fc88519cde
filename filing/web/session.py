"""Who is at the page, and whether a form came from one of our own pages.

Every view says what it needs with ``needs``; every request that changes something
carries the form token of its session. A request that shows it came from elsewhere
(Sec-Fetch-Site, Origin) is refused before that.

Does not decide who may do what (filing.model.roles), nor what a password is worth
(filing.people). The interface for systems knows no cookies and is left alone here.
"""

import functools
import hashlib
import hmac
import ipaddress
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar
from urllib.parse import quote, urlsplit

from flask import Flask, Response, current_app, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import NotAllowed
from filing.model.people import Person, Session
from filing.model.roles import Permission
from filing.services.people import People

P = ParamSpec("P")
R = TypeVar("R")

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_COOKIE, _GUEST = "filing-session", "filing-guest"
_GUEST_SECONDS = 12 * 3600
#: Longest cookie value looked at; ours have 43 characters.
_MOST = 64
#: Largest body of a form, signed in and not; ``takes`` makes it larger for one view.
FORM_BYTES, GUEST_FORM_BYTES = 4 << 20, 64 << 10
SIGN_IN, CHANGE_PASSWORD = "/sign-in", "/account/password"


class FormExpired(NotAllowed):
    """The form was given out in a session that is over; nothing of it was taken."""

    code = "form-expired"


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What the sessions of the pages stand on.

    public_url       address people use, "https://…"; "" to go by each request
    trusted_proxies  whose X-Forwarded-For and -Proto are believed
    without_check    blueprints that know no cookies and so need no form token
    """

    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    without_check: frozenset[str] = frozenset({"api"})


@dataclass(frozen=True, slots=True)
class _Installed:
    people: People
    settings: SessionSettings


def install(app: Flask, people: People, settings: SessionSettings) -> None:
    """Guard every request of the application that changes something."""
    app.extensions["filing-people"] = _Installed(people, settings)
    app.before_request(_check_origin)
    app.after_request(_keep_guest)


def needs(
    *permissions: Permission, password_owed: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R | AnyResponse]]:
    """Let a view be called only by somebody signed in who has every permission.

    password_owed   the view may be seen before a given password was changed

    Signed out: on to the sign-in page, and back afterwards. The view raises NotAllowed
    when a permission is missing.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R | AnyResponse]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | AnyResponse:
            found = current_session()
            if found is None:
                return _to_sign_in()
            if found.password_owed and not password_owed:
                return redirect(CHANGE_PASSWORD, 303)
            for permission in permissions:
                found.person.need(permission)
            return view(*args, **kwargs)

        return guarded

    return decorate


def takes(most_bytes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view take a larger body than a form has; outermost, and from people signed in."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]  # read in _check_origin
        return view

    return decorate


def current_session() -> Session | None:
    """The session of this request; None when signed out. Looked up once a request."""
    if "filing_session" not in g:
        token = request.cookies.get(cookie_name(_COOKIE), "")
        # None first: the page that says why the database did not answer asks again.
        g.filing_session = None
        if 0 < len(token) <= _MOST:
            g.filing_session = _installed().people.session(token)
    found: Session | None = g.filing_session
    return found


def session() -> Session:
    """The session of this request; only below ``needs``."""
    found = current_session()
    if found is None:
        raise NotAllowed("sign in first", "请先登录")
    return found


def person() -> Person:
    """Who is at the page; only below ``needs``."""
    return session().person


def form_token() -> str:
    """What every form of this page carries."""
    found = current_session()
    return found.form_token if found is not None else _guest_token(_guest())


def sign_in_to(response: AnyResponse, token: str) -> AnyResponse:
    """Give the session's cookie to the browser. It ends with the browser, or with the session."""
    set_cookie(response, _COOKIE, token, None)
    return response


def sign_out_of(response: AnyResponse) -> AnyResponse:
    """Take the session's cookie back, and say that what was cached here is to go."""
    drop_cookie(response, _COOKIE)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def set_cookie(response: AnyResponse, name: str, value: str, seconds: int | None) -> None:
    """A cookie no script reads and no neighbour sets; for the life of the browser if None."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(),
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: AnyResponse, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        cookie_name(name), path="/", secure=is_secure(), httponly=True, samesite="Lax"
    )


def session_token() -> str:
    """The cookie itself, to be ended."""
    return request.cookies.get(cookie_name(_COOKIE), "")[:_MOST]


def address() -> str:
    """Where the request came from, as limits count it: an IPv6 network counts as one."""
    given = request.remote_addr or ""
    if given in _installed().settings.trusted_proxies:
        given = request.headers.get("X-Forwarded-For", given).rpartition(",")[2].strip()
    try:
        found = ipaddress.ip_address(given.partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def is_secure() -> bool:
    """Whether the browser came over TLS."""
    settings = _installed().settings
    if settings.public_url:
        return settings.public_url.startswith("https:")
    if isinstance(request.environ.get("gunicorn.socket"), ssl.SSLSocket):
        return True
    if (request.remote_addr or "") in settings.trusted_proxies:
        return request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
    return request.environ.get("gunicorn.socket") is None and request.is_secure


def cookie_name(name: str) -> str:
    """``__Host-`` binds a cookie to this very host, which no neighbour can then set."""
    return f"__Host-{name}" if is_secure() else name


def own_address() -> str:
    """The address people use, without a final slash."""
    settings = _installed().settings
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return f"{'https' if is_secure() else 'http'}://{request.host}"


def is_local(target: str) -> bool:
    """Whether ``target`` is a page of ours and nothing else, so that one may go on to it."""
    if not target.startswith("/") or target.startswith("//") or len(target) > 2000:
        return False
    if "\\" in target or any(ord(one) <= 0x20 or ord(one) == 0x7F for one in target):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc


def _installed() -> _Installed:
    found: _Installed = current_app.extensions["filing-people"]
    return found


def _to_sign_in() -> AnyResponse:
    target = request.full_path.rstrip("?") if request.method in _SAFE else "/"
    if request.headers.get("HX-Request"):  # a part of a page: the whole page must go
        return Response(status=401, headers={"HX-Redirect": SIGN_IN})
    return redirect(f"{SIGN_IN}?next={quote(target, safe='/')}", 303)


def _check_origin() -> None:
    """Refuse what changes something and did not come from a form of ours.

    Source: OWASP, Cross-Site Request Forgery Prevention: Fetch Metadata, origin, token.
    """
    if request.method in _SAFE or request.blueprint in _installed().settings.without_check:
        return
    if request.blueprint is None:
        return  # no such page: 404 or 405 follows
    site = request.headers.get("Sec-Fetch-Site", "")
    origin = request.headers.get("Origin", "")
    if site and site not in ("same-origin", "none"):
        raise _elsewhere()
    if not site and origin and origin != own_address():
        raise _elsewhere()
    view = current_app.view_functions[request.endpoint or ""]
    most = getattr(view, "most_bytes", FORM_BYTES) if current_session() else GUEST_FORM_BYTES
    request.max_content_length = most
    request.max_form_memory_size = min(most, FORM_BYTES)  # files go to the disk beyond it
    given = request.headers.get("X-Form-Token", "") or request.form.get("form_token", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), form_token().encode()):
        raise FormExpired(
            "this form is no longer valid; load the page again and send it once more",
            "表单已失效，请刷新页面后重新提交",
        )


def _elsewhere() -> NotAllowed:
    return NotAllowed("this request did not come from a page of ours", "请求并非来自本系统页面")


def _guest() -> str:
    """The cookie that ties a form to a browser before anybody signed in."""
    if "filing_guest" not in g:
        given = request.cookies.get(cookie_name(_GUEST), "")
        g.filing_new_guest = not 20 <= len(given) <= _MOST
        g.filing_guest = secrets.token_urlsafe(32) if g.filing_new_guest else given
    found: str = g.filing_guest
    return found


def _guest_token(guest: str) -> str:
    return hashlib.sha256(b"guest-form:" + guest.encode("utf-8", "replace")).hexdigest()


def _keep_guest(response: Response) -> Response:
    if g.get("filing_new_guest"):
        set_cookie(response, _GUEST, g.filing_guest, _GUEST_SECONDS)
    return response

"""What every page shares: the frame, the words, the headers; ``render`` answers with one.

A page works without scripts; scripts and styles come from this site only, none stand
inline.

Does not know any area's views; see filing.app.pages for which there are.
"""

import hashlib
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast
from urllib.parse import quote, urlencode

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    render_template,
    request,
    send_file,
    url_for,
)

from filing.web import formats, i18n, navigation, words
from filing.web.unseen import Unseen
from filing.web.visitor import FORM_TOKEN, comes_over_tls, visitor

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
#: htmx without what a strict policy forbids (eval, inline styles), without a copy of
#: pages in the browser's storage, and showing what a refusal says.
HTMX = json.dumps(
    {
        "allowEval": False,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
        "scrollIntoViewOnBoost": False,
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "[45]..", "swap": True, "error": True},
        ],
    }
)
_HTMX_FILE = "htmx.min.js"
#: For whatever is shown beside the pages: the same icon, at the address without its digest.
ICON = "/static/seal.svg"


def create_blueprint() -> Blueprint:
    """Templates, styles and scripts of all pages. Register it before any area."""
    blueprint = Blueprint(
        "web", __name__, template_folder="templates", static_folder="static",
        static_url_path="/static",
    )  # fmt: skip
    blueprint.add_url_rule("/static/package/<name>", "package", _package)
    blueprint.record_once(lambda state: _install(cast(Flask, state.app)))
    return blueprint


def render(template: str, status: int = 200, **context: object) -> Response:
    """The page, with the headers every page has.

    The template sees ``context``, ``_``, ``lang``, ``person``, ``form_token`` and the filters
    ``date``, ``moment``, ``size``, ``number``.
    """
    answer = Response(render_template(template, **context), status, mimetype="text/html")
    return finish(answer)


def finish(answer: Response) -> Response:
    """Set the headers of a page; what a view said itself stands."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if comes_over_tls():
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    answer.headers.setdefault("Cache-Control", "no-store" if visitor() else "no-cache")
    answer.headers.add("Vary", "Cookie, HX-Request")
    if wish := i18n.asked(request):
        answer.set_cookie(
            i18n.COOKIE, wish, max_age=365 * 86400, secure=comes_over_tls(),
            httponly=True, samesite="Lax",
        )  # fmt: skip
    return answer


def in_part() -> bool:
    """Whether a script asks for a part of the page, to put in place by itself."""
    asked = request.headers.get("HX-Request") == "true"
    return asked and request.headers.get("HX-Boosted") != "true"


def asset(name: str) -> str:
    """The address of one of our static files; it changes when the file does."""
    return url_for("web.static", filename=name, v=_mark(name))


def here(**changes: object) -> str:
    """The address of the page at hand with some of its arguments changed; None leaves one out.

    An address that only takes forms has no page to come back to: then the front page.
    """
    arguments = [(name, one) for name, one in request.args.items(multi=True) if name not in changes]
    for name, value in changes.items():
        several = value if isinstance(value, list | tuple) else [value]
        arguments += [(name, str(one)) for one in several if one is not None]
    path = request.path
    if request.method not in ("GET", "HEAD") and not _has_page(path):
        path = "/"
    query = urlencode(arguments, errors="replace")
    return quote(path, errors="replace") + (f"?{query}" if query else "")


def _has_page(path: str) -> bool:
    return bool(current_app.url_map.bind("localhost").test(path, method="GET"))


def _install(app: Flask) -> None:
    environment = app.jinja_env
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.add_extension(Unseen)
    environment.filters.update(
        date=formats.date, moment=formats.moment, size=formats.size, number=formats.number,
        percent=formats.percent, word=words.word, tone=words.tone, left=words.left,
        visible=formats.visible,
    )  # fmt: skip
    environment.globals.update(
        _=i18n.gettext, gettext=i18n.gettext, ngettext=i18n.ngettext, asset=asset,
        here=here,
        htmx_config=HTMX, languages=i18n.LANGUAGES, navigation=navigation.links,
        in_part=in_part,
    )  # fmt: skip
    app.context_processor(_at_hand)
    app.after_request(_keep_static)


def _at_hand() -> dict[str, object]:
    return {
        "lang": i18n.language(),
        "person": visitor(),
        "form_token": FORM_TOKEN,
        "archive_name": current_app.config.get("ARCHIVE_NAME", ""),
    }


def _keep_static(answer: Response) -> Response:
    """Let a static file be kept by the browser for as long as its address names its digest."""
    if request.endpoint in ("web.static", "web.package") and answer.status_code == 200:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        if request.args.get("v"):
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@cache
def _mark(name: str) -> str:
    content = (Path(__file__).parent / "static" / name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


@cache
def _htmx() -> Path:
    """htmx as its package carries it; the package is only looked into, never imported."""
    found = find_spec("js_lib_htmx")
    if found is None or not found.submodule_search_locations:
        raise LookupError("the package that carries htmx is not installed")
    return Path(found.submodule_search_locations[0]) / "static" / "htmx" / _HTMX_FILE


def _package(name: str) -> Response:
    if name != _HTMX_FILE:
        abort(404)
    return send_file(_htmx(), mimetype="text/javascript")

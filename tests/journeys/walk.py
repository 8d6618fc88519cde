"""Every page there is, found by following links as each kind of person would.

A page is known by its route. Whoever adds a route and no link that leads to it makes
the walk fail: it would be a page nobody finds.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

import requests
from flask import Flask
from lxml import html
from werkzeug.exceptions import HTTPException

_LINKS = re.compile(r'(?:href|src|hx-get)="([^"#]+)')
_FORMS = re.compile(r'<form\b[^>]*\bmethod="get"[^>]*>')
_ACTION = re.compile(r'\baction="([^"#]+)')
#: Zero-width and turning characters, controls, spaces that are not plain, blank letters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u061c\u115f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
)
_READ = ("title", "aria-label", "alt", "placeholder", "data-name")
#: Most pages of one route fetched in search of links to others: as whoever comes to it first,
#: and as each of those behind.
_AS_FIRST, _BEHIND = 3, 1


@dataclass(frozen=True)
class Stop:
    """One page of the walk: who sees it, where, by which route."""

    login: str
    path: str
    route: str


@dataclass
class Found:
    """What a walk came by.

    pages   route -> a page of it that was shown
    stops   the first page of each route as each of the people
    other   route -> media type of what is no page (downloads, images)
    broken  addresses that were linked and not answered well, with the status
    unseen  what was shown and cannot be seen, with the address
    marks   how many characters were shown by their code point
    """

    pages: dict[str, Stop] = field(default_factory=dict)
    stops: list[Stop] = field(default_factory=list)
    other: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    marks: int = 0


def routes(app: Flask) -> set[str]:
    """Every route that answers GET, outside the interface for systems."""
    return {
        one.rule
        for one in app.url_map.iter_rules()
        if "GET" in (one.methods or ()) and not one.rule.startswith("/api/")
    }


def walk(app: Flask, url: str, sessions: Mapping[str, requests.Session]) -> Found:
    """Follow links from the front page and each area as each of the people."""
    found = Found()
    for login, session in sessions.items():
        _walk_as(login, session, url, _router(app), found)
    return found


def _walk_as(
    login: str,
    session: requests.Session,
    url: str,
    route_of: Callable[[str], str],
    found: Found,
) -> None:
    waiting, seen = ["/"], {"/"}
    times: dict[str, int] = {}
    mine: set[str] = set()
    first = Stop(login, "", "")
    while waiting:
        path = waiting.pop(0)
        route = route_of(path)
        most = _AS_FIRST if found.pages.get(route, first).login == login else _BEHIND
        if not route or times.get(route, 0) >= most:
            continue
        times[route] = times.get(route, 0) + 1
        answer = session.get(url + path, timeout=120)
        if answer.status_code != 200:
            found.broken.append(f"{login or 'nobody'} {path}: {answer.status_code}")
            continue
        media = answer.headers["Content-Type"].partition(";")[0]
        if media != "text/html":
            found.other.setdefault(route, media)
            continue
        stop = Stop(login, path, route)
        found.pages.setdefault(route, stop)
        if stop.route not in mine:
            mine.add(route)
            found.stops.append(stop)
        found.marks += answer.text.count('class="unseen"')
        found.unseen += [f"{login} {path}: {one!r}" for one in _unseen(answer.text)]
        for link in _links(answer.text, path):
            if link not in seen:
                seen.add(link)
                waiting.append(link)


def _unseen(page: str) -> Iterator[str]:
    """Texts of a page, but for what a form holds to be sent back, in which something is unseen."""
    for one in html.fromstring(page).iter():
        own = "" if one.tag == "textarea" else one.text
        for text in (own, one.tail, *map(one.get, _READ)):
            if text and _UNSEEN.search(text):
                yield text


def _links(page: str, path: str) -> Iterable[str]:
    forms = [one for form in _FORMS.findall(page) for one in _ACTION.findall(form)]
    for link in [*_LINKS.findall(page), *forms]:
        parts = urlsplit(urljoin(path, unescape(link)))
        if not parts.scheme and not parts.netloc:
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def _router(app: Flask) -> Callable[[str], str]:
    known, at = routes(app), app.url_map.bind("localhost")

    def route_of(path: str) -> str:
        try:
            rule, _ = at.match(path.partition("?")[0], method="GET", return_rule=True)
        except HTTPException:
            return ""
        return rule.rule if rule.rule in known else ""

    return route_of

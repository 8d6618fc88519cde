"""The links of the header: which areas there are, and who is shown which.

A link is shown when its area is there and the person may see it. Hiding a link
protects nothing; each view asks for its own permission.
"""

from dataclasses import dataclass

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from filing.model.roles import Permission
from filing.web.i18n import gettext, marked
from filing.web.visitor import visitor


@dataclass(frozen=True, slots=True)
class Area:
    """One area: where it begins, its name, and who may go there (any of these)."""

    path: str
    name: str
    permissions: tuple[Permission, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the header. ``current`` when the page at hand is below it."""

    path: str
    name: str
    current: bool
    key: str


AREAS = (
    Area("/desk", marked("待办"), (Permission.SEE_SUBMISSIONS,), "d"),
    Area("/desk/causes", marked("原因"), (Permission.SEE_SUBMISSIONS,), "c"),
    Area("/desk/acts", marked("批量更正"), (Permission.CORRECT_IN_BULK,), "b"),
    Area("/notices", marked("通知"), (Permission.SEE_NOTICES,), "n"),
    Area("/custody", marked("保管"), (Permission.SEE_CUSTODY,), "s"),
    Area("/custody/requests", marked("复核"), (Permission.APPROVE,), "w"),
    Area(
        "/admin/agencies",
        marked("立档单位名录"),
        (Permission.CHANGE_AGENCIES, Permission.CHANGE_CREDENTIALS),
        "a",
    ),
    Area(
        "/admin/subscriptions",
        marked("订阅"),
        (Permission.CHANGE_AGENCIES, Permission.CHANGE_CREDENTIALS),
        "u",
    ),
    Area("/admin/people", marked("人员"), (Permission.CHANGE_PEOPLE, Permission.GRANT_ROLES), "p"),
    Area("/admin/rules", marked("规则"), (Permission.CHANGE_RULES,), "r"),
    Area("/admin/notice-texts", marked("通知文本"), (Permission.CHANGE_NOTICE_TEXTS,), "t"),
    Area("/admin/events", marked("事件"), (Permission.SEE_EVENTS,), "e"),
)


def links() -> tuple[Link, ...]:
    """The header's links for whoever is at the page."""
    person = visitor()
    if person is None:
        return ()
    there = _there(current_app)
    shown = [
        one
        for one in AREAS
        if one.path in there and any(person.may(wanted) for wanted in one.permissions)
    ]
    at = max((one.path for one in shown if _below(request.path, one.path)), key=len, default="")
    return tuple(Link(one.path, gettext(one.name), one.path == at, one.key) for one in shown)


def _below(path: str, area: str) -> bool:
    return path == area or path.startswith(f"{area}/")


def _there(app: Flask) -> frozenset[str]:
    """The areas this application answers for; found once."""
    known: frozenset[str] | None = app.extensions.get("filing.areas")
    if known is None:
        routes = app.url_map.bind("localhost")
        found = set()
        for one in AREAS:
            try:
                routes.match(one.path, method="GET")
            except RequestRedirect:
                found.add(one.path)
            except HTTPException:
                continue
            found.add(one.path)
        known = app.extensions["filing.areas"] = frozenset(found)
    return known

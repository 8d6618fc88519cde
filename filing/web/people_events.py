"""Everybody's acts, for the auditor. Nothing can be changed here."""

from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from filing.model.events import MEANINGS, Kind
from filing.model.people import Chosen
from filing.model.roles import Permission
from filing.services import EventView
from filing.services.people import People
from filing.web.directory import agency_text
from filing.web.event_details import details
from filing.web.i18n import language
from filing.web.pages import render
from filing.web.session import needs, person

_PAGE = 50


def create_blueprint(people: People, agencies: Callable[[], Mapping[str, str]]) -> Blueprint:
    """The page of events, bound to the people. ``agencies``: id -> name."""
    blueprint = Blueprint("events", __name__)

    def page() -> Response:
        chosen, wrong = _chosen()
        before = request.args.get("before", "0")
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0
        if wrong:
            found: tuple[EventView, ...] = ()
            further = 0
        else:
            found, further = people.events(person(), chosen, number, _PAGE)
        names = people.names(_persons(found))
        acting = any(one.who.startswith("agency:") for one in found)
        known_agencies = agencies() if acting else {}
        return render(
            "web/people-events.html",
            422 if wrong else 200,
            events=found,
            names=names,
            agency=lambda known: agency_text(known, known_agencies),
            details=details,
            named=lambda known: names.get(known, known),
            meanings={kind: _meaning(kind) for kind in Kind},
            chosen=request.args,
            wrong=wrong,
            first=_address(0) if number else "",
            next=_address(further) if further else "",
        )

    blueprint.add_url_rule("/admin/events", "page", needs(Permission.SEE_EVENTS)(page))
    return blueprint


def _chosen() -> tuple[Chosen, str]:
    """What is asked for, and the name of the field that cannot be read ("" for none)."""
    given = request.args
    days: dict[str, date | None] = {}
    for name in ("first", "last"):
        try:
            days[name] = date.fromisoformat(given[name]) if given.get(name) else None
        except ValueError:
            return Chosen(), name
    kind = given.get("kind", "")
    if kind and kind not in set(Kind):
        return Chosen(), "kind"
    who = given.get("person", "").strip().removeprefix("person:")
    if who and (len(who) != 36 or not who.replace("-", "").isalnum() or not who.isascii()):
        return Chosen(), "person"
    if days["last"] and days["last"] >= date(9999, 12, 30):
        return Chosen(), "last"
    if days["first"] and days["first"] < date(1, 1, 2):
        return Chosen(), "first"
    return Chosen(who, kind, days["first"], days["last"]), ""


def _address(before: int) -> str:
    names = ("person", "kind", "first", "last")
    given = {name: request.args[name] for name in names if request.args.get(name)}
    query = urlencode(given | ({"before": str(before)} if before else {}), errors="replace")
    return f"{url_for('events.page')}?{query}"


def _meaning(kind: Kind) -> str:
    return MEANINGS[kind].en if language() == "en" else MEANINGS[kind].zh


def _persons(found: tuple[EventView, ...]) -> frozenset[str]:
    """Ids of the people named in these events, as doers or as done to."""
    doers = {one.who.partition(":")[2] for one in found if one.who.startswith("person:")}
    done_to = {
        str(one.detail[name])
        for one in found
        for name in ("person", "assignee")
        if one.detail.get(name)
    }
    return frozenset(doers | done_to)

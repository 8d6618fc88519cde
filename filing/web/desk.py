"""The desk's queue: what stands rejected, narrowed by a filter, and given to somebody.

Every view is an address that can be kept and shared; every act is a form. Does not open
a record (filing.web.record), nor gather by cause (filing.web.causes).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest
from filing.model.desk import Filter, Page, SavedFilter
from filing.model.people import Person
from filing.model.roles import Permission
from filing.services.desk import Desk
from filing.web import desk_filter
from filing.web.desk_choices import QUEUE, address, chips, options
from filing.web.desk_filter import NOBODY, Asked
from filing.web.directory import Directory, Wording
from filing.web.pages import render
from filing.web.session import is_local, needs, person

PAGE_SIZE = 50
#: Most submissions given away in one act, and longest name of a saved filter.
MOST_CHOSEN, MOST_NAME = 200, 60


@dataclass(frozen=True, slots=True)
class Premises:
    """What the desk's pages stand on."""

    desk: Desk
    directory: Directory
    wording: Wording


def create_blueprint(at: Premises) -> Blueprint:
    """The queue, assignment and saved filters."""
    blueprint = Blueprint("desk", __name__)

    @needs(Permission.SEE_SUBMISSIONS)
    def queue() -> AnyResponse:
        asked = desk_filter.read(request.args, person().id)
        if "" in request.args.values():  # what a form sends of fields left empty
            return redirect(address(asked.arguments), 303)
        return _shown(at, person(), asked, request.args.get("page", "")[:500])

    @needs(Permission.ASSIGN)
    def assign() -> AnyResponse:
        chosen = tuple(dict.fromkeys(request.form.getlist("id")))
        if not chosen:
            raise BadRequest("nothing was selected", "没有选中任何一项")
        if len(chosen) > MOST_CHOSEN:
            raise BadRequest(f"at most {MOST_CHOSEN} at once", f"一次至多分派 {MOST_CHOSEN} 项")
        changed = at.desk.assign(
            person(), chosen, request.form.get("assignee", ""), _due(request.form.get("due", ""))
        )
        return redirect(_back({"assigned": str(changed)}), 303)

    @needs(Permission.SEE_SUBMISSIONS)
    def save_filter() -> AnyResponse:
        name = " ".join(request.form.get("name", "").split())
        if not 0 < len(name) <= MOST_NAME or not name.isprintable():
            raise BadRequest(
                f"a name of 1 to {MOST_NAME} characters is needed", f"名称应为 1 至 {MOST_NAME} 字"
            )
        asked = desk_filter.read(request.form, person().id)
        if asked.mistakes:
            raise BadRequest("the filter cannot be read", "筛选条件有误")
        at.desk.save_filter(person(), name, asked.filter)
        return redirect(address(asked.arguments), 303)

    @needs(Permission.SEE_SUBMISSIONS)
    def drop_filter() -> AnyResponse:
        at.desk.drop_filter(person(), request.form.get("name", ""))
        return redirect(_back({}), 303)

    blueprint.add_url_rule(QUEUE, "queue", queue)
    blueprint.add_url_rule(f"{QUEUE}/assign", "assign", assign, methods=["POST"])
    blueprint.add_url_rule(f"{QUEUE}/filters", "save_filter", save_filter, methods=["POST"])
    blueprint.add_url_rule(f"{QUEUE}/filters/drop", "drop_filter", drop_filter, methods=["POST"])
    return blueprint


def _shown(at: Premises, who: Person, asked: Asked, cursor: str) -> Response:
    page = Page(()) if asked.mistakes else at.desk.queue(who, asked.filter, cursor, PAGE_SIZE)
    counts = at.desk.counts(who)
    agencies = {} if who.agency_id else at.directory.agencies()
    assigned = {one.assignee for one in page.entries} | {one.draft_by for one in page.entries}
    colleagues = at.directory.colleagues(who)
    names = {**at.directory.names(frozenset(assigned - {""}) | _named(asked.filter)), **colleagues}
    saved = at.desk.saved_filters(who)
    return render(
        "web/desk.html",
        400 if asked.mistakes else 200,
        asked=asked,
        page=page,
        counts=counts,
        total=sum(counts.by_agency.values()),
        names=names,
        colleagues=colleagues,
        may_assign=who.may(Permission.ASSIGN),
        wording=at.wording,
        options=options(at.wording, counts, agencies, colleagues, asked),
        chips=chips(asked, agencies, names),
        saved=_saved(saved, who, address(asked.arguments)),
        previous=address(asked.arguments, page.previous) if page.previous else "",
        next=address(asked.arguments, page.next) if page.next else "",
        back=address(asked.arguments, cursor),
        assigned=_number(request.args.get("assigned", "")),
    )


def _named(chosen: Filter) -> frozenset[str]:
    return frozenset({chosen.assignee} - {"", NOBODY})


def _saved(saved: tuple[SavedFilter, ...], who: Person, here: str) -> list[tuple[str, str, bool]]:
    """Name, address, and whether it is what is shown."""
    addresses = [address(desk_filter.written(one.filter, who.id)) for one in saved]
    return [(one.name, at, at == here) for one, at in zip(saved, addresses, strict=True)]


def _due(text: str) -> date | None:
    """Raises BadRequest."""
    asked = desk_filter.read(MultiDict({"due": text}), "")
    if asked.mistakes:
        raise BadRequest("the due date is not a date", "期限不是有效日期")
    return asked.filter.due


def _back(more: Mapping[str, str]) -> str:
    """Where the form came from, if that is the queue; with something to say."""
    target = request.form.get("back", "")
    if not is_local(target) or target.partition("?")[0] != QUEUE:
        target = QUEUE
    return f"{target}{'&' if '?' in target else '?'}{urlencode(more)}" if more else target


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None

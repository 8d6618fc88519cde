"""Bulk acts: how far each has come, stopping and going on, and what stays refused."""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import NotFound
from filing.model.desk import Act, ActState, Cause, Entry
from filing.model.people import Person
from filing.model.roles import Permission
from filing.web import remedies
from filing.web.desk import Premises
from filing.web.pages import here, render
from filing.web.session import needs, person

ACTS = "/desk/acts"
MOST_ACTS, PAGE_SIZE = 100, 50


def create_blueprint(at: Premises) -> Blueprint:
    """The list of acts and one act."""
    blueprint = Blueprint("acts", __name__)

    @needs(Permission.CORRECT_IN_BULK)
    def list_acts() -> Response:
        found = at.desk.acts(person(), MOST_ACTS)
        return render(
            "web/acts.html",
            acts=[(one, remedies.said(one.remedy), _done(one)) for one in found],
            names=at.directory.names(frozenset(one.by for one in found)),
            most=MOST_ACTS,
        )

    @needs(Permission.CORRECT_IN_BULK)
    def read_act(act_id: str) -> Response:
        act = at.desk.act(person(), act_id)
        after, behind = (request.args.get(one, "")[:500] for one in ("page", "filed"))
        left = at.desk.left_over(person(), act_id, after, PAGE_SIZE)
        running = act.state is ActState.RUNNING
        # Not while the page renews itself: a link would be gone from under the reader's hand.
        filed = () if running else at.desk.filed(person(), act_id, behind, PAGE_SIZE)
        return render(
            "web/act.html",
            act=act,
            done=_done(act),
            running=running,
            may_resume=act.state is ActState.STOPPED,
            cause=_cause(at, person(), act.cause_id),
            said=remedies.said(act.remedy),
            pairs=list(act.remedy.mapping.items()),
            by=at.directory.names(frozenset({act.by})).get(act.by, act.by),
            left=left,
            left_pages=_pages("page", after, left, "left"),
            filed=filed,
            filed_pages=_pages("filed", behind, filed, "filed"),
            wording=at.wording,
        )

    @needs(Permission.CORRECT_IN_BULK)
    def stop_act(act_id: str) -> AnyResponse:
        at.desk.stop_act(person(), act_id)
        return redirect(url_for(".read_act", act_id=act_id), 303)

    @needs(Permission.CORRECT_IN_BULK)
    def resume_act(act_id: str) -> AnyResponse:
        at.desk.resume_act(person(), act_id)
        return redirect(url_for(".read_act", act_id=act_id), 303)

    one = f"{ACTS}/<act_id>"
    blueprint.add_url_rule(ACTS, "list_acts", list_acts)
    blueprint.add_url_rule(one, "read_act", read_act)
    blueprint.add_url_rule(f"{one}/stop", "stop_act", stop_act, methods=["POST"])
    blueprint.add_url_rule(f"{one}/resume", "resume_act", resume_act, methods=["POST"])
    return blueprint


def _done(act: Act) -> int:
    return act.accepted + act.rejected + act.skipped


def _pages(name: str, after: str, shown: Sequence[Entry], place: str) -> tuple[str, str]:
    """Back to the first page of a list and on to the next, the other list as it stands."""
    more = shown[-1].submission_id if len(shown) == PAGE_SIZE else ""
    first = f"{here(**{name: None})}#{place}" if after else ""
    return first, f"{here(**{name: more})}#{place}" if more else ""


def _cause(at: Premises, who: Person, cause_id: str) -> Cause | None:
    """The cause an act is for; None when nothing of it is left."""
    try:
        return at.desk.cause(who, cause_id)
    except NotFound:
        return None

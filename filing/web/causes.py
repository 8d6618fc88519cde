"""Causes, not cases: rejects gathered by what is wrong, and one remedy for all of them.

A remedy is chosen, looked at on every member (before, after, what would become of it),
and only then begun, with a reason. The act itself is shown by filing.web.acts.
"""

from collections import Counter

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.model.desk import Cause, Remedy, Rewrite
from filing.model.roles import Permission
from filing.web import remedies
from filing.web.desk import Premises
from filing.web.desk_choices import address
from filing.web.i18n import gettext
from filing.web.pages import render
from filing.web.remedies import MOST_PAIRS, Typed
from filing.web.session import needs, person

CAUSES = "/desk/causes"
PAGE_SIZE = 50
#: Each member of a preview is examined as a whole.
PREVIEW_SIZE = 20
#: Values listed on a cause's page when they are not to be mapped, and most of a reason.
_SAMPLES, MOST_REASON = 10, 500
#: Members examined for their values where the findings do not show them.
_EXAMINED = 5
_NOTHING = Typed(None, {})


def create_blueprint(at: Premises) -> Blueprint:
    """The list of causes, one cause, and the preview of a remedy."""
    blueprint = Blueprint("causes", __name__)

    @needs(Permission.SEE_SUBMISSIONS)
    def list_causes() -> Response:
        agency_id, after = request.args.get("agency", "")[:100], request.args.get("page", "")[:500]
        found = at.desk.causes(person(), agency_id, after, PAGE_SIZE)
        more = (
            {"agency": agency_id or None, "page": found[-1].id} if len(found) == PAGE_SIZE else {}
        )
        counts = at.desk.counts(person())
        return render(
            "web/desk-causes.html",
            causes=found,
            counts=counts,
            total=sum(counts.by_agency.values()),
            agencies={} if person().agency_id else at.directory.agencies(),
            agency_id=agency_id,
            wording=at.wording,
            first=not after,
            next=url_for(".list_causes", agency=agency_id or None, page=found[-1].id)
            if more
            else "",
        )

    @needs(Permission.SEE_SUBMISSIONS)
    def read_cause(cause_id: str) -> Response:
        return _cause(at, at.desk.cause(person(), cause_id), request.args.get("way", ""), _NOTHING)

    @needs(Permission.SEE_SUBMISSIONS, Permission.CORRECT_IN_BULK)
    def preview(cause_id: str) -> Response:
        cause = at.desk.cause(person(), cause_id)
        typed = remedies.read(request.form)
        if typed.remedy is None:
            return _cause(at, cause, request.form.get("rewrite", ""), typed)
        return _preview(at, cause, typed.remedy, request.form.get("after", "")[:500], "")

    @needs(Permission.SEE_SUBMISSIONS, Permission.CORRECT_IN_BULK)
    def begin(cause_id: str) -> AnyResponse:
        cause = at.desk.cause(person(), cause_id)
        typed = remedies.read(request.form)
        if typed.remedy is None:
            return _cause(at, cause, request.form.get("rewrite", ""), typed)
        reason = request.form.get("reason", "").strip()
        if not 0 < len(reason) <= MOST_REASON:
            return _preview(
                at, cause, typed.remedy, "",
                gettext("请写明理由，至多 %(most)s 字。", most=MOST_REASON),
            )  # fmt: skip
        act = at.desk.begin_act(person(), cause_id, typed.remedy, reason)
        return redirect(url_for("acts.read_act", act_id=act.id), 303)

    one = f"{CAUSES}/<cause_id>"
    blueprint.add_url_rule(CAUSES, "list_causes", list_causes)
    blueprint.add_url_rule(one, "read_cause", read_cause)
    blueprint.add_url_rule(f"{one}/preview", "preview", preview, methods=["POST"])
    blueprint.add_url_rule(f"{one}/acts", "begin", begin, methods=["POST"])
    return blueprint


def _cause(at: Premises, cause: Cause, way: str, typed: Typed) -> Response:
    values = at.desk.values(person(), cause.id, MOST_PAIRS)
    standing: tuple[str, ...] = ()
    if not cause.valued and cause.field:
        standing = at.desk.samples(person(), cause.id, _EXAMINED)
    return render(
        "web/desk-cause.html",
        400 if typed.mistakes else 200,
        cause=cause,
        members=address({"cause": cause.id}),
        values=list(values.items()),
        samples=_SAMPLES,
        most=MOST_PAIRS,
        complete=sum(values.values()) >= cause.open,
        standing=standing,
        way=way if way in set(Rewrite) else _usual_way(cause, len(values), len(standing)),
        may=person().may(Permission.CORRECT_IN_BULK) and cause.mendable,
        typed=request.form,
        mistakes=typed.mistakes,
        **_words(at, cause),
    )


def _usual_way(cause: Cause, values: int, standing: int) -> Rewrite:
    """The way that is offered first."""
    if cause.valued:
        return Rewrite.VALUE if not cause.shape or values == 1 else Rewrite.MAP
    return Rewrite.VALUE if standing < 2 else Rewrite.REPLACE


def _preview(at: Premises, cause: Cause, remedy: Remedy, after: str, mistake: str) -> Response:
    found = at.desk.preview(person(), cause.id, remedy, after, PREVIEW_SIZE)
    return render(
        "web/desk-preview.html",
        400 if mistake else 200,
        cause=cause,
        found=found,
        outcomes=Counter(one.outcome for one in found),
        said=remedies.said(remedy),
        hidden=remedies.hidden(remedy),
        next=found[-1].submission_id if len(found) == PREVIEW_SIZE else "",
        first=not after,
        reason=request.form.get("reason", ""),
        mistake=mistake,
        most=MOST_REASON,
        wording=at.wording,
        **_words(at, cause),
    )


def _words(at: Premises, cause: Cause) -> dict[str, str]:
    """What is wrong and what would mend it, as the report of one member says it."""
    given = (cause.code, cause.reason, cause.field, cause.expected, cause.example)
    return {
        "check": at.wording.check(cause.code),
        "why": at.wording.why(*given),
        "mending": at.wording.mending(*given),
    }

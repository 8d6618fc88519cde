"""Further copies: locations and how far behind, repairs and their evidence, acts for two."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest, FilingError, NotAllowed, NotFound
from filing.model.copies import Request, RequestKind, RequestState
from filing.model.custody import MAIN
from filing.model.people import Person
from filing.model.roles import Permission
from filing.web.custody.showing import PAGE, Premises, named, show
from filing.web.errors import status_of
from filing.web.i18n import gettext, marked, refused
from filing.web.session import needs, person

_SEE = Permission.SEE_CUSTODY
_RECENT = 20
KINDS = {
    RequestKind.PURGE: marked("清除隔离文件"),
    RequestKind.RETIRE: marked("停用存储位置"),
    RequestKind.ACCEPT: marked("接受损坏"),
}


@dataclass(frozen=True, slots=True)
class _Views:
    at: Premises

    @needs(_SEE)
    def locations(self) -> Response:
        """Where copies are, and how far each is behind."""
        at, by = self.at, person()
        return show(
            at,
            "custody-locations",
            standings=at.copies.locations(by),
            main=at.copies.at(MAIN).coverage(by, MAIN),
            drills=at.copies.drills(by, _RECENT),
            may_ask=by.may(Permission.REPAIR),
        )

    @needs(_SEE)
    def repairs(self) -> Response:
        """The newest first, with what was found and what stands now."""
        at, by = self.at, person()
        record = request.args.get("record", "").strip()[:40]
        before = request.args.get("before", "")[:40]
        found = at.copies.repairs(by, None, record, before, PAGE + 1)
        shown = found[:PAGE]
        return show(
            at,
            "custody-repairs",
            repairs=shown,
            record=record,
            first=not before,
            next=shown[-1].id if len(found) > PAGE else "",
            named=named(at, (one.who for one in shown)),
            may_ask=by.may(Permission.REPAIR),
        )

    @needs()
    def requests(self) -> Response:
        """What waits for a second person, and what became of the last ones.

        For whoever sees custody, and for the second person, who may see no more of it than this.
        """
        return self._requests()

    @needs()
    def ask(self) -> AnyResponse:
        """Ask for what one person may not do alone."""
        form = request.form
        try:
            kind = RequestKind(form.get("kind", ""))
        except ValueError:
            raise BadRequest("there is no such request", "没有这种申请") from None
        subject, reason = form.get("subject", "")[:120], form.get("reason", "")
        try:
            self.at.copies.ask(person(), kind, subject, reason)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._requests(error)
        return redirect(url_for("custody.requests"), 303)

    @needs(Permission.APPROVE)
    def decide(self, request_id: str, how: str) -> AnyResponse:
        """Agree, or not. Whoever asked may not."""
        try:
            self.at.copies.decide(person(), request_id, how == "agree")
        except NotFound:
            raise
        except FilingError as error:
            return self._requests(error)
        return redirect(url_for("custody.requests"), 303)

    def _requests(self, error: FilingError | None = None) -> Response:
        at, by = self.at, person()
        asked = at.copies.requests(by, RequestState.ASKED, "", PAGE)
        states = (RequestState.APPROVED, RequestState.DONE, RequestState.REFUSED)
        decided = [one for each in states for one in at.copies.requests(by, each, "", _RECENT)]
        decided.sort(key=lambda one: one.id, reverse=True)
        evidence = {one.id: at.copies.evidence(by, one) for one in asked}
        doers = [one.asked_by for one in (*asked, *decided)]
        doers += [each.repair.who for each in evidence.values() if each.repair]
        return show(
            at,
            "custody-requests",
            200 if error is None else status_of(error),
            asked=[(one, _may_decide(by, one), _may_agree(by, one)) for one in asked],
            evidence=evidence,
            decided=decided[:_RECENT],
            named=named(at, [*doers, *(one.decided_by for one in decided)]),
            kinds={kind: gettext(text) for kind, text in KINDS.items()},
            sees_custody=by.may(_SEE),
            error=refused(error),
        )


def _may_decide(by: Person, one: Request) -> bool:
    return by.may(Permission.APPROVE) and one.asked_by != by.who


def _may_agree(by: Person, one: Request) -> bool:
    """Agreeing to leave damage as it is is accepting it, and asks for that power too."""
    return one.kind is not RequestKind.ACCEPT or by.may(Permission.DECIDE_FINDINGS)


def add_to(blueprint: Blueprint, at: Premises) -> None:
    """Add these pages."""
    views = _Views(at)
    blueprint.add_url_rule("/locations", "locations", views.locations)
    blueprint.add_url_rule("/repairs", "repairs", views.repairs)
    blueprint.add_url_rule("/requests", "requests", views.requests)
    blueprint.add_url_rule("/requests", "ask", views.ask, methods=["POST"])
    blueprint.add_url_rule(
        "/requests/<request_id>/<any(agree, refuse):how>",
        "decide",
        views.decide,
        methods=["POST"],
    )

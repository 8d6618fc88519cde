"""Findings: the list by state, code and record, one finding and its life, leaving it so."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import FilingError, NotAllowed, NotFound
from filing.model.copies import RepairState, RequestKind
from filing.model.custody import OPEN_STATES, FindingState, FindingStep, take
from filing.model.custody_views import Comparison, Wanted
from filing.model.roles import Permission
from filing.web.custody.showing import (
    PAGE,
    SUBJECTS,
    Premises,
    named,
    show,
    word_of,
    wording,
)
from filing.web.errors import status_of
from filing.web.i18n import gettext, marked, refused
from filing.web.session import needs, person

_SEE, _DECIDE, _REPAIR = Permission.SEE_CUSTODY, Permission.DECIDE_FINDINGS, Permission.REPAIR
_REPAIRS = 10
#: What came of a repair: how it looks, and what is said.
_CAME = {
    RepairState.DONE: ("good", marked("已从完好的副本修复，并重新读取验证。")),
    RepairState.NO_COPY: (
        "bad",
        marked("没有找到可以证明完好的副本，未作任何改动。请立即寻找其他副本。"),
    ),
    RepairState.NOT_NEEDED: ("calm", marked("重新读取未见损坏，无需修复。")),
    RepairState.NOT_TOLD: ("unsure", marked("目前读不到该副本，或正由其他进程修复，未作改动。")),
    RepairState.UNDONE: ("unsure", marked("修复已撤销，原样未动。")),
    RepairState.BEGUN: ("unsure", marked("修复尚未完成，将自动继续。")),
}


@dataclass(frozen=True, slots=True)
class _Views:
    at: Premises

    @needs(_SEE)
    def listed(self) -> Response:
        """The newest first; open ones unless something else is asked for."""
        at, by, args = self.at, person(), request.args
        state = args.get("state", "open")
        states = _states(state)
        wanted = Wanted(
            states=states,
            subject=args.get("subject", "").strip()[:120],
            code=args.get("code", "")[:16],
            audit_id=args.get("audit", "").strip()[:40],
        )
        before = args.get("before", "")[:40]
        found = at.shown.found(by, wanted, before, PAGE + 1)
        catalogue = at.custody.catalogue()
        return show(
            at,
            "custody-findings",
            found=found[:PAGE],
            next=found[PAGE - 1].id if len(found) > PAGE else "",
            first=not before,
            wanted=wanted,
            state=state,
            states=[
                ("open", gettext("未了结")),
                ("every", gettext("全部")),
                *((one.value, word_of(one)) for one in FindingState),
            ],
            codes=[(code, f"{code} {wording(catalogue, code)}") for code in catalogue.faults],
        )

    @needs(_SEE)
    def one(self, finding_id: str) -> Response:
        """What was expected and found, and everything that happened to it."""
        return self._show(finding_id)

    @needs(_DECIDE)
    def accept(self, finding_id: str) -> AnyResponse:
        """Answer for leaving it so; for damage, ask a second person to agree."""
        at, by, reason = self.at, person(), request.form.get("reason", "")
        try:
            if at.custody.finding(by, finding_id).state is FindingState.CONFIRMED:
                at.copies.ask(by, RequestKind.ACCEPT, finding_id, reason)
                return redirect(url_for("custody.requests"), 303)
            at.custody.accept(by, finding_id, reason)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._show(finding_id, error)
        return redirect(url_for("custody.finding", finding_id=finding_id), 303)

    @needs(_REPAIR)
    def repair(self, finding_id: str) -> AnyResponse:
        """Put it right from a copy proven good, and say what came of it."""
        try:
            done = self.at.copies.repair_finding(person(), finding_id)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._show(finding_id, error)
        address = url_for("custody.finding", finding_id=finding_id, repaired=done.state)
        return redirect(address, 303)

    @needs(Permission.AUDIT)
    def compare(self, finding_id: str) -> AnyResponse:
        """Every copy of the record read now, side by side."""
        one = self.at.custody.finding(person(), finding_id)
        try:
            compared = self.at.compare(person(), one.subject)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._show(finding_id, error)
        return self._show(finding_id, compared=compared)

    def _show(
        self,
        finding_id: str,
        error: FilingError | None = None,
        compared: Comparison | None = None,
    ) -> Response:
        at, by = self.at, person()
        one = at.custody.finding(by, finding_id)
        is_record = one.subject not in SUBJECTS
        named_fault = at.custody.catalogue().faults.get(one.fault.code)
        events = at.shown.events_of(by, one.subject)
        events = [each for each in events if each.detail.get("finding") == one.id]
        name = named(at, [one.decided_by, *(each.who for each in events)])
        return show(
            at,
            "custody-finding",
            200 if error is None else status_of(error),
            one=one,
            item=named_fault.item if named_fault else "",
            is_record=is_record,
            repairs=at.copies.repairs(by, None, one.subject, "", _REPAIRS) if is_record else (),
            compared=compared,
            came=_came(request.args.get("repaired", "")),
            may_repair=by.may(_REPAIR) and one.state is FindingState.CONFIRMED,
            may_compare=by.may(Permission.AUDIT) and is_record,
            for_two=one.state is FindingState.CONFIRMED,
            may_accept=by.may(_DECIDE) and _can(one.state, FindingStep.ACCEPT),
            events=events,
            named=name,
            error=refused(error),
            reason=request.form.get("reason", ""),
        )


def _came(state: str) -> tuple[str, str] | None:
    found = _CAME.get(RepairState(state)) if state in set(RepairState) else None
    return None if found is None else (found[0], gettext(found[1]))


def _states(asked: str) -> tuple[FindingState, ...]:
    if asked in set(FindingState):
        return (FindingState(asked),)
    return () if asked == "every" else tuple(sorted(OPEN_STATES))


def _can(state: FindingState, step: FindingStep) -> bool:
    try:
        take(state, step)
    except FilingError:
        return False
    return True


def add_to(blueprint: Blueprint, at: Premises) -> None:
    """Add these pages."""
    views = _Views(at)
    one = "/findings/<finding_id>"
    blueprint.add_url_rule("/findings", "findings", views.listed)
    blueprint.add_url_rule(one, "finding", views.one)
    blueprint.add_url_rule(f"{one}/repair", "repair", views.repair, methods=["POST"])
    blueprint.add_url_rule(f"{one}/compare", "compare", views.compare, methods=["POST"])
    blueprint.add_url_rule(f"{one}/accept", "accept", views.accept, methods=["POST"])

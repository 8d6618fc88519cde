"""Agencies: the list, a new one, and what each is and files."""

from dataclasses import dataclass, replace

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.administration.agencies import PARTS
from filing.errors import FilingError, NotAllowed, NotFound
from filing.model.administration import Rehearsal
from filing.model.agency import Agency
from filing.model.roles import Permission
from filing.services.administration import Administration
from filing.web.admin import agency_form, showing
from filing.web.i18n import refused
from filing.web.pages import render
from filing.web.session import needs, person


@dataclass(frozen=True, slots=True)
class _Views:
    desk: Administration

    @needs()
    def listed(self) -> Response:
        """One page of agencies."""
        after = request.args.get("after", "")[:64]
        found = self.desk.agencies.listed(person(), after, showing.PAGE + 1)
        return render(
            "web/admin-agencies.html",
            found=found[: showing.PAGE],
            next=found[showing.PAGE - 1].id if len(found) > showing.PAGE else "",
            channels=showing.told(agency_form.CHANNELS),
            signatures=showing.told(agency_form.SIGNATURES),
        )

    @needs(Permission.CHANGE_AGENCIES)
    def new(self) -> Response:
        """The empty form."""
        return self._form(Agency("", ""), 0)

    @needs(Permission.CHANGE_AGENCIES)
    def add(self) -> AnyResponse:
        """Add one."""
        agency = Agency(request.form.get("id", "").strip(), "")
        try:
            agency = agency_form.agency_of(agency.id, request.form)
            self.desk.agencies.add(person(), agency, request.form.get("reason", ""))
        except FilingError as error:
            return self._form(agency, 0, error)
        return redirect(url_for("admin.agency", agency_id=agency.id, done=1), 303)

    @needs()
    def one(self, agency_id: str) -> Response:
        """The form with what stands."""
        agency, version = self.desk.agencies.one(person(), agency_id)
        return self._form(agency, version.number)

    @needs()
    def change(self, agency_id: str) -> AnyResponse:
        """Show what a change would do, or make it."""
        standing, _ = self.desk.agencies.one(person(), agency_id)
        seen, changed, rehearsal = showing.number("version"), standing, None
        try:
            changed = self._typed(standing)
            if showing.wants_to_save():
                reason = request.form.get("reason", "")
                self.desk.agencies.change(person(), changed, seen, reason)
                return redirect(url_for("admin.agency", agency_id=agency_id, done=1), 303)
            rehearsal = self.desk.rehearsals.of_agency(person(), changed)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._form(changed, seen, error)
        return self._form(changed, seen, rehearsal=rehearsal)

    def _typed(self, standing: Agency) -> Agency:
        """What was typed; parts that are not this person's to change stay as they stand."""
        typed, by = agency_form.agency_of(standing.id, request.form), person()
        parts = [one for one, who in PARTS.items() if any(by.may(each) for each in who)]
        return replace(standing, **{one: getattr(typed, one) for one in parts})

    def _form(
        self,
        agency: Agency,
        seen: int,
        error: FilingError | None = None,
        rehearsal: Rehearsal | None = None,
    ) -> Response:
        by = person()
        return render(
            "web/admin-agency.html",
            200 if error is None else showing.status_of(error),
            agency=agency,
            seen=seen,
            error=refused(error),
            reason=request.form.get("reason", ""),
            done="done" in request.args,
            rules=agency_form.rules_of(agency),
            forms=showing.told(agency_form.FORMS),
            channels=showing.told(agency_form.CHANNELS),
            process="\n".join("、".join(group) for group in agency.process),
            signatures=showing.told(agency_form.SIGNATURES),
            may_change=by.may(Permission.CHANGE_AGENCIES),
            may_rule=by.may(Permission.CHANGE_AGENCIES) or by.may(Permission.CHANGE_RULES),
            may_sign=by.may(Permission.CHANGE_CREDENTIALS),
            **showing.rehearsal_shown(rehearsal, by),
        )


def add_to(blueprint: Blueprint, desk: Administration) -> None:
    """Add these pages."""
    views = _Views(desk)
    for rule, name, view, method in (
        ("/agencies", "agencies", views.listed, "GET"),
        ("/agencies/new", "new_agency", views.new, "GET"),
        ("/agencies/new", "add_agency", views.add, "POST"),
        ("/agencies/<agency_id>", "agency", views.one, "GET"),
        ("/agencies/<agency_id>", "change_agency", views.change, "POST"),
    ):
        blueprint.add_url_rule(rule, name, view, methods=[method])

"""Rules: for whom something is set, what is set, and what it would do."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import FilingError, NotAllowed, NotFound
from filing.model.administration import Rehearsal
from filing.model.roles import Permission
from filing.model.tuning import Scope, Tuning
from filing.rules.asked import differing
from filing.services.administration import Administration
from filing.web.admin import rules_form, showing
from filing.web.i18n import refused
from filing.web.pages import finish, render
from filing.web.session import needs, person


@dataclass(frozen=True, slots=True)
class _Views:
    desk: Administration

    @needs(Permission.CHANGE_RULES)
    def listed(self) -> Response:
        """Every scope, and a form to choose another."""
        rules = self.desk.rules
        args = request.args
        after = Scope.of(args["agency"][:64], args.get("key", "")) if "agency" in args else None
        found = rules.listed(person(), after, showing.PAGE + 1)
        last = found[showing.PAGE - 1][0] if len(found) > showing.PAGE else None
        agencies = self.desk.agencies.listed(person(), "", 1000)
        return render(
            "web/admin-rules.html",
            found=found[: showing.PAGE],
            next=None if last is None else {"agency": last.agency_id, "key": last.key},
            agencies={one.id: one.name for one in agencies},
            shipped=rules.in_force.base,
        )

    @needs(Permission.CHANGE_RULES)
    def one(self) -> Response:
        """The form of one scope."""
        scope = _scope()
        tuning, version = self.desk.rules.one(person(), scope)
        return self._form(scope, tuning, version.number)

    @needs(Permission.CHANGE_RULES)
    def change(self) -> AnyResponse:
        """Show what a change would do, or make it."""
        scope, seen, rehearsal = _scope(), showing.number("version"), None
        rules = self.desk.rules
        tuning = rules_form.tuning_of(request.form, rules.in_force.base)
        try:
            if showing.wants_to_save():
                rules.save(person(), scope, tuning, seen, request.form.get("reason", ""))
                return redirect(_at(scope, done=1), 303)
            rehearsal = self.desk.rehearsals.of_tuning(person(), scope, tuning)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._form(scope, tuning, seen, error)
        return self._form(scope, tuning, seen, rehearsal=rehearsal)

    @needs()
    def text(self, digest: str) -> Response:
        """The rules a report names, as they are kept."""
        found = self.desk.rules.in_force.text(digest)
        return finish(Response(found, mimetype="application/json"))

    def _form(
        self,
        scope: Scope,
        tuning: Tuning,
        seen: int,
        error: FilingError | None = None,
        rehearsal: Rehearsal | None = None,
    ) -> Response:
        rules, by = self.desk.rules, person()
        shipped = rules.in_force.base
        kinds = scope.agency_id, scope.category, scope.document_type
        above = rules.proposed(scope, Tuning(), *kinds)
        shown = rules.proposed(scope, tuning, *kinds)
        return render(
            "web/admin-rule.html",
            200 if error is None else showing.status_of(error),
            scope=scope,
            seen=seen,
            agency=None if not scope.agency_id else self.desk.agencies.one(by, scope.agency_id)[0],
            checks=list(rules_form.check_rows(above, shipped, tuning)),
            fields=list(rules_form.field_rows(above, shipped, tuning)),
            rules=shown,
            differs=differing(shown, shipped),
            error=refused(error),
            reason=request.form.get("reason", ""),
            done="done" in request.args,
            **showing.rehearsal_shown(rehearsal, by),
        )


def _scope() -> Scope:
    args = request.args
    return Scope(
        args.get("agency", "")[:64],
        args.get("category", "").strip()[:16],
        args.get("type", "").strip()[:100],
    )


def _at(scope: Scope, **more: object) -> str:
    of = {"agency": scope.agency_id, "category": scope.category, "type": scope.document_type}
    return url_for("admin.rule", **{name: one for name, one in of.items() if one}, **more)  # type: ignore[arg-type]  # plain values


def add_to(blueprint: Blueprint, desk: Administration) -> None:
    """Add these pages."""
    views = _Views(desk)
    blueprint.add_url_rule("/rules", "rules", views.listed)
    blueprint.add_url_rule("/rules/scope", "rule", views.one)
    blueprint.add_url_rule("/rules/scope", "change_rule", views.change, methods=["POST"])
    blueprint.add_url_rule("/rules/sets/<digest>", "rule_set", views.text)

"""Accounts and roles: who may come in, and who grants what to whom.

What is asked is decided by filing.people; a page shows only the acts its reader's office has.
"""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest, NotAllowed, NotFound, RolesConflict, WrongState
from filing.model.people import Person
from filing.model.roles import APART, Permission, Role
from filing.services.people import People
from filing.web.i18n import refused
from filing.web.pages import render
from filing.web.session import needs, person

_PAGE = 50
_REFUSED = (BadRequest, NotAllowed, NotFound, RolesConflict, WrongState)


def create_blueprint(people: People, agencies: Callable[[], Mapping[str, str]]) -> Blueprint:
    """The pages of accounts and roles, bound to the people."""
    blueprint = Blueprint("people", __name__)
    pages = _Pages(people, agencies)
    change, secure = Permission.CHANGE_PEOPLE, Permission.CHANGE_CREDENTIALS
    power = Permission.GRANT_ROLES
    rules: tuple[tuple[str, str, Callable[..., AnyResponse], str, tuple[Permission, ...]], ...] = (
        ("/admin/people", "page", pages.page, "GET", ()),
        ("/admin/people", "add", pages.add, "POST", (change,)),
        ("/admin/people/<person_id>", "one", pages.one, "GET", ()),
        ("/admin/people/<person_id>/disable", "disable", pages.disable, "POST", (change,)),
        ("/admin/people/<person_id>/enable", "enable", pages.enable, "POST", (change,)),
        ("/admin/people/<person_id>/reset", "reset", pages.reset, "POST", (change,)),
        ("/admin/people/<person_id>/unlock", "unlock", pages.unlock, "POST", (secure,)),
        ("/admin/people/<person_id>/roles", "grant", pages.grant, "POST", (power,)),
        ("/admin/people/<person_id>/identity", "link", pages.link, "POST", (secure,)),
    )
    for rule, name, view, method, asked in rules:
        blueprint.add_url_rule(rule, name, needs(*asked)(view), methods=[method])
    return blueprint


class _Pages:
    def __init__(self, people: People, agencies: Callable[[], Mapping[str, str]]) -> None:
        self._people, self._agencies = people, agencies

    def page(self) -> AnyResponse:
        """Every account, by login."""
        return self._list(200)

    def add(self) -> AnyResponse:
        """A new account; its first password is shown this once."""
        given = request.form
        try:
            made, password = self._people.add_person(
                person(), given.get("login", ""), given.get("name", ""), given.get("agency", "")
            )
        except _REFUSED as error:
            return self._list(422, refused(error))
        return _issued(made, password)

    def one(self, person_id: str) -> AnyResponse:
        """One account, with what its reader's office may do."""
        return self._show(person_id, 200)

    def disable(self, person_id: str) -> AnyResponse:
        """No sign-in any more."""
        return self._do(person_id, lambda: self._people.disable(person(), person_id, True))

    def enable(self, person_id: str) -> AnyResponse:
        """Sign-in again."""
        return self._do(person_id, lambda: self._people.disable(person(), person_id, False))

    def reset(self, person_id: str) -> AnyResponse:
        """A new first password, shown this once."""
        try:
            password = self._people.reset_password(person(), person_id)
        except _REFUSED as error:
            return self._show(person_id, 422, refused(error))
        return _issued(self._people.person(person(), person_id), password)

    def unlock(self, person_id: str) -> AnyResponse:
        """No more waiting."""
        return self._do(person_id, lambda: self._people.unlock(person(), person_id))

    def grant(self, person_id: str) -> AnyResponse:
        """The roles from now on."""
        known = {one.value for one in Role}
        given = request.form.getlist("role")
        if unknown := set(given) - known:
            raise BadRequest(f"there is no role {sorted(unknown)[0][:40]}", "没有这个角色")
        roles = frozenset(Role(one) for one in given)
        return self._do(person_id, lambda: self._people.grant(person(), person_id, roles))

    def link(self, person_id: str) -> AnyResponse:
        """Linked to an outside identity, or to none."""
        subject = request.form.get("subject", "").strip()
        return self._do(person_id, lambda: self._people.link(person(), person_id, subject))

    def _do(self, person_id: str, act: Callable[[], object]) -> AnyResponse:
        try:
            act()
        except _REFUSED as error:
            return self._show(person_id, 422, refused(error))
        return redirect(url_for("people.one", person_id=person_id, done=1), 303)

    def _list(self, status: int, mistake: str = "") -> Response:
        after = request.args.get("after", "")[:64]
        found = self._people.people(person(), after, _PAGE + 1)
        shown = found[:_PAGE]
        more = len(found) > _PAGE
        return render(
            "web/people.html",
            status,
            people=shown,
            agencies=self._agencies() if any(one.agency_id for one in shown) else {},
            locked=self._people.locked(person(), shown),
            first=url_for("people.page") if after else "",
            next=url_for("people.page", after=shown[-1].login) if more else "",
            may_add=person().may(Permission.CHANGE_PEOPLE),
            given=request.form,
            mistake=mistake,
        )

    def _show(self, person_id: str, status: int, mistake: str = "") -> Response:
        found = self._people.person(person(), person_id)
        return render(
            "web/people-one.html",
            status,
            one=found,
            agencies=self._agencies() if found.agency_id else {},
            locked=self._people.locked(person(), (found,)).get(found.id),
            identity=self._people.identity(person(), person_id),
            outside=self._people.outside(),
            may=_acts(person(), found),
            roles=_offered(found),
            mistake=mistake,
            done=request.args.get("done", ""),
        )


def _acts(by: Person, one: Person) -> dict[str, bool]:
    """What is offered to the reader; refusing is the use case's affair."""
    other, office = by.id != one.id, bool(one.roles & APART)
    return {
        "change": other and by.may(Permission.CHANGE_PEOPLE),
        "reset": other and not office and by.may(Permission.CHANGE_PEOPLE),
        "unlock": by.may(Permission.CHANGE_CREDENTIALS),
        "link": other and not office and by.may(Permission.CHANGE_CREDENTIALS),
        "grant": other and by.may(Permission.GRANT_ROLES),
    }


def _offered(one: Person) -> tuple[Role, ...]:
    """The roles an account of its kind can have at all."""
    if one.agency_id:
        return (Role.AGENCY_CLERK,)
    return tuple(role for role in Role if role is not Role.AGENCY_CLERK)


def _issued(made: Person, password: str) -> Response:
    return render("web/people-password.html", one=made, password=password)

"""Versions of a setting: the list, the difference between two, one put back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.administration.history import History
from filing.errors import FilingError, NotAllowed, NotFound
from filing.model.administration import Setting, SettingKind
from filing.model.tuning import Scope
from filing.services.administration import Administration
from filing.web.admin import showing
from filing.web.i18n import gettext, refused
from filing.web.pages import render
from filing.web.session import needs, person

#: Person ids -> what to call them; ids nobody has are left out.
Names = Callable[[frozenset[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Views:
    desk: Administration
    names: Names

    @needs()
    def listed(self, kind: str) -> Response:
        """The versions, and what changed between two of them."""
        return self._show(_setting(kind))

    @needs()
    def put_back(self, kind: str) -> AnyResponse:
        """Make an old version the newest."""
        which = _setting(kind)
        form = request.form
        try:
            self.desk.history.put_back(
                person(),
                which,
                showing.number("number"),
                showing.number("version"),
                form.get("reason", ""),
            )
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._show(which, error)
        return redirect(_at(which), 303)

    def _show(self, which: Setting, error: FilingError | None = None) -> Response:
        history, by = self.desk.history, person()
        before = max(showing.number("before"), 0)
        found = list(history.versions(by, which, before, showing.PAGE + 1))
        shown = found[: showing.PAGE]
        newest = history.versions(by, which, 0, 1)[0].number
        second = showing.number("to") if "to" in request.args else shown[0].number if shown else 0
        first = showing.number("from") if "from" in request.args else max(second - 1, 0)
        differences = None
        if shown and first != second and _there(history, which, first):
            differences = history.differences(by, which, first, second)
        return render(
            "web/admin-versions.html",
            200 if error is None else showing.status_of(error),
            which=which,
            title=_title(which),
            names=self.names(frozenset(one.by.removeprefix("person:") for one in shown)),
            found=shown,
            next=shown[-1].number if len(found) > showing.PAGE else 0,
            newest=newest,
            first=first,
            second=second,
            differences=differences,
            back=_page_of(which),
            error=refused(error),
            reason=request.form.get("reason", ""),
        )


def _there(history: History, which: Setting, number: int) -> bool:
    try:
        history.version(person(), which, number)
    except NotFound:
        return False
    return True


def _title(which: Setting) -> str:
    """The setting in words: its kind, and what tells it from others."""
    apart = [which.owner, *which.key.split("/")]
    return " ".join([gettext(showing.KINDS[which.kind]), *(one for one in apart if one)])


def _setting(kind: str) -> Setting:
    try:
        of = SettingKind(kind)
    except ValueError:
        raise NotFound(f"there is no setting {kind}", "没有此设置") from None
    args = request.args
    return Setting(of, args.get("owner", "")[:64], args.get("key", "")[:120])


def _at(which: Setting) -> str:
    return url_for("admin.versions", kind=which.kind, owner=which.owner, key=which.key)


def _page_of(which: Setting) -> str:
    """The page on which this setting is changed."""
    if which.kind is SettingKind.AGENCY:
        return url_for("admin.agency", agency_id=which.owner)
    if which.kind is SettingKind.NOTICE_TEXT:
        return url_for("admin.text", kind=which.key)
    scope = Scope.of(which.owner, which.key)
    return url_for(
        "admin.rule", agency=scope.agency_id, category=scope.category, type=scope.document_type
    )


def add_to(blueprint: Blueprint, desk: Administration, names: Names) -> None:
    """Add these pages."""
    views = _Views(desk, names)
    blueprint.add_url_rule("/versions/<kind>", "versions", views.listed)
    blueprint.add_url_rule("/versions/<kind>", "put_back", views.put_back, methods=["POST"])

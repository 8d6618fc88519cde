"""The words of notices: the list, and each with a sample of what an agency will read."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import FilingError, NotAllowed, NotFound
from filing.model.events import MEANINGS
from filing.model.notices import LANGUAGES, Template
from filing.model.roles import Permission
from filing.services.administration import Administration
from filing.web.admin import showing
from filing.web.i18n import language, refused
from filing.web.pages import render
from filing.web.session import needs, person


@dataclass(frozen=True, slots=True)
class _Views:
    desk: Administration

    @needs(Permission.CHANGE_NOTICE_TEXTS)
    def listed(self) -> Response:
        """Every kind of notice."""
        found = self.desk.texts.listed(person())
        return render("web/admin-texts.html", found=found, meaning=_meaning)

    @needs(Permission.CHANGE_NOTICE_TEXTS)
    def one(self, kind: str) -> Response:
        """The form with the words that stand, and how they read."""
        words, version = self.desk.texts.one(person(), kind)
        return self._form(kind, words, version.number)

    @needs(Permission.CHANGE_NOTICE_TEXTS)
    def change(self, kind: str) -> AnyResponse:
        """Show how the words would read, or put them in force."""
        seen, words = showing.number("version"), _typed()
        try:
            if showing.wants_to_save():
                reason = request.form.get("reason", "")
                self.desk.texts.save(person(), kind, words, seen, reason)
                return redirect(url_for("admin.text", kind=kind, done=1), 303)
            self.desk.texts.sample(person(), kind, words)
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._form(kind, words, seen, error)
        return self._form(kind, words, seen, previewed=True)

    def _form(
        self,
        kind: str,
        words: Mapping[str, Template],
        seen: int,
        error: FilingError | None = None,
        *,
        previewed: bool = False,
    ) -> Response:
        texts = self.desk.texts
        place = 1 if language() == "zh" else 2
        return render(
            "web/admin-text.html",
            200 if error is None else showing.status_of(error),
            kind=kind,
            meaning=_meaning(kind),
            words=words,
            seen=seen,
            sample=texts.sample(person(), kind, words) if error is None else None,
            placeholders=[(f"{{{one[0]}}}", one[place]) for one in texts.wording.names()],
            error=refused(error),
            reason=request.form.get("reason", ""),
            done="done" in request.args,
            previewed=previewed,
        )


def _meaning(kind: str) -> str:
    found = next(one for name, one in MEANINGS.items() if name == kind)
    return found.zh if language() == "zh" else found.en


def _typed() -> Mapping[str, Template]:
    form = request.form
    return {
        one: Template(
            form.get(f"title-{one}", "").strip(),
            form.get(f"body-{one}", "").replace("\r\n", "\n").strip(),
        )
        for one in LANGUAGES
    }


def add_to(blueprint: Blueprint, desk: Administration) -> None:
    """Add these pages."""
    views = _Views(desk)
    blueprint.add_url_rule("/notice-texts", "texts", views.listed)
    blueprint.add_url_rule("/notice-texts/<kind>", "text", views.one)
    blueprint.add_url_rule("/notice-texts/<kind>", "change_text", views.change, methods=["POST"])

"""The promise of one location, and changing it; every change is an entry of the log."""

import re
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest, FilingError, NotAllowed, NotFound
from filing.model.custody import MAIN
from filing.model.promise import Policy
from filing.model.roles import Permission
from filing.web.custody.showing import Premises, named, show
from filing.web.errors import status_of
from filing.web.i18n import refused
from filing.web.session import needs, person

_SEE, _DECIDE = Permission.SEE_CUSTODY, Permission.DECIDE_FINDINGS
_MEGABYTE = 1_000_000
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Views:
    at: Premises

    @needs(_SEE)
    def one(self) -> Response:
        """What is promised, what it takes, and who changed it."""
        return self._show()

    @needs(_DECIDE)
    def change(self) -> AnyResponse:
        """Make another promise."""
        location = _location()
        try:
            self.at.copies.at(location).change_policy(person(), location, _policy())
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._show(error)
        return redirect(url_for("custody.policy", location=location, done=1), 303)

    def _show(self, error: FilingError | None = None) -> Response:
        at, by, location = self.at, person(), _location()
        coverage = at.copies.at(location).coverage(by, location)
        events = [
            one for one in at.shown.events_of(by, location) if one.kind == "custody-policy-changed"
        ]
        policy = coverage.policy
        return show(
            at,
            "custody-policy",
            200 if error is None else status_of(error),
            location=location,
            locations=at.locations(),
            coverage=coverage,
            policy=policy,
            megabytes=_megabytes(policy),
            may_change=by.may(_DECIDE),
            events=list(reversed(events)),
            named=named(at, (one.who for one in events)),
            error=refused(error),
            form=request.form if error else {},
            done="done" in request.args and error is None,
        )


def _location() -> str:
    return request.args.get("location", MAIN)[:40]


def _megabytes(policy: Policy) -> str:
    return f"{policy.bytes_per_second / _MEGABYTE:g}"


def _policy() -> Policy:
    """What the form says. Raises BadRequest."""
    return Policy(
        within_days=_number("within_days"),
        bytes_per_second=_rate(),
        percent=_number("percent"),
        from_hour=_number("from_hour"),
        to_hour=_number("to_hour"),
    )


def _rate() -> int:
    """Megabytes, with a fraction where one is wanted."""
    text = request.form.get("megabytes", "").strip()
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text):
        raise BadRequest("megabytes: a number is expected", "请填写每秒最多读取的 MB 数")
    return int(Decimal(text) * _MEGABYTE)


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise BadRequest(f"{name}: a whole number is expected", "请填写整数")
    return int(text)


def add_to(blueprint: Blueprint, at: Premises) -> None:
    """Add this page."""
    views = _Views(at)
    blueprint.add_url_rule("/policy", "policy", views.one)
    blueprint.add_url_rule("/policy", "change_policy", views.change, methods=["POST"])

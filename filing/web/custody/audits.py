"""Audits: the list, a form to begin one, one on its way or done, and its report."""

import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Blueprint, Response, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.custody.draw import size_for
from filing.errors import BadRequest, FilingError, NotAllowed, NotFound
from filing.model.custody import MAIN, Audit, AuditState, Depth, Sample, Scope
from filing.model.custody_views import Wanted
from filing.model.roles import Permission
from filing.services.custody import REPORT_FORMATS
from filing.web.custody.showing import PAGE, Premises, named, percent, scope_text, show
from filing.web.errors import status_of
from filing.web.formats import number
from filing.web.i18n import gettext, language, refused
from filing.web.pages import finish
from filing.web.session import needs, person

_SEE, _AUDIT = Permission.SEE_CUSTODY, Permission.AUDIT
_LONGEST = 100
#: A packed report this small is not put on disk on its way out.
_IN_MEMORY = 4 << 20
#: Findings a page of one audit shows; the list shows the rest.
_SHOWN = 20
#: What a share to be excluded may be, in hundredths of a per cent (basis points).
SHARES = {"500": "5%", "100": "1%", "50": "0.5%", "10": "0.1%"}


@dataclass(frozen=True, slots=True)
class _Views:
    at: Premises

    @needs(_SEE)
    def listed(self) -> Response:
        """The newest first, with a form to begin another."""
        return self._list()

    @needs(_AUDIT)
    def begin(self) -> AnyResponse:
        """Begin one; the server carries it on by itself."""
        try:
            location = request.form.get("location", MAIN)[:40]
            audit = self.at.copies.at(location).begin(person(), _scope())
        except (NotAllowed, NotFound):
            raise
        except FilingError as error:
            return self._list(error)
        return redirect(url_for("custody.audit", audit_id=audit.id), 303)

    @needs(_SEE)
    def one(self, audit_id: str) -> Response:
        """How far it came, or what it said."""
        at, by = self.at, person()
        audit = at.custody.audit(by, audit_id)
        found = at.shown.found(by, Wanted(audit_id=audit.id), "", _SHOWN + 1)
        share = at.custody.excluded_share(audit) if audit.scope.sample else None
        return show(
            at,
            "custody-audit",
            audit=audit,
            scope=scope_text(audit.scope),
            running=audit.state is AuditState.RUNNING,
            may_move=by.may(_AUDIT),
            moves=_MOVES.get(audit.state, ()),
            items=list(self._items(audit)),
            found=found[:_SHOWN],
            more=len(found) > _SHOWN,
            share=None if share is None else percent(share),
            every=share == 0,
            events=at.shown.events_of(by, audit.id),
            who=named(at, (audit.who,))(audit.who),
            formats=REPORT_FORMATS,
        )

    @needs(_AUDIT)
    def move(self, audit_id: str, how: str) -> AnyResponse:
        """Pause, go on, or stop."""
        custody, by = self.at.custody, person()
        moves = {"pause": custody.pause, "resume": custody.resume, "stop": custody.stop}
        moves[how](by, audit_id)
        return redirect(url_for("custody.audit", audit_id=audit_id), 303)

    @needs(_SEE)
    def report(self, audit_id: str) -> AnyResponse:
        """The report, its signatures and what is needed to verify them, in one ZIP."""
        asked = request.args.get("format", "pdf")
        formats = REPORT_FORMATS if asked == "all" else (asked,)
        with tempfile.TemporaryDirectory(prefix="filing-report-") as folder:
            names = self.at.reports.write(person(), audit_id, formats, Path(folder))
            packed = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # the response closes it
            try:
                with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
                    for name in names:
                        archive.write(Path(folder) / name, name)
                packed.seek(0)
            except BaseException:
                packed.close()
                raise
        answer = send_file(
            packed, "application/zip", as_attachment=True, download_name=f"audit-{audit_id}.zip"
        )
        answer.call_on_close(packed.close)
        return finish(answer)

    def _list(self, error: FilingError | None = None) -> Response:
        at, by = self.at, person()
        before = request.args.get("before", "")[:40]
        found = at.custody.audits(by, before, PAGE + 1)
        shown = found[:PAGE]
        name = named(at, (one.who for one in shown))
        return show(
            at,
            "custody-audits",
            200 if error is None else status_of(error),
            audits=[(one, scope_text(one.scope), name(one.who)) for one in shown],
            next=shown[-1].id if len(found) > PAGE else "",
            first=not before,
            locations=at.locations(),
            may_begin=by.may(_AUDIT),
            error=refused(error),
            form=request.form if error else {},
            shares=[(points, _share_text(points)) for points in SHARES],
        )

    def _items(self, audit: Audit) -> Iterator[tuple[str, str, str, bool]]:
        """(code, text, answer, confirmed) of the items of DA/T 70."""
        at, catalogue = self.at, self.at.custody.catalogue()
        answers = at.reports.by_item(person(), audit)
        for code, item in catalogue.items.items():
            text = item.en if language() == "en" else item.zh
            yield code, text, answers[code], item.confirmed


def _share_text(points: str) -> str:
    return gettext(
        "排除 %(share)s 及以上的损坏（%(count)s 件）",
        share=SHARES[points],
        count=number(size_for(int(points) / 10_000)),
    )


_MOVES = {AuditState.RUNNING: ("pause", "stop"), AuditState.PAUSED: ("resume", "stop")}


def _scope() -> Scope:
    """What the form asks for. Raises BadRequest."""
    form = request.form
    depth = _depth(form.get("depth", Depth.WHOLE))
    kind = form.get("kind", "")
    if kind == "all":
        return Scope(depth=depth)
    if kind == "record":
        record = form.get("record", "").strip()[:_LONGEST]
        if not record:
            raise BadRequest("name the record", "请填写档案标识符")
        return Scope(records=(record,), depth=depth)
    if kind == "sample":
        share = form.get("share", "")
        if share not in SHARES:
            raise BadRequest("choose the share to exclude", "请选择要排除的损坏比例")
        seed = form.get("seed", "").strip()[:_LONGEST] or secrets.token_hex(8)
        return Scope(sample=Sample(size_for(int(share) / 10_000), seed), depth=depth)
    if kind != "selection":
        raise BadRequest("say what to audit", "请选择检查范围")
    scope = Scope(
        fonds=form.get("fonds", "").strip()[:_LONGEST],
        agency_id=form.get("agency", "").strip()[:_LONGEST],
        year=_year(form.get("year", "")),
        category=form.get("category", "").strip()[:16],
        stored_from=_day("from"),
        stored_to=_day("to"),
        depth=depth,
    )
    if not scope.is_selection:
        raise BadRequest("narrow the selection by one condition at least", "请至少填写一项条件")
    return scope


def _depth(text: str) -> Depth:
    try:
        return Depth(text)
    except ValueError:
        raise BadRequest("choose what to open", "请选择打开哪些内容") from None


def _year(text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise BadRequest("a year has four digits", "年度应为四位数字")
    return int(text)


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.min
    if day is not None and not date(1900, 1, 1) <= day <= date(9998, 12, 31):
        raise BadRequest("a day is written 2026-03-09", "日期无效")
    return day


def add_to(blueprint: Blueprint, at: Premises) -> None:
    """Add these pages."""
    views = _Views(at)
    one = "/audits/<audit_id>"
    blueprint.add_url_rule("/audits", "audits", views.listed)
    blueprint.add_url_rule("/audits", "begin", views.begin, methods=["POST"])
    blueprint.add_url_rule(one, "audit", views.one)
    blueprint.add_url_rule(f"{one}/report", "report", views.report)
    blueprint.add_url_rule(
        f"{one}/<any(pause, resume, stop):how>", "move", views.move, methods=["POST"]
    )

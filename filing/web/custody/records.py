"""Who touched a record, and could anyone have hidden it: its entries in the log, each proven."""

import json
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.evidence.members import blob_text
from filing.model.custody_views import Proven, RecordHistory
from filing.model.roles import Permission
from filing.web.custody.showing import Premises, named, scope_text, show
from filing.web.directory import agency_text
from filing.web.pages import finish
from filing.web.session import needs, person

_SEE = Permission.SEE_CUSTODY


@dataclass(frozen=True, slots=True)
class _Views:
    at: Premises

    @needs(_SEE)
    def find(self) -> AnyResponse:
        """From an identifier typed in to the record's page."""
        record_id = request.args.get("id", "").strip()[:40]
        if not record_id:
            return show(self.at, "custody-records")
        return redirect(url_for("custody.record", record_id=record_id), 303)

    @needs(_SEE)
    def one(self, record_id: str) -> Response:
        """The history of one record."""
        at, by = self.at, person()
        history = at.shown.record(by, record_id)
        doers = [one.who for one in history.acts] + [one.who for one in history.before]
        return show(
            at,
            "custody-record",
            history=history,
            record=history.record,
            answer=history.answer,
            as_signed=blob_text,
            agency=agency_text(history.record.agency_id, at.agencies()),
            named=named(at, [*doers, *(one.who for one in history.audits)]),
            scope_text=scope_text,
            may_see=by.may(Permission.SEE_RECORDS),
        )

    @needs(_SEE)
    def proof(self, record_id: str) -> Response:
        """Every entry with its path to the newest checkpoint, for whoever trusts no page."""
        history = self.at.shown.record(person(), record_id)
        body = json.dumps(_proof(history), ensure_ascii=False, indent=1).encode()
        answer = Response(body, mimetype="application/json")
        name = f"record-{history.record.id}-log.json"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return finish(answer)


def _proof(history: RecordHistory) -> dict[str, object]:
    newest = history.newest
    return {
        "type": "filing-log-entries/1",
        "record": history.record.id,
        "checkpoint": newest.note if newest else None,
        "tree_size": newest.size if newest else 0,
        "entries": [_entry(one) for one in (history.sealed, *history.acts)],
    }


def _entry(one: Proven) -> dict[str, object]:
    """An entry; the sealed statement's bytes are those in the record's receipt."""
    return {
        "position": one.position,
        "kind": one.kind,
        "entry": blob_text(one.body) if one.detail else None,
        "inclusion": [blob_text(each) for each in one.path],
    }


def add_to(blueprint: Blueprint, at: Premises) -> None:
    """Add these pages."""
    views = _Views(at)
    one = "/records/<record_id>"
    blueprint.add_url_rule("/records", "records", views.find)
    blueprint.add_url_rule(one, "record", views.one)
    blueprint.add_url_rule(f"{one}/log.json", "proof", views.proof)

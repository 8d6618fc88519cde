"""A report as JSON, for machines; findings are written as they come."""

import json
from pathlib import Path

from filing.model.audit_report import AuditReport
from filing.model.custody import Finding, Scope

TYPE = "filing-audit-report/1"


def write(report: AuditReport, path: Path) -> None:
    """The whole report; memory does not grow with its findings."""
    head = json.dumps(_head(report), ensure_ascii=False, indent=1)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(head.removesuffix("\n}") + ',\n "findings": [')
        for number, one in enumerate(report.findings()):
            stream.write(",\n  " if number else "\n  ")
            stream.write(json.dumps(_finding(one), ensure_ascii=False, sort_keys=True))
        stream.write("\n ]\n}\n")


def _head(report: AuditReport) -> dict[str, object]:
    audit = report.audit
    return {
        "type": TYPE,
        "archive": report.archive,
        "origin": report.origin,
        "made_at": report.made_at.isoformat(),
        "made_by": report.made_by,
        "audit": {
            "id": audit.id,
            "location": audit.location,
            "scope": _scope(audit.scope),
            "asked_by": audit.who,
            "scheduled": audit.scheduled,
            "begun_at": audit.begun_at.isoformat(),
            "ended_at": audit.ended_at.isoformat() if audit.ended_at else None,
            "state": audit.state,
            "answer": audit.answer,
            "log_size": audit.log_size,
            "planned": audit.planned,
            "looked": audit.looked,
            "intact": audit.intact,
            "damaged": audit.damaged,
            "unknown": audit.unknown,
            "opened": audit.opened,
            "faults": audit.faults,
            "doubts": audit.doubts,
            "files": audit.files,
            "bytes": audit.size_bytes,
            "result": audit.chain.hex(),
        },
        "excluded_share": report.excluded_share,
        "catalogue": {"version": report.catalogue, "sha256": report.digest},
        "log": {
            "position": report.logged_at,
            "size": report.log_size,
            "checkpoint": report.checkpoint,
        },
        "items": [
            {"code": one.code, "text": one.zh, "answer": one.answer, "confirmed": one.confirmed}
            for one in report.items
        ],
        "codes": [
            {"code": one.code, "item": one.item, "answer": one.answer, "count": one.count}
            for one in report.counts
        ],
    }


def _scope(scope: Scope) -> dict[str, object]:
    given: dict[str, object] = {
        "records": list(scope.records),
        "fonds": scope.fonds,
        "agency": scope.agency_id,
        "year": scope.year,
        "category": scope.category,
        "stored_from": scope.stored_from and scope.stored_from.isoformat(),
        "stored_to": scope.stored_to and scope.stored_to.isoformat(),
        "sample": scope.sample and {"size": scope.sample.size, "seed": scope.sample.seed},
    }
    return {"depth": scope.depth, **{name: value for name, value in given.items() if value}}


def _finding(one: Finding) -> dict[str, object]:
    fault = one.fault
    return {
        "id": one.id,
        "state": one.state,
        "answer": fault.answer,
        "location": one.location,
        "subject": one.subject,
        "code": fault.code,
        "ocfl": fault.ocfl,
        "place": fault.place,
        "expected": fault.expected,
        "found": fault.found,
        "first_at": one.first_at.isoformat(),
        "last_at": one.last_at.isoformat(),
        "seen": one.seen,
        "decided_by": one.decided_by,
        "reason": one.reason,
    }

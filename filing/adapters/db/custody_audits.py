"""An audit as a row, and its scope as JSON."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any  # JSON

from sqlalchemy import Connection, RowMapping, update

from filing.adapters.db.custody_rows import audit as table
from filing.errors import ChangedMeanwhile
from filing.model.custody import Audit, AuditState, Depth, Sample, Scope


def scope_json(scope: Scope) -> dict[str, object]:
    """A scope as JSON; what is empty is left out."""
    given: dict[str, object] = {
        "records": list(scope.records),
        "fonds": scope.fonds,
        "agency": scope.agency_id,
        "year": scope.year,
        "category": scope.category,
        "stored_from": scope.stored_from and scope.stored_from.isoformat(),
        "stored_to": scope.stored_to and scope.stored_to.isoformat(),
        "sample": scope.sample and {"size": scope.sample.size, "seed": scope.sample.seed},
        "depth": str(scope.depth),
    }
    return {name: value for name, value in given.items() if value}


def _scope(value: Mapping[str, Any]) -> Scope:
    sample = value.get("sample")
    return Scope(
        records=tuple(value.get("records", ())),
        fonds=value.get("fonds", ""),
        agency_id=value.get("agency", ""),
        year=value.get("year", 0),
        category=value.get("category", ""),
        stored_from=_day(value.get("stored_from")),
        stored_to=_day(value.get("stored_to")),
        sample=sample and Sample(sample["size"], sample["seed"]),
        depth=Depth(value["depth"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_PLAIN = (
    "location", "who", "begun_at", "log_size", "planned", "ended_at", "cursor", "looked",
    "intact", "damaged", "unknown", "opened", "files", "faults", "doubts", "size_bytes", "chain",
    "version",
)  # fmt: skip


def values_of(audit: Audit) -> dict[str, object]:
    """Everything of a row but its id."""
    return {name: getattr(audit, name) for name in _PLAIN} | {
        "scope": json.dumps(scope_json(audit.scope), ensure_ascii=False, sort_keys=True),
        "scheduled": int(audit.scheduled),
        "state": audit.state,
    }


def audit_of(row: RowMapping) -> Audit:
    """A row as a value."""
    return Audit(
        **{name: row[name] for name in _PLAIN if name != "chain"},
        id=row["id"],
        chain=bytes(row["chain"]),
        scope=_scope(json.loads(row["scope"])),
        scheduled=bool(row["scheduled"]),
        state=AuditState(row["state"]),
    )


def save(connection: Connection, before: Audit, after: Audit) -> None:
    """Replace the row unless somebody changed it. Raises ChangedMeanwhile."""
    done = connection.execute(
        update(table)
        .where(
            table.c.id == before.id,
            table.c.version == before.version,
            table.c.state == before.state,
        )
        .values(**values_of(after))
    )
    if done.rowcount != 1:
        raise ChangedMeanwhile(f"audit {before.id} was advanced meanwhile", "该检查已被他人推进")

"""Repairs and acts for two, in the database."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, insert, select, update

from filing.adapters.db import custody_coverage as coverage
from filing.adapters.db import custody_findings as findings
from filing.adapters.db.copy_rows import repair as table
from filing.adapters.db.copy_rows import request
from filing.adapters.db.custody_rows import finding
from filing.adapters.db.log_events import Said
from filing.adapters.db.logged_write import LoggedWriter
from filing.errors import ChangedMeanwhile, NotFound, WrongState
from filing.model.copies import Repair, RepairState, Request, RequestKind, RequestState
from filing.model.custody import Depth, Finding, FindingState, Look
from filing.model.events import Event, Kind

_KINDS = {
    RepairState.BEGUN: Kind.REPAIR_BEGUN,
    RepairState.NO_COPY: Kind.REPAIR_IMPOSSIBLE,
    RepairState.DONE: Kind.RECORD_REPAIRED,
    RepairState.UNDONE: Kind.REPAIR_UNDONE,
}
_ASKED = {
    RequestState.ASKED: Kind.REQUEST_ASKED,
    RequestState.APPROVED: Kind.REQUEST_APPROVED,
    RequestState.REFUSED: Kind.REQUEST_REFUSED,
}
_WAITING = (RequestState.ASKED, RequestState.APPROVED)
_CONFIRMED = {FindingState.CONFIRMED, FindingState.ACCEPTED}


class SqlRepairs(LoggedWriter):
    """The part of filing.custody.copy_ports.CopyBook that is about repairs and requests."""

    def begin_repair(self, one: Repair) -> None:
        """See CopyBook."""

        def write(connection: Connection) -> list[Said]:
            insert_repair(connection, one)
            return [_repair_said(one, one.begun_at)]

        self.logged(write, one.begun_at)

    def end_repair(
        self, before: Repair, state: RepairState, look: Look | None, at: datetime
    ) -> Repair:
        """See CopyBook."""
        after = replace(before, state=state, ended_at=at, version=before.version + 1)

        def write(connection: Connection) -> list[Said]:
            _save(connection, before, after)
            said = [_repair_said(after, at)]
            if look is None:
                return said
            coverage.hold(connection, after.location)
            coverage.note_looks(connection, after.location, [look], at, at)
            closing = {look.record_id: (look.faults, Depth.BYTES)}
            return said + findings.note_faults(
                connection, after.location, "", closing, at, self.new_id
            )

        self.logged(write, at)
        return after

    def note_repair(self, before: Repair, after: Repair) -> Repair:
        """See CopyBook."""
        saved = replace(after, version=before.version + 1)
        with self.database.writing() as connection:
            _save(connection, before, saved)
        return saved

    def purged(self, one: Repair, who: str, at: datetime) -> None:
        """See CopyBook."""
        after = replace(one, purged_at=at, version=one.version + 1)
        detail = {"repair": one.id, "location": one.location, "record": one.record_id}

        def write(connection: Connection) -> list[Said]:
            _save(connection, one, after)
            event = Event("", "", Kind.QUARANTINE_PURGED, at, who, detail)
            return [Said(event, one.record_id)]

        self.logged(write, at)

    def repair(self, repair_id: str) -> Repair:
        """See CopyBook."""
        with self.database.reading() as connection:
            row = (
                connection.execute(select(table).where(table.c.id == repair_id)).mappings().first()
            )
        if row is None:
            raise NotFound(f"there is no repair {repair_id}", f"没有修复 {repair_id}")
        return _repair(row)

    def repairs(
        self, state: RepairState | None, record_id: str, before: str, limit: int
    ) -> Sequence[Repair]:
        """See CopyBook."""
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(table.c.state == state)
        if record_id:
            query = query.where(table.c.record_id == record_id)
        if before:
            query = query.where(table.c.id < before)
        with self.database.reading() as connection:
            return [_repair(row) for row in connection.execute(query).mappings()]

    def is_confirmed(self, location: str, record_id: str) -> bool:
        """See CopyBook."""
        with self.database.reading() as connection:
            found = findings.standing(connection, location, [record_id]).get(record_id, [])
        return any(one.state in _CONFIRMED for one in found)

    def hurt(self, location: str, after: str, limit: int) -> Sequence[Finding]:
        """See CopyBook."""
        query = (
            select(finding)
            .where(
                finding.c.state == FindingState.CONFIRMED,
                finding.c.location == location,
                finding.c.id > after,
            )
            .order_by(finding.c.id)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return [findings.finding_of(row) for row in connection.execute(query).mappings()]

    # acts for two

    def ask(self, one: Request) -> None:
        """See CopyBook."""

        def write(connection: Connection) -> list[Said]:
            same = and_(request.c.kind == one.kind, request.c.subject == one.subject)
            waiting = select(request.c.id).where(request.c.state.in_(_WAITING), same).limit(1)
            if connection.execute(waiting).scalar() is not None:
                raise WrongState("this is asked for already", "已有同样的申请，尚未办结")
            connection.execute(insert(request).values(**_request_values(one), id=one.id))
            return [_request_said(one, one.asked_by, one.asked_at)]

        self.logged(write, one.asked_at)

    def request(self, request_id: str) -> Request:
        """See CopyBook."""
        query = select(request).where(request.c.id == request_id)
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise NotFound(f"there is no request {request_id}", f"没有申请 {request_id}")
        return _request(row)

    def requests(self, state: RequestState, before: str, limit: int) -> Sequence[Request]:
        """See CopyBook."""
        query = select(request).where(request.c.state == state)
        if before:
            query = query.where(request.c.id < before)
        with self.database.reading() as connection:
            found = connection.execute(query.order_by(request.c.id.desc()).limit(limit))
            return [_request(row) for row in found.mappings()]

    def decide(self, before: Request, after: Request) -> Request:
        """See CopyBook."""
        saved = replace(after, version=before.version + 1)
        at = after.decided_at or before.asked_at

        def write(connection: Connection) -> list[Said]:
            done = connection.execute(
                update(request)
                .where(request.c.id == before.id, request.c.version == before.version)
                .values(**_request_values(saved))
            )
            if done.rowcount != 1:
                raise ChangedMeanwhile(
                    f"request {before.id} was decided meanwhile", "该申请已被他人处理"
                )
            if saved.state is RequestState.DONE:
                return []
            return [_request_said(saved, saved.decided_by, at)]

        self.logged(write, at)
        return saved


def insert_repair(connection: Connection, one: Repair) -> None:
    """Write a repair down."""
    connection.execute(insert(table).values(id=one.id, **_values(one)))


def digest_of(found: Sequence[Mapping[str, object]]) -> str:
    """SHA-256 over evidence as it is kept."""
    return hashlib.sha256(_text(found).encode()).hexdigest()


def _text(found: Sequence[Mapping[str, object]]) -> str:
    return json.dumps([dict(one) for one in found], ensure_ascii=False, sort_keys=True)


def _values(one: Repair) -> dict[str, object]:
    names = ("location", "record_id", "source", "state", "who", "begun_at", "ended_at")
    return {
        **{name: getattr(one, name) for name in names},
        "before": _text(one.before),
        "after": _text(one.after),
        "purged_at": one.purged_at,
        "version": one.version,
    }


def _save(connection: Connection, before: Repair, after: Repair) -> None:
    done = connection.execute(
        update(table)
        .where(table.c.id == before.id, table.c.version == before.version)
        .values(**_values(after))
    )
    if done.rowcount != 1:
        raise ChangedMeanwhile(f"repair {before.id} was changed meanwhile", "该修复已被他人更改")


def _repair(row: RowMapping) -> Repair:
    given = {**row, "state": RepairState(row["state"])}
    return Repair(
        **{
            **given,
            "before": tuple(json.loads(row["before"])),
            "after": tuple(json.loads(row["after"])),
        }
    )


def _repair_said(one: Repair, at: datetime) -> Said:
    detail: dict[str, object] = {
        "repair": one.id,
        "location": one.location,
        "record": one.record_id,
        "source": one.source,
        "files": len(one.before),
        "before": digest_of(one.before),
    }
    if one.state is RepairState.DONE:
        detail["after"] = digest_of(one.after)
    return Said(Event("", "", _KINDS[one.state], at, one.who, detail), one.record_id)


def _request_values(one: Request) -> dict[str, object]:
    names = ("kind", "subject", "reason", "asked_by", "asked_at", "state", "decided_by")
    return {
        **{name: getattr(one, name) for name in names},
        "decided_at": one.decided_at,
        "version": one.version,
    }


def _request(row: RowMapping) -> Request:
    given = {**row, "kind": RequestKind(row["kind"]), "state": RequestState(row["state"])}
    return Request(**given)


def _request_said(one: Request, who: str, at: datetime) -> Said:
    detail: dict[str, object] = {"request": one.id, "act": str(one.kind), "subject": one.subject}
    return Said(Event("", "", _ASKED[one.state], at, who, detail), one.subject)

"""Acts on many in the database; keeps the promises of filing.desk.ports.Acts."""

import json
from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from filing.adapters.db import desk_rows as rows
from filing.adapters.db import submissions
from filing.adapters.db.desk_entries import by_places
from filing.adapters.db.desk_work import UNDER_WAY, count, settle
from filing.adapters.db.engine import Database
from filing.desk.ports import Work
from filing.errors import ChangedMeanwhile, NotFound, WrongState
from filing.model.desk import Act, ActState, Entry, Remedy, Rewrite
from filing.model.events import Event

_LEFT, _FILED = ("rejected", "skipped"), ("accepted",)


class SqlActs:
    """Acts and how far they have come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, act: Act, agency_id: str, event: Event) -> Act:
        """See filing.desk.ports.Acts. Raises NotFound, WrongState."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            total = self._total(connection, act.cause_id)
            begun = replace(act, total=total)
            values = _values(begun) | {
                "agency_id": agency_id,
                "taken": -1,
                "until": _newest(connection, act.cause_id),
            }
            connection.execute(insert(rows.act).values(**values))
            detail = {**event.detail, "total": total}
            submissions.add_events(connection, [replace(event, detail=detail)])
        return begun

    def act(self, act_id: str) -> tuple[Act, str] | None:
        """See filing.desk.ports.Acts."""
        with self._database.reading() as connection:
            row = connection.execute(select(rows.act).where(rows.act.c.id == act_id)).first()
        return None if row is None else (_act(row), row.agency_id)

    def acts(self, agency_id: str, limit: int) -> tuple[Act, ...]:
        """See filing.desk.ports.Acts."""
        query = select(rows.act).order_by(rows.act.c.id.desc()).limit(limit)
        if agency_id:
            query = query.where(rows.act.c.agency_id == agency_id)
        with self._database.reading() as connection:
            return tuple(_act(one) for one in connection.execute(query))

    def running(self, limit: int) -> tuple[Act, ...]:
        """See filing.desk.ports.Acts."""
        act = rows.act.c
        query = select(rows.act).where(act.state == ActState.RUNNING).order_by(act.id).limit(limit)
        with self._database.reading() as connection:
            return tuple(_act(one) for one in connection.execute(query))

    def turn(self, before: Act, state: ActState, event: Event, at: datetime) -> Act:
        """See filing.desk.ports.Acts."""
        act = rows.act
        ended = at if state is ActState.DONE else None
        with self._database.writing() as connection:
            self._database.order_log(connection)
            turned = connection.execute(
                update(act)
                .where(act.c.id == before.id, act.c.state == before.state)
                .values(state=state, ended_at=ended, version=act.c.version + 1)
            )
            found = _act(connection.execute(select(act).where(act.c.id == before.id)).one())
            if not turned.rowcount:
                raise ChangedMeanwhile(
                    f"the act is {found.state} by now; look again",
                    "该批量更正状态已变，请刷新后重试",
                )
            if state is ActState.DONE:
                event = replace(event, detail={**event.detail, **_outcomes(found)})
            submissions.add_events(connection, [event])
        return found

    def take_up(self, act: Act, limit: int) -> tuple[Work, ...]:
        """See filing.desk.ports.Acts."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            row = connection.execute(select(rows.act).where(rows.act.c.id == act.id)).one()
            if row.state != ActState.RUNNING:
                return ()
            found = _under_way(connection, act.id, limit)
            taken = row.taken
            while not found:
                fresh = _next(connection, row, taken, limit)
                if not fresh:
                    break
                taken = fresh[-1].place
                found = _put_under_way(connection, act.id, fresh)
            if taken != row.taken:
                gone = update(rows.act).where(rows.act.c.id == act.id).values(taken=taken)
                connection.execute(gone)
        return tuple(found)

    def skip(self, act: Act, work: Work, why: str) -> None:
        """See filing.desk.ports.Acts."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            settle(connection, act.id, [work.place], "skipped", why)

    def left_over(self, act_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """See filing.desk.ports.Acts."""
        return self._decided(act_id, _LEFT, after, limit)

    def filed(self, act_id: str, after: str, limit: int) -> tuple[Entry, ...]:
        """See filing.desk.ports.Acts."""
        return self._decided(act_id, _FILED, after, limit)

    def _decided(
        self, act_id: str, outcomes: tuple[str, ...], after: str, limit: int
    ) -> tuple[Entry, ...]:
        member = rows.act_member.c
        query = select(member.place, member.why).where(member.act_id == act_id)
        with self._database.reading() as connection:
            if after:
                behind = select(member.place).where(
                    member.act_id == act_id, member.submission_id == after
                )
                query = query.where(member.place > (connection.execute(behind).scalar() or 0))
            ordered = query.order_by(member.place).limit(limit)
            parts = [
                connection.execute(ordered.where(member.outcome == one)).all() for one in outcomes
            ]
            found = list(islice(merge(*parts, key=lambda one: one.place), limit))
            entries = by_places(connection, [one.place for one in found])
        return tuple(replace(entries[one.place], why=one.why) for one in found)

    def _total(self, connection: Connection, cause_id: str) -> int:
        cause = select(rows.cause.c.standing).where(rows.cause.c.id == cause_id)
        total = connection.execute(cause).scalar()
        if total is None:
            raise NotFound(f"there is no cause {cause_id}", "没有这一退件原因")
        unfinished = exists().where(
            rows.act.c.cause_id == cause_id, rows.act.c.state == ActState.RUNNING
        )
        if connection.execute(select(unfinished)).scalar_one():
            raise WrongState(
                "an act on this cause is running: wait for it, or stop it",
                "该原因已有批量更正正在进行，请等待或先停止",
            )
        return int(total)


def _newest(connection: Connection, cause_id: str) -> int:
    """The last member that stands; what comes later is another act's."""
    member = rows.member.c
    query = select(member.place).where(member.cause_id == cause_id, member.state == "rejected")
    return connection.execute(query.order_by(member.place.desc()).limit(1)).scalar() or 0


def _under_way(connection: Connection, act_id: str, limit: int) -> list[Work]:
    member = rows.act_member.c
    query = select(member.place, member.submission_id).where(
        member.act_id == act_id, member.outcome == UNDER_WAY
    )
    found = connection.execute(query.order_by(member.place).limit(limit))
    return [Work(one.place, one.submission_id) for one in found]


def _next(connection: Connection, act: Row[Any], taken: int, limit: int) -> list[Work]:
    member = rows.member.c
    query = (
        select(member.place, rows.entry.c.submission_id)
        .join(rows.entry, rows.entry.c.place == member.place)
        .where(
            member.cause_id == act.cause_id,
            member.state == "rejected",
            member.place > taken,
            member.place <= act.until,
        )
    )
    found = connection.execute(query.order_by(member.place).limit(limit))
    return [Work(one.place, one.submission_id) for one in found]


def _put_under_way(connection: Connection, act_id: str, fresh: list[Work]) -> list[Work]:
    """Take members up; those another act has in hand are left to it."""
    member = rows.act_member.c
    ids = [one.submission_id for one in fresh]
    query = select(member.submission_id).where(
        member.outcome == UNDER_WAY, member.submission_id.in_(ids)
    )
    others = set(connection.execute(query).scalars())
    connection.execute(
        insert(rows.act_member),
        [
            {
                "act_id": act_id,
                "place": one.place,
                "submission_id": one.submission_id,
                "outcome": "skipped" if one.submission_id in others else UNDER_WAY,
                "why": "other-act" if one.submission_id in others else "",
            }
            for one in fresh
        ],
    )
    if others:
        count(connection, act_id, Counter({"skipped": len(others)}))
    return [one for one in fresh if one.submission_id not in others]


def _values(act: Act) -> dict[str, object]:
    text = json.dumps(asdict(act.remedy), ensure_ascii=False)
    given = {name: getattr(act, name) for name in _SAME}
    return given | {"remedy": text, "person_id": act.by}


_SAME = ("id", "cause_id", "reason", "state", "total", "accepted", "rejected", "skipped",
         "started_at", "ended_at", "version")  # fmt: skip


def _act(row: Row[Any]) -> Act:  # Any: rows of Core carry no types
    given = json.loads(row.remedy)
    remedy = Remedy(**{**given, "rewrite": Rewrite(given["rewrite"])})
    same = {name: getattr(row, name) for name in _SAME}
    return Act(**{**same, "state": ActState(row.state)}, remedy=remedy, by=row.person_id)


def _outcomes(act: Act) -> dict[str, int]:
    return {"accepted": act.accepted, "rejected": act.rejected, "skipped": act.skipped}

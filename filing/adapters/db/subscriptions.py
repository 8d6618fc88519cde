"""Subscriptions and how far each has come, in the database.

Keeps the promises of filing.notices.ports.Subscriptions. A position only grows, and only
for the version that was served: who was paused, changed or served by another process
meanwhile is left alone.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, insert, or_, select, update

from filing.adapters.db import rows, submissions
from filing.adapters.db.engine import Database
from filing.adapters.db.notice_rows import subscription as table
from filing.errors import ChangedMeanwhile
from filing.model.events import Event, Kind
from filing.model.notices import Means, Standing, Subscription

_MOST_ERROR = 400


class SqlSubscriptions:
    """Subscriptions in SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def one(self, subscription_id: str) -> Subscription | None:
        """See filing.notices.ports.Subscriptions."""
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.id == subscription_id)).first()
        return None if row is None else _read(row)

    def listed(self, after: str, limit: int) -> tuple[Subscription, ...]:
        """See filing.notices.ports.Subscriptions."""
        query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
        with self._database.reading() as connection:
            return tuple(_read(row) for row in connection.execute(query))

    def add(self, subscription: Subscription, event: Event) -> Subscription:
        """See filing.notices.ports.Subscriptions."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            newest = connection.execute(select(func.max(rows.event.c.number))).scalar() or 0
            kept = replace(subscription, position=newest)
            connection.execute(insert(table).values(**_values(kept)))
            submissions.add_events(connection, [event])
        return kept

    def change(self, before: Subscription, after: Subscription, event: Event) -> Subscription:
        """See filing.notices.ports.Subscriptions."""
        kept = replace(after, version=before.version + 1)
        values = _values(kept)
        # What serving writes stays as it is, save where resuming begins anew.
        for name in ("id", "agency_id", "created_at", "position", "last_success_at", "last_error"):
            values.pop(name)
        if (before.failures, before.failing_since) == (after.failures, after.failing_since):
            for name in ("failures", "failing_since", "next_attempt_at"):
                values.pop(name)
        with self._database.writing() as connection:
            self._database.order_log(connection)
            done = connection.execute(update(table).where(_is(before)).values(**values))
            if not done.rowcount:
                raise _changed()
            submissions.add_events(connection, [event])
        return kept

    def remove(self, subscription: Subscription, event: Event) -> None:
        """See filing.notices.ports.Subscriptions."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            if not connection.execute(delete(table).where(_is(subscription))).rowcount:
                raise _changed()
            submissions.add_events(connection, [event])

    def due(self, now: datetime, limit: int) -> tuple[Subscription, ...]:
        """See filing.notices.ports.Subscriptions."""
        event = rows.event
        something = exists().where(
            event.c.agency_id == table.c.agency_id, event.c.number > table.c.position
        )
        query = (
            select(table)
            .where(
                table.c.standing == Standing.ACTIVE,
                table.c.next_attempt_at <= now,
                or_(table.c.means == Means.MAIL, table.c.generation > 0),
                something,
            )
            .order_by(table.c.next_attempt_at)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return tuple(_read(row) for row in connection.execute(query))

    def ahead(self, subscription: Subscription, limit: int) -> Sequence[tuple[int, Event]]:
        """See filing.notices.ports.Subscriptions."""
        with self._database.reading() as connection:
            return submissions.events_after(
                connection, subscription.agency_id, subscription.position, limit
            )

    def carried(self, subscription: Subscription, position: int, at: datetime | None) -> bool:
        """See filing.notices.ports.Subscriptions."""
        values: dict[str, object] = {"position": position}
        if at is not None:
            values |= {
                "failures": 0,
                "failing_since": None,
                "next_attempt_at": at,
                "last_success_at": at,
                "last_error": "",
            }
        return self._served(subscription, table.c.position < position, values)

    def wait(self, subscription: Subscription, until: datetime) -> None:
        """See filing.notices.ports.Subscriptions."""
        self._served(subscription, table.c.id == subscription.id, {"next_attempt_at": until})

    def failed(self, subscription: Subscription, error: str, at: datetime, until: datetime) -> None:
        """See filing.notices.ports.Subscriptions."""
        self._served(
            subscription,
            table.c.id == subscription.id,
            _failure(subscription, error, at) | {"next_attempt_at": until},
        )

    def halt(self, subscription: Subscription, error: str, at: datetime, event: Event) -> None:
        """See filing.notices.ports.Subscriptions."""
        values = _failure(subscription, error, at) | {
            "standing": Standing.HALTED,
            "version": subscription.version + 1,
        }
        with self._database.writing() as connection:
            self._database.order_log(connection)
            if connection.execute(
                update(table).where(_in_service(subscription)).values(**values)
            ).rowcount:
                submissions.add_events(connection, [event])

    def _served(
        self, one: Subscription, also: ColumnElement[bool], values: dict[str, object]
    ) -> bool:
        with self._database.writing() as connection:
            done = connection.execute(
                update(table).where(and_(_in_service(one), also)).values(**values)
            )
            return bool(done.rowcount)


def _is(one: Subscription) -> ColumnElement[bool]:
    return and_(table.c.id == one.id, table.c.version == one.version)


def _in_service(one: Subscription) -> ColumnElement[bool]:
    return and_(_is(one), table.c.standing == Standing.ACTIVE)


def _failure(one: Subscription, error: str, at: datetime) -> dict[str, object]:
    return {
        "failures": one.failures + 1,
        "failing_since": one.failing_since or at,
        "last_error": error[:_MOST_ERROR],
    }


def _changed() -> ChangedMeanwhile:
    return ChangedMeanwhile(
        "somebody changed this subscription meanwhile; look at it again",
        "该订阅已被他人更改，请刷新后重试",
    )


_NAMES = tuple(one.name for one in fields(Subscription))


def _values(one: Subscription) -> dict[str, object]:
    values = {name: getattr(one, name) for name in _NAMES}
    return values | {"kinds": " ".join(one.kinds)}


def _read(row: Row[Any]) -> Subscription:  # Any: rows of Core carry no types
    given = {name: getattr(row, name) for name in _NAMES}
    return Subscription(
        **given
        | {
            "means": Means(row.means),
            "standing": Standing(row.standing),
            "kinds": tuple(Kind(one) for one in row.kinds.split()),
        }
    )

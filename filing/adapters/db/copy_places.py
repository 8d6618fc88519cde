"""Locations and what they hold, in the database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db import custody_coverage as coverage
from filing.adapters.db import rows
from filing.adapters.db.copy_rows import gap, place, place_version
from filing.adapters.db.custody_days import Tally
from filing.adapters.db.custody_rows import copy, finding
from filing.adapters.db.log_events import Said
from filing.adapters.db.logged_write import LoggedWriter
from filing.custody.expected import Expected
from filing.errors import ChangedMeanwhile, NotFound, WrongState
from filing.model.copies import Location, LocationState, Medium, Standing, Where
from filing.model.custody import MAIN, FindingState
from filing.model.events import Event, Kind
from filing.model.promise import Policy

_FIRST_RETRY_SECONDS = 60
_LONGEST_RETRY_SECONDS = 86_400
_MOST = 100


class SqlPlaces(LoggedWriter):
    """The part of filing.custody.copy_ports.CopyBook that is about locations."""

    def locations(self) -> Sequence[Location]:
        """See CopyBook."""
        with self.database.reading() as connection:
            found = connection.execute(_placed().order_by(place.c.name)).mappings()
            return [_location(dict(row)) for row in found]

    def location(self, name: str) -> Location:
        """See CopyBook."""
        with self.database.reading() as connection:
            row = connection.execute(_placed().where(place.c.name == name)).mappings().first()
        if row is None:
            raise NotFound(f"there is no location {name}", f"没有存储位置 {name}")
        return _location(dict(row))

    def add_location(self, one: Location, who: str, at: datetime) -> None:
        """See CopyBook."""

        def write(connection: Connection) -> list[Said]:
            known = select(place.c.name).where(place.c.name == one.name)
            if connection.execute(known).first() is not None:
                raise WrongState(
                    f"there is a location {one.name} already", f"存储位置 {one.name} 已存在"
                )
            connection.execute(
                insert(place).values(
                    name=one.name,
                    state=one.state,
                    version=one.version,
                    identity=one.identity,
                    copied_to=one.copied_to,
                    copied=0,
                )
            )
            connection.execute(insert(place_version).values(**_version(one, who, at)))
            coverage.add_location(connection, one.name, Policy())
            return [_said(Kind.LOCATION_ADDED, one, who, at)]

        self.logged(write, at)

    def change_location(self, before: Location, after: Location, who: str, at: datetime) -> None:
        """See CopyBook."""
        retired = after.state is LocationState.RETIRED

        def write(connection: Connection) -> list[Said]:
            done = connection.execute(
                update(place)
                .where(
                    place.c.name == before.name,
                    place.c.version == before.version,
                    place.c.state == before.state,
                )
                .values(version=before.version + 1, state=after.state)
            )
            if done.rowcount != 1:
                raise ChangedMeanwhile(f"{before.name} was changed meanwhile", "该位置已被他人更改")
            connection.execute(
                insert(place_version).values(
                    **{**_version(after, who, at), "version": before.version + 1}
                )
            )
            kind = Kind.LOCATION_RETIRED if retired else Kind.LOCATION_CHANGED
            return [_said(kind, after, who, at)]

        self.logged(write, at)

    def standing(self, location: Location) -> Standing:
        """See CopyBook."""
        with self.database.reading() as connection:
            last = connection.execute(select(func.max(rows.leaf.c.position))).scalar()
            copied = connection.execute(
                select(place.c.copied).where(place.c.name == location.name)
            ).scalar()
            gaps = connection.execute(
                select(func.count()).select_from(gap).where(gap.c.location == location.name)
            ).scalar_one()
        size = 0 if last is None else int(last) + 1
        return Standing(location, int(copied or 0), int(gaps), max(0, size - location.copied_to))

    def retries(self, location: str, now: datetime, limit: int) -> Sequence[int]:
        """See CopyBook."""
        query = (
            select(gap.c.position)
            .where(gap.c.location == location, gap.c.retry_at <= now)
            .order_by(gap.c.retry_at)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return [int(one) for one in connection.execute(query).scalars()]

    def note_copied(
        self,
        location: str,
        span: tuple[int, int],
        copied: Sequence[tuple[Expected, int]],
        gaps: Mapping[int, tuple[str, str]],
        at: datetime,
    ) -> None:
        """See CopyBook. No event: what is copied is no act of anybody, and each counts again
        when it is audited."""
        with self.database.writing() as connection:
            coverage.hold(connection, location)
            fresh = _enrolled(connection, location, copied, at)
            moved = connection.execute(
                update(place)
                .where(place.c.name == location, place.c.copied_to == span[0])
                .values(copied_to=span[1], copied=place.c.copied + fresh)
            )
            if moved.rowcount != 1:
                raise ChangedMeanwhile(f"another process copies to {location}")
            done = [one.position for one, _ in copied]
            connection.execute(
                delete(gap).where(gap.c.location == location, gap.c.position.in_(done))
            )
            _note_gaps(connection, location, gaps, at)

    def sole_copies(self, location: str, others: Sequence[str]) -> int:
        """See CopyBook."""
        elsewhere, hurt = copy.alias("elsewhere"), finding.alias("hurt")
        damaged_there = (
            select(hurt.c.id)
            .where(
                hurt.c.location == elsewhere.c.location,
                hurt.c.subject == elsewhere.c.record_id,
                hurt.c.state.in_([FindingState.CONFIRMED, FindingState.ACCEPTED]),
            )
            .exists()
        )
        query = (
            select(finding.c.subject)
            .join(copy, and_(copy.c.record_id == finding.c.subject, copy.c.location == location))
            .outerjoin(
                elsewhere,
                and_(
                    elsewhere.c.record_id == finding.c.subject,
                    elsewhere.c.location.in_(list(others)),
                    ~damaged_there,
                ),
            )
            .where(
                finding.c.location == MAIN,
                finding.c.state == FindingState.CONFIRMED,
                elsewhere.c.record_id.is_(None),
            )
            .distinct()
            .limit(_MOST)
        )
        with self.database.reading() as connection:
            return len(connection.execute(query).all())


def gaps_among(connection: Connection, location: str, positions: Sequence[int]) -> set[int]:
    """Which of these entries could not be copied to a location yet."""
    query = select(gap.c.position).where(
        gap.c.location == location, gap.c.position.in_(list(positions))
    )
    return set(connection.execute(query).scalars())


def _held_among(connection: Connection, location: str, record_ids: Sequence[str]) -> set[str]:
    """Which of these records a location holds."""
    query = select(copy.c.record_id).where(
        copy.c.location == location, copy.c.record_id.in_(list(record_ids))
    )
    return set(connection.execute(query).scalars())


def _enrolled(
    connection: Connection, location: str, copied: Sequence[tuple[Expected, int]], at: datetime
) -> int:
    known = _held_among(connection, location, [one.record_id for one, _ in copied])
    fresh = [(one, size) for one, size in copied if one.record_id not in known]
    tally = Tally()
    for _, size in fresh:
        tally.add(at, size)
    if fresh:
        connection.execute(
            insert(copy),
            [
                {
                    "location": location,
                    "record_id": one.record_id,
                    "since": at,
                    "read_at": None,
                    "answer": "",
                    "size_bytes": size,
                    "tries": 0,
                    "retry_at": None,
                }
                for one, size in fresh
            ],
        )
        tally.write(connection, location)
    return len(fresh)


def _note_gaps(
    connection: Connection, location: str, gaps: Mapping[int, tuple[str, str]], at: datetime
) -> None:
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    known = {
        int(row.position): int(row.tries)
        for row in connection.execute(
            select(gap.c.position, gap.c.tries).where(
                gap.c.location == location, gap.c.position.in_(list(gaps))
            )
        )
    }
    for position, (record_id, reason) in sorted(gaps.items()):
        tries = known.get(position, 0) + 1
        seconds = min(_FIRST_RETRY_SECONDS * 2 ** min(tries - 1, 20), _LONGEST_RETRY_SECONDS)
        values = {
            "record_id": record_id,
            "reason": reason[:500],
            "tries": tries,
            "retry_at": at + timedelta(seconds=seconds),
        }
        statement = make(gap).values(location=location, position=position, **values)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["location", "position"], set_=values)
        )


def _placed() -> Select[tuple[object, ...]]:
    return select(place, place_version.c.body).join(
        place_version,
        and_(place_version.c.name == place.c.name, place_version.c.version == place.c.version),
    )


def _location(row: Mapping[str, object]) -> Location:
    given = json.loads(str(row["body"]))
    where = Where(**{**given, "medium": Medium(given["medium"])})
    return Location(
        name=str(row["name"]),
        where=where,
        identity=str(row["identity"]),
        state=LocationState(str(row["state"])),
        version=int(str(row["version"])),
        copied_to=int(str(row["copied_to"])),
    )


def _version(one: Location, who: str, at: datetime) -> dict[str, object]:
    body = json.dumps(asdict(one.where), ensure_ascii=False, sort_keys=True)
    return {"name": one.name, "version": one.version, "body": body, "who": who, "at": at}


def _said(kind: Kind, one: Location, who: str, at: datetime) -> Said:
    detail = {"location": one.name, "medium": str(one.where.medium), "version": one.version}
    return Said(Event("", "", kind, at, who, detail), one.name)

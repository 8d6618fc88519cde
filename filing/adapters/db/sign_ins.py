"""Sessions, and counted attempts to sign in, in the database that all processes share."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db.engine import Database
from filing.adapters.db.people import person_of
from filing.adapters.db.people_rows import attempt, person, person_role, person_session
from filing.adapters.db.submissions import add_events
from filing.model.events import Event
from filing.model.people import Person
from filing.model.roles import Role
from filing.people import attempts
from filing.people.accounts import Kept
from filing.people.attempts import Limit, Tally

#: Sessions of one person that are shown, and kept: the oldest go when there are more.
_MOST = 100
_COLUMNS = [one for one in person_session.c if one.key != "id"]
# Built once; every page asks it. A row for each role, of which nobody has many.
_FIND = (
    select(
        *_COLUMNS,
        person_session.c.id.label("session_id"),
        person,
        person_role.c.role,
    )
    .select_from(
        person_session.join(person, person.c.id == person_session.c.person_id).outerjoin(
            person_role, person_role.c.person_id == person.c.id
        )
    )
    .where(person_session.c.digest == bindparam("digest_"))
)


class SqlSessions:
    """Keeps the promises of filing.people.accounts.Sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, session: Kept, events: Sequence[Event]) -> None:
        """A new session; one person has a hundred at most."""
        table = person_session
        values = {name: getattr(session, name) for name in Kept.__slots__}
        newest = (
            select(table.c.id)
            .where(table.c.person_id == session.person_id)
            .order_by(table.c.id.desc())
            .limit(_MOST)
        )
        with self._database.writing() as connection:
            connection.execute(insert(table).values(**values))
            connection.execute(
                delete(table).where(
                    table.c.person_id == session.person_id, table.c.id.not_in(newest)
                )
            )
            add_events(connection, events)

    def find(self, digest: str) -> tuple[Kept, Person, bool] | None:
        """The session, whose it is, and whether the password is owed."""
        with self._database.reading() as connection:
            found = connection.execute(_FIND, {"digest_": digest}).mappings().all()
        if not found:
            return None
        first = found[0]
        roles = frozenset(Role(one["role"]) for one in found if one["role"])
        return _kept(first, first["session_id"]), person_of(first, roles), first["password_owed"]

    def touch(self, digest: str, at: datetime) -> None:
        """Note that it is in use."""
        with self._database.writing() as connection:
            connection.execute(
                update(person_session).where(person_session.c.digest == digest).values(seen_at=at)
            )

    def of(self, person_id: str) -> tuple[Kept, ...]:
        """The newest first."""
        statement = (
            select(person_session)
            .where(person_session.c.person_id == person_id)
            .order_by(person_session.c.id.desc())
            .limit(_MOST)
        )
        with self._database.reading() as connection:
            found = connection.execute(statement).mappings()
            return tuple(_kept(one, one["id"]) for one in found)

    def end(self, digest: str, events: Sequence[Event]) -> None:
        """End the session of a token."""
        with self._database.writing() as connection:
            gone = connection.execute(
                delete(person_session).where(person_session.c.digest == digest)
            )
            if gone.rowcount:
                add_events(connection, events)

    def end_one(self, person_id: str, session_id: str, events: Sequence[Event]) -> bool:
        """End one by its id, if it is this person's."""
        table = person_session
        with self._database.writing() as connection:
            gone = connection.execute(
                delete(table).where(and_(table.c.id == session_id, table.c.person_id == person_id))
            )
            if gone.rowcount:
                add_events(connection, events)
            return bool(gone.rowcount)

    def drop_expired(self, at: datetime, idle_since: datetime, limit: int) -> int:
        """Forget sessions that are over; how many."""
        table = person_session
        over = or_(table.c.expires_at <= at, table.c.seen_at <= idle_since)
        some = select(table.c.digest).where(over).limit(limit)
        with self._database.writing() as connection:
            gone = connection.execute(delete(table).where(table.c.digest.in_(some)))
            return gone.rowcount


class SqlAttempts:
    """Keeps the promises of filing.people.accounts.Attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        make = sqlite.insert if database.is_sqlite else postgresql.insert
        self._begin = make(attempt).on_conflict_do_nothing()

    def count(self, limits: Mapping[str, Limit], at: datetime) -> Mapping[str, Tally]:
        """Count one attempt under every key, or under none. Raises TooManyAttempts."""
        keys = sorted(limits)  # as they are held
        with self._database.writing() as connection:
            none = {"failures": 0, "since": at, "last_at": at, "until": None}
            connection.execute(self._begin, [{"key": one, **none} for one in keys])
            found = _held(connection, keys)
            tallies = {key: attempts.count(one, limits[key], at) for key, one in found.items()}
            _save(connection, tallies)
        return tallies

    def give_back(self, keys: Sequence[str]) -> None:
        """Take one attempt back under each key: it did not fail."""
        with self._database.writing() as connection:
            found = _held(connection, keys)
            _save(connection, {key: attempts.give_back(one) for key, one in found.items()})

    def forget(self, keys: Sequence[str], events: Sequence[Event]) -> None:
        """Begin anew under these keys."""
        with self._database.writing() as connection:
            connection.execute(delete(attempt).where(attempt.c.key.in_(keys)))
            add_events(connection, events)

    def under(self, keys: Sequence[str]) -> Mapping[str, Tally]:
        """What is counted under these keys."""
        if not keys:
            return {}
        with self._database.reading() as connection:
            found = connection.execute(select(attempt).where(attempt.c.key.in_(keys))).mappings()
            return {one["key"]: _tally(one) for one in found}

    def failed(self, keys: Sequence[str], at: datetime, events: Sequence[Event]) -> None:
        """Write down that a counted attempt failed."""
        with self._database.writing() as connection:
            connection.execute(update(attempt).where(attempt.c.key.in_(keys)).values(last_at=at))
            add_events(connection, events)

    def drop_old(self, before: datetime, limit: int) -> int:
        """Forget counts nobody added to since; how many."""
        some = select(attempt.c.key).where(attempt.c.last_at < before).limit(limit)
        with self._database.writing() as connection:
            return connection.execute(delete(attempt).where(attempt.c.key.in_(some))).rowcount


def _kept(row: RowMapping, session_id: str) -> Kept:
    return Kept(
        digest=row["digest"],
        id=session_id,
        person_id=row["person_id"],
        signed_in_at=row["signed_in_at"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
        address=row["address"],
        agent=row["agent"],
        way=row["way"],
    )


def _held(connection: Connection, keys: Sequence[str]) -> dict[str, Tally]:
    """What is counted under these keys, held until we are done.

    In one order for everybody, so that nobody waits in a circle.
    """
    query = select(attempt).where(attempt.c.key.in_(keys)).order_by(attempt.c.key)
    found = connection.execute(query.with_for_update()).mappings()
    return {one["key"]: _tally(one) for one in found}


def _save(connection: Connection, tallies: Mapping[str, Tally]) -> None:
    for key, tally in tallies.items():
        connection.execute(update(attempt).where(attempt.c.key == key).values(**_columns(tally)))


def _tally(row: RowMapping) -> Tally:
    return Tally(row["failures"], row["since"], row["last_at"], row["until"])


def _columns(tally: Tally) -> dict[str, object]:
    return {name: getattr(tally, name) for name in Tally.__slots__}

"""Accounts and their roles in the database; each call is one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from filing.adapters.db.engine import Database
from filing.adapters.db.people_rows import person, person_role, person_session
from filing.adapters.db.rows import agency
from filing.adapters.db.submissions import add_events
from filing.errors import ChangedMeanwhile, NotFound, RolesConflict, WrongState
from filing.model.events import Event
from filing.model.people import Person
from filing.model.roles import Role
from filing.people.accounts import Account

_WITH_ROLES = select(person, person_role.c.role).select_from(
    person.outerjoin(person_role, person_role.c.person_id == person.c.id)
)
_BY_LOGIN = _WITH_ROLES.where(person.c.login == bindparam("value"))
_BY_ID = _WITH_ROLES.where(person.c.id == bindparam("value"))
_BY_IDENTITY = _WITH_ROLES.where(person.c.identity == bindparam("value"))


class SqlAccounts:
    """Keeps the promises of filing.people.accounts.Accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_login(self, login: str) -> Account | None:
        """One account."""
        return self._one(_BY_LOGIN, login)

    def by_id(self, person_id: str) -> Account | None:
        """One account."""
        return self._one(_BY_ID, person_id)

    def by_identity(self, identity: str) -> Account | None:
        """One account."""
        return self._one(_BY_IDENTITY, identity)

    def page(self, after: str, limit: int) -> tuple[Person, ...]:
        """By login, beginning behind ``after``."""
        some = (
            select(person.c.id).where(person.c.login > after).order_by(person.c.login).limit(limit)
        )
        statement = _WITH_ROLES.where(person.c.id.in_(some)).order_by(person.c.login)
        with self._database.reading() as connection:
            return tuple(one.person for one in _gathered(connection.execute(statement).mappings()))

    def holders(self, role: Role) -> int:
        """How many accounts in use hold a role."""
        with self._database.reading() as connection:
            return len(connection.execute(_held(role)).all())

    def any_second_factor(self) -> bool:
        """Whether somebody signs in with one."""
        with self._database.reading() as connection:
            some = select(person.c.id).where(person.c.totp != "").limit(1)
            return connection.execute(some).first() is not None

    def names(self, ids: frozenset[str]) -> Mapping[str, str]:
        """Names to show."""
        return names_of(self._database, ids)

    def add(self, account: Account, events: Sequence[Event]) -> None:
        """See filing.people.accounts.Accounts."""
        with self._database.writing() as connection:
            _refuse_taken(connection, account)
            _refuse_unknown_agency(connection, account.person.agency_id)
            try:
                connection.execute(
                    insert(person).values(
                        id=account.person.id, created_at=account.password_at, **_values(account)
                    )
                )
                _set_roles(connection, account.person)
            except IntegrityError as error:
                raise _clash(error) from error
            add_events(connection, events)

    def save(
        self,
        before: Account,
        after: Account,
        events: Sequence[Event],
        end_sessions: bool = False,
        leave_one: frozenset[Role] = frozenset(),
    ) -> Account:
        """See filing.people.accounts.Accounts."""
        saved = Account(**{name: getattr(after, name) for name in Account.__slots__} | {
            "version": before.version + 1
        })  # fmt: skip
        with self._database.writing() as connection:
            for role in sorted(leave_one):
                if not _holders(connection, role, before.person.id):
                    raise WrongState(
                        f"nobody else would be {role}; name another one first",
                        "该账号是最后一名任此职的人员，请先指定他人",
                    )
            _refuse_taken(connection, saved)
            try:
                changed = connection.execute(
                    update(person)
                    .where(
                        and_(person.c.id == before.person.id, person.c.version == before.version)
                    )
                    .values(**_values(saved) | {"totp_step": _later(saved.totp_step)})
                )
                if not changed.rowcount:
                    raise ChangedMeanwhile(
                        "this account was changed meanwhile; look again", "账号已被他人修改，请刷新"
                    )
                if after.person.roles != before.person.roles:
                    connection.execute(
                        delete(person_role).where(person_role.c.person_id == before.person.id)
                    )
                    _set_roles(connection, saved.person)
            except IntegrityError as error:
                raise _clash(error) from error
            if end_sessions:
                connection.execute(
                    delete(person_session).where(person_session.c.person_id == before.person.id)
                )
            add_events(connection, events)
        return saved

    def take_step(self, person_id: str, step: int) -> bool:
        """See filing.people.accounts.Accounts."""
        with self._database.writing() as connection:
            taken = connection.execute(
                update(person)
                .where(and_(person.c.id == person_id, person.c.totp_step < step))
                .values(totp_step=step)
            )
            return bool(taken.rowcount)

    def _one(self, statement: Any, value: str) -> Account | None:  # Any: a select
        with self._database.reading() as connection:
            found = connection.execute(statement, {"value": value}).mappings().all()
        return next(iter(_gathered(found)), None)


def names_of(database: Database, ids: frozenset[str]) -> Mapping[str, str]:
    """Person id -> name; ids nobody has are left out."""
    if not ids:
        return {}
    statement = select(person.c.id, person.c.name).where(person.c.id.in_(sorted(ids)))
    with database.reading() as connection:
        return {one.id: one.name for one in connection.execute(statement)}


def person_of(row: RowMapping, roles: frozenset[Role]) -> Person:
    """A row of ``person`` as the model's value."""
    return Person(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        roles=roles,
        agency_id=row["agency_id"] or "",
        language=row["language"],
        totp=bool(row["totp"]),
        disabled=row["disabled"],
    )


def _gathered(rows: Iterable[RowMapping]) -> list[Account]:
    """Accounts of rows that repeat each person once a role, in the order they came."""
    found: dict[str, tuple[RowMapping, set[Role]]] = {}
    for row in rows:
        _, roles = found.setdefault(row["id"], (row, set()))
        if row["role"]:
            roles.add(Role(row["role"]))
    return [
        Account(
            person=person_of(row, frozenset(roles)),
            password=row["password"],
            password_owed=row["password_owed"],
            password_at=row["password_at"],
            totp=row["totp"],
            totp_pending=row["totp_pending"],
            totp_step=row["totp_step"],
            identity=row["identity"] or "",
            version=row["version"],
        )
        for row, roles in found.values()
    ]


def _values(account: Account) -> dict[str, object]:
    return {
        "login": account.person.login,
        "name": account.person.name,
        "agency_id": account.person.agency_id or None,
        "language": account.person.language,
        "disabled": account.person.disabled,
        "password": account.password,
        "password_owed": account.password_owed,
        "password_at": account.password_at,
        "totp": account.totp,
        "totp_pending": account.totp_pending,
        "totp_step": account.totp_step,
        "identity": account.identity or None,
        "version": account.version,
    }


def _later(step: int) -> ColumnElement[int]:
    """Never back: a code taken while the account was being changed stays taken."""
    return case((person.c.totp_step > step, person.c.totp_step), else_=step)


def _set_roles(connection: Connection, who: Person) -> None:
    if who.roles:
        connection.execute(
            insert(person_role),
            [{"person_id": who.id, "role": one.value} for one in sorted(who.roles)],
        )


def _holders(connection: Connection, role: Role, but: str) -> list[str]:
    """Accounts in use that hold a role, without ``but``; kept as they are until we are done."""
    statement = _held(role).order_by(person.c.id).with_for_update()
    return [one for one in connection.execute(statement).scalars() if one != but]


def _held(role: Role) -> Select[str]:
    return (
        select(person.c.id)
        .join(person_role, person_role.c.person_id == person.c.id)
        .where(person_role.c.role == role.value, person.c.disabled.is_(False))
    )


def _refuse_taken(connection: Connection, account: Account) -> None:
    same = [person.c.login == account.person.login]
    if account.identity:
        same.append(person.c.identity == account.identity)
    statement = select(person.c.id).where(or_(*same), person.c.id != account.person.id)
    if connection.execute(statement.limit(1)).first():
        raise _taken()


def _refuse_unknown_agency(connection: Connection, agency_id: str) -> None:
    statement = select(agency.c.id).where(agency.c.id == agency_id)
    if agency_id and not connection.execute(statement).first():
        raise NotFound(f"there is no agency {agency_id}", f"没有立档单位 {agency_id}")


def _clash(error: IntegrityError) -> WrongState | RolesConflict:
    """What a constraint refused that was free a moment ago. Two came at once."""
    if "person_role" in str(error.orig):
        return RolesConflict(
            "one person does not hold two of the three offices", "三员角色不能由同一人担任"
        )
    return _taken()


def _taken() -> WrongState:
    return WrongState("the login or identity is taken", "该账号或身份已被使用")

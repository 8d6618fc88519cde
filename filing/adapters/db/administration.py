"""Settings, their versions, and what goes with changing them, in the database."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from filing.adapters.db import agencies, rows, submissions
from filing.adapters.db.administration_rows import rule_set, setting, setting_version
from filing.adapters.db.engine import Database
from filing.administration.agencies import body_of
from filing.administration.changing import changed_meanwhile
from filing.errors import NotFound
from filing.model.administration import Setting, SettingKind, Version
from filing.model.agency import Agency, CredentialView
from filing.model.events import Event
from filing.model.tuning import Scope, Tuned
from filing.rules.rule_set import RulesUsed
from filing.rules.tuning import read_tuning


class SqlSettings:
    """Keeps the promises of filing.administration.ports.Settings."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def mark(self) -> int:
        """See the port. The end of the primary key's index."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(setting_version.c.number))).scalar() or 0

    def current(self, which: Setting) -> Version | None:
        """See the port."""
        with self._database.reading() as connection:
            number = _in_force(connection, which)
            return _version(connection, which, number) if number else None

    def version(self, which: Setting, number: int) -> Version | None:
        """See the port."""
        with self._database.reading() as connection:
            return _version(connection, which, number)

    def versions(self, which: Setting, before: int, limit: int) -> Sequence[Version]:
        """See the port."""
        table = setting_version
        query = select(table).where(*_is(table, which))
        if before:
            query = query.where(table.c.version < before)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(table.c.version.desc()).limit(limit))
            return [_read(row) for row in found]

    def listed(self, kind: SettingKind, after: tuple[str, str], limit: int) -> Sequence[Version]:
        """See the port."""
        old, now = setting_version, setting
        query = (
            select(old)
            .join(
                now,
                (now.c.kind == old.c.kind)
                & (now.c.owner == old.c.owner)
                & (now.c.key == old.c.key)
                & (now.c.version == old.c.version),
            )
            .where(now.c.kind == kind, tuple_(now.c.owner, now.c.key) > after)
            .order_by(now.c.owner, now.c.key)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [_read(row) for row in connection.execute(query)]

    def tunings(self, agency_id: str) -> Sequence[Tuned]:
        """See the port."""
        query = select(setting).where(
            setting.c.kind == SettingKind.RULES, setting.c.owner.in_({"", agency_id})
        )
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return [Tuned(Scope.of(one.owner, one.key), read_tuning(one.body)) for one in found]

    def save(self, version: Version, event: Event) -> None:
        """See the port."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            if (_in_force(connection, version.setting) or 0) + 1 != version.number:
                raise changed_meanwhile()
            _keep(connection, version)
            submissions.add_events(connection, [event])

    def keep_rules(self, used: RulesUsed) -> None:
        """See the port."""
        if self.rules(used.digest) is not None:
            return
        values = {"digest": used.digest, "version": used.version, "text": used.text.decode()}
        try:
            with self._database.writing() as connection:
                connection.execute(insert(rule_set).values(**values, first_used_at=self._now()))
        except IntegrityError:
            return  # another process kept the same text this moment

    def rules(self, digest: str) -> RulesUsed | None:
        """See the port."""
        with self._database.reading() as connection:
            row = connection.execute(select(rule_set).where(rule_set.c.digest == digest)).first()
        return None if row is None else RulesUsed(row.version, row.digest, row.text.encode())


class SqlAgencies:
    """Keeps the promises of filing.administration.ports.Agencies."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def agencies(self, after: str, limit: int) -> Sequence[Agency]:
        """See the port."""
        query = select(rows.agency).where(rows.agency.c.id > after).order_by(rows.agency.c.id)
        with self._database.reading() as connection:
            found = connection.execute(query.limit(limit)).all()
        return [agencies.from_profile(one.id, one.name, one.profile) for one in found]

    def agency(self, agency_id: str) -> Agency | None:
        """See the port."""
        with self._database.reading() as connection:
            return agencies.by_id(connection, agency_id)

    def stood(self, agency: Agency) -> Version:
        """See the port."""
        query = select(rows.agency.c.created_at).where(rows.agency.c.id == agency.id)
        with self._database.reading() as connection:
            at = connection.execute(query).scalar()
        which = Setting(SettingKind.AGENCY, agency.id)
        return Version(which, 1, body_of(agency), "", "system", at)

    def add(self, agency: Agency, version: Version, event: Event) -> None:
        """See the port."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            agencies.add(connection, agency, self._now())
            _keep(connection, version)
            submissions.add_events(connection, [event])

    def change(self, agency: Agency, before: Version, version: Version, event: Event) -> None:
        """See the port."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            stands = agencies.by_id(connection, agency.id)
            if stands is None or body_of(stands) != before.body:
                raise changed_meanwhile()
            number = _in_force(connection, version.setting)
            if number is None:
                _keep(connection, before)
            elif number != before.number:
                raise changed_meanwhile()
            _keep(connection, version)
            values = {"name": agency.name, "profile": agencies.profile_text(agency)}
            connection.execute(
                update(rows.agency).where(rows.agency.c.id == agency.id).values(**values)
            )
            submissions.add_events(connection, [event])

    def credentials(self, agency_id: str) -> Sequence[CredentialView]:
        """See the port."""
        with self._database.reading() as connection:
            return agencies.credentials(connection, agency_id, self._now())

    def add_credential(
        self,
        agency_id: str,
        kind: str,
        secret: bytes,
        label: str,
        expires_at: datetime | None,
        event: Callable[[str], Event],
    ) -> str:
        """See the port."""
        found = agencies.fingerprint(secret)
        with self._database.writing() as connection:
            self._database.order_log(connection)
            now = self._now()
            agencies.add_credential(connection, agency_id, kind, secret, label, now, expires_at)
            submissions.add_events(connection, [event(found)])
        return found

    def revoke(self, agency_id: str, fingerprint: str, event: Event) -> CredentialView:
        """See the port."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            found = agencies.revoke(connection, fingerprint, self._now())
            if found.agency_id != agency_id or found.fingerprint != fingerprint:
                raise NotFound("this agency has no such credential", "该单位没有这一凭证")
            submissions.add_events(connection, [event])
        return found


def _is(table: Any, which: Setting) -> tuple[Any, ...]:  # Any: columns of either table
    return (
        table.c.kind == which.kind,
        table.c.owner == which.owner,
        table.c.key == which.key,
    )


def _in_force(connection: Connection, which: Setting) -> int | None:
    return connection.execute(select(setting.c.version).where(*_is(setting, which))).scalar()


def _version(connection: Connection, which: Setting, number: int) -> Version | None:
    table = setting_version
    query = select(table).where(*_is(table, which), table.c.version == number)
    row = connection.execute(query).first()
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> Version:  # Any: rows of Core carry no types
    which = Setting(SettingKind(row.kind), row.owner, row.key)
    return Version(which, row.version, row.body, row.reason, row.who, row.at)


def _keep(connection: Connection, version: Version) -> None:
    """Keep a version and put it in force."""
    which = version.setting
    same = {"kind": which.kind, "owner": which.owner, "key": which.key}
    now = {"version": version.number, "body": version.body}
    connection.execute(
        insert(setting_version).values(
            **same, **now, reason=version.reason, who=version.by, at=version.at
        )
    )
    if not connection.execute(update(setting).where(*_is(setting, which)).values(**now)).rowcount:
        connection.execute(insert(setting).values(**same, **now))

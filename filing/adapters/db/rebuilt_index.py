"""A database filled from the store; keeps the promises of filing.custody.rebuild.Index.

Also the same rows put right one by one in a database that stands (``mend``).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any  # rows of any table
from urllib.parse import quote

from sqlalchemy import Connection, Table, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db import records, rows
from filing.adapters.db.administration_rows import rule_set, setting, setting_version
from filing.adapters.db.custody_rows import log_event
from filing.adapters.db.engine import Database
from filing.adapters.db.log_events import events_before
from filing.custody.rebuilt_rows import Row
from filing.errors import WrongState
from filing.evidence.logbook import Past, Signed
from filing.evidence.statement import Statement
from filing.model.agency import Agency
from filing.model.agency_profile import profile
from filing.model.identifiers import object_id
from filing.model.record import Record
from filing.model.submission import Submission

_PAGE = 1000
_TABLES = {"agency": rows.agency, "setting-version": setting_version, "rule-set": rule_set}


class SqlIndex:
    """Writes what Rebuilding reads.

    staged   folder staged objects of the dead are looked for in (Store's staging root)
    """

    def __init__(self, database: Database, staged: str = "") -> None:
        self._database = database
        self._staged = staged

    def begin(self, settings: Iterable[Mapping[str, object]]) -> tuple[int, int]:
        """See Index."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            size = _count(connection, select(func.max(rows.leaf.c.position)))
            signed = connection.execute(select(func.max(rows.checkpoint.c.size))).scalar() or 0
            if not size:
                for table in (rows.record, rows.submission):
                    if connection.execute(select(table.c.id).limit(1)).first():
                        raise WrongState(
                            "the database holds something else: give an empty one",
                            "目标数据库非空，请使用空数据库",
                        )
            _settings(connection, settings)
        return size, int(signed)

    def tile(self, level: int, index: int) -> bytes:
        """See Index."""
        with self._database.reading() as connection:
            return records.read_tile(connection, level, index)

    def write(
        self, given: Sequence[Row], tiles: Mapping[tuple[int, int], bytes], signed: Sequence[Signed]
    ) -> None:
        """See Index."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            filed = [one for one in given if one.record is not None]
            _agencies(connection, [(*one.agency, _since(one.submission)) for one in filed])
            ids = [one.record.id for one in filed if one.record is not None]
            _put_over(connection, rows.submission, [plain(one.submission) for one in filed])
            _put_over(connection, rows.record, [plain(one.record) for one in filed])
            records.fulfil(connection, ids)
            records.add_leaves(
                connection,
                [(one.position, one.leaf, one.record.id if one.record else None) for one in given],
            ) if given else None
            bodies = [
                {"submission_id": one.submission.id, "body": one.receipt}
                for one in filed
                if one.submission is not None and one.receipt
            ]
            _put(connection, rows.receipt, bodies)
            _put_histories(connection, [each for one in filed for each in _history(one)])
            _events(connection, [one for one in given if one.event is not None])
            if tiles:
                records.write_tiles(connection, tiles)
            for one in signed:
                records.add_checkpoint(connection, one.size, one.root, one.note, one.at)

    def unknown_among(self, record_ids: Sequence[str]) -> set[str]:
        """See Index."""
        query = select(rows.record.c.id).where(rows.record.c.id.in_(list(record_ids)))
        with self._database.reading() as connection:
            return set(record_ids) - set(connection.execute(query).scalars())

    def intend(self, said: Statement, record: Record, submission: Submission) -> None:
        """See Index. Named as staged by a process that is no more, at a place that is gone:
        recovery finds the object in the store."""
        folder = f"{self._staged}/rebuilt/{quote(object_id(record.id), safe='')}~0"
        with self._database.writing() as connection:
            self._database.order_log(connection)
            _agencies(connection, [(said.agency_id, said.agency_name, said.received_at)])
            _put(connection, rows.submission, [plain(submission)])
            _put(connection, rows.record, [plain(record)])
            values = {"record_id": record.id, "owner": "rebuilt", "staged": folder}
            connection.execute(insert(rows.intent).values(**values))

    def end(self) -> None:
        """See Index: events of the log itself come last in the history, in their own order."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            if not self._database.is_sqlite:
                # Numbers were given by hand until here: the next one follows the largest.
                for table in (rows.event, setting_version):
                    sequence = func.pg_get_serial_sequence(table.name, "number")
                    largest = select(func.coalesce(func.max(table.c.number), 1)).scalar_subquery()
                    connection.execute(select(func.setval(sequence, largest)))
            own = select(rows.event.c.number).where(rows.event.c.submission_id == "").limit(1)
            if connection.execute(own).first() is None:
                _own_events(connection)


def _own_events(connection: Connection) -> None:
    after = 0
    while True:
        query = select(log_event.c.number, log_event.c.body).where(log_event.c.number > after)
        found = connection.execute(query.order_by(log_event.c.number).limit(_PAGE)).all()
        if not found:
            return
        after = int(found[-1].number)
        said = [json.loads(bytes(one.body)) for one in found]
        _put(
            connection,
            rows.event,
            [
                {
                    "agency_id": "",
                    "submission_id": "",
                    "kind": one["kind"],
                    "at": datetime.fromisoformat(one["at"]),
                    "who": one["who"],
                    "detail": _detail(one["detail"]),
                }
                for one in said
            ],
        )


def _events(connection: Connection, given: Sequence[Row]) -> None:
    if not given:
        return
    number = events_before(connection, given[0].position)
    values = []
    for one in given:
        if one.event is not None:
            number += 1
            values.append(
                {
                    "position": one.position,
                    "number": number,
                    "kind": one.event.kind,
                    "subject": one.event.subject,
                    "at": one.event.at,
                    "body": one.body,
                }
            )
    _put(connection, log_event, values)


def _history(one: Row) -> list[dict[str, object]]:
    def row(past: Past) -> dict[str, object]:
        return {
            "number": past.number,
            "agency_id": one.agency[0],
            "submission_id": one.submission.id if one.submission else "",
            "kind": past.kind,
            "at": past.at,
            "who": past.who,
            "detail": _detail(past.detail),
        }

    return [row(past) for past in one.history]


def _detail(detail: Mapping[str, object]) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True)


def _settings(connection: Connection, given: Iterable[Mapping[str, object]]) -> None:
    """Every line; the newest of an agency or a setting is the one in force."""
    agencies: dict[str, dict[str, object]] = {}
    newest: dict[tuple[object, ...], dict[str, object]] = {}
    known = set(connection.execute(select(setting_version.c.number)).scalars())
    rules = set(connection.execute(select(rule_set.c.digest)).scalars())
    for line in given:
        values = row_values(_TABLES[str(line["table"])], line)
        if line["table"] == "agency":
            agencies[str(values["id"])] = values
        elif line["table"] == "rule-set" and values["digest"] not in rules:
            rules.add(values["digest"])
            _put(connection, rule_set, [values])
        elif line["table"] == "setting-version" and values["number"] not in known:
            known.add(values["number"])
            _put(connection, setting_version, [values])
            key = values["kind"], values["owner"], values["key"]
            newest[key] = values  # they were carried over in their order
    there = set(connection.execute(select(rows.agency.c.id)).scalars())
    _put(connection, rows.agency, [one for key, one in agencies.items() if key not in there])
    keys = select(setting.c.kind, setting.c.owner, setting.c.key)
    in_force = {(one.kind, one.owner, one.key) for one in connection.execute(keys)}
    names = ("kind", "owner", "key", "version", "body")
    _put(
        connection,
        setting,
        [{name: one[name] for name in names} for key, one in newest.items() if key not in in_force],
    )


def row_values(table: Table, line: Mapping[str, object]) -> dict[str, object]:
    """A line of the settings' copy as a row of its table."""
    found: dict[str, object] = {}
    for column in table.c:
        value = line[column.name]
        if isinstance(column.type, rows.Instant) and value is not None:
            value = datetime.fromisoformat(str(value))
        found[column.name] = value
    return found


def _since(one: Submission | None) -> datetime:
    if one is None:
        raise ValueError("a record comes by a submission")
    return one.received_at


def _agencies(connection: Connection, given: Sequence[tuple[str, str, datetime]]) -> None:
    """Agencies nobody carried into the store: by id and name, with leave to file nothing."""
    wanted = {one: (name, at) for one, name, at in reversed(given)}
    if not wanted:
        return
    query = select(rows.agency.c.id).where(rows.agency.c.id.in_(list(wanted)))
    for one in set(wanted) - set(connection.execute(query).scalars()):
        name, at = wanted[one]
        body = json.dumps(profile(Agency(one, name)), ensure_ascii=False, sort_keys=True)
        values = {"id": one, "name": name, "profile": body, "created_at": at}
        connection.execute(insert(rows.agency).values(**values))


def _put(connection: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    if values:
        connection.execute(insert(table), [dict(one) for one in values])


def _put_over(connection: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    """Rows by their id; one that stands, of a claim that was not logged there yet, is replaced."""
    if values:
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = make(table)
        new = {name: statement.excluded[name] for name in values[0] if name != "id"}
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=new)
        connection.execute(statement, [dict(one) for one in values])


def _put_histories(connection: Connection, values: Sequence[Mapping[str, Any]]) -> None:
    """Events by their numbers; what stands already stays, a number that is taken is not used."""
    table = rows.event
    numbers = select(table).where(table.c.number.in_([one["number"] for one in values]))
    taken = {row["number"]: row for row in connection.execute(numbers).mappings()}
    _put(connection, table, [one for one in values if one["number"] not in taken])
    moved = [
        one
        for one in values
        if one["number"] in taken
        and any(taken[one["number"]][name] != one[name] for name in ("submission_id", "kind"))
    ]
    last = connection.execute(select(func.max(table.c.number))).scalar() or 0
    _put(connection, table, [{**one, "number": last + n} for n, one in enumerate(moved, 1)])


def plain(one: Any) -> dict[str, object]:  # Any: a frozen value of the model
    """A value as a row."""
    return {each.name: getattr(one, each.name) for each in fields(one)}


def _count(connection: Connection, query: Any) -> int:  # Any: select of one number
    found = connection.execute(query).scalar()
    return 0 if found is None else int(found) + 1

"""Drafts in the database; keeps the promise of filing.ingest.draft.Drafts.

A draft is saved whole, in one transaction that also sees that its submission may still be
corrected; two people who read the same version cannot both save.
"""

import json
from collections.abc import Mapping
from typing import Any  # what JSON holds, read back by the names we wrote

from sqlalchemy import Connection, delete, insert, select, update

from filing.adapters.db import rows
from filing.adapters.db.draft_rows import draft, draft_change
from filing.adapters.db.engine import Database
from filing.errors import ChangedMeanwhile, WrongState
from filing.model.correction import Change, ChangeKind, Draft, DraftChange, FileFact
from filing.model.digest import Digest
from filing.model.submission import State

_TEXTS = ("xpath", "field", "before", "after", "member")


class SqlDrafts:
    """Drafts in SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def draft(self, submission_id: str) -> Draft:
        """The draft as it stands; one of version 0 where nobody began one."""
        with self._database.reading() as connection:
            return _draft(connection, submission_id)

    def save(self, before: Draft, after: Draft) -> Draft:
        """See filing.ingest.draft.Drafts. Raises ChangedMeanwhile, WrongState."""
        saved = {
            "version": before.version + 1,
            "next_number": after.next_number,
            "who": after.by,
            "at": after.at,
        }
        with self._database.writing() as connection:
            # What files a submission holds the same order: no change slips in behind it.
            self._database.order_log(connection)
            _must_be_rejected(connection, before.submission_id)
            if not _replaced(connection, before, saved):
                raise changed(_draft(connection, before.submission_id))
            _put_changes(connection, after)
            return _draft(connection, before.submission_id)

    def drop(self, submission_id: str) -> None:
        """Forget a draft; none is no error."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            forget(connection, submission_id)

    def holds(self, submission_id: str, digest: str) -> bool:
        """Whether a draft brings in a file whose sha256 begins so (hex)."""
        wanted = f'"sha256:{digest}'
        with self._database.reading() as connection:
            query = select(draft_change.c.body).where(draft_change.c.submission_id == submission_id)
            return any(wanted in body for body in connection.execute(query).scalars())


def version_of(connection: Connection, submission_id: str) -> int:
    """The version of a submission's draft; 0 where there is none."""
    query = select(draft.c.version).where(draft.c.submission_id == submission_id)
    return int(connection.execute(query).scalar() or 0)


def forget(connection: Connection, submission_id: str) -> None:
    """Forget a draft within a transaction that holds the log's order."""
    connection.execute(delete(draft_change).where(draft_change.c.submission_id == submission_id))
    connection.execute(delete(draft).where(draft.c.submission_id == submission_id))


def changed(found: Draft) -> ChangedMeanwhile:
    """What is said to whoever comes second."""
    at = f"{found.at:%Y-%m-%d %H:%M:%S} UTC" if found.at else "?"
    return ChangedMeanwhile(
        f"{found.by or 'somebody'} changed it at {at} (version {found.version}); look again",
        f"{found.by or '他人'} 已于 {at} 改动（第 {found.version} 版），请刷新后再改",
    )


def _must_be_rejected(connection: Connection, submission_id: str) -> None:
    query = select(rows.submission.c.state).where(rows.submission.c.id == submission_id)
    state = connection.execute(query).scalar()
    if state != State.REJECTED:
        raise WrongState(
            f"submission {submission_id} is {state}: it cannot be corrected",
            "该件已不在待更正状态，不能再改",
        )


def _replaced(connection: Connection, before: Draft, saved: dict[str, object]) -> bool:
    if before.version:
        done = connection.execute(
            update(draft)
            .where(draft.c.submission_id == before.submission_id)
            .where(draft.c.version == before.version)
            .values(**saved)
        )
        return done.rowcount == 1
    if version_of(connection, before.submission_id):
        return False
    connection.execute(insert(draft).values(submission_id=before.submission_id, **saved))
    return True


def _put_changes(connection: Connection, after: Draft) -> None:
    table = draft_change
    connection.execute(delete(table).where(table.c.submission_id == after.submission_id))
    if after.changes:
        connection.execute(
            insert(table),
            [
                {
                    "submission_id": after.submission_id,
                    "number": one.number,
                    "body": _written(one.change),
                    "who": one.by,
                    "at": one.at,
                    "act": one.act,
                }
                for one in after.changes
            ],
        )


def _draft(connection: Connection, submission_id: str) -> Draft:
    row = connection.execute(select(draft).where(draft.c.submission_id == submission_id)).first()
    if row is None:
        return Draft(submission_id)
    query = select(draft_change).where(draft_change.c.submission_id == submission_id)
    changes = tuple(
        DraftChange(one.number, _read(one.body), one.who, one.at, one.act)
        for one in connection.execute(query.order_by(draft_change.c.number))
    )
    return Draft(submission_id, row.version, changes, row.who, row.at, row.next_number)


def _written(change: Change) -> str:
    said: dict[str, object] = {name: getattr(change, name) for name in _TEXTS}
    said |= {"kind": change.kind, "old": _fact(change.old), "new": _fact(change.new)}
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _fact(one: FileFact | None) -> dict[str, object] | None:
    if one is None:
        return None
    return {
        "name": one.name,
        "size": one.size_bytes,
        "digests": [str(each) for each in one.digests],
    }


def _read(body: str) -> Change:
    said: Mapping[str, Any] = json.loads(body)
    texts = {name: said[name] for name in _TEXTS}
    return Change(
        kind=ChangeKind(said["kind"]), old=_file(said["old"]), new=_file(said["new"]), **texts
    )


def _file(said: Mapping[str, Any] | None) -> FileFact | None:
    if said is None:
        return None
    digests = tuple(Digest.parse(one) for one in said["digests"])
    return FileFact(said["name"], said["size"], digests)

"""Submissions, records and claims as the ceremony makes them, and a ledger to hold them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from filing.adapters.db.engine import Database
from filing.adapters.db.ledger import SqlLedger
from filing.adapters.db.migrate import migrate
from filing.adapters.db.register import SqlRegister
from filing.evidence.merkle import leaf_hash
from filing.model.agency import Agency
from filing.model.events import Event, Kind
from filing.model.record import Record
from filing.model.submission import State, Submission
from filing.ports import Claim, Conclusion, Entry

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
CITY, LAKE = "city", "lake"


@contextmanager
def a_ledger(url: str, owner: str = "owner-1") -> Iterator[SqlLedger]:
    """A ledger in a migrated database with two agencies; another process's, if called again."""
    database = Database(url)
    migrate(database)
    register = SqlRegister(database, lambda: NOW)
    if not register.agencies():
        for one in (CITY, LAKE):
            register.add(Agency(one, one, names=(one,), rules=()))
    try:
        yield SqlLedger(database, lambda: owner)
    finally:
        database.close()


def an_id(kind: str, number: int) -> str:
    return f"{kind}-{number:06}"


def a_submission(number: int, **changes: object) -> Submission:
    given = {
        "id": an_id("s", number),
        "agency_id": CITY,
        "delivery_key": f"key:{number}",
        "package_digest": f"sha256:{hashlib.sha256(str(number).encode()).hexdigest()}",
        "form": "eep",
        "size_bytes": 1000 + number,
        "received_at": NOW,
    }
    return Submission(**given | changes)


def a_claim(number: int, before: Submission | None = None, **changes: object) -> Claim:
    """An accepted delivery; ``changes`` go to its submission or its record."""
    of_record = {name: changes.pop(name) for name in ("archival_code", "electronic_code", "fonds")
                 if name in changes}  # fmt: skip
    submission = before or a_submission(number, **changes)
    after = replace(submission, state=State.SEALED, record_id=an_id("r", number))
    given = {
        "id": after.record_id,
        "submission_id": after.id,
        "agency_id": after.agency_id,
        "fonds": "Z109",
        "archival_code": f"Z109-WS·2025-Y-{number:04}",
        "electronic_code": f"E{number:06}",
        "title": "关于印发的通知",
        "year": 2025,
        "retention": "永久",
        "package_digest": after.package_digest,
        "statement_digest": after.package_digest,
    }
    record = Record(**given | of_record)
    return Claim(before, after, record, f"/staged/{number}", event_of(after, Kind.ACCEPTED))


def a_kept(number: int, **changes: object) -> Claim:
    """A delivery that is only kept so far."""
    after = a_submission(number, **changes)
    return Claim(None, after, None, "", event_of(after, Kind.RECEIVED))


def event_of(submission: Submission, kind: Kind) -> Event:
    who = f"agency:{submission.agency_id}"
    return Event(submission.agency_id, submission.id, kind, NOW, who, {"n": "一"})


def an_entry(claim: Claim) -> Entry:
    leaf = leaf_hash(claim.after.record_id.encode())
    logged = replace(claim.after, state=State.RECEIPTED, version=claim.after.version + 1)
    return Entry(claim.after.record_id, leaf, logged)


def conclude(fresh, first, tree):
    """Receipts that say where their record stands."""
    return Conclusion(
        f"note of {tree.size}",
        tuple(f"{one.record_id}@{first + n}".encode() for n, one in enumerate(fresh)),
    )

"""Agencies and their credentials, in the database."""

import hashlib
import json
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from filing.adapters.db import rows
from filing.errors import NotFound, WrongState
from filing.model.agency import Agency, Channel, FilingRule


def profile(agency: Agency) -> dict[str, object]:
    """An agency as JSON-able values: what it may file and how."""
    return {
        "names": list(agency.names),
        "rules": [
            {
                "fonds": one.fonds,
                "forms": list(one.forms),
                "categories": list(one.categories),
                "retentions": list(one.retentions),
                "first_year": one.first_year,
            }
            for one in agency.rules
        ],
        "signature": agency.signature,
        "channel": agency.channel.value if isinstance(agency.channel, Enum) else agency.channel,
        "process": [list(group) for group in agency.process],
        "trusted_signers": list(agency.trusted_signers),
    }


def from_profile(agency_id: str, name: str, text: str) -> Agency:
    """The agency a profile describes. Raises ValueError, KeyError or TypeError if it cannot."""
    given = json.loads(text)
    rules = tuple(
        FilingRule(
            fonds=one["fonds"],
            forms=tuple(one["forms"]),
            categories=tuple(one["categories"]),
            retentions=tuple(one["retentions"]),
            first_year=int(one["first_year"]),
        )
        for one in given["rules"]
    )
    return Agency(
        id=agency_id,
        name=name,
        names=tuple(given["names"]),
        rules=rules,
        signature=given["signature"],
        channel=Channel(given["channel"]),
        process=tuple(tuple(group) for group in given["process"]),
        trusted_signers=tuple(given["trusted_signers"]),
    )


def add(connection: Connection, agency: Agency, at: datetime) -> None:
    """Add an agency. Raises WrongState if the id is taken."""
    try:
        connection.execute(
            insert(rows.agency).values(
                id=agency.id,
                name=agency.name,
                profile=json.dumps(profile(agency), ensure_ascii=False, sort_keys=True),
                created_at=at,
            )
        )
    except IntegrityError as error:
        raise WrongState(f"there is an agency {agency.id} already") from error


def by_id(connection: Connection, agency_id: str) -> Agency | None:
    """One agency."""
    row = connection.execute(select(rows.agency).where(rows.agency.c.id == agency_id)).first()
    return None if row is None else from_profile(row.id, row.name, row.profile)


def every(connection: Connection) -> tuple[Agency, ...]:
    """All agencies, by id."""
    found = connection.execute(select(rows.agency).order_by(rows.agency.c.id))
    return tuple(from_profile(row.id, row.name, row.profile) for row in found)


def fingerprint(secret: bytes) -> str:
    """What is kept of a token or certificate: SHA-256 in hex.

    A token carries 256 random bits, so a fast digest is enough.
    """
    return hashlib.sha256(secret).hexdigest()


def add_credential(
    connection: Connection, agency_id: str, kind: str, secret: bytes, label: str, at: datetime
) -> None:
    """Let an agency be known by a token or a certificate.

    Raises NotFound for an unknown agency, WrongState if it is known already.
    """
    if by_id(connection, agency_id) is None:
        raise NotFound(f"there is no agency {agency_id}")
    values = {"digest": fingerprint(secret), "kind": kind, "agency_id": agency_id}
    try:
        connection.execute(
            insert(rows.credential).values(**values, label=label, created_at=at, revoked_at=None)
        )
    except IntegrityError as error:
        raise WrongState(f"this {kind} is registered already") from error


def revoke(connection: Connection, digest: str, at: datetime) -> None:
    """Take a credential's power. Raises NotFound."""
    done = connection.execute(
        update(rows.credential)
        .where(rows.credential.c.digest == digest, rows.credential.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    if done.rowcount != 1:
        raise NotFound(f"there is no credential {digest} in force")


def by_credential(connection: Connection, kind: str, secret: bytes) -> Agency | None:
    """The agency this token or certificate belongs to, unless it was revoked."""
    query = (
        select(rows.agency)
        .join(rows.credential, rows.credential.c.agency_id == rows.agency.c.id)
        .where(
            rows.credential.c.digest == fingerprint(secret),
            rows.credential.c.kind == kind,
            rows.credential.c.revoked_at.is_(None),
        )
    )
    row = connection.execute(query).first()
    return None if row is None else from_profile(row.id, row.name, row.profile)

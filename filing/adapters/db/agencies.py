"""Agencies and their credentials, in the database."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from filing.adapters.db import rows
from filing.errors import BadRequest, Misconfigured, NotFound, WrongState
from filing.model.agency import Agency
from filing.model.agency_profile import agency_of, profile
from filing.services import CredentialView


def profile_text(agency: Agency) -> str:
    """An agency's profile as the row holds it."""
    return json.dumps(profile(agency), ensure_ascii=False, sort_keys=True)


def from_profile(agency_id: str, name: str, text: str) -> Agency:
    """The agency a profile describes. Raises Misconfigured if it describes none."""
    try:
        return agency_of(agency_id, name, json.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise Misconfigured(
            f"the profile of agency {agency_id} cannot be read: {error!r}",
            f"立档单位 {agency_id} 的配置无法读取",
        ) from error


def add(connection: Connection, agency: Agency, at: datetime) -> None:
    """Add an agency. Raises WrongState if the id is taken."""
    try:
        connection.execute(
            insert(rows.agency).values(
                id=agency.id,
                name=agency.name,
                profile=profile_text(agency),
                created_at=at,
            )
        )
    except IntegrityError as error:
        raise WrongState(
            f"there is an agency {agency.id} already", f"立档单位 {agency.id} 已存在"
        ) from error


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
    connection: Connection,
    agency_id: str,
    kind: str,
    secret: bytes,
    label: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Let an agency be known by a token or a certificate, until ``expires_at``.

    Raises NotFound for an unknown agency, WrongState if it is known already.
    """
    if by_id(connection, agency_id) is None:
        raise NotFound(f"there is no agency {agency_id}", f"没有立档单位 {agency_id}")
    values = {"digest": fingerprint(secret), "kind": kind, "agency_id": agency_id}
    try:
        connection.execute(
            insert(rows.credential).values(
                **values, label=label, created_at=at, revoked_at=None, expires_at=expires_at
            )
        )
    except IntegrityError as error:
        raise WrongState(
            f"this {kind} is registered already, here or with another agency; one that was"
            " revoked stays so: use a new one",
            "该凭证已登记于本单位或其他单位；已吊销的不再启用，请换用新的凭证",
        ) from error


def credentials(
    connection: Connection, agency_id: str, now: datetime
) -> tuple[CredentialView, ...]:
    """Every credential of an agency, oldest first."""
    query = select(rows.credential).where(rows.credential.c.agency_id == agency_id)
    found = connection.execute(
        query.order_by(rows.credential.c.created_at, rows.credential.c.digest)
    )
    return tuple(_credential(row, now) for row in found)


def ending(connection: Connection, now: datetime, by: datetime) -> tuple[CredentialView, ...]:
    """Those of every agency that are in force and end by then, the next to end first."""
    table = rows.credential
    query = select(table).where(
        table.c.expires_at > now, table.c.expires_at <= by, table.c.revoked_at.is_(None)
    )
    found = connection.execute(query.order_by(table.c.expires_at, table.c.digest))
    return tuple(_credential(row, now) for row in found)


def revoke(connection: Connection, fingerprint: str, at: datetime) -> CredentialView:
    """Take the power of the one credential in force whose fingerprint begins so.

    Raises NotFound, BadRequest if there are several.
    """
    table = rows.credential
    query = select(table).where(
        table.c.digest.startswith(fingerprint, autoescape=True), table.c.revoked_at.is_(None)
    )
    found = connection.execute(query.limit(2)).all() if fingerprint else []
    if not found:
        raise NotFound(
            f"there is no credential {fingerprint} in force", f"没有有效的凭证 {fingerprint}"
        )
    if len(found) > 1:
        raise BadRequest(
            f"several credentials begin with {fingerprint}", f"不止一个凭证以 {fingerprint} 开头"
        )
    connection.execute(update(table).where(table.c.digest == found[0].digest).values(revoked_at=at))
    return replace(_credential(found[0], at), revoked_at=at)


def _credential(row: Row[Any], now: datetime) -> CredentialView:  # Any: rows of Core carry no types
    return CredentialView(
        fingerprint=row.digest,
        kind=row.kind,
        agency_id=row.agency_id,
        label=row.label,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        expires_at=row.expires_at,
        expired=row.expires_at is not None and row.expires_at <= now,
    )


def by_credential(
    connection: Connection, kind: str, secret: bytes
) -> tuple[Agency, datetime | None] | None:
    """The agency this token or certificate belongs to, unless it was revoked; and its end."""
    query = (
        select(rows.agency, rows.credential.c.expires_at)
        .join(rows.credential, rows.credential.c.agency_id == rows.agency.c.id)
        .where(
            rows.credential.c.digest == fingerprint(secret),
            rows.credential.c.kind == kind,
            rows.credential.c.revoked_at.is_(None),
        )
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return from_profile(row.id, row.name, row.profile), row.expires_at

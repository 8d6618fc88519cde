"""The register of agencies and credentials; each call is one transaction."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from filing.adapters.db import agencies
from filing.adapters.db.engine import Database
from filing.errors import CredentialExpired
from filing.model.agency import Agency
from filing.services import CredentialView

#: How long a process goes on believing what it read of a credential. Revoking one, or
#: changing an agency, takes effect everywhere within this time.
BELIEVED_SECONDS = 2.0
_MOST = 4096


class SqlRegister:
    """Keeps the promises of filing.operations.Register."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._now = now
        self._tick = tick
        # (kind, fingerprint) -> who, until when. Only whole entries are replaced, so
        # threads need no lock; strangers are not kept, or guessing would fill it.
        self._known: dict[tuple[str, str], tuple[Agency, float]] = {}

    def add(self, agency: Agency) -> None:
        """Add an agency. Raises WrongState if the id is taken."""
        with self._database.writing() as connection:
            agencies.add(connection, agency, self._now())

    def agency(self, agency_id: str) -> Agency | None:
        """One agency."""
        with self._database.reading() as connection:
            return agencies.by_id(connection, agency_id)

    def agencies(self) -> tuple[Agency, ...]:
        """All of them, by id."""
        with self._database.reading() as connection:
            return agencies.every(connection)

    def add_credential(
        self,
        agency_id: str,
        kind: str,
        secret: bytes,
        label: str,
        expires_at: datetime | None = None,
    ) -> str:
        """Let an agency be known by a token or certificate; its fingerprint.

        Raises NotFound, WrongState.
        """
        with self._database.writing() as connection:
            agencies.add_credential(
                connection, agency_id, kind, secret, label, self._now(), expires_at
            )
        return agencies.fingerprint(secret)

    def credentials(self, agency_id: str) -> tuple[CredentialView, ...]:
        """Every credential of an agency, oldest first."""
        with self._database.reading() as connection:
            return agencies.credentials(connection, agency_id, self._now())

    def ending(self, within: timedelta) -> tuple[CredentialView, ...]:
        """Those in force, of every agency, that end so soon; the next to end first."""
        now = self._now()
        with self._database.reading() as connection:
            return agencies.ending(connection, now, now + within)

    def revoke(self, fingerprint: str) -> CredentialView:
        """Take a credential's power; other processes see it within BELIEVED_SECONDS.

        Raises NotFound, BadRequest.
        """
        with self._database.writing() as connection:
            revoked = agencies.revoke(connection, fingerprint, self._now())
        self._known.pop((revoked.kind, revoked.fingerprint), None)
        return revoked

    def known_by(self, kind: str, secret: bytes) -> Agency | None:
        """The agency this token or certificate belongs to, unless it was revoked.

        A revocation may take BELIEVED_SECONDS to be seen. Raises CredentialExpired.
        """
        key = kind, agencies.fingerprint(secret)
        agency, until = self._known.get(key, (None, 0.0))
        if until > self._tick():
            return agency
        with self._database.reading() as connection:
            found = agencies.by_credential(connection, kind, secret)
        if found is None:
            self._known.pop(key, None)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        agency, expires_at = found
        self._known[key] = agency, self._tick() + self._believed(expires_at)
        return agency

    def _believed(self, expires_at: datetime | None) -> float:
        """For how many seconds what was read holds. Raises CredentialExpired."""
        if expires_at is None:
            return BELIEVED_SECONDS
        left = (expires_at - self._now()).total_seconds()
        if left <= 0:
            raise CredentialExpired(
                f"this token ended at {expires_at.isoformat()}; ask the archive for a new one",
                f"此令牌已于 {expires_at.isoformat()} 到期，请向档案馆领取新令牌",
            )
        return min(BELIEVED_SECONDS, left)

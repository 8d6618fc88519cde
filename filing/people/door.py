"""The steps that signing in and one's own account share: count, compare, refuse, open.

Does not say in which order; see filing.people.signing_in and filing.people.own_account.
"""

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from filing.errors import BadRequest, NotIdentified
from filing.model.events import Event, Kind
from filing.model.people import SignIn
from filing.people import attempts, passwords
from filing.people.accounts import (
    Account,
    Accounts,
    Attempts,
    Box,
    Codes,
    Hasher,
    Kept,
    Provider,
    Sessions,
)
from filing.people.attempts import Tally
from filing.ports import Clock

_TOKEN_BYTES = 32
_AGENT = 200
#: How long a half-done sign-in waits for its one-time code, or for the provider.
HALF_SECONDS = 300
#: What half-done sign-ins are sealed for.
SECOND, OUTSIDE = "second-factor", "openid"


@dataclass(frozen=True)
class Premises:
    """What the door stands on.

    idle_seconds, longest_seconds   when a session ends: unused, and in any case
    provider                        None where no OpenID Connect provider is set
    """

    accounts: Accounts
    sessions: Sessions
    attempts: Attempts
    hasher: Hasher
    codes: Codes
    box: Box
    clock: Clock
    idle_seconds: int
    longest_seconds: int
    provider: Provider | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """An attempt that was counted before it was looked at."""

    tallies: Mapping[str, Tally]

    @property
    def keys(self) -> tuple[str, ...]:
        """All of them: the address first."""
        return tuple(sorted(self.tallies))

    @property
    def login(self) -> str:
        """The key of the login."""
        return self.keys[-1]

    @property
    def failures(self) -> int:
        """How many failed before under this login."""
        return self.tallies[self.login].failures - 1


def refusal() -> NotIdentified:
    """The one answer to every attempt that failed."""
    return NotIdentified("login, password or code is not right", "账号、密码或验证码不正确")


def digest(token: str) -> str:
    """What is kept of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def login_of(typed: str) -> str:
    """The one spelling of a login; "" for what can be none."""
    login = unicodedata.normalize("NFKC", typed[:200]).strip().casefold()
    good = 2 <= len(login) <= 64 and all(one.isalnum() or one in "._-@" for one in login)
    return login if good else ""


class Door:
    """What stands on the premises; the use cases are built on it."""

    def __init__(self, premises: Premises) -> None:
        self._at = premises

    def _count(self, login: str, address: str) -> Counted:
        limits = attempts.keys(login, address)
        return Counted(self._at.attempts.count(limits, self._at.clock.now()))

    def _fits(self, account: Account | None, password: str) -> bool:
        try:
            typed = passwords.normal(password)
        except BadRequest:
            typed, account = "", None  # as slow as any other
        kept = account.password if account else ""
        return self._at.hasher.fits(kept, typed)

    def _failed(self, account: Account | None, counted: Counted) -> NotIdentified:
        """Note the failure, once a run and once a lock, and give the one answer."""
        events = []
        for key, tally in counted.tallies.items():
            if key != counted.login:
                if tally.failures == attempts.ADDRESS.free:
                    detail: dict[str, object] = {"failures": tally.failures}
                    events.append(self._event(Kind.SIGN_IN_LIMITED, "system", detail))
            elif account is not None:
                detail = {"person": account.person.id}
                if seconds := attempts.wait(tally.failures, attempts.ACCOUNT):
                    detail |= {"failures": tally.failures, "seconds": seconds}
                    events.append(self._event(Kind.SIGN_IN_LOCKED, "system", detail))
                elif tally.failures == 1:
                    events.append(self._event(Kind.SIGN_IN_FAILED, "system", detail))
        # One write whether the account is there or not: time must not tell either.
        self._at.attempts.failed((counted.login,), self._at.clock.now(), events)
        return refusal()

    def _wait_for_code(self, account: Account, counted: Counted) -> SignIn:
        # Given back, not forgotten: else whoever knows the password could try codes for ever.
        self._at.attempts.give_back(counted.keys)
        half = {"person": account.person.id, "version": account.password_at.isoformat()}
        return SignIn("", self._at.box.seal(SECOND, json.dumps(half)))

    def _half(self, second: str) -> Account | None:
        opened = self._at.box.open(SECOND, second, HALF_SECONDS)
        if opened is None:
            return None
        half = json.loads(opened)
        account = self._at.accounts.by_id(half["person"])
        if account is None or account.person.disabled or not account.person.totp:
            return None
        return account if account.password_at.isoformat() == half["version"] else None

    def _renew_hash(self, account: Account, password: str) -> None:
        """Keep the password under the parameters now in force, while it is at hand."""
        if self._at.hasher.is_old(account.password):
            fresh = replace(account, password=self._at.hasher.make(passwords.normal(password)))
            self._at.accounts.save(account, fresh, ())

    def _open(
        self, account: Account, counted: Counted, address: str, agent: str, way: str
    ) -> SignIn:
        """A session for whoever got through; what failed before is forgotten."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._at.clock.now()
        kept = Kept(
            digest=digest(token),
            id=self._at.clock.new_id(),
            person_id=account.person.id,
            signed_in_at=now,
            seen_at=now,
            expires_at=now + timedelta(seconds=self._at.longest_seconds),
            address=address[:64],
            agent="".join(one if one.isprintable() else " " for one in agent[:_AGENT]),
            way=way,
        )
        detail = {"person": account.person.id, "way": way, "failures": max(counted.failures, 0)}
        event = self._event(Kind.SIGNED_IN, account.person.who, detail)
        self._at.sessions.open(kept, (event,))
        self._at.attempts.forget((counted.login,), ())
        self._at.attempts.give_back(counted.keys[:-1])
        return SignIn(token)

    def _event(self, kind: Kind, who: str, detail: Mapping[str, object]) -> Event:
        return Event("", "", kind, self._at.clock.now(), who, detail)

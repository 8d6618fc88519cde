"""What signing in and administration ask of the outside.

Every method that writes does so in one transaction with its events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filing.model.events import Event
from filing.model.people import Person
from filing.model.roles import Role
from filing.people.attempts import Limit, Tally


@dataclass(frozen=True, slots=True)
class Account:
    """A person and what the door needs to know. Hashes and sealed texts, no secret.

    password        the hash; "" for an account that has none
    password_owed   it came from somebody else and must be changed first
    totp, totp_pending   sealed secret in force, and one not yet confirmed; "" for none
    totp_step       newest time step whose code was taken
    identity        issuer and subject of OpenID Connect; "" for none
    version         counts saves, for replace-if-unchanged
    """

    person: Person
    password: str
    password_owed: bool
    password_at: datetime
    totp: str = ""
    totp_pending: str = ""
    totp_step: int = 0
    identity: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as kept. ``digest`` is of the token; ``way`` is how one signed in."""

    digest: str
    id: str
    person_id: str
    signed_in_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    way: str


class Accounts(Protocol):
    """Accounts in the database."""

    def by_login(self, login: str) -> Account | None: ...
    def by_id(self, person_id: str) -> Account | None: ...
    def by_identity(self, identity: str) -> Account | None: ...
    def page(self, after: str, limit: int) -> tuple[Person, ...]:
        """By login, beginning behind ``after``."""

    def holders(self, role: Role) -> int:
        """How many accounts in use hold a role."""

    def names(self, ids: frozenset[str]) -> Mapping[str, str]: ...
    def add(self, account: Account, events: Sequence[Event]) -> None:
        """Raises WrongState if the login or identity is taken, NotFound without its agency."""

    def save(
        self,
        before: Account,
        after: Account,
        events: Sequence[Event],
        end_sessions: bool = False,
        leave_one: frozenset[Role] = frozenset(),
    ) -> Account:
        """Replace if unchanged; the account as saved.

        end_sessions   every session of the person ends with it
        leave_one      each of these roles must be held by an account in use afterwards

        Raises ChangedMeanwhile, WrongState (nobody would be left, identity taken),
        RolesConflict.
        """

    def take_step(self, person_id: str, step: int) -> bool:
        """Note that a code of this time step was taken; False if it, or a later one, was."""


class Sessions(Protocol):
    """Sessions in the database."""

    def open(self, session: Kept, events: Sequence[Event]) -> None: ...
    def find(self, digest: str) -> tuple[Kept, Person, bool] | None:
        """The session, whose it is, and whether the password is owed. One query."""

    def touch(self, digest: str, at: datetime) -> None: ...
    def of(self, person_id: str) -> tuple[Kept, ...]:
        """The newest first, a hundred at most."""

    def end(self, digest: str, events: Sequence[Event]) -> None: ...
    def end_one(self, person_id: str, session_id: str, events: Sequence[Event]) -> bool: ...
    def drop_expired(self, at: datetime, idle_since: datetime, limit: int) -> int:
        """Forget sessions that are over; how many."""


class Attempts(Protocol):
    """Counts shared by all processes."""

    def count(self, limits: Mapping[str, Limit], at: datetime) -> Mapping[str, Tally]:
        """Count one attempt under every key, or under none.

        Raises TooManyAttempts when one of them must wait.
        """

    def give_back(self, keys: Sequence[str]) -> None: ...
    def forget(self, keys: Sequence[str], events: Sequence[Event]) -> None: ...
    def under(self, keys: Sequence[str]) -> Mapping[str, Tally]: ...
    def failed(self, keys: Sequence[str], at: datetime, events: Sequence[Event]) -> None:
        """Write down that a counted attempt failed: always a write, with events or without."""

    def drop_old(self, before: datetime, limit: int) -> int: ...


class Hasher(Protocol):
    """Password hashes, slow on purpose; few are reckoned at once.

    Raises TooManyAttempts when too many wait.
    """

    def make(self, password: str) -> str: ...
    def fits(self, kept: str, password: str) -> bool:
        """Takes as long for an empty ``kept`` as for any other."""

    def is_old(self, kept: str) -> bool:
        """Whether it was made with other parameters than are in force."""


class Codes(Protocol):
    """One-time codes (RFC 6238)."""

    def new_secret(self) -> str: ...
    def uri(self, secret: str, login: str) -> str: ...
    def step(self, secret: str, code: str, at: datetime) -> int | None:
        """The time step a code belongs to, one step early or late allowed; None if none."""


class Box(Protocol):
    """Seals small texts with a key that is not in the database."""

    def seal(self, purpose: str, text: str) -> str: ...
    def open(self, purpose: str, sealed: str, seconds: int | None = None) -> str | None:
        """What was sealed for this purpose, at most ``seconds`` ago; None for anything else."""


class Provider(Protocol):
    """An OpenID Connect provider."""

    @property
    def issuer(self) -> str: ...

    def address(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises OutsideUnavailable."""

    def subject(self, back: str, code: str, nonce: str, verifier: str) -> str:
        """Who signed in there. Raises NotIdentified, OutsideUnavailable."""

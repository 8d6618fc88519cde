"""People who sign in, what they may see, and the session one signed in to."""

from dataclasses import dataclass
from datetime import date, datetime

from filing.errors import NotAllowed
from filing.model.roles import Permission, Role, permissions_of


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account.

    id          UUIDv7; events name a person by it, never by name
    login       what is typed at sign-in
    name        for the pages only
    agency_id   the agency of an agency's clerk; "" for the archive's own people
    language    "zh" or "en"
    totp        whether a second factor is asked for
    disabled    may not sign in
    """

    id: str
    login: str
    name: str
    roles: frozenset[Role]
    agency_id: str = ""
    language: str = "zh"
    totp: bool = False
    disabled: bool = False

    @property
    def who(self) -> str:
        """How events name this person."""
        return f"person:{self.id}"

    def may(self, permission: Permission) -> bool:
        """Whether any of the roles allows it."""
        return permission in permissions_of(self.roles)

    def need(self, permission: Permission) -> None:
        """Raises NotAllowed unless the person may."""
        if not self.may(permission):
            raise NotAllowed(f"this account may not do that ({permission})", "没有执行此操作的权限")

    def sees(self, agency_id: str) -> bool:
        """Whether an agency's submissions and records exist for this person."""
        return not self.agency_id or self.agency_id == agency_id


@dataclass(frozen=True, slots=True)
class Session:
    """A session in force.

    form_token      goes into every form (CSRF); made from the cookie, kept nowhere
    password_owed   the password came from somebody else and must be changed first
    id              names it in the person's list of sessions; opens nothing
    """

    person: Person
    form_token: str
    signed_in_at: datetime
    expires_at: datetime
    password_owed: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in led to.

    token        for the cookie; "" when the second factor is still owed
    second       token of the half-done sign-in that waits for a one-time code; ""
    """

    token: str
    second: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which events an auditor wants to see. An empty member does not narrow.

    person_id    who did it
    kind         as filing.model.events
    first, last  days of the archive, both included
    """

    person_id: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None

"""Who is at the page: sign-in, sessions, accounts."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from filing.model.people import Chosen, Person, Session, SignIn
from filing.model.roles import Role
from filing.services import EventView

__all__ = ["Accounts", "People", "Session", "SignIn"]


class People(Protocol):
    """Accounts and sessions. Every refused sign-in is NotIdentified with one and the same text.

    address, agent   where the request came from and what sent it, for limits and the list
                     of sessions; an address as filing.web.session.address gives it
    """

    def sign_in(self, login: str, password: str, address: str, agent: str = "") -> SignIn:
        """Raises NotIdentified; TooManyAttempts while locked out or too fast."""

    def second_factor(self, second: str, code: str, address: str, agent: str = "") -> SignIn:
        """Raises as ``sign_in``."""

    def session(self, token: str) -> Session | None:
        """The session a cookie stands for; None when it is over. Cheap: every page asks."""

    def sign_out(self, token: str) -> None: ...

    # by way of an OpenID Connect provider
    def outside(self) -> str:
        """The provider's address; "" where none is set."""

    def begin_outside(self, back: str, then: str) -> tuple[str, str]:
        """Where to send the browser, and what its cookie is to keep meanwhile.

        back   our own address the provider sends it back to
        then   the page to go on to afterwards

        Raises OutsideUnavailable, BadRequest where none is set.
        """

    def finish_outside(
        self, sealed: str, state: str, code: str, back: str, address: str, agent: str = ""
    ) -> tuple[SignIn, str]:
        """The sign-in, and ``then``. Raises NotIdentified, TooManyAttempts, OutsideUnavailable."""

    # one's own account
    def change_password(
        self, person: Person, old: str, new: str, address: str, agent: str = ""
    ) -> SignIn:
        """Every session ends; the one returned is new. Raises BadRequest, TooManyAttempts."""

    def begin_totp(self, person: Person) -> str:
        """A fresh secret as otpauth URI; not in force until confirmed. Raises WrongState."""

    def pending_totp(self, person: Person) -> str:
        """The secret begun and not yet confirmed, as otpauth URI; "" when there is none."""

    def confirm_totp(self, person: Person, code: str, address: str) -> None:
        """Raises BadRequest, TooManyAttempts."""

    def end_totp(self, person: Person, password: str, address: str) -> None:
        """Raises BadRequest, TooManyAttempts."""

    def choose_language(self, person: Person, language: str) -> Person: ...
    def sessions(self, person: Person) -> tuple[Mapping[str, object], ...]:
        """In force, newest first: id, signed_in_at, seen_at, expires_at, address, agent, way."""

    def end_session(self, person: Person, session_id: str) -> None:
        """Raises NotFound."""

    # administration; each needs its permission
    def people(self, by: Person, after: str, limit: int) -> tuple[Person, ...]:
        """By login, beginning behind the login ``after``."""

    def person(self, by: Person, person_id: str) -> Person: ...
    def locked(self, by: Person, people: tuple[Person, ...]) -> Mapping[str, datetime]:
        """Person id -> until when sign-in waits, for those who must wait."""

    def add_person(self, by: Person, login: str, name: str, agency_id: str) -> tuple[Person, str]:
        """A new account without a role, and its first password, to be changed at first sign-in."""

    def disable(self, by: Person, person_id: str, disabled: bool) -> Person:
        """Raises NotAllowed (oneself), WrongState (the last one in one of the three offices)."""

    def reset_password(self, by: Person, person_id: str) -> str:
        """Raises NotAllowed (oneself, or who holds one of the three offices)."""

    def unlock(self, by: Person, person_id: str) -> None: ...
    def identity(self, by: Person, person_id: str) -> str:
        """Issuer and subject the account is linked to; ""."""

    def link(self, by: Person, person_id: str, subject: str) -> None:
        """Link to a subject of the provider; "" to none. Raises as ``reset_password``."""

    def grant(self, by: Person, person_id: str, roles: frozenset[Role]) -> Person:
        """Raises RolesConflict (三员分立), NotAllowed (oneself), WrongState (the last one)."""

    def names(self, ids: frozenset[str]) -> Mapping[str, str]:
        """Person id -> name to show; ids nobody has are left out."""

    def events(
        self, by: Person, chosen: Chosen, before: int, limit: int
    ) -> tuple[tuple[EventView, ...], int]:
        """Everybody's acts, the newest first; and where to go on, 0 at the end.

        before   0 to begin with the newest, else what the last call gave

        A call looks through a bounded number of events: a page may be short, even empty,
        while there is more.
        """


class Accounts(Protocol):
    """Accounts, as the operator on the archive's own machine may change them."""

    def create(
        self,
        login: str,
        name: str,
        agency_id: str,
        roles: frozenset[Role],
        owed: bool = True,
    ) -> tuple[Person, str]:
        """A new account and its first password.

        owed   the password must be changed at the first sign-in; not where nobody but its
               owner sees it (a demonstration)

        Raises NotAllowed when roles are given and there is a security administrator,
        RolesConflict, WrongState (login taken), NotFound (no such agency), BadRequest.
        """

    def every(self) -> Iterator[Person]: ...
    def waiting(self, people: tuple[Person, ...]) -> Mapping[str, datetime]: ...
    def renew(self, login: str, owed: bool = True) -> str:
        """A new first password; second factor, sessions and waiting end. Raises NotFound."""

    def close(self, login: str, closed: bool) -> Person:
        """Disable, or enable again. Raises NotFound, WrongState (the last of an office)."""

    def free(self, login: str) -> None: ...
    def tie(self, login: str, subject: str) -> None: ...

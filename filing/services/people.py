"""Who is at the page: sign-in, sessions, accounts."""

from collections.abc import Mapping
from typing import Protocol

from filing.model.people import Person, Session, SignIn
from filing.model.roles import Role

__all__ = ["People", "Session", "SignIn"]


class People(Protocol):
    """Accounts and sessions. Every refusal is NotIdentified with one and the same text."""

    def sign_in(self, login: str, password: str, address: str) -> SignIn:
        """Raises NotIdentified; TooManyAttempts while locked out or too fast."""

    def second_factor(self, second: str, code: str, address: str) -> SignIn:
        """Raises as ``sign_in``."""

    def session(self, token: str) -> Session | None:
        """The session a cookie stands for; None when it is over. Cheap: every page asks."""

    def sign_out(self, token: str) -> None: ...

    # one's own account
    def change_password(self, person: Person, old: str, new: str) -> None: ...
    def begin_totp(self, person: Person) -> str:
        """A fresh secret as otpauth URI; not in force until confirmed."""

    def confirm_totp(self, person: Person, code: str) -> None: ...
    def end_totp(self, person: Person, password: str) -> None: ...
    def choose_language(self, person: Person, language: str) -> Person: ...
    def sessions(self, person: Person) -> tuple[Mapping[str, object], ...]: ...

    # administration; each needs its permission
    def people(self, by: Person, after: str, limit: int) -> tuple[Person, ...]: ...
    def person(self, by: Person, person_id: str) -> Person: ...
    def add_person(self, by: Person, login: str, name: str, agency_id: str) -> tuple[Person, str]:
        """A new account without a role, and its first password, to be changed at first sign-in."""

    def disable(self, by: Person, person_id: str, disabled: bool) -> Person: ...
    def reset_password(self, by: Person, person_id: str) -> str: ...
    def unlock(self, by: Person, person_id: str) -> None: ...
    def grant(self, by: Person, person_id: str, roles: frozenset[Role]) -> Person:
        """Raises RolesConflict (三员分立)."""

    def names(self, ids: frozenset[str]) -> Mapping[str, str]:
        """Person id -> name to show; ids nobody has are left out."""

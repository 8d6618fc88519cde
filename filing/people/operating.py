"""What the operator does on the archive's own machine: the first accounts, and lost keys.

Roles are given here only until there is a security administrator; from then on that is
hers alone. Whoever can run this can read the database too: it is not kept from much, but
every act is an event the auditor sees.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from filing.errors import NotAllowed, NotFound
from filing.model.people import Person
from filing.model.roles import Role
from filing.people import attempts
from filing.people.accounts import Account
from filing.people.administration import MOST, Administration
from filing.people.door import login_of

_WHO = "system"


class Operating(Administration):
    """See filing.services.people.Accounts."""

    def create(
        self,
        login: str,
        name: str,
        agency_id: str,
        roles: frozenset[Role],
        owed: bool = True,
    ) -> tuple[Person, str]:
        """See filing.services.people.Accounts."""
        if roles and self._at.accounts.holders(Role.SECURITY_ADMINISTRATOR):
            raise NotAllowed(
                "there is a security administrator: add the account without a role, and have"
                " it granted on the pages",
                "已有安全管理员：请先建立不带角色的账号，再由安全管理员在页面上授予",
            )
        return self._add(_WHO, login, name, agency_id, roles, owed)

    def every(self) -> Iterator[Person]:
        """See filing.services.people.Accounts."""
        after = ""
        while found := self._at.accounts.page(after, MOST):
            yield from found
            after = found[-1].login

    def renew(self, login: str, owed: bool = True) -> str:
        """See filing.services.people.Accounts."""
        account = self._named(login)
        self._at.attempts.forget((attempts.key_of(account.person.login),), ())
        return self._reset(_WHO, account, owed)

    def close(self, login: str, closed: bool) -> Person:
        """See filing.services.people.Accounts."""
        return self._disable(_WHO, self._named(login), closed)

    def free(self, login: str) -> None:
        """See filing.services.people.Accounts."""
        self._unlock(_WHO, self._named(login))

    def tie(self, login: str, subject: str) -> None:
        """See filing.services.people.Accounts."""
        self._link(_WHO, self._named(login), subject)

    def waiting(self, people: tuple[Person, ...]) -> Mapping[str, datetime]:
        """See filing.services.people.Accounts."""
        return self._locked(people)

    def _named(self, login: str) -> Account:
        account = self._at.accounts.by_login(login_of(login))
        if account is None:
            raise NotFound(f"there is no account {login}", f"没有账号 {login}")
        return account

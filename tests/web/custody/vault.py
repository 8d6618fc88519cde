"""An archive with a few records, its pages, and somebody signed in for each role."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from filing.app import create_app
from filing.app.people import create_people
from filing.model.roles import Role
from tests.custody.holding import Holding, a_holding

LOGINS = {
    "archivist": Role.ARCHIVIST,
    "archivist-2": Role.ARCHIVIST,
    "clerk": Role.ARCHIVE_CLERK,
    "system": Role.SYSTEM_ADMINISTRATOR,
    "auditor": Role.AUDITOR,
    # Roles are given on the machine only until there is one of these.
    "security": Role.SECURITY_ADMINISTRATOR,
}
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Vault:
    """A holding and its pages."""

    holding: Holding
    app: Flask
    passwords: dict[str, str] = field(default_factory=dict)

    def signed_in(self, login: str) -> FlaskClient:
        """Somebody of this role; made when first asked for, the security administrator last."""
        self.make(login)
        client = self.app.test_client()
        answer = post(client, "/sign-in", login=login, password=self.passwords[login])
        assert answer.status_code == 303, answer.text
        return client

    def make(self, *logins: str) -> None:
        """Accounts for these, unless they are there."""
        people = create_people(self.holding.site)
        for login in logins:
            if login not in self.passwords:
                role, name = frozenset({LOGINS[login]}), f"{login} 样例"
                self.passwords[login] = people.create(login, name, "", role, owed=False)[1]


def post(client: FlaskClient, path: str, page: str = "", **form: object):
    """Send a form as its page would: with the page's token."""
    token = TOKEN.search(client.get(page or path).text)
    assert token, page or path
    return client.post(path, data={"form_token": token[1], **form})


@contextmanager
def a_vault(home: Path, url: str = "", count: int = 4) -> Iterator[Vault]:
    with a_holding(home, url, count) as holding:
        app = create_app(holding.site.settings, holding.site, serving=False)
        holding.parts.book.enrol("main", holding.site.clock.now(), 1000)
        yield Vault(holding, app)

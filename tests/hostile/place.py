"""An archive in this process with people of every role and something of everything, to attack.

Requests go through the whole application; nothing listens, so a test may hold, break and
look into whatever it likes.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.bad import FAULTS
from examples.documents import AGENCIES, agency, official
from examples.good import deliver, metadata
from examples.sample import Sample
from filing.app import Site, create_app, initialise
from filing.app.people import create_people
from filing.config import Settings
from filing.model.package import Form
from filing.model.roles import Role
from filing.model.submission import State
from tests.conformance.sending import submitted

OURS, OTHERS = AGENCIES[0], AGENCIES[1]
#: login -> role, agency. The last two come last: the machine gives roles only until then.
PEOPLE: Mapping[str, tuple[Role, str]] = {
    "agency": (Role.AGENCY_CLERK, OURS.id),
    "stranger": (Role.AGENCY_CLERK, OTHERS.id),
    "clerk": (Role.ARCHIVE_CLERK, ""),
    "clerk-2": (Role.ARCHIVE_CLERK, ""),
    "archivist": (Role.ARCHIVIST, ""),
    "system": (Role.SYSTEM_ADMINISTRATOR, ""),
    "auditor": (Role.AUDITOR, ""),
    "security": (Role.SECURITY_ADMINISTRATOR, ""),
}
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Place:
    """The application, and who may come in."""

    app: Flask
    site: Site
    passwords: Mapping[str, str]
    _clients: dict[str, FlaskClient] = field(default_factory=dict)

    def client(self, login: str = "") -> FlaskClient:
        """A new browser in which ``login`` has signed in; nobody for ""."""
        client = self.app.test_client()
        if login:
            page = client.get("/sign-in")
            form = {"login": login, "password": self.passwords[login], "form_token": token_of(page)}
            assert client.post("/sign-in", data=form).status_code == 303
        return client

    def known(self, login: str) -> FlaskClient:
        """A browser in which ``login`` signed in once."""
        if login not in self._clients:
            self._clients[login] = self.client(login)
        return self._clients[login]

    def get(self, login: str, path: str, **more: object) -> TestResponse:
        return self.known(login).get(path, buffered=True, **more)

    def post(
        self, login: str, path: str, form: Mapping[str, object] | None = None, **more: object
    ) -> TestResponse:
        """Send a form as a page of ours would have it sent."""
        return self.known(login).post(
            path, data={**self.token(login), **(form or {})}, buffered=True, **more
        )

    def token(self, login: str) -> dict[str, str]:
        """The field every form carries."""
        page = self.get(login, "/account" if login else "/sign-in")
        return {"form_token": token_of(page)}

    def send(self, one: Sample) -> str:
        """Deliver a sample as its agency would; the id of its submission."""
        return submitted(self.site, one).submission.id

    def state(self, submission_id: str) -> State:
        found = self.site.ledger.submission(submission_id)
        assert found is not None
        return found.state

    def version(self, submission_id: str, login: str = "clerk") -> str:
        """The version of the draft, as the page of the submission says it."""
        page = self.get(login, f"/submissions/{submission_id}").get_data(as_text=True)
        found = re.search(r'name="version" value="(\d+)"', page)
        assert found, page
        return found[1]


def token_of(page: TestResponse) -> str:
    found = _TOKEN.search(page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)
    return html.unescape(found[1])


def faulty(slug: str, number: int, sender: str = OURS.id) -> Sample:
    """Document ``number`` with the fault called ``slug``."""
    fault = next(one for one in FAULTS if one.slug == slug)
    document = official(70_000 + number, 1, agency(sender), annexes=1, sent=True, retention="Y")
    return fault.make(document)


def lawful(number: int, sender: str = OURS.id) -> Sample:
    """Document ``number`` as it should be."""
    document = official(70_000 + number, 1, agency(sender))
    return deliver(document, Form.EEP, metadata(document, Form.EEP))


@contextmanager
def a_place(
    home: Path,
    database_url: str = "",
    make: Callable[[Settings], Site] = Site,
    **changes: object,
) -> Iterator[Place]:
    """Make the archive and its people; nothing is delivered yet."""
    settings = Settings(home=home, database_url=database_url, free_bytes=1 << 20, **changes)
    initialise(settings)
    site = make(settings)
    try:
        for one in AGENCIES:
            site.operations.add_agency(one)
        app = create_app(settings, site, serving=False)
        people = create_people(site)
        passwords = {
            login: people.create(login, f"{login} 样例", sender, frozenset({role}), owed=False)[1]
            for login, (role, sender) in PEOPLE.items()
        }
        yield Place(app, site, passwords)
    finally:
        site.close()

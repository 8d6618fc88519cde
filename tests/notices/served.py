"""The whole application with a login for each role, on loopback when a browser wants it."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from filing.adapters.webhook import PostWebhook
from filing.app import Site, create_app, initialise
from filing.app.people import create_people
from filing.config import Settings
from filing.model.agency import Agency
from filing.model.roles import Role
from tests.notices.given import CITY, LAKE, FakeMail, Hands, Office
from tests.notices.serving import serving

LOGINS = {
    "city-clerk": (Role.AGENCY_CLERK, CITY),
    "lake-clerk": (Role.AGENCY_CLERK, LAKE),
    "clerk": (Role.ARCHIVE_CLERK, ""),
    "auditor": (Role.AUDITOR, ""),
    "system": (Role.SYSTEM_ADMINISTRATOR, ""),
    "security": (Role.SECURITY_ADMINISTRATOR, ""),
}
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Whole:
    """The application, who may sign in, and the office to make things happen in."""

    app: Flask
    office: Office
    passwords: dict[str, str]
    url: str = ""

    @contextlib.contextmanager
    def signed_in(self, login: str) -> Iterator[FlaskClient]:
        client = self.app.test_client()
        answer = post(client, "/sign-in", login=login, password=self.passwords[login])
        assert answer.status_code == 303, answer.text
        yield client


def post(client: FlaskClient, path: str, page: str = "", **form: object):
    """Send a form as its page would: with the page's token."""
    token = _TOKEN.search(client.get(page or path).text)
    assert token, page or path
    return client.post(path, data={"form_token": token[1], **form})


@contextlib.contextmanager
def the_whole(home: Path, database_url: str = "", **settings: object) -> Iterator[Whole]:
    """The application on an archive with two agencies."""
    given = Settings(
        home=home, database_url=database_url, name="示例省档案馆",
        webhook_networks="127.0.0.0/8", **settings,
    )  # fmt: skip
    initialise(given)
    site = Site(given)
    try:
        for one, name in ((CITY, "市政府办公室"), (LAKE, "湖区办事处")):
            site.operations.add_agency(Agency(id=one, name=name))
        people = create_people(site)
        passwords = {
            login: people.create(login, login, agency, frozenset({role}), owed=False)[1]
            for login, (role, agency) in LOGINS.items()
        }
        office = Office(
            site.database, Hands(site.clock.now()), FakeMail(), PostWebhook("127.0.0.0/8")
        )
        yield Whole(create_app(given, site, serving=False), office, passwords)
    finally:
        site.close()


@contextlib.contextmanager
def on_loopback(whole: Whole) -> Iterator[Whole]:
    """The same, for a browser."""
    server = make_server("127.0.0.1", 0, whole.app, threaded=True)
    with serving(server) as port:
        whole.url = f"http://127.0.0.1:{port}"
        yield whole

"""The face on a fake archive: what the tests of this folder call."""

from flask import Flask
from flask.testing import FlaskClient

from filing.api.blueprint import create_blueprint
from filing.api.settings import ApiSettings
from tests.fakes import FakeServices

CITY = {"Authorization": "Bearer t-city"}
COUNTY = {"Authorization": "Bearer t-county"}
XML = {"Content-Type": "application/xml"}


def a_site(services: FakeServices | None = None, **settings: object) -> FlaskClient:
    """A client of a new site."""
    app = Flask("site", static_folder=None)
    app.register_blueprint(create_blueprint(services or FakeServices(), ApiSettings(**settings)))
    return app.test_client()


def filed(client: FlaskClient, content: bytes = b"<eep/>", **headers: str) -> dict[str, str]:
    """File a package as the city office; the submission's JSON."""
    answer = client.post("/api/v1/submissions", data=content, headers=CITY | XML | headers)
    return client.get(answer.headers["Location"], headers=CITY).get_json()

"""Who gets which page: every route, every role, signed out, and another agency's clerk.

A route without a line in ROUTES fails the test. Whoever may not has no effect, and what
is another agency's looks exactly like what does not exist.
"""

import io
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from filing.adapters.db.rows import metadata
from tests.hostile.place import PEOPLE, Place, a_place
from tests.hostile.routes import ANYBODY, FORMS, ROUTES, address
from tests.hostile.things import things_of


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("matrix") / "home"
    with a_place(home, webhook_networks="127.0.0.0/8") as made:
        yield made


@pytest.fixture(scope="module")
def things(place) -> dict[str, str]:
    return things_of(place)


def _pages(app) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/api/")
    }


def test_every_route_says_who_may(place):
    assert _pages(place.app) == set(ROUTES)


def _sent(place: Place, login: str, line: str, things: dict[str, str]):
    path = address(line, things)
    if line.startswith("GET "):
        return place.get(login, path)
    form = dict(FORMS.get(line, {}))
    if line.endswith("/files"):
        form |= {"version": "0", "upload": (io.BytesIO(b"other"), "x.txt")}
    return place.post(login, path, form)


def _everything(place: Place) -> dict[str, list]:
    """Every table but those that say who came by."""
    with place.site.database.reading() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.tables.values()
            if not table.name.startswith(("session", "attempt", "lease"))
        }


def test_who_may_not_is_told_so_and_nothing_happens(place, things):
    for login in (*PEOPLE, ""):
        place.token(login)
    before, staged = _everything(place), sorted(place.site.staging.kept())
    wrong = []
    for line, of in ROUTES.items():
        for login in ANYBODY - of.may:
            answer = _sent(place, login, line, things)
            wanted = 303 if login == "" else 404 if login in of.hidden else 403
            if answer.status_code != wanted:
                wrong.append((line, login, answer.status_code, wanted))
            if login == "":
                assert answer.headers["Location"].startswith("/sign-in?next=/"), line
    assert not wrong, wrong
    assert _everything(place) == before
    assert sorted(place.site.staging.kept()) == staged


def test_what_is_another_agencys_looks_like_what_is_not_there(place, things):
    """The same page, to the byte, but for what was asked for and the form's token."""
    nowhere = {
        **things,
        "submission_id": "01890000-0000-7000-8000-000000000001",
        "filed": "01890000-0000-7000-8000-000000000001",
        "record_id": "01890000-0000-7000-8000-000000000002",
        "cause_id": "0" * 32,
        "act_id": "01890000-0000-7000-8000-000000000003",
        "number": "999999999",
    }

    def plain(answer, asked: dict[str, str]) -> tuple[int, str, list[str]]:
        text = re.sub(r"[0-9a-f]{64}|token\" value=\"[^\"]+", "", answer.get_data(as_text=True))
        for name in ("submission_id", "filed", "record_id", "cause_id", "act_id", "number"):
            text = text.replace(asked[name], "*")
        return answer.status_code, text, sorted(name for name, _ in answer.headers)

    for line, of in ROUTES.items():
        if of.hidden:
            real, none = (_sent(place, "stranger", line, one) for one in (things, nowhere))
            assert plain(real, things) == plain(none, nowhere), line


#: What would leave nothing for those who come behind.
LAST = {
    "POST /sign-out",
    "POST /account/password",
    "POST /admin/subscriptions/<subscription_id>/remove",
}


@pytest.mark.parametrize("login", ["", "agency", "archivist", "system", "security", "auditor"])
def test_who_may_is_let_in(place, things, login):
    for line, of in ROUTES.items():
        if login in of.may and line not in LAST:
            answer = _sent(place, login, line, things)
            assert answer.status_code not in (401, 403), (line, login)
            assert answer.status_code < 500 or line == "GET /sign-in/openid", (line, login)
            if line in FOUND:
                assert answer.status_code == 200, (line, login, answer.status_code)


#: Pages of things that are there.
FOUND = {
    line
    for line in ROUTES
    if line.startswith("GET ") and "<" in line and "/frame" not in line and "/custody/" not in line
} - {"GET /admin/notice-texts/<kind>"}

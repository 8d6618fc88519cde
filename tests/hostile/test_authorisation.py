"""Who gets which page: every route, every role, signed out, and another agency's clerk.

A route without a line in ROUTES fails the test. Whoever may not has no effect, and what
is another agency's looks exactly like what does not exist.
"""

import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

import pytest
from sqlalchemy import select

from filing.adapters.db.rows import metadata
from filing.app.correction import SiteMending, corrections
from filing.app.desk import create_desk
from filing.app.notices import build as build_notices
from filing.app.people import create_people
from filing.model.desk import Remedy, Rewrite
from filing.model.notices import Wish
from filing.model.submission import State
from tests.hostile.place import OURS, PEOPLE, Place, a_place, faulty, lawful

DESK = {"agency", "clerk", "archivist"}
OFFICES = {"system", "security"}
SIGNED_IN = {"agency", "stranger", "clerk", "archivist", "system", "auditor", "security"}
ANYBODY = SIGNED_IN | {""}
#: Those a thing of our agency is hidden from as if it were not there.
HIDDEN = {"stranger"}


@dataclass(frozen=True)
class Line:
    """One route. ``may`` are allowed; ``hidden`` get 404; the rest 403, or the way to sign in."""

    may: set[str]
    hidden: frozenset[str] | set[str] = frozenset()


def _ours(may: set[str]) -> Line:
    return Line(may, HIDDEN)


ROUTES = {
    "GET /": Line(ANYBODY),
    "GET /help/keys": Line(ANYBODY),
    "GET /static/<path:filename>": Line(ANYBODY),
    "GET /static/package/<name>": Line(ANYBODY),
    "GET /healthz": Line(ANYBODY),
    "GET /readyz": Line(ANYBODY),
    "GET /sign-in": Line(ANYBODY),
    "POST /sign-in": Line(ANYBODY),
    "GET /sign-in/code": Line(ANYBODY),
    "POST /sign-in/code": Line(ANYBODY),
    "GET /sign-in/openid": Line(ANYBODY),
    "GET /sign-in/openid/back": Line(ANYBODY),
    "POST /sign-out": Line(ANYBODY),
    "GET /account": Line(SIGNED_IN),
    "POST /account/language": Line(SIGNED_IN),
    "GET /account/password": Line(SIGNED_IN),
    "POST /account/password": Line(SIGNED_IN),
    "POST /account/second-factor": Line(SIGNED_IN),
    "POST /account/second-factor/confirm": Line(SIGNED_IN),
    "POST /account/second-factor/end": Line(SIGNED_IN),
    "POST /account/sessions/<session_id>/end": Line(SIGNED_IN),
    "GET /desk": Line(DESK | HIDDEN),
    "POST /desk/assign": Line(DESK | HIDDEN),
    "POST /desk/filters": Line(DESK | HIDDEN),
    "POST /desk/filters/drop": Line(DESK | HIDDEN),
    "GET /desk/causes": Line(DESK | HIDDEN),
    "GET /desk/causes/<cause_id>": _ours(DESK),
    "POST /desk/causes/<cause_id>/preview": _ours(DESK),
    "POST /desk/causes/<cause_id>/acts": _ours(DESK),
    "GET /desk/acts": Line(DESK | HIDDEN),
    "GET /desk/acts/<act_id>": _ours(DESK),
    "POST /desk/acts/<act_id>/stop": _ours(DESK),
    "POST /desk/acts/<act_id>/resume": _ours(DESK),
    "GET /submissions/<submission_id>": _ours(DESK),
    "GET /submissions/<submission_id>/report": _ours(DESK),
    "GET /submissions/<submission_id>/history": _ours(DESK),
    "GET /submissions/<submission_id>/files": _ours(DESK),
    "GET /submissions/<submission_id>/preview": _ours(DESK),
    "GET /submissions/<submission_id>/content": _ours(DESK),
    "GET /submissions/<submission_id>/frame": _ours(DESK),
    "GET /submissions/<submission_id>/xml": _ours(DESK),
    "GET /submissions/<submission_id>/hand-in": _ours(DESK),
    "GET /submissions/<submission_id>/receipt": _ours(DESK),
    "GET /submissions/<submission_id>/receipt.json": _ours(DESK),
    "GET /submissions/<submission_id>/return": Line(DESK - {"agency"}),
    "POST /submissions/<submission_id>/changes": _ours(DESK),
    "POST /submissions/<submission_id>/take-back": _ours(DESK),
    "POST /submissions/<submission_id>/files": _ours(DESK),
    "POST /submissions/<submission_id>/files/remove": _ours(DESK),
    "POST /submissions/<submission_id>/hand-in": _ours(DESK),
    "POST /submissions/<submission_id>/return": Line(DESK - {"agency"}),
    "GET /records/<record_id>": _ours(DESK),
    "GET /records/<record_id>/proof": _ours(DESK),
    "GET /records/<record_id>/content": _ours(DESK),
    "GET /notices": Line(DESK | HIDDEN),
    "GET /notices/<number>": _ours(DESK),
    "POST /notices/read": Line(DESK | HIDDEN),
    "GET /admin/agencies": Line(OFFICES | {"archivist"}),
    "GET /admin/agencies/new": Line({"system"}),
    "POST /admin/agencies/new": Line({"system"}),
    "GET /admin/agencies/<agency_id>": Line(OFFICES | {"archivist"}),
    "POST /admin/agencies/<agency_id>": Line(OFFICES | {"archivist"}),
    "GET /admin/agencies/<agency_id>/credentials": Line(OFFICES | {"archivist"}),
    "POST /admin/agencies/<agency_id>/credentials": Line({"security"}),
    "POST /admin/agencies/<agency_id>/credentials/<fingerprint>": Line({"security"}),
    "GET /admin/notice-texts": Line({"archivist"}),
    "GET /admin/notice-texts/<kind>": Line({"archivist"}),
    "POST /admin/notice-texts/<kind>": Line({"archivist"}),
    "GET /admin/rules": Line({"archivist"}),
    "GET /admin/rules/scope": Line({"archivist"}),
    "POST /admin/rules/scope": Line({"archivist"}),
    "GET /admin/rules/sets/<digest>": Line(SIGNED_IN),  # the rules a report names
    "GET /admin/versions/<kind>": Line(OFFICES | {"archivist"}),
    "POST /admin/versions/<kind>": Line(OFFICES | {"archivist"}),
    "GET /admin/people": Line(OFFICES),
    "POST /admin/people": Line({"system"}),
    "GET /admin/people/<person_id>": Line(OFFICES),
    "POST /admin/people/<person_id>/disable": Line({"system"}),
    "POST /admin/people/<person_id>/enable": Line({"system"}),
    "POST /admin/people/<person_id>/identity": Line({"security"}),
    "POST /admin/people/<person_id>/reset": Line({"system"}),
    "POST /admin/people/<person_id>/roles": Line({"security"}),
    "POST /admin/people/<person_id>/unlock": Line({"security"}),
    "GET /admin/events": Line({"auditor"}),
    "GET /admin/subscriptions": Line(OFFICES),
    "GET /admin/subscriptions/new": Line({"system"}),
    "POST /admin/subscriptions/new": Line({"system"}),
    "GET /admin/subscriptions/<subscription_id>": Line(OFFICES),
    "GET /admin/subscriptions/<subscription_id>/change": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/change": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/pause": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/resume": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/test": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/remove": Line({"system"}),
    "POST /admin/subscriptions/<subscription_id>/secret": Line({"security"}),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("matrix") / "home"
    with a_place(home, webhook_networks="127.0.0.0/8") as made:
        yield made


@pytest.fixture(scope="module")
def things(place) -> dict[str, str]:
    """A value for every variable part of an address: things of our agency."""
    rejected = place.send(faulty("secrecy_not_in_list", 1))
    filed = place.send(lawful(2))
    assert place.state(filed) is State.RECEIPTED
    record = place.site.ledger.submission(filed).record_id
    people = {one.login: one for one in create_people(place.site).every()}
    own = corrections(place.site)
    desk = create_desk(place.site, SiteMending(own), lambda person, cause: True)
    cause = desk.causes(people["clerk"], "", "", 50)[0]
    act = desk.begin_act(people["clerk"], cause.id, Remedy(Rewrite.VALUE, value="公开"), "有误")
    wish = Wish("webhook", "https://127.0.0.1:9/hook", ("receipt-issued",))
    hook = build_notices(place.site).subscribing.subscribe(people["system"], OURS.id, wish)
    fingerprint = place.site.archive.add_token(OURS.id, "test")
    files = place.get("agency", f"/submissions/{rejected}/files").text
    member = unquote(html.unescape(re.search(r'/content\?member=([^"&]+)', files)[1]))
    page = place.get("agency", f"/records/{record}").text
    path = unquote(html.unescape(re.search(r'/content\?path=([^"&]+)', page)[1]))
    notice = re.search(r'href="/notices/(\d+)', place.get("agency", "/notices").text)
    return {
        "submission_id": rejected,
        "filed": filed,
        "record_id": record,
        "cause_id": cause.id,
        "act_id": act.id,
        "number": notice[1],
        "subscription_id": hook.id,
        "agency_id": OURS.id,
        "person_id": people["clerk-2"].id,
        "session_id": "0" * 32,
        "fingerprint": fingerprint[:16],
        "kind": "submission-rejected",
        "digest": place.site.rules.digest,
        "member": member,
        "path": path,
        "filename": "filing.css",
        "name": "htmx.min.js",
    }


def _pages(app) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/api/")
    }


def test_every_route_says_who_may(place):
    assert _pages(place.app) == set(ROUTES)


#: What an address must carry to mean a thing that is there.
QUERIES = {
    "GET /submissions/<submission_id>/preview": "member={member}",
    "GET /submissions/<submission_id>/content": "member={member}",
    "GET /submissions/<submission_id>/frame": "member={member}",
    "GET /records/<record_id>/content": "path={path}",
    "GET /admin/versions/<kind>": "owner={agency_id}",
    "POST /admin/versions/<kind>": "owner={agency_id}",
}
#: Where a rule's variable means something else than elsewhere.
APART = {
    "/admin/versions/<kind>": {"kind": "agency"},
    "/submissions/<submission_id>/receipt": {"submission_id": "filed"},
    "/submissions/<submission_id>/receipt.json": {"submission_id": "filed"},
}
FORMS = {
    "POST /submissions/<submission_id>/changes": {"version": "0", "remove": "x"},
    "POST /submissions/<submission_id>/take-back": {"version": "0"},
    "POST /submissions/<submission_id>/files/remove": {"version": "0", "member": "x"},
    "POST /submissions/<submission_id>/hand-in": {"version": "7", "reason": "有误"},
    "POST /submissions/<submission_id>/return": {"reason": "有误", "text": "请改正"},
    "POST /desk/causes/<cause_id>/preview": {"rewrite": "trim"},
    "POST /desk/causes/<cause_id>/acts": {"rewrite": "trim", "reason": ""},
}


def _address(line: str, things: dict[str, str]) -> str:
    rule = line.partition(" ")[2]
    known = dict(things)
    for name, one in APART.get(rule, {}).items():
        known[name] = things.get(one, one)
    path = re.sub(r"<(?:path:)?(\w+)>", lambda name: known[name[1]], rule)
    query = QUERIES.get(line, "").format(**{name: quote(one) for name, one in things.items()})
    return f"{path}?{query}" if query else path


def _sent(place: Place, login: str, line: str, things: dict[str, str]):
    path = _address(line, things)
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
    assert wrong == []
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
    line for line in ROUTES if line.startswith("GET ") and "<" in line and "/frame" not in line
} - {"GET /admin/notice-texts/<kind>"}

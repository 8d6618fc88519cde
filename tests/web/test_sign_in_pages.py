"""The door over HTTP: cookies, form tokens, headers, waiting, and what strangers try."""

import re

import pytest
from flask import Flask

from filing.errors import OutsideUnavailable
from filing.model.events import Event, Kind
from filing.model.roles import Role
from filing.services import EventView
from filing.web import account, errors, pages, people, people_events, session, signin
from tests.people.fakes import Everybody, offices
from tests.people.test_signing_in import OneProvider

TOKEN = re.compile(r'name="form_token" value="(\w+)"')


class Site(Everybody):
    """Everybody, with an auditor's list of what the memory holds."""

    def events(self, by, chosen, before, limit):
        self.asked = chosen, before
        by.need("events.see")
        found = [
            EventView(number, "", one.kind, one.at, one.who, one.detail)
            for number, one in enumerate(self.memory.events, start=1)
        ][::-1][:limit]  # fmt: skip
        return tuple(found), 0


@pytest.fixture
def everybody():
    return Site(OneProvider())


def an_app(everybody, **settings):
    app = Flask("site", static_folder=None)
    session.install(app, everybody, session.SessionSettings(**settings))
    app.register_blueprint(pages.create_blueprint())
    app.register_blueprint(signin.create_blueprint(everybody))
    for area in (account, people, people_events):
        app.register_blueprint(area.create_blueprint(everybody, lambda: {"water": "省水务样例厅"}))
    errors.install(app)
    return app


@pytest.fixture
def client(everybody):
    return an_app(everybody).test_client()


def token_of(client, path="/sign-in", **given):
    return TOKEN.search(client.get(path, **given).get_data(as_text=True))[1]


def sign_in(client, login, password, **more):
    data = {"login": login, "password": password, "form_token": token_of(client), **more}
    return client.post("/sign-in", data=data)


def post(client, path, at, **data):
    """Post a form as it stands on the page ``at``."""
    return client.post(path, data={**data, "form_token": token_of(client, at)})


def signed_in(everybody, client, *roles, login="clerk", **more):
    person, password = everybody.settle(login, *roles, **more)
    assert sign_in(client, login, password).status_code == 303
    return person, password


def said(answer):
    return answer.get_data(as_text=True)


def test_whoever_is_signed_out_is_led_to_the_door_and_back(everybody, client):
    _, password = everybody.settle("clerk")
    answer = client.get("/account?x=1")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/account%3Fx%3D1")
    assert sign_in(client, "clerk", password, next="/account?x=1").location == "/account?x=1"
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)",
        "/\tevil", "/sign-out", "\\\\evil", "/" + "x" * 3000, "/a\r\nSet-Cookie: x=y", "///evil",
    ],
)  # fmt: skip
def test_nobody_is_led_on_to_a_place_that_is_not_ours(everybody, client, target):
    _, password = everybody.settle("clerk")
    answer = sign_in(client, "clerk", password, next=target)
    assert answer.status_code == 303
    assert answer.location == "/account"


def test_the_cookie_is_read_by_no_script_and_sent_by_no_neighbour(everybody, client):
    _, password = everybody.settle("clerk")
    answer = sign_in(client, "clerk", password)
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if "session=" in one)
    assert cookie.startswith("filing-session=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert "Expires" not in cookie


def test_over_tls_the_cookie_is_bound_to_the_host(everybody):
    client = an_app(everybody, public_url="https://localhost").test_client()
    _, password = everybody.settle("clerk")
    at = {"base_url": "https://localhost"}
    data = {
        "login": "clerk", "password": password, "form_token": token_of(client, **at),
    }  # fmt: skip
    answer = client.post("/sign-in", data=data, **at)
    cookies = answer.headers.getlist("Set-Cookie")
    cookie = next(one for one in cookies if one.startswith("__Host-filing-session="))
    assert "Secure" in cookie
    assert client.get("/account", **at).status_code == 200
    token = cookie.partition("=")[2].partition(";")[0]
    plain = an_app(everybody, public_url="https://localhost").test_client()
    plain.set_cookie("filing-session", token)
    assert plain.get("/account", **at).status_code == 303, "a neighbour may have set that one"


def test_each_sign_in_gives_a_new_cookie(everybody, client):
    _, password = everybody.settle("clerk")
    client.set_cookie("filing-session", "x" * 43)
    sign_in(client, "clerk", password)
    first = client.get_cookie("filing-session").value
    assert first != "x" * 43
    client.delete_cookie("filing-session")
    sign_in(client, "clerk", password)
    assert client.get_cookie("filing-session").value != first


def test_a_form_without_its_token_changes_nothing(everybody, client):
    person, _ = signed_in(everybody, client)
    stranger = an_app(everybody).test_client()
    for token in (None, "", "x", "é", token_of(stranger)):
        data = {"language": "en"} | ({} if token is None else {"form_token": token})
        assert client.post("/account/language", data=data).status_code == 403
    assert everybody.memory.kept[person.id].person.language == "zh"
    data = {"language": "en", "form_token": token_of(client, "/account")}
    assert client.post("/account/language", data=data).status_code == 303
    assert everybody.memory.kept[person.id].person.language == "en"


def test_a_script_of_ours_sends_the_token_as_a_header(everybody, client):
    signed_in(everybody, client)
    headers = {"X-Form-Token": token_of(client, "/account")}
    answer = client.post("/account/language", data={"language": "en"}, headers=headers)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
    ],
    ids=str,
)
def test_a_form_from_elsewhere_is_refused_even_with_the_token(everybody, client, headers):
    signed_in(everybody, client)
    data = {"language": "en", "form_token": token_of(client, "/account")}
    assert client.post("/account/language", data=data, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}],
    ids=str,
)
def test_a_form_from_here_is_taken(everybody, client, headers):
    signed_in(everybody, client)
    data = {"language": "en", "form_token": token_of(client, "/account")}
    assert client.post("/account/language", data=data, headers=headers).status_code == 303


@pytest.mark.parametrize(
    ("lang", "title", "button"),
    [("zh", "页面已过期", "重新打开页面"), ("en", "This page has expired", "Open the page anew")],
)
def test_a_form_of_a_session_that_is_over_is_called_expired_and_leads_back(
    everybody, client, lang, title, button
):
    client.set_cookie("lang", lang)
    signed_in(everybody, client)
    answer = client.post("/account/password", data={"form_token": "of yesterday"})
    text = answer.text
    assert answer.status_code == 403
    assert f"<h1>{title}</h1>" in text
    assert re.search(rf'<a class="button" href="/account(/password)?">{button}</a>', text), text
    elsewhere = client.post("/account/password", headers={"Sec-Fetch-Site": "cross-site"})
    assert title not in elsewhere.text


def test_signing_in_needs_the_token_of_this_browser(everybody, client):
    """Or a stranger could sign a victim in to the stranger's own account."""
    _, password = everybody.settle("clerk")
    data = {"login": "clerk", "password": password}
    assert client.post("/sign-in", data=data).status_code == 403
    other = token_of(an_app(everybody).test_client())
    assert client.post("/sign-in", data={**data, "form_token": other}).status_code == 403


def test_pages_carry_their_headers(everybody, client):
    for path in ("/sign-in", "/account"):
        answer = client.get(path)
        if path == "/account":
            signed_in(everybody, client)
            answer = client.get(path)
            assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", said(answer))


def test_a_wrong_password_is_said_and_the_login_kept(everybody, client):
    everybody.settle("clerk")
    answer = sign_in(client, "clerk", "wrong<script>")
    assert answer.status_code == 422
    assert "账号、密码或验证码不正确" in said(answer)
    assert 'value="clerk"' in said(answer)
    assert "wrong" not in said(answer)


def test_whoever_failed_too_often_is_told_to_wait_known_or_not(everybody, client):
    everybody.settle("clerk")
    pages = set()
    for login in ("clerk", "nobody"):
        for _ in range(5):
            sign_in(client, login, "wrong")
        answer = sign_in(client, login, "wrong")
        assert answer.status_code == 429
        pages.add(TOKEN.sub("", said(answer)).replace(login, ""))
    assert len(pages) == 1, "the two pages must not differ"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("clerk\0", "x\0"), ("clerk", "x" * 50_000), ("' OR 1=1 --", "x"), ("<script>", "x"),
        ("\U00020000" * 64, "x"), ("%00", "%s"), ("", ""),
    ],
)  # fmt: skip
def test_hostile_words_are_words(everybody, client, login, password):
    everybody.settle("clerk")
    answer = sign_in(client, login, password)
    assert answer.status_code == 422
    assert "<script>" not in said(answer).replace('<script src="', "")


def test_bytes_that_are_no_text_are_refused_like_any(everybody, client):
    token = token_of(client)
    answer = client.post(
        "/sign-in",
        data=b"login=%ed%a0%80&password=%ff%fe&form_token=" + token.encode(),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 422


def test_a_megabyte_at_the_door_is_too_large(everybody, client):
    everybody.settle("clerk")
    before = everybody.hasher.compared
    assert sign_in(client, "clerk", "x" * 1_000_000).status_code == 413
    assert everybody.hasher.compared == before


@pytest.mark.parametrize("cookie", ["", "x", "x" * 64, "x" * 4000, "é", "a b", '"', "\\ud800"])
def test_a_cookie_that_is_none_of_ours_is_nobody(everybody, client, cookie):
    client.set_cookie("filing-session", cookie)
    client.set_cookie("filing-half", cookie)
    client.set_cookie("filing-guest", cookie)
    assert client.get("/account").status_code == 303
    assert client.get("/sign-in").status_code == 200
    data = {"code": "000000", "form_token": token_of(client)}
    assert client.post("/sign-in/code", data=data).status_code == 422


def test_a_given_password_is_changed_before_anything_else(everybody, client):
    _, password = signed_in(everybody, client, Role.SYSTEM_ADMINISTRATOR, owed=True)
    for path in ("/account", "/admin/people"):
        assert client.get(path).location == "/account/password"
    good = "a sentence of my own"
    answer = post(
        client, "/account/password", "/account/password", old=password, new=good, again="other"
    )
    assert answer.status_code == 422
    answer = post(
        client, "/account/password", "/account/password", old=password, new=good, again=good
    )
    assert answer.status_code == 303
    assert client.get("/admin/people").status_code == 200


def test_signing_out_takes_the_cookie_and_the_session(everybody, client):
    signed_in(everybody, client)
    token = client.get_cookie("filing-session").value
    answer = post(client, "/sign-out", "/account")
    assert answer.location == "/sign-in"
    assert everybody.session(token) is None
    assert client.get_cookie("filing-session") is None
    assert client.get("/account").status_code == 303


def test_signing_out_is_no_link(client):
    assert client.get("/sign-out").status_code == 405


def test_a_second_factor_is_set_asked_for_and_ended(everybody, client):
    _, password = signed_in(everybody, client)
    shown = said(post(client, "/account/second-factor", "/account"))
    assert "otpauth://totp/clerk" in shown
    now = everybody.codes.now(everybody.clock.now())
    assert '<svg width="' in shown and 'class="qrline"' in shown
    wrong = post(client, "/account/second-factor/confirm", "/account", code="0")
    assert wrong.status_code == 422
    done = post(client, "/account/second-factor/confirm", "/account", code=now)
    assert done.location == "/account?done=second"
    other = an_app(everybody).test_client()
    half = sign_in(other, "clerk", password, next="/account")
    assert half.location == "/sign-in/code?next=/account"
    assert other.get("/account").status_code == 303
    everybody.clock.wait(minutes=1)
    assert post(other, "/sign-in/code", "/sign-in/code", code="0").status_code == 422
    now = everybody.codes.now(everybody.clock.now())
    done = post(other, "/sign-in/code", "/sign-in/code", code=now, next="/account")
    assert done.location == "/account"
    wrong = post(other, "/account/second-factor/end", "/account", password="wrong")
    assert wrong.status_code == 422
    done = post(other, "/account/second-factor/end", "/account", password=password)
    assert done.location == "/account?done=second-ended"


def test_the_code_page_without_a_half_done_sign_in_begins_anew(client):
    assert client.get("/sign-in/code").location == "/sign-in"


def test_sessions_are_listed_and_ended(everybody, client):
    _, password = signed_in(everybody, client)
    other = an_app(everybody).test_client()
    other.environ_base["HTTP_USER_AGENT"] = "<b>Other</b>"
    sign_in(other, "clerk", password)
    shown = said(client.get("/account"))
    assert "&lt;b&gt;Other" in shown
    ends = re.findall(r'action="(/account/sessions/[^"]+/end)"', shown)
    assert len(ends) == 2
    for path in reversed(ends):
        if client.get("/account").status_code == 200:
            post(client, path, "/account")
    assert client.get("/account").status_code == 303
    assert other.get("/account").status_code == 303


def test_by_way_of_the_provider_one_comes_back_to_where_one_was_going(everybody, client):
    everybody.settle("clerk")
    everybody.tie("clerk", "s-1")
    out = client.get("/sign-in/openid?next=/account")
    assert out.location.startswith("https://id.example/authorize?state=")
    state = out.location.partition("state=")[2]
    back = client.get(f"/sign-in/openid/back?state={state}&code=s-1")
    assert back.location == "/account"
    assert client.get("/account").status_code == 200
    again = client.get(f"/sign-in/openid/back?state={state}&code=s-1")
    assert again.status_code == 422, "the cookie of that sign-in is used up"


@pytest.mark.parametrize("query", ["", "?state=x&code=s-1", "?error=access_denied", "?state=%ff"])
def test_a_stranger_at_the_back_door_is_nobody(everybody, client, query):
    everybody.settle("clerk")
    everybody.tie("clerk", "s-1")
    client.get("/sign-in/openid")
    assert client.get(f"/sign-in/openid/back{query}").status_code == 422
    assert client.get("/account").status_code == 303


def test_a_provider_that_is_down_takes_nobodys_password_away(everybody, client, monkeypatch):
    def down(self, *given):
        raise OutsideUnavailable("no answer", "统一身份认证暂不可用，请用账号密码登录")

    monkeypatch.setattr(OneProvider, "address", down)
    _, password = everybody.settle("clerk")
    answer = client.get("/sign-in/openid")
    assert answer.status_code == 503
    assert "请用账号密码登录" in said(answer)
    assert sign_in(client, "clerk", password).status_code == 303


def test_accounts_are_made_granted_and_closed_on_the_pages(everybody, client):
    office = offices(everybody)
    password = everybody.renew("the-system-administrator", owed=False)
    sign_in(client, "the-system-administrator", password)
    made = post(client, "/admin/people", "/admin/people", login="zhang", name="张")
    first = re.search(r'class="once">([^<]+)<', said(made))[1]
    assert made.headers["Cache-Control"] == "no-store"
    person = everybody.memory.by_login("zhang").person
    again = post(client, "/admin/people", "/admin/people", login="zhang", name="张")
    assert again.status_code == 422
    at = f"/admin/people/{person.id}"
    granted = post(client, f"{at}/roles", at, role="archivist")
    assert granted.status_code == 403
    assert everybody.person(office[Role.SYSTEM_ADMINISTRATOR], person.id).roles == frozenset()
    assert post(client, f"{at}/disable", at).status_code == 303
    stranger = an_app(everybody).test_client()
    assert sign_in(stranger, "zhang", first).status_code == 422
    assert post(client, f"{at}/enable", at).status_code == 303
    assert sign_in(stranger, "zhang", first).status_code == 303
    renewed = said(post(client, f"{at}/reset", at))
    assert first not in renewed
    security = f"/admin/people/{office[Role.SECURITY_ADMINISTRATOR].id}"
    assert post(client, f"{security}/reset", security).status_code == 422


def test_roles_are_granted_by_the_security_administrator(everybody, client):
    offices(everybody)
    clerk, _ = everybody.settle("clerk")
    password = everybody.renew("the-security-administrator", owed=False)
    sign_in(client, "the-security-administrator", password)
    at = f"/admin/people/{clerk.id}"
    both = {"role": ["system-administrator", "auditor"]}
    answer = post(client, f"{at}/roles", at, **both)
    assert answer.status_code == 422
    assert "三员" in said(answer)
    assert post(client, f"{at}/roles", at, role=["archivist"]).status_code == 303
    assert post(client, f"{at}/roles", at, role=["king"]).status_code == 400
    assert client.post(f"{at}/roles", data={"role": "auditor"}).status_code == 403
    assert everybody.memory.kept[clerk.id].person.roles == {Role.ARCHIVIST}


@pytest.mark.parametrize("path", ["/admin/people", "/admin/people/x", "/admin/events"])
def test_a_clerk_has_no_business_there(everybody, client, path):
    signed_in(everybody, client, Role.ARCHIVE_CLERK)
    assert client.get(path).status_code == 403


def test_the_auditor_sees_acts_and_filters_them(everybody, client):
    person, _ = signed_in(everybody, client, Role.AUDITOR)
    everybody.memory.events.append(
        Event("", "", Kind.SIGNED_OUT, everybody.clock.now(), "agency:<b>", {"reason": "<i>"})
    )
    everybody.memory.events.append(
        Event("", "", Kind.REJECTED, everybody.clock.now(), "agency:water", {})
    )
    shown = said(client.get("/admin/events"))
    assert "signed-in" in shown
    assert "省水务样例厅（water）" in shown
    assert "<b>" not in shown
    assert "<i>" not in shown
    query = f"person=person:{person.id}&kind=signed-in&first=2026-01-01&last=2026-01-31&before=9"
    assert client.get(f"/admin/events?{query}").status_code == 200
    chosen, before = everybody.asked
    assert (chosen.person_id, chosen.kind, before) == (person.id, "signed-in", 9)
    assert (str(chosen.first), str(chosen.last)) == ("2026-01-01", "2026-01-31")


@pytest.mark.parametrize(
    "query",
    ["person=x", "person=%00", "kind=x", "first=x", "last=9999-12-31", "first=0001-01-01"],
)
def test_what_cannot_be_looked_for_is_said_at_its_field(everybody, client, query):
    signed_in(everybody, client, Role.AUDITOR)
    answer = client.get(f"/admin/events?{query}")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in said(answer)


@pytest.mark.parametrize("before", ["-1", "x", "9" * 40, "1.5", "٣"])
def test_a_place_that_is_none_is_the_beginning(everybody, client, before):
    signed_in(everybody, client, Role.AUDITOR)
    assert client.get("/admin/events", query_string={"before": before}).status_code == 200
    assert everybody.asked[1] == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(everybody, address, counted):
    app = an_app(everybody)
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert session.address() == counted


def test_a_proxy_is_believed_only_where_it_is_known(everybody):
    app = an_app(everybody, trusted_proxies=("10.0.0.1",))
    headers = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7", "X-Forwarded-Proto": "https"}
    for remote, counted, secure in (
        ("10.0.0.1", "192.0.2.7", True),
        ("10.0.0.2", "10.0.0.2", False),
    ):
        with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": remote}):
            assert session.address() == counted
            assert session.is_secure() is secure


def test_an_agency_is_shown_by_its_name(everybody, client):
    person, _ = signed_in(everybody, client, Role.AGENCY_CLERK, agency="water")
    assert "省水务样例厅" in said(client.get("/account"))
    client = an_app(everybody).test_client()
    signed_in(everybody, client, Role.SYSTEM_ADMINISTRATOR, login="system")
    for page in ("/admin/people", f"/admin/people/{person.id}"):
        assert "省水务样例厅" in said(client.get(page)), page

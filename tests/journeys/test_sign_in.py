"""Signing in, in a real browser: the first time, by keyboard, with a second factor, by way of
a provider, and too often wrongly. Scripts are off wherever the journey does not need them.
axe sees here what the walk over every page does not come by.
"""

import os
import socket
import time
from pathlib import Path

import pyotp
import pytest

from filing.app import Site
from filing.app.people import create_people
from filing.config import Settings
from tests.journeys.archive import a_staffed_archive
from tests.journeys.browser import WIDE
from tests.people.provider import a_provider

MY_OWN = "a sentence of my own"


def shot(window, name):
    """Keep a picture where somebody asks for pictures."""
    if folder := os.environ.get("FILING_SHOTS"):
        window.shot(Path(folder) / f"{name}.png")


def looked_at(window, name):
    shot(window, name)
    assert window.look() == [], name


def add(staffed, browser, login, name):
    """Add an account on the page, as the system administrator; its first password."""
    with staffed.window(browser, "system", scripts=False) as window:
        page = window.open("/admin/people")
        page.click("summary")
        page.fill("[name=login]", login)
        page.fill("[name=name]", name)
        page.click("main form button")
        looked_at(window, "first-password")
        password = page.inner_text(".once")
        assert page.request.get(page.url).ok
        assert password not in page.request.get(page.url).text(), "it is shown once"
        return password


@pytest.mark.parametrize(("size", "lang"), [(WIDE, "zh")])
def test_a_new_colleague_comes_in(staffed, browser, size, lang):
    login = f"novice-{lang}"
    first = add(staffed, browser, login, "新同事")
    with staffed.window(browser, "security", size, scripts=False) as window:
        page = window.open(f"/admin/people?lang={lang}")
        shot(window, f"people-{lang}")
        page.click(f"text={login}")
        page.check("[value=archivist]")
        shot(window, f"person-{lang}")
        page.click("form[action$=roles] button")
        assert page.is_checked("[value=archivist]")
        page.check("[value=auditor]")
        page.click("form[action$=roles] button")
        assert page.locator(".notice.bad").count() == 1, "its password is still the given one"

    with staffed.window(browser, "", size, scripts=False) as window:
        window.open(f"/?lang={lang}")
        page = window.open("/account")
        assert "/sign-in?next=" in page.url
        shot(window, f"sign-in-{lang}")
        page.fill("[name=login]", login)
        page.fill("[name=password]", first)
        page.click("main form button")
        assert page.url.endswith("/account/password")
        shot(window, f"password-{lang}")
        for name, value in (("old", first), ("new", "short"), ("again", "short")):
            page.fill(f"[name={name}]", value)
            page.locator(f"[name={name}]").evaluate("one => one.removeAttribute('minlength')")
        page.click("main form button")
        assert page.locator(".notice.bad").count() == 1
        looked_at(window, f"password-refused-{lang}")
        for name, value in (("old", first), ("new", MY_OWN), ("again", MY_OWN)):
            page.fill(f"[name={name}]", value)
        page.click("main form button")
        assert page.locator(".notice.good").count() == 1
        shot(window, f"account-{lang}")
        page.click("form[action$=second-factor] button")
        looked_at(window, f"second-factor-{lang}")
        secret = page.inner_text("main code").replace(" ", "")
        page.fill("[name=code]", "0")
        page.click("main form button")
        assert page.inner_text("main code").replace(" ", "") == secret
        assert page.locator("#code-mistake").count() == 1
        looked_at(window, f"second-factor-refused-{lang}")
        page.fill("[name=code]", pyotp.TOTP(secret).now())
        page.click("main form button")
        assert page.locator(".notice.good").count() == 1
        page.click("header form button")
        assert "/sign-in" in page.url
        page.fill("[name=login]", login)
        page.fill("[name=password]", MY_OWN)
        page.click("main form button")
        assert "/sign-in/code" in page.url
        looked_at(window, f"code-{lang}")
        page.fill("[name=code]", "000000")
        page.click("main form button")
        assert page.locator(".notice.bad").count() == 1
        page.fill("[name=code]", pyotp.TOTP(secret).at(int(time.time()) + 30))
        page.click("main form button")
        assert "/sign-in" not in page.url
        page.goto(window.url + "/account")
        assert page.locator("tbody tr").count() >= 1


def test_whoever_fails_too_often_waits_until_the_security_administrator_helps(staffed, browser):
    password = add(staffed, browser, "forgetful", "健忘")

    def enter(page, word):
        page.fill("[name=login]", "forgetful")
        page.fill("[name=password]", word)
        page.click("main form button")

    with staffed.window(browser, scripts=False) as window:
        page = window.open("/sign-in")
        for _ in range(5):
            enter(page, "wrong")
            assert "不正确" in page.inner_text(".notice.bad")
        enter(page, password)
        assert "请稍后再试" in page.inner_text(".notice.bad")
        looked_at(window, "locked-out")
        with staffed.window(browser, "security", scripts=False) as other:
            helper = other.open("/admin/people")
            assert "锁定至" in helper.inner_text("tr:has-text('forgetful')")
            looked_at(other, "people-locked")
            helper.click("text=forgetful")
            helper.click("form[action$=unlock] button")
            assert "锁定至" not in helper.inner_text("main")
        enter(page, password)
        assert page.url.endswith("/account/password")

    with staffed.window(browser, "auditor", scripts=False) as window:
        page = window.open("/admin/events?kind=sign-in-locked")
        assert "失败次数：5" in page.inner_text("tbody tr >> nth=0")
        shot(window, "events")
        page = window.open("/admin/events?kind=signed-in")
        page.click("tbody a >> nth=0")
        assert "person=" in page.url
        assert page.locator("tbody tr").count() >= 1


def test_one_signs_in_and_out_by_keyboard_alone(staffed, browser):
    with staffed.window(browser) as window:
        page = window.open("/sign-in")
        for _ in range(20):
            page.keyboard.press("Tab")
            if window.focused() == "login":
                break
        page.keyboard.type("clerk")
        page.keyboard.press("Tab")
        page.keyboard.type(staffed.passwords["clerk"])
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        for _ in range(30):
            page.keyboard.press("Tab")
            if window.focused() == "退出登录":
                break
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in")
        window.open("/account")
        assert "/sign-in" in page.url, "the session is over"


def test_the_back_button_shows_nothing_of_a_session_that_is_over(staffed, browser):
    with staffed.window(browser) as window:
        window.sign_in("clerk", staffed.passwords["clerk"])
        page = window.open("/account")
        page.click("header form button")
        page.wait_for_url("**/sign-in")
        page.go_back()
        page.wait_for_url("**/sign-in**")
        assert page.locator("[name=password]").count() == 1


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def test_a_colleague_comes_in_by_way_of_the_provider(tmp_path, browser):
    port, secret = free_port(), tmp_path / "secret"
    secret.write_text("between us\n")
    given = {"oidc_client_id": "filing", "oidc_client_secret_file": str(secret)}
    with (
        a_provider(port) as issuer,
        a_staffed_archive(tmp_path / "home", oidc_issuer=issuer, **given) as staffed,
    ):
        site = Site(Settings.from_environ(staffed.served.environ))
        create_people(site).tie("clerk", "s-17")
        site.close()
        with staffed.window(browser, scripts=False) as window:
            page = window.open("/sign-in?next=/account")
            looked_at(window, "sign-in-with-provider")
            page.click("main a.button")
            assert page.url.startswith(issuer)
            page.fill("[name=sub]", "s-17")
            page.click("button[type=submit]")
            assert page.url == f"{window.url}/account"
            window.complaints.clear()  # of the provider's own page, not of ours
            assert "clerk" in page.inner_text("main")
            page.click("header form button")
            page.click("main a.button")
            page.fill("[name=sub]", "stranger")
            page.click("button[type=submit]")
            assert page.url.startswith(f"{window.url}/sign-in/openid/back")
            window.complaints.clear()
            assert "尚未关联" in page.inner_text(".notice.bad")
            looked_at(window, "not-linked")

"""Setting a second factor: a code that does not fit costs no new start."""

import re

import pytest

from tests.web.test_sign_in_pages import client, everybody, post, said, signed_in

__all__ = ["client", "everybody"]  # fixtures
CONFIRM = "/account/second-factor/confirm"


def secret(page):
    return re.search(r"secret=([A-Z0-9a-z-]+)", page)[1]


@pytest.mark.parametrize("code", ["", "0", "000000", "验证码", "1" * 500])
def test_a_code_that_does_not_fit_shows_the_same_secret_again(everybody, client, code):
    signed_in(everybody, client)
    shown = said(post(client, "/account/second-factor", "/account"))
    wrong = post(client, CONFIRM, "/account", code=code)
    again = said(wrong)
    assert wrong.status_code == 422
    assert secret(again) == secret(shown)
    assert 'class="qrline"' in again
    assert 'id="code-mistake"' in again
    right = everybody.codes.now(everybody.clock.now())
    assert post(client, CONFIRM, "/account", code=right).location == "/account?done=second"


def test_a_code_for_nothing_begun_leads_to_the_account(everybody, client):
    signed_in(everybody, client)
    answer = post(client, CONFIRM, "/account", code="000000")
    assert answer.status_code == 422
    assert "secret=" not in said(answer)

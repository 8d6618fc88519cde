"""The second way in: a real provider, and one that lies."""

import base64
import hashlib
import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey, RSAKey

from filing.adapters.oidc import OpenId
from filing.errors import NotIdentified, OutsideUnavailable
from tests.people.provider import Liar, a_provider, signed_in

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
BACK = "http://127.0.0.1:8760/sign-in/openid/back"
VERIFIER = "v" * 43


def now():
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def provider(free_port):
    with a_provider(free_port()) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def free_port():
    def port():
        with socket.create_server(("127.0.0.1", 0)) as one:
            return one.getsockname()[1]

    return port


@pytest.fixture
def liar():
    found = Liar()
    found.claims = {
        "iss": found.issuer, "aud": "filing", "sub": "s-1", "nonce": "nonce",
        "iat": int(NOW.timestamp()), "exp": int((NOW + timedelta(minutes=5)).timestamp()),
    }  # fmt: skip
    yield found
    found.stop()


def challenge(verifier):
    """Source: RFC 7636, section 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def asking(liar):
    return OpenId(liar.issuer, "filing", lambda: "", lambda: NOW)


def test_who_signed_in_at_a_real_provider_is_told_by_its_subject(provider):
    openid = OpenId(provider, "filing", lambda: "secret", now)
    address = openid.address(BACK, "state", "nonce", VERIFIER)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["code_challenge"] == [challenge(VERIFIER)]
    assert asked["scope"] == ["openid"]
    back = signed_in(address, "zhang")
    assert back["state"] == "state"
    assert openid.subject(BACK, back["code"], "nonce", VERIFIER) == "zhang"


def test_a_code_is_good_for_one_sign_in(provider):
    openid = OpenId(provider, "filing", lambda: "secret", now)
    back = signed_in(openid.address(BACK, "state", "nonce", VERIFIER), "zhang")
    openid.subject(BACK, back["code"], "nonce", VERIFIER)
    with pytest.raises(NotIdentified):
        openid.subject(BACK, back["code"], "nonce", VERIFIER)


def test_an_answer_to_another_sign_in_is_refused(provider):
    openid = OpenId(provider, "filing", lambda: "secret", now)
    back = signed_in(openid.address(BACK, "state", "nonce", VERIFIER), "zhang")
    with pytest.raises(NotIdentified):
        openid.subject(BACK, back["code"], "another nonce", VERIFIER)


def test_the_lawful_answer_of_the_liar_is_believed(liar):
    assert asking(liar).subject(BACK, "code", "nonce", VERIFIER) == "s-1"
    assert f"code_verifier={VERIFIER}" in liar.asked[-1]


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["filing", "another"]},
        {"aud": ["filing", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int((NOW - timedelta(minutes=5)).timestamp())},
        {"iat": int((NOW + timedelta(hours=1)).timestamp())},
        {"sub": ""},
        {"sub": 7},
        {"sub": "s" * 256},
        {"sub": None},
    ],
    ids=str,
)
def test_an_answer_that_is_not_for_us_now_is_refused(liar, changed):
    liar.claims |= changed
    liar.claims = {name: value for name, value in liar.claims.items() if value is not None}
    with pytest.raises(NotIdentified):
        asking(liar).subject(BACK, "code", "nonce", VERIFIER)


def test_another_key_under_the_same_name_is_refused(liar):
    liar.shown = RSAKey.generate_key(2048, parameters={"kid": "one"})
    with pytest.raises(NotIdentified):
        asking(liar).subject(BACK, "code", "nonce", VERIFIER)


def test_a_new_key_of_the_provider_is_fetched(liar):
    openid = asking(liar)
    openid.subject(BACK, "code", "nonce", VERIFIER)
    liar.key = liar.shown = RSAKey.generate_key(2048, parameters={"kid": "two"})
    assert openid.subject(BACK, "code", "nonce", VERIFIER) == "s-1"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_nobody_signed_is_refused(liar, algorithm):
    liar.algorithm = algorithm
    liar.key = OctKey.import_key("filing-filing-filing-filing-filing-filing", {"kid": "one"})
    with pytest.raises(NotIdentified):
        asking(liar).subject(BACK, "code", "nonce", VERIFIER)


@pytest.mark.parametrize(
    "describes",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": 7},
    ],
    ids=str,
)
def test_a_provider_that_says_nonsense_of_itself_is_not_asked(liar, describes):
    liar.describes = describes
    with pytest.raises(OutsideUnavailable):
        asking(liar).address(BACK, "state", "nonce", VERIFIER)


@pytest.mark.parametrize("block", [b"x" * 65536, b'{"id_token": "a.b.c"}', b"[]", b"\xff"])
def test_an_endless_or_broken_answer_is_given_up(liar, block):
    endless = block.startswith(b"x")
    liar.body = lambda: (block for _ in range(100 if endless else 1))
    with pytest.raises((NotIdentified, OutsideUnavailable)):
        asking(liar).subject(BACK, "code", "nonce", VERIFIER)


def test_a_provider_that_is_down_is_said_to_be(free_port):
    openid = OpenId(f"http://127.0.0.1:{free_port()}", "filing", lambda: "", now)
    with pytest.raises(OutsideUnavailable) as said:
        openid.address(BACK, "state", "nonce", VERIFIER)
    assert "密码" in said.value.zh


def test_without_a_code_nobody_is_let_in(liar):
    with pytest.raises(NotIdentified):
        asking(liar).subject(BACK, "", "nonce", VERIFIER)
    assert liar.asked == []

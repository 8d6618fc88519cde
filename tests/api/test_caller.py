import base64

import pytest

from filing.api.caller import channel, identify, peer_certificate
from filing.api.settings import ApiSettings
from filing.errors import BadRequest, CredentialExpired, NotAllowed, NotIdentified
from filing.model.agency import Channel
from tests.api.site import CITY as CITY_TOKEN
from tests.api.site import a_site
from tests.fakes import CITY, COUNTY, FakeServices

PROXIED = ApiSettings(trusted_proxies=("10.0.0.0/8", "unix"))
DER = b"certificate of the city office"
FIELD = f":{base64.b64encode(DER).decode()}:"


def who(settings=PROXIED, **environ):
    return identify(environ, FakeServices(certificates={DER: CITY}), settings)


def test_a_token_says_who_calls():
    assert who(HTTP_AUTHORIZATION="Bearer t-county").agency == COUNTY
    assert who(HTTP_AUTHORIZATION="bearer  t-city").agency == CITY


@pytest.mark.parametrize(
    "field", ["Bearer unknown", "Basic dDp0", "t-city", "Bearer", "Bearer t-city x", "Bearer \xff",
              "Bearer " + "x" * 5000],
)  # fmt: skip
def test_any_other_authorization_identifies_nobody(field):
    with pytest.raises(NotIdentified):
        who(HTTP_AUTHORIZATION=field)


def test_a_token_that_has_ended_is_told_so_and_a_certificate_beside_it_does_not_help():
    class Ended(FakeServices):
        def agency_by_token(self, token):
            raise CredentialExpired("this token ended", "此令牌已到期")

    services = Ended(certificates={DER: CITY})
    environ = {"HTTP_AUTHORIZATION": "Bearer t-city", "HTTP_CLIENT_CERT": FIELD, "REMOTE_ADDR": ""}
    with pytest.raises(CredentialExpired):
        identify(environ, services, PROXIED)
    answer = a_site(services).get("/api/v1/service", headers=CITY_TOKEN)
    assert (answer.status_code, answer.get_json()["type"]) == (
        401,
        "urn:filing:credential-expired",
    )
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_nothing_shown_identifies_nobody():
    with pytest.raises(NotIdentified):
        who()


def test_a_proxys_certificate_is_believed_from_a_trusted_proxy_only():
    caller = who(REMOTE_ADDR="10.1.2.3", HTTP_CLIENT_CERT=FIELD)
    assert (caller.agency, caller.channel) == (CITY, Channel.MTLS)
    assert who(REMOTE_ADDR="", HTTP_CLIENT_CERT=FIELD).agency == CITY
    for address in ("11.0.0.1", "::1", "nonsense"):
        with pytest.raises(NotIdentified):
            who(REMOTE_ADDR=address, HTTP_CLIENT_CERT=FIELD)


def test_without_configured_proxies_the_header_is_nothing():
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_CLIENT_CERT": FIELD}
    assert peer_certificate(environ, ApiSettings()) is None


@pytest.mark.parametrize("field", ["MIIB", ":", ":%:", ":é:", ": :"])
def test_a_certificate_header_written_wrongly_is_refused(field):
    with pytest.raises(BadRequest):
        who(REMOTE_ADDR="10.0.0.1", HTTP_CLIENT_CERT=field)


def test_token_and_certificate_of_two_agencies_are_refused():
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_CLIENT_CERT": FIELD}
    assert who(**environ, HTTP_AUTHORIZATION="Bearer t-city").agency == CITY
    with pytest.raises(NotAllowed, match="different agencies"):
        who(**environ, HTTP_AUTHORIZATION="Bearer t-county")


def test_an_unknown_certificate_does_not_make_the_channel_mtls():
    caller = who(
        REMOTE_ADDR="10.0.0.1",
        HTTP_CLIENT_CERT=":AAAA:",
        HTTP_X_FORWARDED_PROTO="https",
        HTTP_AUTHORIZATION="Bearer t-city",
    )
    assert caller.channel is Channel.TLS


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, Channel.LOOPBACK),
        ({"REMOTE_ADDR": "::1"}, Channel.LOOPBACK),
        ({"REMOTE_ADDR": "192.0.2.1"}, Channel.PLAIN),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1"}, Channel.PLAIN),
        ({"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_PROTO": "https"}, Channel.PLAIN),
        ({"REMOTE_ADDR": "192.0.2.1", "wsgi.url_scheme": "https"}, Channel.TLS),
        (
            {"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "https", "gunicorn.socket": object()},
            Channel.LOOPBACK,
        ),
        ({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}, Channel.TLS),
        ({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "http"}, Channel.PLAIN),
        ({"REMOTE_ADDR": "10.0.0.1"}, Channel.PLAIN),
    ],
)
def test_the_channel_is_never_called_stronger_than_it_is(environ, expected):
    assert channel(environ, PROXIED) is expected


def test_settings_that_make_no_sense_are_refused_at_birth():
    for wrong in ({"max_body_bytes": 0}, {"idle_seconds": 0}, {"trusted_proxies": ("host",)}):
        with pytest.raises(ValueError):
            ApiSettings(**wrong)

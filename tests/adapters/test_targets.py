"""Where a webhook may go, and where never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.adapters import targets
from filing.adapters.targets import Reach, Refused

PUBLIC = Reach()
INNER = Reach.parse("10.20.0.0/16, 127.0.0.0/8,fd00::/8")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.0.0.1/hook",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::]/",
    ],
)
def test_an_address_that_is_not_public_is_refused(url):
    with pytest.raises(Refused, match="not-reachable"):
        PUBLIC.target(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "needs-https"),
        ("ftp://example.com/", "not-a-url"),
        ("file:///etc/passwd", "not-a-url"),
        ("https://", "not-a-url"),
        ("https://example.com:99999/", "not-a-url"),
        ("https://example.com:0/", "not-a-url"),
        ("https://clerk:secret@example.com/", "credentials"),
        ("https://example.com/a\r\nX-Header: 1", "not-a-url"),
        ("https://example.com/a b", "not-a-url"),
        ("https://档案.example/", "not-a-url"),
        ("https://[::1/", "not-a-url"),
        ("", "not-a-url"),
    ],
)
def test_what_is_no_address_of_ours_is_refused_with_its_reason(url, why):
    with pytest.raises(Refused, match=f"^{why}$"):
        PUBLIC.target(url)


@pytest.mark.parametrize("url", ["https://93.184.215.14/x?y=1", "https://[2606:2800:21f::1]/"])
def test_a_public_address_is_reached_over_tls(url):
    target = PUBLIC.target(url)
    assert target.secure
    assert PUBLIC.addresses(target, 1.0) == (target.host,)


def test_the_operators_networks_are_reached_and_no_others():
    assert INNER.target("http://10.20.3.4:8080/hook").authority == "10.20.3.4:8080"
    assert INNER.target("https://[fd00::7]/").authority == "[fd00::7]"
    with pytest.raises(Refused, match="not-reachable"):
        INNER.target("http://10.21.0.1/")
    with pytest.raises(Refused, match="not-reachable"):
        INNER.target("http://93.184.215.14/")


def test_a_name_is_judged_by_what_it_stands_for(monkeypatch):
    def resolved(*args: object, **kwargs: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("192.168.7.7", 443)), (2, 1, 6, "", ("93.184.215.14", 443))]

    monkeypatch.setattr(targets.socket, "getaddrinfo", resolved)
    target = PUBLIC.target("https://rebind.example/")
    assert PUBLIC.addresses(target, 5.0) == ("93.184.215.14",)


def test_a_name_that_stands_for_an_inner_address_alone_is_refused(monkeypatch):
    monkeypatch.setattr(
        targets.socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("127.0.0.1", 443))]
    )
    with pytest.raises(Refused, match="not-reachable"):
        PUBLIC.addresses(PUBLIC.target("https://inner.example/"), 5.0)


@given(st.ip_addresses(v=4))
def test_no_address_is_reached_in_two_spellings_of_which_one_is_refused(address):
    plain, mapped = f"https://{address}/", f"https://[::ffff:{address}]/"
    assert allowed(plain) == allowed(mapped)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_target_or_refused(text):
    for reach in (PUBLIC, INNER):
        try:
            reach.target(text)
        except Refused as refusal:
            assert str(refusal)


def allowed(url: str) -> bool:
    try:
        PUBLIC.target(url)
    except Refused:
        return False
    return True

"""A setting that cannot be is said at start: which one, what it should be, in both languages."""

import re

import pytest

from filing.config import Settings
from filing.errors import Misconfigured

CHINESE = re.compile(r"[\u4e00-\u9fff]")
WRONG = [
    {"FILING_SUITE": "foreign"},
    {"FILING_SIGNATURE": "rsa"},
    {"FILING_TLS_KEY": "key.pem"},
    {"FILING_TLS_CLIENT_CA": "ca.pem"},
    {"FILING_WORKERS": "0"},
    {"FILING_WORKERS": "many"},
    {"FILING_LISTEN": "8760"},
    {"FILING_LISTEN": "127.0.0.1:99999"},
    {"FILING_LISTEN": "127.0.0.1:８０"},
    {"FILING_PUBLIC_URL": "filing.example"},
    {"FILING_SESSION_IDLE_SECONDS": "5"},
    {"FILING_OIDC_ISSUER": "https://id.example"},
    {"FILING_OIDC_ISSUER": "http://id.example", "FILING_OIDC_CLIENT_ID": "filing"},
    {"FILING_WEBHOOK_NETWORKS": "10.20.0.0/99"},
    {"FILING_SMTP_SECURITY": "ssl"},
    {"FILING_SMTP": "mail.example"},
    {"FILING_SMTP": "mail.example:25"},
    {"FILING_SMTP_USER": "filing"},
    {
        "FILING_SMTP_USER": "filing",
        "FILING_SMTP_PASSWORD_FILE": "password",
        "FILING_SMTP_SECURITY": "none",
    },
]


@pytest.mark.parametrize("given", WRONG, ids=str)
def test_a_setting_that_cannot_be_is_named_in_both_languages(given, tmp_path):
    with pytest.raises(Misconfigured) as caught:
        Settings.from_environ({"FILING_HOME": str(tmp_path), **given})
    said = caught.value
    assert any(name in str(said) and name in said.zh for name in given)
    assert CHINESE.search(said.zh)
    assert not CHINESE.search(str(said))


@pytest.mark.parametrize("content", ["suit = 'both'\n", "suite =\n", b"\xff"], ids=repr)
def test_a_file_of_settings_that_cannot_be_read_is_named(content, tmp_path):
    file = tmp_path / "filing.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(Misconfigured) as caught:
        Settings.from_environ({"FILING_HOME": str(tmp_path)})
    assert str(file) in str(caught.value)
    assert CHINESE.search(caught.value.zh)


@pytest.mark.parametrize(
    "name",
    [
        "tls_certificate",
        "tls_client_ca",
        "webhook_ca",
        "smtp_password_file",
        "oidc_client_secret_file",
    ],
)
def test_a_file_that_a_setting_names_and_nobody_can_read_is_said(name, tmp_path):
    there = tmp_path / "there"
    there.write_text("")
    needed = {"tls_certificate": str(there), "tls_key": str(there), "smtp_user": "filing"}
    settings = Settings(home=tmp_path, **{"smtp_password_file": str(there), **needed})
    settings.check_files()
    missing = {**needed, "smtp_password_file": str(there), name: str(tmp_path / "nowhere")}
    with pytest.raises(Misconfigured, match=f"FILING_{name.upper()}: .*nowhere") as caught:
        Settings(home=tmp_path, **missing).check_files()
    assert "nowhere" in caught.value.zh

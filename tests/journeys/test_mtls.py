"""An agency files over mutual TLS, known by its certificate alone: the commands as typed."""

import ipaddress
import json
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from examples.documents import AGENCIES
from examples.good import good
from filing.model.package import Form

FILING = str(Path(sys.executable).with_name("filing"))
SENDER = AGENCIES[0]


class Authority:
    """A certificate authority of the test's own, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        own = self._build(self._name, self._key, ca=True)
        self.file = folder / "ca.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate and its key, as two PEM files."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        found = self._build(subject, key, ca=False)
        certificate, private = self.folder / f"{name}.pem", self.folder / f"{name}.key.pem"
        certificate.write_bytes(found.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, private

    def _build(self, subject, key, *, ca):
        now = datetime.now(UTC)
        usage = x509.KeyUsage(True, False, False, False, False, ca, ca, False, False)
        places = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectAlternativeName(places), critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )


def run(settings, *words):
    done = subprocess.run(
        [FILING, "--json", *map(str, words)], env=settings, capture_output=True, text=True
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A served archive with TLS, and one agency known by its certificate."""
    folder = tmp_path_factory.mktemp("mtls")
    authority = Authority(folder)
    server, server_key = authority.issue("server")
    agency, agency_key = authority.issue("agency")
    stranger, stranger_key = authority.issue("stranger")
    for certificate, key in ((agency, agency_key), (stranger, stranger_key)):
        both = certificate.with_suffix(".both.pem")
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = os.environ | {
        "FILING_HOME": str(folder / "home"),
        "FILING_LISTEN": f"127.0.0.1:{port}",
        "FILING_TLS_CERTIFICATE": str(server),
        "FILING_TLS_KEY": str(server_key),
        "FILING_TLS_CLIENT_CA": str(authority.file),
        "FILING_URL": f"https://127.0.0.1:{port}",
    }
    settings.pop("FILING_TOKEN", None)
    assert run(settings, "init")[0] == 0
    names = [word for name in SENDER.names for word in ("--also", name)]
    rule = SENDER.rules[0]
    add = ("agency", "add", SENDER.id, SENDER.name, "--fonds", rule.fonds, *names)
    assert run(settings, *add, "--channel", "mtls")[0] == 0
    assert run(settings, "agency", "cert", SENDER.id, agency)[0] == 0
    token = json.loads(run(settings, "agency", "token", SENDER.id)[1])["token"]
    process = subprocess.Popen([FILING, "serve"], env=settings, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield settings, folder, authority.file, token
    finally:
        process.terminate()
        process.wait(30)


def submit(site, number, *words):
    settings, folder, authority, _ = site
    sample = next(good(1, form=Form.EEP_ZIP, agency=SENDER, start=number))
    package = folder / f"{number}{sample.extension}"
    package.write_bytes(sample.wire())
    code, said = run(settings, "submit", package, "--authority", authority, *words)
    return code, json.loads(said)


def test_an_agency_known_by_its_certificate_gets_a_receipt(site):
    code, said = submit(site, 1, "--certificate", site[1] / "agency.both.pem")
    assert code == 0
    assert said["receipt"]["agency"] == SENDER.id


def test_its_token_alone_is_a_weaker_channel_than_agreed(site):
    code, said = submit(site, 2, "--token", site[3])
    assert code == 1
    failed = [one["code"] for one in said["report"]["checks"] if one["outcome"] == "failed"]
    assert failed == ["GD-4-7"]


def test_a_certificate_nobody_registered_is_a_stranger(site):
    code, said = submit(site, 3, "--certificate", site[1] / "stranger.both.pem")
    assert code == 4
    assert said["error"] == "not-identified"

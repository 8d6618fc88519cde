import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.evidence import certificates, der, key_encoding, suites
from tests.evidence.given import NOON, a_signer

ours = pytest.mark.parametrize("suite", suites.OURS)
KEYS = {suite: suites.generate(suite) for suite in suites.OURS}


def a_certificate(suite="sm2-sm3", **changes):
    given_ = {
        "common_name": "湖北省档案馆",
        "organization": "Archive",
        "serial": 0x80AB,
        "not_before": NOON,
        "not_after": NOON + timedelta(days=3650),
    }
    return certificates.self_signed(suite, KEYS[suite], **given_ | changes)


def openssl(*arguments, folder):
    return subprocess.run(
        ["openssl", *arguments], check=True, capture_output=True, cwd=folder
    ).stdout


@ours
def test_what_is_written_reads_back(suite):
    found = certificates.read(a_certificate(suite))
    assert found.subject == found.issuer == "CN=湖北省档案馆,O=Archive"
    assert found.public_key == suites.public_key(KEYS[suite])
    assert found.serial == 0x80AB
    assert found.not_before == NOON.replace(microsecond=0)
    assert found.not_after - found.not_before == timedelta(days=3650)
    assert found.self_issued
    assert found.is_valid_at(NOON)
    assert not found.is_valid_at(NOON + timedelta(days=4000))
    certificates.verify_chain([a_certificate(suite)])


@ours
def test_openssl_reads_and_verifies_ours(suite, tmp_path):
    (tmp_path / "c.pem").write_bytes(der.to_pem("CERTIFICATE", a_certificate(suite)))
    text = openssl("x509", "-in", "c.pem", "-noout", "-text", folder=tmp_path).decode()
    assert "Digital Signature" in text
    assert "CA:FALSE" in text
    public = openssl("x509", "-in", "c.pem", "-noout", "-pubkey", folder=tmp_path)
    assert key_encoding.load_public_key(public) == suites.public_key(KEYS[suite])
    option = ("-vfyopt", "distid:1234567812345678") if suite == "sm2-sm3" else ("-check_ss_sig",)
    now = ("-attime", str(int(NOON.timestamp()) + 60), "-x509_strict")
    verified = openssl("verify", *option, *now, "-CAfile", "c.pem", "c.pem", folder=tmp_path)
    assert verified == b"c.pem: OK\n"


def test_openssl_verifies_the_signature_of_our_sm2_certificate(tmp_path):
    """`openssl verify` does not look at a trust anchor's own signature."""
    parsed = x509.load_der_x509_certificate(a_certificate())
    key = certificates.read(a_certificate()).public_key
    (tmp_path / "key.pem").write_bytes(key_encoding.public_key_pem(key))
    (tmp_path / "body").write_bytes(parsed.tbs_certificate_bytes)
    (tmp_path / "signature").write_bytes(parsed.signature)
    assert parsed.signature_algorithm_oid.dotted_string == "1.2.156.10197.1.501"
    found = openssl(
        "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-in", "body", "-sigfile", "signature",
        "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", folder=tmp_path,
    )  # fmt: skip
    assert b"Verified Successfully" in found


def test_we_read_and_verify_an_sm2_certificate_of_openssl(tmp_path):
    openssl(
        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "k.pem",
        folder=tmp_path,
    )  # fmt: skip
    openssl(
        "req", "-x509", "-new", "-key", "k.pem", "-sm3", "-sigopt", "distid:1234567812345678",
        "-subj", "/CN=agency", "-out", "c.pem", folder=tmp_path,
    )  # fmt: skip
    content = (tmp_path / "c.pem").read_bytes()
    found = certificates.read(content)
    assert found.subject == "CN=agency"
    private = key_encoding.load_private_key((tmp_path / "k.pem").read_bytes())
    assert found.public_key == suites.public_key(private)
    certificates.verify_chain(certificates.load_chain(content))


def issued(issuer_key, issuer_name, key, name):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    built = x509.CertificateBuilder(
        issuer_name=named(issuer_name),
        subject_name=named(name),
        public_key=key.public_key(),
        serial_number=5,
        not_valid_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_valid_after=datetime(2060, 1, 1, tzinfo=UTC),
    ).sign(issuer_key, hashes.SHA256())
    return built.public_bytes(Encoding.DER)


def test_a_chain_holds_only_in_its_order():
    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    top, own = issued(root, "root", root, "root"), issued(root, "root", leaf, "agency")
    certificates.verify_chain([own, top])
    certificates.verify_chain([own])
    stranger = issued(leaf, "root", leaf, "root")
    for chain in ([top, own], [own, stranger], [own, own]):
        with pytest.raises(NotGenuine, match="does not hold"):
            certificates.verify_chain(chain)
    assert not certificates.read(own).self_issued


CERTIFICATE = a_certificate()


@pytest.mark.filterwarnings("ignore:Attribute's length")
@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
@given(st.integers(0, len(CERTIFICATE) - 1), st.integers(1, 255))
def test_a_changed_byte_of_a_self_signed_certificate_is_found_or_ends_its_claim(at, change):
    changed = bytearray(CERTIFICATE)
    changed[at] ^= change
    try:
        found = certificates.read(bytes(changed))
        certificates.verify_chain([bytes(changed)])
    except NotGenuine:
        return
    # Changed names make it somebody else's word about itself, not our certificate.
    assert not found.self_issued


@pytest.mark.parametrize("bits", [1, 2, 7])
def test_a_signature_that_claims_unused_bits_is_refused(bits):
    """Where its last bits are zero anyway, a lenient parser takes it for the same signature."""
    for _ in range(200):
        changed = bytearray(a_certificate())
        at = len(changed) - len(x509.load_der_x509_certificate(bytes(changed)).signature) - 1
        assert changed[at] == 0
        changed[at] = bits
        if not changed[-1] & ((1 << bits) - 1):
            break
    with pytest.raises(NotGenuine, match="readable certificate"):
        certificates.verify_chain([bytes(changed)])


@given(st.binary(max_size=80))
def test_other_bytes_are_no_certificate(content):
    with pytest.raises(NotGenuine, match="certificate"):
        certificates.read(content)


def test_a_pem_text_without_certificate_and_a_huge_one_are_refused():
    with pytest.raises(NotGenuine, match="without certificate"):
        certificates.read(der.to_pem("PUBLIC KEY", b"key"))
    with pytest.raises(NotGenuine, match="more than"):
        certificates.read(bytes(certificates.MAX_BYTES + 1))


def test_validity_beyond_2049_is_written_in_four_digits():
    found = certificates.read(a_certificate(not_after=datetime(2056, 1, 1, tzinfo=UTC)))
    assert found.not_after == datetime(2056, 1, 1, tzinfo=UTC)


def test_what_cannot_be_a_certificate_is_not_built():
    with pytest.raises(ValueError, match="offset"):
        a_certificate(not_before=datetime(2026, 1, 1))  # noqa: DTZ001 - it is to be refused
    with pytest.raises(ValueError, match="cannot sign"):
        certificates.self_signed("ed25519", KEYS["sm2-sm3"], "x", "", 1, NOON, NOON)
    with pytest.raises(ValueError, match=r"[Vv]alue|length"):
        a_certificate(common_name="")


def test_a_signer_and_its_certificate_belong_together():
    from filing.evidence.signatures import signer

    with pytest.raises(ValueError, match="for another key"):
        signer("seal", suites.generate("ed25519"), a_signer("ed25519").chain)

import hashlib
import json
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.evidence import key_encoding, suites
from tests.evidence.given import vectors

KEYS = {suite: suites.generate(suite) for suite in suites.OURS}
SIGNATURES = {suite: suites.sign(suite, key, b"message") for suite, key in KEYS.items()}
RSA = rsa.generate_private_key(65537, 2048)
ours = pytest.mark.parametrize("suite", suites.OURS)


def holds(suite, key, signature, message):
    try:
        suites.verify(suite, key, signature, message)
    except NotGenuine:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "suite"),
    [
        ("ecdsa_secp256r1_sha256_test.json", "ecdsa-p256-sha256"),
        ("ed25519_test.json", "ed25519"),
        ("rsa_signature_2048_sha256_test.json", "rsa-sha256"),
    ],
)
def test_published_signatures_are_judged_as_published(name, suite):
    content = json.loads((vectors("wycheproof") / name).read_text())
    answers = {"valid": 0, "invalid": 0, "acceptable": 0}
    for group in content["testGroups"]:
        key = key_encoding.load_public_key(bytes.fromhex(group["publicKeyDer"]))
        assert key_encoding.load_public_key(group["publicKeyPem"].encode()) == key
        for case in group["tests"]:
            held = holds(suite, key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            if case["result"] != "acceptable":
                assert held == (case["result"] == "valid"), case["tcId"]
            answers[case["result"]] += 1
    assert sum(answers.values()) == content["numberOfTests"]
    assert answers["valid"] > 5
    assert answers["invalid"] > 50


@ours
def test_what_is_signed_holds_for_its_key_and_message_only(suite):
    key, public = KEYS[suite], suites.public_key(KEYS[suite])
    signature = suites.sign(suite, key, b"message")
    suites.verify(suite, public, signature, b"message")
    suites.verify_stream(suite, public, signature, iter((b"mess", b"", b"age")))
    other = suites.public_key(suites.generate(suite))
    for held in (
        holds(suite, public, signature, b"massage"),
        holds(suite, other, signature, b"message"),
        holds(suite, public, signature[:-1], b"message"),
        holds(suite, public, b"", b"message"),
    ):
        assert not held


@settings(max_examples=60)
@given(st.sampled_from(suites.OURS), st.data())
def test_a_changed_byte_of_a_signature_is_found(suite, data):
    signature = bytearray(SIGNATURES[suite])
    signature[data.draw(st.integers(0, len(signature) - 1))] ^= data.draw(st.integers(1, 255))
    assert not holds(suite, suites.public_key(KEYS[suite]), bytes(signature), b"message")


@pytest.mark.parametrize("suite", ["ecdsa-p256-sha256", "sm2-sm3"])
def test_a_message_hashed_elsewhere_is_verified_by_its_digest(suite):
    public = suites.public_key(KEYS[suite])
    signature = suites.sign(suite, KEYS[suite], b"message")
    whole = hashlib.new(suites.SUITES[suite].digest, suites.signed_prefix(public) + b"message")
    suites.verify_digest(suite, public, signature, whole.digest())
    with pytest.raises(NotGenuine):
        suites.verify_digest(suite, public, signature, whole.digest()[:-1] + b"\0")


def test_ed25519_has_no_digest_to_verify():
    key = suites.public_key(KEYS["ed25519"])
    with pytest.raises(ValueError, match="not its digest"):
        suites.verify_digest("ed25519", key, bytes(64), bytes(32))


@pytest.mark.parametrize("bits", [256, 384, 512])
def test_rsa_signatures_of_agencies_hold(bits):
    chosen = {256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512()}[bits]
    signature = RSA.sign(b"message", padding.PKCS1v15(), chosen)
    suites.verify(f"rsa-sha{bits}", RSA.public_key(), signature, b"message")
    assert not holds(f"rsa-sha{bits}", RSA.public_key(), signature, b"massage")


@pytest.mark.parametrize(
    ("suite", "curve", "chosen"),
    [
        ("ecdsa-p384-sha384", ec.SECP384R1(), hashes.SHA384()),
        ("ecdsa-p521-sha512", ec.SECP521R1(), hashes.SHA512()),
    ],
)
def test_ecdsa_on_greater_curves_holds(suite, curve, chosen):
    key = ec.generate_private_key(curve)
    signature = key.sign(b"message", ec.ECDSA(chosen))
    suites.verify(suite, key.public_key(), signature, b"message")
    assert not holds(suite, key.public_key(), signature, b"massage")
    with pytest.raises(ValueError, match="cannot sign"):
        suites.sign(suite, key, b"message")


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
@pytest.mark.parametrize(
    ("oid", "chosen"),
    [
        ("1.2.840.10045.4.3.2", hashes.SHA256()),
        ("1.2.840.10045.4.3.3", hashes.SHA384()),
        ("1.2.840.10045.4.3.4", hashes.SHA512()),
    ],
)
def test_an_identifier_of_ecdsa_leaves_the_curve_to_the_key(oid, chosen, curve):
    """RFC 5758, section 3.2; FIPS 186-5, section 6.1.1: a shorter digest is weaker, not wrong."""
    key = ec.generate_private_key(curve)
    suite = suites.for_key(suites.suite_of(oid), key.public_key())
    assert (suite.digest, suite.curve) == (chosen.name, curve.name)
    signature = key.sign(b"message", ec.ECDSA(chosen))
    suites.verify(suite.name, key.public_key(), signature, b"message")
    assert not holds(suite.name, key.public_key(), signature, b"massage")


def test_what_the_archive_signs_with_is_on_its_own_curve_alone():
    other = ec.generate_private_key(ec.SECP384R1())
    signature = other.sign(b"message", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(NotGenuine, match="does not fit"):
        suites.verify("ecdsa-p256-sha256", other.public_key(), signature, b"message")
    with pytest.raises(ValueError, match="no suite"):
        suites.suite_for(other)


def test_a_weak_algorithm_stays_weak_on_any_curve():
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    assert suites.for_key(suites.suite_of("1.2.840.10045.4.1"), key).weak


def test_a_key_that_does_not_fit_its_suite_is_refused():
    signature = suites.sign("ed25519", KEYS["ed25519"], b"message")
    for suite in set(suites.SUITES) - {"ed25519"}:
        with pytest.raises(NotGenuine, match=r"does not fit|too weak"):
            suites.verify(suite, suites.public_key(KEYS["ed25519"]), signature, b"message")
    with pytest.raises(NotGenuine, match="not known"):
        suites.verify("rot13", suites.public_key(KEYS["ed25519"]), signature, b"message")


def test_a_short_rsa_key_is_refused():
    short = rsa.generate_private_key(65537, 1024)
    signature = short.sign(b"message", padding.PKCS1v15(), hashes.SHA256())
    assert suites.is_weak(suites.SUITES["rsa-sha256"], short.public_key())
    assert not suites.is_weak(suites.SUITES["rsa-sha256"], RSA.public_key())
    with pytest.raises(NotGenuine, match="too weak"):
        suites.verify("rsa-sha256", short.public_key(), signature, b"message")


@pytest.mark.parametrize(
    ("identifier", "suite"),
    [
        ("1.2.840.113549.1.1.4", "rsa-md5"),
        ("md5RSA", "rsa-md5"),
        ("1.2.840.113549.1.1.5", "rsa-sha1"),
        ("sha1RSA", "rsa-sha1"),
        ("SHA1withRSA", "rsa-sha1"),
        ("1.2.840.10040.4.3", "dsa-sha1"),
        ("sha1DSA", "dsa-sha1"),
        ("1.2.840.113549.1.1.11", "rsa-sha256"),
        ("{1.2.840.113549.1.1.11}", "rsa-sha256"),
        ("SHA256withRSA", "rsa-sha256"),
        ("sha256RSA", "rsa-sha256"),
        ("1.2.840.113549.1.1.13", "rsa-sha512"),
        ("sha512RSA", "rsa-sha512"),
        ("urn:oid:1.2.156.10197.1.501", "sm2-sm3"),
        (" SM2-with-SM3\n", "sm2-sm3"),
        ("SM3withSM2", "sm2-sm3"),
        ("ecdsa-with-SHA256", "ecdsa-p256-sha256"),
        ("1.3.101.112", "ed25519"),
        ("", None),
        ("rot13", None),
        ("1.2.3", None),
    ],
)
def test_algorithm_identifiers_name_their_suite(identifier, suite):
    """DA/T 48-2009 and DA/T 46-2009 (M64) list the RSA and DSA ones."""
    found = suites.suite_of(identifier)
    assert (found and found.name) == suite


def test_weak_suites_are_named_and_never_genuine():
    weak = {name for name, row in suites.SUITES.items() if row.weak}
    assert weak == {"rsa-md5", "rsa-sha1", "dsa-sha1", "ecdsa-sha1"}
    signature = RSA.sign(b"message", padding.PKCS1v15(), hashes.SHA1())
    for name in weak:
        with pytest.raises(NotGenuine, match="too weak"):
            suites.verify(name, RSA.public_key(), signature, b"message")


@ours
def test_keys_are_read_back_from_pem_and_der(suite):
    pem = key_encoding.private_key_pem(KEYS[suite])
    public = suites.public_key(KEYS[suite])
    assert suites.public_key(key_encoding.load_private_key(pem)) == public
    assert key_encoding.load_public_key(key_encoding.public_key_pem(public)) == public
    assert key_encoding.load_public_key(key_encoding.public_key_der(public)) == public
    assert suites.suite_for(public) == suites.suite_for(KEYS[suite]) == suite


def test_other_bytes_are_no_keys():
    dsa_key = dsa.generate_private_key(2048).public_key()
    encoded = dsa_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for content in (
        b"",
        b"\x30\x80",
        b"key",
        encoded,
        b"-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----",
    ):
        with pytest.raises(NotGenuine, match="public key"):
            key_encoding.load_public_key(content)
        with pytest.raises(ValueError, match=r"private key|PEM"):
            key_encoding.load_private_key(content)


def test_a_private_key_no_suite_of_ours_uses_is_refused():
    pem = RSA.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(ValueError, match="no suite"):
        key_encoding.load_private_key(pem)
    with pytest.raises(ValueError, match="not a suite"):
        suites.generate("rsa-sha256")


def run(*arguments, folder):
    return subprocess.run(
        ["openssl", *arguments], check=True, capture_output=True, cwd=folder
    ).stdout


RAW = {"ecdsa-p256-sha256": ("-rawin", "-digest", "sha256"), "ed25519": ("-rawin",)}


@pytest.mark.parametrize("suite", RAW)
def test_openssl_and_we_verify_each_other(suite, tmp_path):
    (tmp_path / "key.pem").write_bytes(key_encoding.private_key_pem(KEYS[suite]))
    (tmp_path / "public.pem").write_bytes(
        key_encoding.public_key_pem(suites.public_key(KEYS[suite]))
    )
    (tmp_path / "message").write_bytes(b"message")
    (tmp_path / "signature").write_bytes(suites.sign(suite, KEYS[suite], b"message"))
    found = run(
        "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "message",
        "-sigfile", "signature", *RAW[suite], folder=tmp_path,
    )  # fmt: skip
    assert b"Verified Successfully" in found
    theirs = run(
        "pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", *RAW[suite], folder=tmp_path
    )
    suites.verify(suite, suites.public_key(KEYS[suite]), theirs, b"message")

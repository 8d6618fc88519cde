"""Keys, certificates and signatures here are made by openssl, not by the code under test."""

import base64
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from filing.ingest import signatures
from filing.ingest.signatures import verify_signatures
from filing.model.digest import Digest
from filing.model.finding import Outcome, Place
from filing.model.package import Content, Form, Package, PackageSignature

if shutil.which("openssl") is None:
    pytest.skip("openssl is not installed", allow_module_level=True)

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<p>\n'
SIGNED = '<被签名对象 eep版本="2009">\n <题名>关于印发的通知</题名>\r\n</被签名对象>'.encode()
TAIL = b"\n</p>\n"
REGION = (len(HEAD), len(HEAD) + len(SIGNED))
NOW = datetime.now(UTC) + timedelta(minutes=10)  # openssl dates the certificates
SM2_ID = "1234567812345678"

#: Suite -> how openssl makes the key, digest for dgst, what 签名算法标识 says.
KINDS = {
    "rsa-sha256": (["rsa", "rsa_keygen_bits:2048"], "sha256", "1.2.840.113549.1.1.11"),
    "rsa-sha512": (["rsa", "rsa_keygen_bits:2048"], "sha512", "SHA512withRSA"),
    "ecdsa-sha256": (["EC", "ec_paramgen_curve:P-256"], "sha256", "1.2.840.10045.4.3.2"),
    "ecdsa-sha384": (["EC", "ec_paramgen_curve:P-384"], "sha384", "1.2.840.10045.4.3.3"),
    "p384-sha256": (["EC", "ec_paramgen_curve:P-384"], "sha256", "1.2.840.10045.4.3.2"),
    "p521-sha256": (["EC", "ec_paramgen_curve:P-521"], "sha256", "ecdsa-with-SHA256"),
    "p256-sha384": (["EC", "ec_paramgen_curve:P-256"], "sha384", "1.2.840.10045.4.3.3"),
    "p384-sha512": (["EC", "ec_paramgen_curve:P-384"], "sha512", "1.2.840.10045.4.3.4"),
    "sm2-sm3": (["SM2", ""], "sm3", "1.2.156.10197.1.501"),
    "rsa-short": (["rsa", "rsa_keygen_bits:1024"], "sha256", "1.2.840.113549.1.1.11"),
    "rsa-sha1": (["rsa", "rsa_keygen_bits:2048"], "sha1", "1.2.840.113549.1.1.5"),
    "rsa-md5": (["rsa", "rsa_keygen_bits:2048"], "md5", "MD5withRSA"),
    "p384-sha1": (["EC", "ec_paramgen_curve:P-384"], "sha1", "1.2.840.10045.4.1"),
}
WEAK = ("rsa-sha1", "rsa-md5", "p384-sha1")
GOOD = [kind for kind in KINDS if kind not in (*WEAK, "rsa-short")]


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True, timeout=20)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Kind -> (signature over SIGNED, certificate in DER), each made once."""
    folder = tmp_path_factory.mktemp("openssl")
    return {kind: make(kind, folder) for kind in KINDS}


def make(kind, folder):
    (algorithm, option), digest, _ = KINDS[kind]
    key, message, value, der = (folder / f"{kind}.{end}" for end in ("key", "msg", "sig", "der"))
    message.write_bytes(SIGNED)
    options = ["-pkeyopt", option] if option else []
    openssl("genpkey", "-algorithm", algorithm, *options, "-out", key, cwd=folder)
    subject = ["-subj", "/CN=city-office", "-days", "30", "-outform", "DER", "-out", der]
    if algorithm == "SM2":
        sign = ["-sm3", "-sigopt", f"distid:{SM2_ID}"]
        options = ["-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{SM2_ID}"]
        openssl(
            "pkeyutl", "-sign", "-inkey", key, *options, "-in", message, "-out", value, cwd=folder
        )
    else:
        sign = ["-sha256"]
        openssl("dgst", f"-{digest}", "-sign", key, "-out", value, message, cwd=folder)
    openssl("req", "-x509", "-new", "-key", key, *sign, *subject, cwd=folder)
    return value.read_bytes(), der.read_bytes()


def a_signature(made, kind="rsa-sha256", **changes):
    value, certificate = made[kind]
    given = {
        "identifier": "修改0-签名1",
        "lock": False,
        "locks": "",
        "rule": "",
        "signed_at": NOW.isoformat(),
        "signer": "city-office",
        "value": value,
        "certificates": (certificate,),
        "algorithm": KINDS[kind][2],
        "region": REGION,
        "place": Place("eep.xml", 9),
    }
    return PackageSignature(**given | changes)


def raw(body=HEAD + SIGNED + TAIL):
    size = body.stat().st_size if isinstance(body, Path) else len(body)
    return Content("eep.xml", size, (Digest("sha256", bytes(32)),), body)


def facts(*some, body=HEAD + SIGNED + TAIL, trusted=()):
    package = Package(Form.EEP, Digest("sha256", bytes(32)), 1, None, signatures=some)
    return verify_signatures(package, raw(body), NOW, trusted)


def fact(signature, **how):
    (only,) = facts(signature, **how)
    return only


@pytest.mark.parametrize("kind", GOOD)
def test_a_signature_made_by_openssl_holds(made, kind):
    found = fact(a_signature(made, kind))
    assert (found.outcome, found.reason) == (Outcome.PASSED, "")
    assert found.subject == "CN=city-office"


@pytest.mark.parametrize("kind", GOOD)
def test_one_changed_byte_of_the_signed_text_is_found(made, kind):
    at = REGION[0] + 30
    whole = HEAD + SIGNED + TAIL
    changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    found = fact(a_signature(made, kind), body=changed)
    assert (found.outcome, found.reason) == (Outcome.FAILED, "digest-differs")


@pytest.mark.parametrize("kind", GOOD)
def test_a_changed_signature_is_found(made, kind):
    value = bytearray(made[kind][0])
    value[-1] ^= 1
    found = fact(a_signature(made, kind, value=bytes(value)))
    assert (found.outcome, found.reason) == (Outcome.FAILED, "digest-differs")


@pytest.mark.parametrize("kind", GOOD)
def test_changes_outside_the_signed_element_do_not_matter(made, kind):
    assert fact(a_signature(made, kind), body=HEAD + SIGNED + b"\n<later/></p>").reason == ""


@pytest.mark.parametrize("kind", WEAK)
def test_a_weak_algorithm_never_passes_although_it_would_hold(made, kind):
    found = fact(a_signature(made, kind))
    assert (found.outcome, found.reason) == (Outcome.FAILED, "weak-algorithm")


def test_a_short_key_is_told_as_that_and_not_as_changed_content(made):
    found = fact(a_signature(made, "rsa-short"))
    assert (found.outcome, found.reason, found.key) == (Outcome.FAILED, "short-key", "RSA 1024")
    assert found.subject == "CN=city-office"


def test_a_rule_that_names_another_method_is_not_judged(made):
    for rule in (
        "摘要签名",
        "exclusive C14N",
        "按本单位约定的方法签名",
        "对被签名对象规范化后签名",
    ):
        found = fact(a_signature(made, rule=rule))
        assert (found.outcome, found.reason) == (Outcome.UNDETERMINED, "unknown-rule"), rule


def test_the_rules_of_our_guide_are_known_as_a_person_would_write_them(made):
    for rule in ("对“被签名对象”进行电子签名。", " RAW-bytes ", "被签名对象的原始字节"):
        assert fact(a_signature(made, rule=rule)).outcome is Outcome.PASSED, rule


def test_the_samples_and_the_verifier_mean_the_same_rule():
    eep = pytest.importorskip("examples.eep")
    for rule in (eep.SIGN_RULE, eep.LOCK_RULE):
        assert signatures._NOT_WORDS.sub("", rule) in signatures.RAW_RULES


def test_an_algorithm_nobody_here_knows_is_not_judged(made):
    found = fact(a_signature(made, algorithm="1.2.3.4"))
    assert (found.outcome, found.reason) == (Outcome.UNDETERMINED, "unknown-algorithm")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"certificates": ()}, "no-certificate"),
        ({"certificates": (b"not a certificate",)}, "bad-certificate"),
        ({"value": b""}, "not-base64"),
        ({"region": (0, 0)}, "region-missing"),
        ({"region": (10, 10_000)}, "region-missing"),
        ({"region": (50, 40)}, "region-missing"),
        ({"signed_at": "2001-01-01T00:00:00+08:00"}, "expired-certificate"),
        ({"signed_at": "2200-01-01T00:00:00"}, "expired-certificate"),
    ],
)
def test_what_is_wrong_is_said(made, changes, reason):
    found = fact(a_signature(made, **changes))
    assert (found.outcome, found.reason) == (Outcome.FAILED, reason)


@pytest.mark.parametrize("text", ["", "昨天", "0001-01-01T00:00:00+14:00", "2026-13-40"])
def test_a_signing_time_that_is_none_never_stops_the_check(made, text):
    assert fact(a_signature(made, signed_at=text)).outcome in Outcome


def test_another_agencys_certificate_does_not_verify(made):
    found = fact(a_signature(made, certificates=(made["rsa-sha512"][1],)))
    assert (found.outcome, found.reason) == (Outcome.FAILED, "digest-differs")


@pytest.mark.parametrize(
    ("kind", "other", "key"),
    [
        ("rsa-sha256", "ecdsa-sha384", "ECDSA P-384"),
        ("ecdsa-sha256", "rsa-sha256", "RSA 2048"),
        ("sm2-sm3", "ecdsa-sha256", "ECDSA P-256"),
        ("ecdsa-sha256", "sm2-sm3", "SM2"),
    ],
)
def test_a_key_the_stated_algorithm_cannot_use_is_told_as_that(made, kind, other, key):
    found = fact(a_signature(made, kind, certificates=(made[other][1],)))
    assert (found.outcome, found.reason, found.key) == (Outcome.FAILED, "key-unfit", key)


def test_a_curve_nobody_here_uses_is_told_as_that(tmp_path, made, monkeypatch):
    kind = (["EC", "ec_paramgen_curve:secp256k1"], "sha256", "1.2.840.10045.4.3.2")
    monkeypatch.setitem(KINDS, "k1", kind)
    found = fact(a_signature({"k1": make("k1", tmp_path)}, "k1"))
    assert (found.reason, found.key) == ("key-unfit", "ECDSA secp256k1")


def test_beside_a_key_that_fits_another_is_not_blamed(made):
    certificates = (made["ecdsa-sha256"][1], made["rsa-sha512"][1])
    found = fact(a_signature(made, certificates=certificates))
    assert (found.reason, found.key) == ("digest-differs", "RSA 2048")


def test_the_signers_certificate_is_found_among_several(made):
    certificates = (b"rubbish", made["sm2-sm3"][1], made["rsa-sha256"][1])
    assert fact(a_signature(made, certificates=certificates)).outcome is Outcome.PASSED


def test_only_a_registered_certificate_is_trusted_where_some_are(made):
    fingerprint = fact(a_signature(made)).fingerprint
    assert fact(a_signature(made), trusted=(fingerprint.upper(),)).outcome is Outcome.PASSED
    found = fact(a_signature(made), trusted=("00" * 32,))
    assert (found.outcome, found.reason) == (Outcome.FAILED, "untrusted-certificate")


@pytest.mark.parametrize(
    ("kind", "size"),
    [("sm2-sm3", 32), ("ecdsa-sha256", 32), ("ecdsa-sha384", 48), ("p521-sha256", 66)],
)
def test_a_signature_as_two_plain_numbers_is_read(made, kind, size):
    first, second = decode_dss_signature(made[kind][0])
    plain = first.to_bytes(size, "big") + second.to_bytes(size, "big")
    assert fact(a_signature(made, kind, value=plain)).outcome is Outcome.PASSED


def test_a_lock_is_verified_over_the_locked_signature(made):
    body = b"<p>\n" + SIGNED + b"</p>"
    found = fact(
        a_signature(made, lock=True, locks="修改0-签名1", region=(4, 4 + len(SIGNED))), body=body
    )
    assert found.outcome is Outcome.PASSED


def test_signatures_are_answered_each_in_their_order(made):
    given = [a_signature(made, kind) for kind in KINDS]
    found = facts(*given)
    assert [one.signature for one in found] == given
    assert [one.reason for one in found] == [
        *[""] * len(GOOD), "short-key", *["weak-algorithm"] * len(WEAK)
    ]  # fmt: skip


def test_a_large_document_is_hashed_from_disk_in_blocks(made, tmp_path):
    big = tmp_path / "eep.xml"
    with big.open("wb") as stream:
        stream.write(HEAD + SIGNED + TAIL)
        stream.truncate(300 << 20)
    assert fact(a_signature(made), body=big).outcome is Outcome.PASSED
    seen = [len(block) for block in signatures._Hashing(raw(big), 0).blocks((5, 5 << 20))]
    assert sum(seen) == (5 << 20) - 5
    assert max(seen) <= 1 << 20


def test_a_signature_that_needs_all_of_a_large_document_is_told_as_that(made, tmp_path):
    big = tmp_path / "eep.xml"
    with big.open("wb") as stream:
        stream.truncate(20 << 20)
    one = a_signature(made, algorithm="1.3.101.112", region=(0, 16 << 20))
    assert fact(one, body=big).reason == "key-unfit"
    found = fact(a_signature(made, algorithm="Ed25519", region=(0, 17 << 20)), body=big)
    assert (found.outcome, found.reason) == (Outcome.UNDETERMINED, "message-too-large")


def test_many_signatures_over_a_large_document_are_not_all_hashed(made, tmp_path):
    """Each SM2 key needs its own pass, so a package could ask for any number of them."""
    hashed = signatures._Hashing(raw(), 3 * len(SIGNED))
    for number in range(3):
        hashed.digest(REGION, "sha256", bytes([number]))
    hashed.digest(REGION, "sha256", b"\0")  # known: costs nothing
    with pytest.raises(signatures._Overspent):
        hashed.digest(REGION, "sha256", b"\4")


def test_base64_of_a_certificate_is_not_mistaken_for_one(made):
    text = base64.b64encode(made["rsa-sha256"][1])
    assert fact(a_signature(made, certificates=(text,))).reason == "bad-certificate"

"""People read names; the identifier stands behind them for whoever must look it up."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from filing.evidence import suites
from filing.evidence.algorithm_names import described, key_kind


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1.2.840.113549.1.1.5", "SHA-1 with RSA (1.2.840.113549.1.1.5)"),
        ("1.3.14.3.2.29", "SHA-1 with RSA (1.3.14.3.2.29)"),
        ("urn:oid:1.2.840.113549.1.1.4", "MD5 with RSA (1.2.840.113549.1.1.4)"),
        ("{1.2.840.10045.4.1}", "SHA-1 with ECDSA (1.2.840.10045.4.1)"),
        ("1.2.840.10040.4.3", "SHA-1 with DSA (1.2.840.10040.4.3)"),
        ("1.2.156.10197.1.501", "SM3 with SM2 (1.2.156.10197.1.501)"),
        ("1.3.101.112", "Ed25519 (1.3.101.112)"),
        ("1.2.840.113549.1.1.10", "RSASSA-PSS (1.2.840.113549.1.1.10)"),
        ("1.2.3.4", "1.2.3.4"),
        ("sha1RSA", "sha1RSA"),
        ("", ""),
    ],
)
def test_an_algorithm_is_called_by_its_name_with_its_identifier_behind(written, said):
    assert described(written) == said


def test_every_identifier_of_the_table_has_a_name():
    for suite in suites.SUITES.values():
        for oid in suite.oids:
            assert described(oid).endswith(f" ({oid})")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (rsa.generate_private_key(65537, 2048).public_key(), "RSA 2048"),
        (ec.generate_private_key(ec.SECP384R1()).public_key(), "ECDSA P-384"),
        (ec.generate_private_key(ec.SECP256K1()).public_key(), "ECDSA secp256k1"),
        (ed25519.Ed25519PrivateKey.generate().public_key(), "Ed25519"),
        (suites.public_key(suites.generate("sm2-sm3")), "SM2"),
    ],
)
def test_a_key_is_called_by_its_kind(key, said):
    assert key_kind(key) == said

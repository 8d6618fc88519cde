"""What people call a signature algorithm or a key.

Names only: what may be used is the table of suites.py. Identifiers there are none of may
stand here, so that a refusal can say what it refuses.

Sources: RFC 8017, RFC 5758, RFC 8410, FIPS 186-4, GM/T 0006-2012.
"""

import re

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from filing.evidence import suites
from filing.evidence.suites import PublicKey, Suite

_DIGESTS = {
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sm3": "SM3",
}
_KEYS = {"rsa": "RSA", "dsa": "DSA", "ecdsa": "ECDSA", "sm2": "SM2", "ed25519": "Ed25519"}
#: No suite has them, but senders write them.
_OTHERS = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.2": "MD2 with RSA",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.14": "SHA-224 with RSA",
    "1.2.840.10045.2.1": "EC",
    "1.2.840.10045.4.3.1": "SHA-224 with ECDSA",
    "1.3.101.113": "Ed448",
    "1.2.156.10197.1.301": "SM2",
    "1.2.156.10197.1.401": "SM3",
    "1.3.14.3.2.26": "SHA-1",
    "2.16.840.1.101.3.4.2.1": "SHA-256",
    "2.16.840.1.101.3.4.3.1": "SHA-224 with DSA",
    "2.16.840.1.101.3.4.3.2": "SHA-256 with DSA",
}
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_OID = re.compile(r"[0-2](?:\.[0-9]+)+")


def described(identifier: str) -> str:
    """An 签名算法标识 for people: "SHA-1 with RSA (1.2.840.113549.1.1.5)".

    What is no object identifier is a name already and stays as it was written.
    """
    found = _OID.search(identifier[:100])
    if found is None:
        return identifier
    suite = suites.suite_of(found[0])
    name = _OTHERS.get(found[0], "") if suite is None else _title(suite)
    return f"{name} ({found[0]})" if name else identifier


def key_kind(key: PublicKey) -> str:
    """What a public key is: "RSA 2048", "ECDSA P-384", "SM2"."""
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"ECDSA {_CURVES.get(key.curve.name, key.curve.name)}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case _:
            return "SM2"


def _title(suite: Suite) -> str:
    key = _KEYS[suite.key]
    return f"{_DIGESTS[suite.digest]} with {key}" if suite.digest else key

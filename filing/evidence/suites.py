"""Signature suites: the closed table of what the archive signs with and accepts.

A suite is a name for key type, curve and digest together. Three are ours (seal,
checkpoint, receipt); the others only verify what agencies sign; the weak ones
are known by name so that a report can say so, and never verify.

Sources: RFC 8017 (RSA, PKCS#1 v1.5), FIPS 186-5 (ECDSA), RFC 8032 (Ed25519),
GB/T 32918.2-2016 (SM2); names of algorithms as DA/T 48-2009 and DA/T 46-2009
(M64) give them. Keys as bytes are key_encoding's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from filing.errors import NotGenuine
from filing.evidence import der, hashing, sm2

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey | sm2.PublicKey
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | sm2.PrivateKey

MIN_RSA_BITS = 2048
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


@dataclass(frozen=True, slots=True)
class Suite:
    """One row of the table.

    digest   hashlib name; "" where the message itself is signed (Ed25519)
    key      "ecdsa", "ed25519", "rsa", "sm2" or, weak only, "dsa"
    curve    name of the curve, ECDSA only
    oids     object identifiers of the signature algorithm
    names    what else senders write, in lower case without "-", "_" and spaces
    ours     the archive signs with it
    weak     MD5, SHA-1 or DSA: recognised, never genuine
    """

    name: str
    key: str
    digest: str
    oids: tuple[str, ...]
    names: tuple[str, ...]
    curve: str = ""
    ours: bool = False
    weak: bool = False


_NAMED = (
    Suite(
        "ecdsa-p256-sha256", "ecdsa", "sha256", ("1.2.840.10045.4.3.2",),
        ("ecdsawithsha256", "sha256withecdsa", "sha256ecdsa", "ecdsasha256"), "secp256r1",
        ours=True,
    ),
    Suite("ed25519", "ed25519", "", ("1.3.101.112",), ("eddsa",), ours=True),
    Suite(
        "sm2-sm3", "sm2", "sm3", (sm2.SIGNATURE_OID,),
        ("sm2sm3", "sm2withsm3", "sm3withsm2", "sm3sm2", "sm2", "sm3sm2sign", "sm2sign"), ours=True,
    ),
    Suite(
        "rsa-sha256", "rsa", "sha256", ("1.2.840.113549.1.1.11",),
        ("sha256rsa", "sha256withrsa", "sha256withrsaencryption", "rsawithsha256"),
    ),
    Suite(
        "rsa-sha384", "rsa", "sha384", ("1.2.840.113549.1.1.12",),
        ("sha384rsa", "sha384withrsa", "sha384withrsaencryption", "rsawithsha384"),
    ),
    Suite(
        "rsa-sha512", "rsa", "sha512", ("1.2.840.113549.1.1.13",),
        ("sha512rsa", "sha512withrsa", "sha512withrsaencryption", "rsawithsha512"),
    ),
    Suite(
        "ecdsa-p384-sha384", "ecdsa", "sha384", ("1.2.840.10045.4.3.3",),
        ("ecdsawithsha384", "sha384withecdsa", "sha384ecdsa", "ecdsasha384"), "secp384r1",
    ),
    Suite(
        "ecdsa-p521-sha512", "ecdsa", "sha512", ("1.2.840.10045.4.3.4",),
        ("ecdsawithsha512", "sha512withecdsa", "sha512ecdsa", "ecdsasha512"), "secp521r1",
    ),
    Suite(
        "rsa-md5", "rsa", "md5", ("1.2.840.113549.1.1.4",),
        ("md5rsa", "md5withrsa", "md5withrsaencryption", "rsawithmd5"), weak=True,
    ),
    Suite(
        "rsa-sha1", "rsa", "sha1", ("1.2.840.113549.1.1.5", "1.3.14.3.2.29"),
        ("sha1rsa", "sha1withrsa", "sha1withrsaencryption", "rsawithsha1"), weak=True,
    ),
    Suite(
        "dsa-sha1", "dsa", "sha1", ("1.2.840.10040.4.3", "1.3.14.3.2.27"),
        ("sha1dsa", "sha1withdsa", "dsawithsha1", "dsasha1", "dsa"), weak=True,
    ),
    Suite(
        "ecdsa-sha1", "ecdsa", "sha1", ("1.2.840.10045.4.1",),
        ("ecdsawithsha1", "sha1withecdsa", "sha1ecdsa"), weak=True,
    ),
)  # fmt: skip
_CURVES = {"p256": "secp256r1", "p384": "secp384r1", "p521": "secp521r1"}
# An identifier of ECDSA names the digest and leaves the curve to the key (RFC 5758, 3.2). The
# digest should be as strong as the curve (FIPS 186-5, 6.1.1), but a shorter one is lawful: the
# signature is then as strong as its digest, and none here is weaker than P-256 with SHA-256.
_CROSSED = (
    Suite(f"ecdsa-{short}-{digest}", "ecdsa", digest, (), (), curve)
    for short, curve in _CURVES.items()
    for digest in _HASHES
)
_ROWS = (*_NAMED, *(one for one in _CROSSED if one.name not in {row.name for row in _NAMED}))
#: By name.
SUITES = {row.name: row for row in _ROWS}
#: Names of the suites the archive signs with.
OURS = tuple(row.name for row in _ROWS if row.ours)

_BY_IDENTIFIER = {
    written: row
    for row in _ROWS
    for written in (*row.oids, *row.names, re.sub("[-_ ]", "", row.name))
}


def suite_of(identifier: str) -> Suite | None:
    """The suite an 签名算法标识 means (an OID or a common name), or None.

    A weak one is returned too: look at ``weak``.
    """
    written = re.sub(r"[-_\s{}]", "", identifier[:100]).lower()
    return _BY_IDENTIFIER.get(re.sub("^(urn:)?oid[:.=]", "", written))


def for_key(suite: Suite, key: PublicKey) -> Suite:
    """The suite of the same algorithm for the curve of ``key``; ``suite`` where there is none."""
    if suite.key != "ecdsa" or suite.weak or not isinstance(key, ec.EllipticCurvePublicKey):
        return suite
    wanted = (suite.digest, key.curve.name)
    rows = (row for row in _ROWS if row.key == "ecdsa" and not row.weak)
    return next((row for row in rows if (row.digest, row.curve) == wanted), suite)


def fits(suite: Suite, key: PublicKey) -> bool:
    """Whether ``key`` is of the kind the algorithm of ``suite`` takes."""
    return _fits(for_key(suite, key), key)


def is_weak(suite: Suite, key: PublicKey) -> bool:
    """Whether a signature of ``suite`` by ``key`` proves nothing: old digest or short key."""
    return suite.weak or (isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS)


def suite_for(key: PublicKey | PrivateKey) -> str:
    """The suite of ours that fits ``key``. Raises ValueError if none does."""
    found = next((name for name in OURS if _fits(SUITES[name], key)), None)
    if found is None:
        raise ValueError("no suite of the archive fits this key")
    return found


def _fits(suite: Suite, key: PublicKey | PrivateKey) -> bool:
    match key:
        case ec.EllipticCurvePublicKey() | ec.EllipticCurvePrivateKey():
            return suite.key == "ecdsa" and key.curve.name == suite.curve
        case ed25519.Ed25519PublicKey() | ed25519.Ed25519PrivateKey():
            return suite.key == "ed25519"
        case rsa.RSAPublicKey():
            return suite.key == "rsa"
        case _:
            return suite.key == "sm2"


# Verifying.

#: How a signature in DER begins that is as long as r and s plainly, by the bytes of each.
_DER_STARTS = {32: b"\x30\x3e\x02", 48: b"\x30\x5e\x02", 66: b"\x30\x81\x81\x02"}


def as_der(key: PublicKey, value: bytes) -> bytes:
    """An ECDSA or SM2 signature in DER; devices also give r and s, each as long as the curve."""
    match key:
        case sm2.PublicKey():
            size = 32
        case ec.EllipticCurvePublicKey():
            size = (key.key_size + 7) // 8
        case _:
            return value
    if len(value) != 2 * size or value.startswith(_DER_STARTS.get(size, b"\x30")):
        return value
    r, s = int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
    return der.sequence(der.integer(r), der.integer(s))


def signed_prefix(key: PublicKey) -> bytes:
    """What is hashed before the message: Z for SM2, else nothing."""
    return sm2.identity_digest(key) if isinstance(key, sm2.PublicKey) else b""


def verify(suite: str, key: PublicKey, signature: bytes, message: bytes) -> None:
    """Raise NotGenuine unless ``signature`` is ``key``'s over ``message``."""
    verify_stream(suite, key, signature, (message,))


def verify_stream(suite: str, key: PublicKey, signature: bytes, blocks: Iterable[bytes]) -> None:
    """As ``verify``, over a message in blocks; one block at a time is in memory.

    Ed25519 signs the message itself, not its digest, and must gather it whole.
    """
    row = _usable(suite, key)
    if isinstance(key, ed25519.Ed25519PublicKey):
        try:
            key.verify(signature, b"".join(blocks))
        except InvalidSignature:
            raise NotGenuine(f"the {suite} signature does not hold") from None
        return
    whole = hashing.running(row.digest)
    whole.update(signed_prefix(key))
    for block in blocks:
        whole.update(block)
    _verify(row, key, signature, whole.digest())


def verify_digest(suite: str, key: PublicKey, signature: bytes, digest: bytes) -> None:
    """Raise NotGenuine unless ``signature`` is ``key``'s over the message of ``digest``.

    digest   by the suite's algorithm, over ``signed_prefix`` and the message

    Raises ValueError for Ed25519, which has no such form.
    """
    row = _usable(suite, key)
    if not row.digest:
        raise ValueError(f"{suite} signs the message, not its digest")
    _verify(row, key, signature, digest)


def _verify(row: Suite, key: PublicKey, signature: bytes, digest: bytes) -> None:
    try:
        match key:
            case sm2.PublicKey():
                sm2.verify_digest(key, signature, digest)
            case rsa.RSAPublicKey():
                scheme = Prehashed(_HASHES[row.digest])
                key.verify(signature, digest, padding.PKCS1v15(), scheme)
            case ec.EllipticCurvePublicKey():
                key.verify(signature, digest, ec.ECDSA(Prehashed(_HASHES[row.digest])))
    except (InvalidSignature, ValueError):
        raise NotGenuine(f"the {row.name} signature does not hold") from None


def _usable(suite: str, key: PublicKey) -> Suite:
    row = SUITES.get(suite)
    if row is None:
        raise NotGenuine(f"signature suite {suite!r} is not known")
    if is_weak(row, key):
        raise NotGenuine(f"{suite} is too weak to prove anything")
    if not _fits(row, key):
        raise NotGenuine(f"the key does not fit {suite}")
    return row


# Signing.


def sign(suite: str, key: PrivateKey, message: bytes) -> bytes:
    """Sign ``message``; ECDSA and SM2 signatures are DER, Ed25519's 64 bytes.

    Raises ValueError if the key does not fit, or the suite is not ours.
    """
    row = SUITES[suite]
    if not row.ours or not _fits(row, key):
        raise ValueError(f"cannot sign by {suite} with this key")
    match key:
        case ec.EllipticCurvePrivateKey():
            return key.sign(message, ec.ECDSA(_HASHES[row.digest]))
        case ed25519.Ed25519PrivateKey():
            return key.sign(message)
        case sm2.PrivateKey():
            return sm2.sign_digest(key, sm2.digest(key.public_key, message))


# Keys.


def generate(suite: str) -> PrivateKey:
    """A new private key for one of OURS. Raises ValueError for another suite."""
    match suite:
        case "ecdsa-p256-sha256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "sm2-sm3":
            return sm2.generate()
    raise ValueError(f"{suite!r} is not a suite the archive signs with")


def public_key(key: PrivateKey) -> PublicKey:
    """The public half."""
    return key.public_key if isinstance(key, sm2.PrivateKey) else key.public_key()

"""Sample keys, self-signed certificates and the four signature suites.

Keys are computed from the suite's name, so they are the same everywhere and public:
they sign samples and protect nothing. Every signature is deterministic, so a signed
sample has the same bytes each time.

Sources: RFC 8017 (PKCS #1 v1.5), RFC 6979 (deterministic ECDSA), RFC 5280
(certificates), GB/T 32918.2 and GM/T 0009 (SM2, user id 1234567812345678),
GB/T 20518 (SM2 certificates).
"""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from gmalglib.sm2 import SM2

SUITES = ("rsa-sha256", "rsa-sha512", "ecdsa-p256", "sm2-sm3")
#: 签名算法标识. The first two are in DA/T 46's own list, the others count as 其他.
OIDS = {
    "rsa-sha256": "1.2.840.113549.1.1.11",
    "rsa-sha512": "1.2.840.113549.1.1.13",
    "ecdsa-p256": "1.2.840.10045.4.3.2",
    "sm2-sm3": "1.2.156.10197.1.501",
    "rsa-sha1": "1.2.840.113549.1.1.5",
    "rsa-md5": "1.2.840.113549.1.1.4",
}
#: The two an archive must refuse; only bad samples use them.
WEAK_SUITES = ("rsa-sha1", "rsa-md5")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "rsa-sha256": hashes.SHA256(),
    "rsa-sha512": hashes.SHA512(),
    "rsa-sha1": hashes.SHA1(),
    "rsa-md5": hashes.MD5(),
}
USER_ID = b"1234567812345678"
_FROM, _TO = datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)
_SM2_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


@dataclass(frozen=True, slots=True)
class Signer:
    """A key with its certificate. ``sign`` returns DER for elliptic curves.

    oid           签名算法标识
    certificate   self-signed, DER
    """

    suite: str
    oid: str
    subject: str
    certificate: bytes
    sign: Callable[[bytes], bytes]


@lru_cache(maxsize=64)
def signer(suite: str, subject: str) -> Signer:
    """The signer of ``subject`` under ``suite``. Raises KeyError for an unknown suite."""
    if suite == "sm2-sm3":
        return _sm2(suite, subject)
    if suite == "ecdsa-p256":
        return _ecdsa(suite, subject)
    return _rsa(suite, subject)


def _rsa(suite: str, subject: str) -> Signer:
    key, algorithm = _rsa_key(), _HASHES[suite]
    # A weak suite signs the package only; its certificate stays sound, so that the
    # package shows one fault.
    certificate = _builder(subject, key.public_key(), 1).sign(key, hashes.SHA256())
    return Signer(
        suite,
        OIDS[suite],
        subject,
        certificate.public_bytes(serialization.Encoding.DER),
        lambda data: key.sign(data, padding.PKCS1v15(), algorithm),
    )


def expired(subject: str) -> Signer:
    """A sound RSA signer whose certificate ran out in 2012."""
    good = signer("rsa-sha256", subject)
    key = _rsa_key()
    builder = _builder(subject, key.public_key(), 4, datetime(2010, 1, 1, tzinfo=UTC))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return replace(good, certificate=certificate)


def _ecdsa(suite: str, subject: str) -> Signer:
    secret = int.from_bytes(hashlib.sha256(b"filing sample p256").digest(), "big")
    key = ec.derive_private_key(secret >> 1, ec.SECP256R1())
    certificate = _builder(subject, key.public_key(), 2).sign(
        key, hashes.SHA256(), ecdsa_deterministic=True
    )
    scheme = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    return Signer(
        suite,
        OIDS[suite],
        subject,
        certificate.public_bytes(serialization.Encoding.DER),
        lambda data: key.sign(data, scheme),
    )


def _builder(
    subject: str,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    serial: int,
    begins: datetime = _FROM,
) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    return x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key,
        serial_number=serial,
        not_valid_before=begins,
        not_valid_after=_TO if begins == _FROM else begins + timedelta(days=730),
    )


@lru_cache(maxsize=1)
def _rsa_key() -> rsa.RSAPrivateKey:
    """A 2048-bit key from two seeded primes."""
    chance = random.Random("filing sample rsa 2048")
    p, q, e = _prime(chance), _prime(chance), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public
    ).private_key()


def _prime(chance: random.Random) -> int:
    """A probable prime of 1024 bits, its two top bits set, not 1 modulo 65537."""
    while True:
        number = chance.getrandbits(1024) | 3 << 1022 | 1
        if all(number % small for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 65537)) and (
            number % 65537 != 1 and all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7))
        ):
            return number


def _sm2(suite: str, subject: str) -> Signer:
    secret = (
        int.from_bytes(hashlib.sha256(b"filing sample sm2").digest(), "big") % (_SM2_ORDER - 2) + 1
    ).to_bytes(32, "big")

    def sign(data: bytes) -> bytes:
        raw = SM2(secret, uid=USER_ID, rnd_fn=_Nonce(secret + data)).sign(data)
        return _sequence(_integer(raw[:32]), _integer(raw[32:]))

    to_be_signed = _sm2_certificate_body(subject, bytes(SM2.get_pk(secret)))
    certificate = _sequence(
        to_be_signed, _sequence(_oid(OIDS[suite])), _der(0x03, b"\0" + sign(to_be_signed))
    )
    return Signer(suite, OIDS[suite], subject, certificate, sign)


class _Nonce:
    """Random bytes for SM2 that follow from key and message, as RFC 6979 does for ECDSA.

    Without it two runs would give two signatures and the samples would not be the same.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed, self._calls = hashlib.sha512(seed).digest(), 0

    def __call__(self, length: int) -> bytes:
        self._calls += 1
        return hashlib.shake_256(self._seed + self._calls.to_bytes(4, "big")).digest(length)


def _sm2_certificate_body(subject: str, public_key: bytes) -> bytes:
    """TBSCertificate, version 3, for an uncompressed SM2 public key of 65 bytes."""
    name = _sequence(_der(0x31, _sequence(_oid("2.5.4.3"), _der(0x0C, subject.encode("utf-8")))))
    times = [_der(0x17, at.strftime("%y%m%d%H%M%SZ").encode()) for at in (_FROM, _TO)]
    key = _sequence(
        _sequence(_oid("1.2.840.10045.2.1"), _oid("1.2.156.10197.1.301")),
        _der(0x03, b"\0" + public_key),
    )
    return _sequence(
        _der(0xA0, _integer(b"\x02")),
        _integer(b"\x03"),
        _sequence(_oid(OIDS["sm2-sm3"])),
        name,
        _sequence(*times),
        name,
        key,
    )


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, b"".join(parts))


def _integer(value: bytes) -> bytes:
    """A non-negative INTEGER from big-endian bytes."""
    value = value.lstrip(b"\0") or b"\0"
    return _der(0x02, b"\0" + value if value[0] & 0x80 else value)


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytearray()
    for part in (first * 40 + second, *rest):
        groups = [part & 0x7F]
        while part := part >> 7:
            groups.append(0x80 | part & 0x7F)
        body += bytes(reversed(groups))
    return _der(0x06, bytes(body))

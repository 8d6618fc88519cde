"""SM2 signatures with SM3: keys, signing, verifying.

Source: GB/T 32918.2-2016 (signature), .5-2017 (curve), GM/T 0009-2012 (DER
form, default user id), GM/T 0006-2012 (identifiers). The user id is always said:
libraries differ on what they assume when it is not.

One table of providers does the arithmetic: gmalglib (C) signs and verifies;
plain Python verifies only, for a verifier that has nothing but this package.
"""

import importlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from filing.errors import Misconfigured, NotGenuine
from filing.evidence import der, hashing

USER_ID = b"1234567812345678"
CURVE_OID = "1.2.156.10197.1.301"
SIGNATURE_OID = "1.2.156.10197.1.501"
_EC_OID = "1.2.840.10045.2.1"

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_ALGORITHM = der.sequence(der.object_identifier(_EC_OID), der.object_identifier(CURVE_OID))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point of the curve, uncompressed: 0x04, x, y. Raises ValueError off the curve."""

    point: bytes

    def __post_init__(self) -> None:
        x, y = int.from_bytes(self.point[1:33], "big"), int.from_bytes(self.point[33:], "big")
        if len(self.point) != 65 or self.point[0] != 4 or x >= P or y >= P:
            raise ValueError("an SM2 public key is 0x04 and two coordinates of 32 bytes")
        if (y * y - (x * x * x + A * x + B)) % P:
            raise ValueError("this point is not on the SM2 curve")

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return der.sequence(_ALGORITHM, der.bit_string(self.point))


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A secret number and its public key. ``repr`` does not show the secret."""

    scalar: bytes = field(repr=False)
    public_key: PublicKey

    @property
    def pkcs8(self) -> bytes:
        """PrivateKeyInfo, DER, not encrypted."""
        point = der.pack(0xA1, der.bit_string(self.public_key.point))
        secret = der.sequence(der.integer(1), der.pack(der.OCTET_STRING, self.scalar), point)
        return der.sequence(der.integer(0), _ALGORITHM, der.pack(der.OCTET_STRING, secret))


def public_key_from_spki(content: bytes) -> PublicKey:
    """Read SubjectPublicKeyInfo in DER. Raises ValueError if it is no SM2 key."""
    outer = der.Reader(content)
    info = outer.enter()
    if info.element() != _ALGORITHM:
        raise ValueError("not an SM2 public key")
    key = PublicKey(info.bits())
    info.end()
    outer.end()
    return key


def private_key_from_pkcs8(content: bytes) -> PrivateKey:
    """Read an unencrypted PrivateKeyInfo in DER. Raises ValueError if it is no SM2 key."""
    info = der.Reader(content).enter()
    info.unsigned()
    if info.element() != _ALGORITHM:
        raise ValueError("not an SM2 private key")
    secret = der.Reader(info.take(der.OCTET_STRING)).enter()
    secret.unsigned()
    scalar = secret.take(der.OCTET_STRING)
    if len(scalar) != 32 or not 0 < int.from_bytes(scalar, "big") < N - 1:
        raise ValueError("an SM2 private key is a number below the order, in 32 bytes")
    return private_key(scalar)


def private_key(scalar: bytes) -> PrivateKey:
    """The key of a secret number, 32 bytes."""
    x, y = _multiply_add(int.from_bytes(scalar, "big"), 0, G) or (0, 0)
    return PrivateKey(scalar, PublicKey(b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")))


def generate() -> PrivateKey:
    """A new key from the operating system's randomness."""
    return private_key((secrets.randbelow(N - 2) + 1).to_bytes(32, "big"))


@lru_cache(maxsize=256)
def identity_digest(key: PublicKey, user_id: bytes = USER_ID) -> bytes:
    """Z: SM3 over user id, curve and key; what is hashed before every message.

    Source: GB/T 32918.2-2016, section 5.5.
    """
    numbers = b"".join(one.to_bytes(32, "big") for one in (A, B, *G))
    length = (8 * len(user_id)).to_bytes(2, "big")
    return hashing.sm3(length + user_id + numbers + key.point[1:])


def digest(key: PublicKey, message: bytes) -> bytes:
    """What is signed: SM3 over Z and the message."""
    return hashing.sm3(identity_digest(key) + message)


def sign_digest(key: PrivateKey, value: bytes) -> bytes:
    """Sign a digest made with Z (see ``digest``); DER as in GM/T 0009.

    Raises Misconfigured if no provider here can sign.
    """
    provider = _provider()
    if provider.sign is None:
        raise Misconfigured(
            "gmalglib is not installed: nothing here can sign with SM2",
            "未安装 gmalglib，不能用 SM2 签名；请安装，或将 FILING_SUITE 改为 international",
        )
    raw = provider.sign(key, value)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return der.sequence(der.integer(r), der.integer(s))


def verify_digest(key: PublicKey, signature: bytes, value: bytes, provider: str = "") -> None:
    """Raise NotGenuine unless ``signature`` (DER) is ``key``'s over ``value``.

    provider   a name of PROVIDERS; "" for the first that is installed
    """
    try:
        outer = der.Reader(signature)
        numbers = outer.enter()
        r, s = numbers.unsigned(), numbers.unsigned()
        numbers.end()
        outer.end()
    except ValueError as error:
        raise NotGenuine(f"not an SM2 signature: {error}") from None
    chosen = _open(provider) if provider else _provider()
    if not (0 < r < N and 0 < s < N and len(value) == 32 and chosen.verify(key, value, r, s)):
        raise NotGenuine("the SM2 signature does not hold")


@dataclass(frozen=True, slots=True)
class Provider:
    """Who does the arithmetic. ``sign`` returns r and s, 32 bytes each."""

    sign: Callable[[PrivateKey, bytes], bytes] | None
    verify: Callable[[PublicKey, bytes, int, int], bool]


class _Gmalglib(Protocol):
    """What we use of gmalglib.sm2.SM2."""

    def sign_digest(self, digest: bytes) -> bytes: ...
    def verify_digest(self, digest: bytes, signature: bytes) -> bool: ...


def _gmalglib() -> Provider:
    made: Callable[..., _Gmalglib] = importlib.import_module("gmalglib.sm2").SM2

    @lru_cache(maxsize=16)
    def signing(scalar: bytes) -> _Gmalglib:
        return made(sk=scalar, uid=USER_ID, rnd_fn=secrets.token_bytes)

    def verify(key: PublicKey, value: bytes, r: int, s: int) -> bool:
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return made(pk=key.point, uid=USER_ID).verify_digest(value, raw)

    return Provider(lambda key, value: signing(key.scalar).sign_digest(value), verify)


def _plain() -> Provider:
    def verify(key: PublicKey, value: bytes, r: int, s: int) -> bool:
        t = (r + s) % N
        point = int.from_bytes(key.point[1:33], "big"), int.from_bytes(key.point[33:], "big")
        found = _multiply_add(s, t, point) if t else None
        return found is not None and (int.from_bytes(value, "big") + found[0]) % N == r

    return Provider(None, verify)


#: In the order they are tried.
PROVIDERS: dict[str, Callable[[], Provider]] = {"gmalglib": _gmalglib, "plain": _plain}


@lru_cache(maxsize=8)
def _open(name: str) -> Provider:
    return PROVIDERS[name]()


@lru_cache(maxsize=1)
def _provider() -> Provider:
    for name in PROVIDERS:
        try:
            return _open(name)
        except ImportError:
            continue
    raise Misconfigured("no SM2 provider")


_Point = tuple[int, int, int]  # Jacobian: x / z^2, y / z^3; z = 0 at infinity


def _multiply_add(s: int, t: int, point: tuple[int, int]) -> tuple[int, int] | None:
    """s * G + t * point, or None at infinity. Its time depends on s and t.

    Both products share their doublings. Only public numbers and freshly read or
    made keys go through it, never the signing of a message.
    """
    base, other, total = (*G, 1), (*point, 1), (1, 1, 0)
    both = _add(base, other)
    for bit in range(max(s.bit_length(), t.bit_length()) - 1, -1, -1):
        total = _double(total)
        match (s >> bit & 1, t >> bit & 1):
            case (1, 1):
                total = _add(total, both)
            case (1, 0):
                total = _add(total, base)
            case (0, 1):
                total = _add(total, other)
    if not total[2]:
        return None
    inverse = pow(total[2], -1, P)
    return total[0] * inverse**2 % P, total[1] * inverse**3 % P


def _double(point: _Point) -> _Point:
    x, y, z = point
    square, z2 = y * y % P, z * z % P
    middle = 4 * x * square % P
    slope = 3 * (x - z2) * (x + z2) % P
    doubled = (slope * slope - 2 * middle) % P
    return doubled, (slope * (middle - doubled) - 8 * square * square) % P, 2 * y * z % P


def _add(one: _Point, two: _Point) -> _Point:
    if not one[2]:
        return two
    if not two[2]:
        return one
    z1, z2 = one[2] * one[2] % P, two[2] * two[2] % P
    u1, u2 = one[0] * z2 % P, two[0] * z1 % P
    s1, s2 = one[1] * two[2] * z2 % P, two[1] * one[2] * z1 % P
    if u1 == u2:
        return _double(one) if s1 == s2 else (1, 1, 0)
    width, height = (u2 - u1) % P, (s2 - s1) % P
    square = width * width % P
    cube, side = width * square % P, u1 * square % P
    x = (height * height - cube - 2 * side) % P
    return x, (height * (side - x) - s1 * cube) % P, width * one[2] * two[2] % P

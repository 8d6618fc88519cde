"""Detached signatures: who signs, what a signature carries, how it is checked.

A message is signed once per suite in force, so a new algorithm stands beside
the old. Each signature brings its certificates; whether they mean anything is
decided by the keys the verifier trusts beforehand.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from filing.errors import NotGenuine
from filing.evidence import certificates, suites
from filing.evidence.canonical import assembled, listed, string
from filing.evidence.members import a_blob, a_text, blob_text, reading
from filing.evidence.suites import PrivateKey, PublicKey

#: Key name, or SHA-256 of the certificate in hex -> key known to be the archive's.
Trusted = Mapping[str, PublicKey]


@dataclass(frozen=True, slots=True)
class Signer:
    """A key of the archive in use.

    suite       one of suites.OURS
    key         its name ("seal-2026-sm2"), as verifiers know it
    sign        message -> signature
    public_key  what verifies it
    chain       its certificates in DER, its own first; may be empty
    """

    suite: str
    key: str
    sign: Callable[[bytes], bytes] = field(repr=False)
    public_key: PublicKey
    chain: tuple[bytes, ...]


def signer(key: str, private: PrivateKey, chain: Sequence[bytes]) -> Signer:
    """A signer with a key in memory.

    Raises ValueError if no suite of ours fits the key, or the first certificate
    is not for it.
    """
    suite, public = suites.suite_for(private), suites.public_key(private)
    if chain and certificates.read(chain[0]).public_key != public:
        raise ValueError(f"the certificate of {key} is for another key")
    return Signer(
        suite, key, lambda message: suites.sign(suite, private, message), public, tuple(chain)
    )


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Who signs a message, said inside that message, so that neither a signature
    nor its certificates can be exchanged for others.

    certificates   SHA-256 fingerprints in hex, in the order of the chain
    """

    suite: str
    key: str
    certificates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature over some message. ``chain`` as in Signer."""

    suite: str
    key: str
    value: bytes
    chain: tuple[bytes, ...]

    @property
    def signed_by(self) -> SignedBy:
        """Who made it."""
        return _signed_by(self.suite, self.key, self.chain)


def named(signers: Iterable[Signer]) -> tuple[SignedBy, ...]:
    """What a message says about those who are going to sign it."""
    return tuple(_signed_by(one.suite, one.key, one.chain) for one in signers)


# Keys are few and their certificates stand in every record: each is written once.
@functools.lru_cache(maxsize=64)
def _signed_by(suite: str, key: str, chain: tuple[bytes, ...]) -> SignedBy:
    return SignedBy(suite, key, tuple(certificates.fingerprint(one) for one in chain))


@functools.lru_cache(maxsize=64)
def signed_by_json(some: tuple[SignedBy, ...]) -> bytes:
    """As a list in canonical JSON."""
    return listed(
        assembled(
            {
                "suite": string(one.suite),
                "key": string(one.key),
                "certificates": listed(string(each) for each in one.certificates),
            }
        )
        for one in some
    )


def read_signed_by(value: object, where: str) -> SignedBy:
    """Read one item of what ``signed_by_json`` wrote. Raises ValueError."""
    with reading(value, where) as of:
        return SignedBy(of.text("suite"), of.text("key"), of.items("certificates", a_text))


def sign_all(signers: Iterable[Signer], message: bytes) -> tuple[Signature, ...]:
    """Sign ``message`` by every signer, in their order."""
    return tuple(Signature(one.suite, one.key, one.sign(message), one.chain) for one in signers)


def as_json(signatures: Iterable[Signature]) -> bytes:
    """The signatures as a list in canonical JSON, bytes in Base64."""
    return listed(
        assembled(
            {
                "suite": string(one.suite),
                "key": string(one.key),
                "signature": string(blob_text(one.value)),
                "certificates": _chain_json(one.chain),
            }
        )
        for one in signatures
    )


@functools.lru_cache(maxsize=64)
def _chain_json(chain: tuple[bytes, ...]) -> bytes:
    return listed(string(blob_text(one)) for one in chain)


def from_json(value: object, where: str) -> Signature:
    """Read one item of what ``as_json`` wrote. Raises ValueError."""
    with reading(value, where) as of:
        return Signature(
            suite=of.text("suite"),
            key=of.text("key"),
            value=of.blob("signature"),
            chain=of.items("certificates", a_blob),
        )


def verify_signatures(
    signatures: Sequence[Signature], message: bytes, trusted: Trusted | None
) -> None:
    """Raise NotGenuine unless every signature holds over ``message``.

    trusted   keys the verifier knows: at least one signature must be by one of
              them. None: the keys of the certificates brought along are used,
              which shows only that nothing changed since somebody signed.
    """
    if not signatures:
        raise NotGenuine("there is no signature")
    known = 0
    for one in signatures:
        key = None if trusted is None else trusted_key(one, trusted)
        known += key is not None
        if one.chain:
            certificates.verify_chain(one.chain)
            certified = certificates.read(one.chain[0]).public_key
            if key is not None and key != certified:
                raise NotGenuine(f"the certificate of {one.key} is for another key")
            key = certified
        if key is None:
            raise NotGenuine(f"no key to check the signature of {one.key}")
        suites.verify(one.suite, key, one.value, message)
    if trusted is not None and not known:
        raise NotGenuine("none of the signatures is by a trusted key")


def trusted_key(signature: Signature, trusted: Trusted) -> PublicKey | None:
    """The trusted key for ``signature``, by its name or its certificate; None if none."""
    if signature.key in trusted:
        return trusted[signature.key]
    return trusted.get(certificates.fingerprint(signature.chain[0])) if signature.chain else None

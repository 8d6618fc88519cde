"""X.509 certificates: make the archive's own, read anybody's, SM2 ones too.

Source: RFC 5280; GB/T 20518-2018 for SM2. cryptography parses an SM2
certificate but cannot give its key or sign one, so the outer shell is built
and opened here, for every suite alike; names and extensions are its work.

Whether a certificate is trusted is the caller's to say.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

from filing.errors import NotGenuine
from filing.evidence import der, key_encoding, suites
from filing.evidence.suites import PrivateKey, PublicKey

MAX_BYTES = 64 * 1024
#: What cryptography raises for a certificate that is not one.
_UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion)
_V3 = der.pack(0xA0, der.integer(2))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, read.

    subject, issuer          RFC 4514 text, for people
    not_before, not_after    aware, UTC
    fingerprint              SHA-256 of the DER, lower-case hex
    self_issued              issuer and subject are the same
    """

    subject: str
    issuer: str
    serial: int
    not_before: datetime
    not_after: datetime
    public_key: PublicKey
    fingerprint: str
    self_issued: bool

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether ``moment`` (aware) lies within its validity."""
        return self.not_before <= moment <= self.not_after


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of the DER, lower-case hex."""
    return hashlib.sha256(certificate).hexdigest()


def self_signed(
    suite: str,
    key: PrivateKey,
    common_name: str,
    organization: str,
    serial: int,
    not_before: datetime,
    not_after: datetime,
) -> bytes:
    """A certificate for ``key``, signed by itself, for signing only; DER.

    organization     "" to leave it out
    serial           positive, at most 20 bytes: x509.random_serial_number()
    not_before/after aware; fractions of a second are dropped

    Raises ValueError for a suite not ours, a key that does not fit, an empty or
    overlong name.
    """
    public = suites.public_key(key)
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    name = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, common_name)]).public_bytes()
    algorithm = der.sequence(der.object_identifier(suites.SUITES[suite].oids[0]))
    body = der.sequence(
        _V3,
        der.integer(serial),
        algorithm,
        name,
        der.sequence(_time(not_before), _time(not_after)),
        name,
        key_encoding.public_key_der(public),
        _extensions(public),
    )
    return der.sequence(body, algorithm, der.bit_string(suites.sign(suite, key, body)))


def _time(moment: datetime) -> bytes:
    """UTCTime up to 2049, GeneralizedTime after. Source: RFC 5280, section 4.1.2.5."""
    if moment.utcoffset() is None:
        raise ValueError("a certificate's times carry their UTC offset")
    moment = moment.astimezone(UTC)
    if 1950 <= moment.year < 2050:
        return der.pack(0x17, moment.strftime("%y%m%d%H%M%SZ").encode("ascii"))
    return der.pack(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode("ascii"))


def _extensions(public: PublicKey) -> bytes:
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    identifier = hashlib.sha256(key_encoding.public_key_der(public)).digest()[:20]
    wanted: tuple[tuple[x509.ExtensionType, bool], ...] = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage, True),
        (x509.SubjectKeyIdentifier(identifier), False),
    )
    packed = (
        der.sequence(
            der.object_identifier(one.oid.dotted_string),
            der.pack(0x01, b"\xff") if critical else b"",
            der.pack(der.OCTET_STRING, one.public_bytes()),
        )
        for one, critical in wanted
    )
    return der.pack(0xA3, der.sequence(*packed))


def read(certificate: bytes) -> Certificate:
    """Read a certificate in DER, or the first one of a PEM text.

    Raises NotGenuine if it is damaged, too large, or its key fits no suite.
    """
    encoded = load_chain(certificate)[0]
    try:
        parsed = x509.load_der_x509_certificate(encoded)
        return Certificate(
            subject=parsed.subject.rfc4514_string(),
            issuer=parsed.issuer.rfc4514_string(),
            serial=parsed.serial_number,
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
            public_key=key_encoding.load_public_key(_key_info(parsed.tbs_certificate_bytes)),
            fingerprint=fingerprint(encoded),
            self_issued=parsed.subject == parsed.issuer,
        )
    except _UNREADABLE as error:
        raise NotGenuine(f"not a readable certificate: {error}") from None


def _key_info(body: bytes) -> bytes:
    """SubjectPublicKeyInfo of a TBSCertificate. Source: RFC 5280, section 4.1."""
    fields = der.Reader(body).enter()
    if fields.tag() == 0xA0:
        fields.element()
    for _ in ("serial number", "algorithm", "issuer", "validity", "subject"):
        fields.element()
    return fields.element()


def load_chain(content: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM text, or the one DER certificate given, as DER.

    Raises NotGenuine if it is too large or a PEM text without certificate.
    """
    if len(content) > MAX_BYTES:
        raise NotGenuine(f"certificates of more than {MAX_BYTES} bytes are not read")
    try:
        blocks = der.from_pem(content)
    except ValueError as error:
        raise NotGenuine(f"not a certificate: {error}") from None
    found = tuple(block for label, block in blocks if label == "CERTIFICATE")
    if blocks and not found:
        raise NotGenuine("a PEM text without certificate")
    return found or (content,)


def verify_chain(chain: Sequence[bytes]) -> None:
    """Raise NotGenuine unless each certificate is signed by the next.

    chain   DER, the signer's own first; if the last is self-issued it must have
            signed itself

    Proves that the chain is whole, not that its end is to be trusted; validity
    in time and certificate usage are not looked at.
    """
    issuers = list(chain[1:])
    if chain and read(chain[-1]).self_issued:
        issuers.append(chain[-1])
    for certificate, issuer in zip(chain, issuers, strict=False):
        _verify_issued(certificate, read(issuer).public_key)


def _verify_issued(certificate: bytes, issuer: PublicKey) -> None:
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        signature = _signature(certificate)
        suite = suites.suite_of(parsed.signature_algorithm_oid.dotted_string)
    except _UNREADABLE as error:
        raise NotGenuine(f"not a readable certificate: {error}") from None
    if suite is None:
        raise NotGenuine("a certificate signed by an algorithm not known")
    own = suites.for_key(suite, issuer)
    suites.verify(own.name, issuer, signature, parsed.tbs_certificate_bytes)


def _signature(certificate: bytes) -> bytes:
    """The signature, which is whole bytes: other parsers let unused bits pass, so that one
    certificate could be written in several ways."""
    fields = der.Reader(certificate).enter()
    for _ in ("body", "algorithm"):
        fields.element()
    return fields.bits()

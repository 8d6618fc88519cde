"""Verify an agency's signatures in an EEP, over the bytes as they were received.

DA/T 48-2009 signs text, not a canonical form: what stands from the "<" of
被签名对象 to its ">" in the file that arrived, and for a lock the same of the locked
电子签名. Nothing is serialised again. A signature that names another way of signing
is not judged ("unknown-rule"), and neither is an algorithm outside the table.

Memory is one block however large the package; the bytes hashed are capped, so that
many signatures over a large package cannot keep a process busy.

Not here: seals inside content files, revocation, and what a report makes of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from filing.errors import NotGenuine
from filing.evidence import certificates, hashing, suites
from filing.evidence.algorithm_names import key_kind
from filing.evidence.certificates import Certificate
from filing.evidence.suites import Suite
from filing.model.finding import Outcome
from filing.model.package import Content, Package, PackageSignature
from filing.rules.facts import SignatureFact

#: A time without a zone is China's (GB/T 7408): the agencies are there.
LOCAL = timezone(timedelta(hours=8))
MAX_CERTIFICATES = 8
MAX_PLAIN_BYTES = 16 << 20  # what Ed25519 must hold at once
_BLOCK = 1 << 20
_SPARE_BYTES = 64 << 20

#: What 签名规则 may say to mean the raw bytes, without spaces and punctuation. The first
#: two are ours (docs/integration.md); the others name no other method than the standard's.
RAW_RULES = frozenset({
    "对被签名对象元素的原始字节自起始标签的至结束标签的直接签名不作规范化",
    "对被锁定的电子签名元素的原始字节自起始标签的至结束标签的直接签名不作规范化",
    "",
    "raw",
    "rawbytes",
    "原始字节",
    "原文签名",
    "被签名对象",
    "被签名对象原始字节",
    "被签名对象的原始字节",
    "对被签名对象签名",
    "对被签名对象进行签名",
    "对被签名对象进行电子签名",
    "对被签名对象进行数字签名",
    "对被签名对象元素签名",
    "对被签名对象元素进行签名",
    "对被签名对象的原始字节签名",
    "对被签名对象元素的原始字节签名",
    "电子签名原始字节",
    "对电子签名签名",
    "对电子签名进行签名",
    "对被锁定的电子签名进行签名",
    "对被锁定的电子签名元素的原始字节签名",
})  # fmt: skip
_NOT_WORDS = re.compile(r"[\s\W_]+")


class _Overspent(Exception):
    """More would be hashed than a package may cost."""


@dataclass(slots=True)
class _Hashing:
    """Digests of regions of the document, each computed once, within a budget."""

    raw: Content
    left: int
    known: dict[tuple[tuple[int, int], str, bytes], bytes] = field(default_factory=dict)

    def digest(self, region: tuple[int, int], algorithm: str, prefix: bytes) -> bytes:
        """Raises _Overspent when more would be hashed than a package may cost."""
        key = (region, algorithm, prefix)
        if key not in self.known:
            self.left -= region[1] - region[0]
            if self.left < 0:
                raise _Overspent
            running = hashing.running(algorithm)
            running.update(prefix)
            for block in self.blocks(region):
                running.update(block)
            self.known[key] = running.digest()
        return self.known[key]

    def blocks(self, region: tuple[int, int]) -> Iterator[bytes]:
        """The bytes of ``region``, a block at a time."""
        start, end = region
        with self.raw.open() as stream:
            stream.seek(start)
            while start < end and (block := stream.read(min(_BLOCK, end - start))):
                start += len(block)
                yield block


def verify_signatures(
    package: Package, raw: Content, now: datetime, trusted: tuple[str, ...]
) -> tuple[SignatureFact, ...]:
    """What each signature of ``package`` is worth, in their order.

    raw       the XML as received; the regions of the signatures are offsets into it
    now       aware; stands in for a 签名时间 that is missing or unreadable
    trusted   SHA-256 fingerprints (hex) of certificates the sender may use; empty:
              any certificate is taken, and only the signature itself is verified

    PASSED when the signature holds, by a certificate valid at the signing time and
    trusted. UNDETERMINED when it could not be judged: "unknown-rule",
    "unknown-algorithm", "message-too-large" for one that signs no digest, or
    "not-verified" when the package asks for more hashing than eight times its size
    and 64 MiB. FAILED otherwise.

    Raises OSError if the staged document cannot be read.

    Source: DA/T 48-2009, 电子签名 and 锁定签名; DA/T 70-2018, GD-1-1.
    """
    hashed = _Hashing(raw, 8 * raw.size_bytes + _SPARE_BYTES)
    wanted = frozenset(one.strip().replace(":", "").lower() for one in trusted)
    return tuple(_verify(one, hashed, now, wanted) for one in package.signatures)


def _verify(
    signature: PackageSignature, hashed: _Hashing, now: datetime, trusted: frozenset[str]
) -> SignatureFact:
    """1. Is there anything to judge?  2. Does it hold?  3. Was the certificate in order?"""
    # 1.
    suite = suites.suite_of(signature.algorithm)
    outcome, reason = _unjudged(signature, suite, hashed.raw.size_bytes)
    if suite is None or reason:
        return SignatureFact(signature, outcome, reason)
    # 2.
    read = _certificates(signature)
    if not read:
        return SignatureFact(signature, Outcome.FAILED, "bad-certificate")
    try:
        used = next((one for one in read if _holds(signature, suite, one, hashed)), None)
    except _Overspent:
        return SignatureFact(signature, Outcome.UNDETERMINED, "not-verified")
    # 3.
    if used is None:
        shown, reason = _why_not(suite, read)
    else:
        shown, reason = used, _doubt(signature, used, now, trusted)
    outcome = Outcome.FAILED if reason else Outcome.PASSED
    kind = key_kind(shown.public_key)
    return SignatureFact(signature, outcome, reason, shown.subject, shown.fingerprint, kind)


def _why_not(suite: Suite, read: Sequence[Certificate]) -> tuple[Certificate, str]:
    """Why a signature holds by no certificate, and the certificate to name."""
    for one in read:
        if suites.is_weak(suite, one.public_key):
            return one, "short-key"
    fitting = [one for one in read if suites.fits(suite, one.public_key)]
    return (fitting[0], "digest-differs") if fitting else (read[0], "key-unfit")


def _unjudged(
    signature: PackageSignature, suite: Suite | None, size_bytes: int
) -> tuple[Outcome, str]:
    """Why the signature cannot be computed; reason "" when it can."""
    start, end = signature.region
    if not 0 <= start < end <= size_bytes:
        return Outcome.FAILED, "region-missing"
    if not signature.value:
        return Outcome.FAILED, "not-base64"
    if suite is not None and suite.weak:
        return Outcome.FAILED, "weak-algorithm"
    if _NOT_WORDS.sub("", signature.rule[:400]).casefold() not in RAW_RULES:
        return Outcome.UNDETERMINED, "unknown-rule"
    if suite is None:
        return Outcome.UNDETERMINED, "unknown-algorithm"
    if not suite.digest and end - start > MAX_PLAIN_BYTES:
        return Outcome.UNDETERMINED, "message-too-large"
    if not signature.certificates:
        return Outcome.FAILED, "no-certificate"
    return Outcome.PASSED, ""


def _certificates(signature: PackageSignature) -> tuple[Certificate, ...]:
    """Those that can be read, the signer's own not necessarily first."""
    found = []
    for encoded in signature.certificates[:MAX_CERTIFICATES]:
        try:
            found.append(certificates.read(encoded))
        except NotGenuine:
            continue
    return tuple(found)


def _holds(
    signature: PackageSignature, suite: Suite, certificate: Certificate, hashed: _Hashing
) -> bool:
    """Whether the signature is this certificate's over the region."""
    key = certificate.public_key
    suite, value = suites.for_key(suite, key), suites.as_der(key, signature.value)
    try:
        if not suite.digest:
            suites.verify_stream(suite.name, key, value, hashed.blocks(signature.region))
            return True
        digest = hashed.digest(signature.region, suite.digest, suites.signed_prefix(key))
        suites.verify_digest(suite.name, key, value, digest)
    except NotGenuine:
        return False
    return True


def _doubt(
    signature: PackageSignature, used: Certificate, now: datetime, trusted: frozenset[str]
) -> str:
    """What is wrong with a certificate whose signature holds; "" when nothing is."""
    if not used.is_valid_at(_moment(signature.signed_at) or now):
        return "expired-certificate"
    if trusted and used.fingerprint not in trusted:
        return "untrusted-certificate"
    return ""


def _moment(text: str) -> datetime | None:
    """A 签名时间 (xs:dateTime) as an aware time; None when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=LOCAL) if moment.utcoffset() is None else moment

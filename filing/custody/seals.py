"""The archive's own signatures looked at again: the seal, its certificates, the receipt.

A certificate must have been valid when it sealed; that it has run out since is no fault.
One that was revoked does not count from the time it was revoked, or ever.

A receipt holds the statement and, below its own signature, the seal's signatures. Where that
one was verified, a seal's by the same certificate need not be computed again: it is held to
the receipt byte by byte, and whoever could have changed the one would have had to sign the
other. That a seal holds by itself, without a receipt, is verified where records are opened.
"""

import base64
import functools
import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any  # JSON known by its digest or its signature

from filing.custody.expected import Expected, Trust
from filing.errors import NotGenuine
from filing.evidence import certificates, suites
from filing.evidence.canonical import string
from filing.evidence.certificates import Certificate
from filing.evidence.members import a_blob
from filing.evidence.signatures import Signature, as_json
from filing.model.custody import Answer, Fault

DAMAGED = Answer.DAMAGED
_BEGIN, _MIDDLE = b'{"receipt":', b',"signatures":['
_NO_VALUE = b'"signature":""'
_VALUE = re.compile(rb'"signature":"([A-Za-z0-9+/]*={0,2})"')


# Keys are few: each certificate is read once.
@functools.lru_cache(maxsize=64)
def _chain(pem: bytes) -> tuple[Certificate, ...]:
    encoded = certificates.load_chain(pem)
    certificates.verify_chain(encoded)
    return tuple(certificates.read(one) for one in encoded)


@dataclass(frozen=True, slots=True)
class Attested:
    """A receipt about this statement whose signatures hold, and whose certificates they are by."""

    said: bytes
    by: frozenset[str]

    def holds(self, key: str, suite: str, pem: bytes, value: bytes, one: Certificate) -> bool:
        """Whether it says that this is the seal, by a certificate that signed it as well."""
        if one.fingerprint not in self.by:
            return False
        before, after = _as_attested(key, suite, pem)
        return before + base64.b64encode(value) + after in self.said


# As filing.evidence.signatures writes one; of one key all but the value is the same.
@functools.lru_cache(maxsize=64)
def _as_attested(key: str, suite: str, pem: bytes) -> tuple[bytes, bytes]:
    chain = tuple(certificates.load_chain(pem))
    before, found, after = as_json((Signature(suite, key, b"", chain),)).partition(_NO_VALUE)
    assert found
    return before[1:] + found[:-1], b'"' + after[:-1]


def check_seal(
    text: bytes,
    statement: Mapping[str, Any],
    files: Mapping[str, bytes],
    trust: Trust,
    entries: int,
    attested: Attested | None = None,
) -> Iterator[Fault]:
    """Every signature the statement names, over exactly its bytes.

    files      names below seal/ -> bytes
    entries    of the log, this record's the last
    attested   the receipt about this statement; None to compute every signature
    """
    sealed_at = datetime.fromisoformat(statement["accepted_at"])
    known = broken = False
    for signer in statement["signed_by"]:
        key = signer["key"]
        place = f"seal/{key}.sig"
        value, pem = files.get(f"{key}.sig"), files.get(f"{key}.pem")
        if value is None or pem is None:
            yield Fault("CX-1-2", DAMAGED, place, key, "")
            broken = True
            continue
        try:
            chain = _chain(pem)
            if [one.fingerprint for one in chain] != signer["certificates"]:
                raise NotGenuine("the certificates are not those the statement names")
            suite = signer["suite"]
            if attested is None or not attested.holds(key, suite, pem, value, chain[0]):
                suites.verify(suite, chain[0].public_key, value, text)
        except (NotGenuine, ValueError) as error:
            yield Fault("CX-1-2", DAMAGED, place, key, str(error)[:200])
            broken = True
            continue
        yield from _in_force(chain[0], sealed_at, f"seal/{key}.pem", trust)
        known = known or chain[0].fingerprint in trust.keys
    if not known and not broken:
        yield _by_nobody("CX-1-6", "seal/", trust, entries)


def _by_nobody(code: str, place: str, trust: Trust, entries: int) -> Fault:
    """Signed by none of the keys known: damage, if it is written down who signed then."""
    expected, found = "a key of the archive", "none of the keys known"
    if trust.is_before(entries):
        return Fault("CX-1-21", Answer.UNKNOWN, place, expected, found)
    return Fault(code, DAMAGED, place, expected, found)


def _in_force(one: Certificate, at: datetime, place: str, trust: Trust) -> Iterator[Fault]:
    if not one.is_valid_at(at):
        valid = f"{one.not_before:%Y-%m-%d}..{one.not_after:%Y-%m-%d}"
        yield Fault("CX-1-5", DAMAGED, place, valid, at.isoformat())
    if one.fingerprint in trust.revoked:
        since = trust.revoked[one.fingerprint]
        if since is None or at >= since:
            shown = "" if since is None else since.isoformat()
            yield Fault("CX-1-7", DAMAGED, place, shown, at.isoformat())


def check_receipt(
    text: bytes, expected: Expected, trust: Trust
) -> Generator[Fault, None, Attested | None]:
    """The receipt as it was given out: signed by the archive, about this statement, and by a
    checkpoint that still stands. What it attests, if its signatures hold."""
    body = expected.receipt
    if body is None:
        yield Fault("CX-2-15", DAMAGED, "receipt", expected.record_id, "")
        return None
    try:
        said, signers, values = _apart(body)
        known = _verify(said, signers, values, trust)
        if b'"statement":' + text + b"," not in said:
            raise NotGenuine("it is about another statement")
    except (NotGenuine, ValueError, KeyError, TypeError) as error:
        yield Fault("CX-1-8", DAMAGED, "receipt", "", str(error)[:200])
        return None
    if not expected.note or b'"checkpoint":' + string(expected.note) + b"," not in said:
        yield Fault("CX-1-11", DAMAGED, "receipt", "", "its checkpoint is not the log's")
    if not known:
        yield _by_nobody("CX-1-8", "receipt", trust, expected.position + 1)
        return None
    return Attested(said, frozenset(one.certificate.fingerprint for one in signers))


@dataclass(frozen=True, slots=True)
class _Signer:
    """Who signed, and what a receipt must name of it."""

    suite: str
    certificate: Certificate
    named: tuple[bytes, ...]


def _apart(body: bytes) -> tuple[bytes, tuple[_Signer, ...], list[bytes]]:
    """(what is signed, by whom, the signatures)."""
    cut = body.rfind(_MIDDLE)
    if not body.startswith(_BEGIN) or cut < 0:
        raise NotGenuine("it is not a receipt")
    pieces = _VALUE.split(body[cut + 1 :])
    return body[len(_BEGIN) : cut], _signers(tuple(pieces[::2])), pieces[1::2]


# Receipts by the same keys end alike, but for the signatures' values.
@functools.lru_cache(maxsize=64)
def _signers(texts: tuple[bytes, ...]) -> tuple[_Signer, ...]:
    """Who signed receipts that end so. Raises NotGenuine, ValueError, KeyError, TypeError."""
    end = _NO_VALUE.join(texts)
    signed = json.loads(b"{" + end)["signatures"]
    rebuilt = json.dumps(
        {"signatures": signed}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    if end != rebuilt[1:].encode() or len(signed) != len(texts) - 1:
        raise NotGenuine("its signatures are not in the form they were written in")
    return tuple(_signer(one) for one in signed)


def _signer(one: Mapping[str, Any]) -> _Signer:
    chain = [a_blob(each, "certificate") for each in one["certificates"]]
    if not chain:
        raise NotGenuine("a signature without certificate")
    named = (
        b'"key":' + string(one["key"]),
        *(string(certificates.fingerprint(each)) for each in chain),
    )
    return _Signer(one["suite"], certificates.read(chain[0]), named)


def _verify(said: bytes, signers: Sequence[_Signer], values: Sequence[bytes], trust: Trust) -> bool:
    """Whether one of the signers is known; each signature holds. Raises NotGenuine."""
    known = False
    for one, value in zip(signers, values, strict=True):
        signature = a_blob(value.decode(), "signature")
        suites.verify(one.suite, one.certificate.public_key, signature, said)
        known = known or one.certificate.fingerprint in trust.keys
        if any(each not in said for each in one.named):
            raise NotGenuine("it is signed by another key or certificate than it names")
    return known

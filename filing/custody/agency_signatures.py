"""An agency's own signatures in its package, verified again.

Read by what stands in the package: region, value, certificates, algorithm. A signature
counts as broken only if it could be judged, and was good when the record was accepted.

Source: DA/T 48-2009, 电子签名; the bytes as they were received, nothing serialised again.
"""

from collections.abc import Iterator
from typing import BinaryIO

from filing.errors import NotGenuine
from filing.evidence import certificates, suites
from filing.evidence.suites import Suite
from filing.model.package import Content, PackageSignature

MOST = 64
_MOST_CERTIFICATES = 8
_BLOCK = 1 << 20
_MOST_BYTES = 16 << 20  # what Ed25519 must hold at once


def broken(signatures: tuple[PackageSignature, ...], document: Content) -> Iterator[str]:
    """Identifiers of signatures that can be computed and do not hold.

    document   as received; the regions are offsets into it

    Raises OSError.
    """
    for one in signatures[:MOST]:
        suite = suites.suite_of(one.algorithm)
        start, end = one.region
        judged = suite is not None and not suite.weak and one.value and one.certificates
        if not judged or suite is None or not 0 <= start < end <= document.size_bytes:
            continue
        if not suite.digest and end - start > _MOST_BYTES:
            continue
        if not _holds(one, suite, document):
            yield one.identifier


def _holds(one: PackageSignature, suite: Suite, document: Content) -> bool:
    """By any of the certificates it brings: the signer's own need not come first."""
    for encoded in one.certificates[:_MOST_CERTIFICATES]:
        try:
            key = certificates.read(encoded).public_key
            own, value = suites.for_key(suite, key), suites.as_der(key, one.value)
            with document.open() as stream:
                suites.verify_stream(own.name, key, value, _blocks(stream, *one.region))
        except NotGenuine:
            continue
        return True
    return False


def _blocks(stream: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    stream.seek(start)
    while start < end and (block := stream.read(min(_BLOCK, end - start))):
        start += len(block)
        yield block

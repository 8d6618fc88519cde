"""What every reader offers, and what it is given.

A delivery is first taken apart into a parcel (the metadata document and the
files beside it); a reader turns the parcel into a package.
"""

from dataclasses import dataclass
from typing import Protocol

from filing.adapters.packages.splitter import Refused, Sink
from filing.model.digest import Digest
from filing.model.finding import Finding, Outcome, Place
from filing.model.limits import Limits
from filing.model.package import Content, Form, Package


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery taken apart, unread.

    digest     sha256 of the body as received; of the member list for RECORD_PARTS
    metadata   the metadata document, staged
    members    the files beside it
    findings   what was refused while taking it apart
    """

    form: Form
    digest: Digest
    size_bytes: int
    metadata: Content
    members: tuple[Content, ...] = ()
    findings: tuple[Finding, ...] = ()


class Reader(Protocol):
    """Reads one kind of metadata document.

    forms        the forms of delivery it comes in
    media_types  of a body this reader takes
    documents    names of its metadata document at the top of an archive, lower case
    """

    forms: tuple[Form, ...]
    media_types: tuple[str, ...]
    documents: tuple[str, ...]

    def reads(self, head: bytes) -> bool:
        """Whether a body beginning with ``head`` (some 64 bytes) may be one of its forms."""

    def read(self, parcel: Parcel, limits: Limits, sink: Sink) -> Package:
        """The package; never raises for what its sender did."""


def unreadable(parcel: Parcel, refused: Refused) -> Package:
    """The package of a parcel whose metadata could not be read."""
    place = Place(parcel.metadata.member, refused.line, field=refused.field)
    finding = Finding(
        refused.code,
        Outcome.FAILED,
        place,
        refused.reason,
        refused.expected[:200],
        refused.found[:400],
    )
    return Package(
        form=parcel.form,
        digest=parcel.digest,
        size_bytes=parcel.size_bytes,
        metadata=parcel.metadata,
        members=parcel.members,
        findings=(*parcel.findings, finding),
        readable=False,
    )


def looks_like_xml(head: bytes) -> bool:
    """Whether ``head`` may begin an XML document in an encoding we read."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"<")


def looks_like_zip(head: bytes) -> bool:
    """Whether ``head`` begins a ZIP archive, an empty one included."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))

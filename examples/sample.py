"""A sample: one delivery as an agency would send it, and what is known about it."""

import base64
import hashlib
from dataclasses import dataclass, field, replace

from filing.model.agency import Channel
from filing.model.package import Form
from filing.rules.facts import Registration

_BOUNDARY = "filing-sample-boundary"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart delivery. ``name`` is "metadata" or "file"."""

    name: str
    file_name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sample:
    """One delivery.

    name          unique among its kind; for a bad one ``CODE_slug``
    body          the package; b"" for RECORD_PARTS, whose ``parts`` are filled instead
    registration  figures of the 归档登记表 the agency states with it
    headers       what belongs in the HTTP request beside Content-Type
    archival_code, electronic_code   of the record inside; "" where that is the fault

    For bad samples only:

    code, reason  check code planted and what was done, in words
    place         part of the field name, XPath or member where it must be found
    codes         every code that may fail: ``code`` must, the others are the same fault
                  seen from another side
    before        deliveries that must have been accepted first
    """

    name: str
    form: Form
    media_type: str
    body: bytes
    agency_id: str
    registration: Registration = field(default_factory=Registration)
    channel: Channel = Channel.LOOPBACK
    parts: tuple[Part, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    archival_code: str = ""
    electronic_code: str = ""
    code: str = ""
    reason: str = ""
    place: str = ""
    codes: frozenset[str] = frozenset()
    before: tuple["Sample", ...] = ()

    @property
    def content_type(self) -> str:
        """Content-Type as it goes on the wire."""
        return f"{self.media_type}; boundary={_BOUNDARY}" if self.parts else self.media_type

    def wire(self) -> bytes:
        """The request body: the package itself, or its parts as multipart/form-data."""
        if not self.parts:
            return self.body
        chunks = []
        for part in self.parts:
            chunks.append(
                f"--{_BOUNDARY}\r\nContent-Disposition: form-data; "
                f'name="{part.name}"; filename="{part.file_name}"\r\n'
                f"Content-Type: {part.media_type}\r\n\r\n".encode()
            )
            chunks += [part.body, b"\r\n"]
        chunks.append(f"--{_BOUNDARY}--\r\n".encode())
        return b"".join(chunks)

    @property
    def extension(self) -> str:
        """What a file holding :meth:`wire` is called."""
        return {"application/xml": ".xml", "application/zip": ".zip"}.get(
            self.media_type, ".multipart"
        )


def content_digest(body: bytes) -> str:
    """The Content-Digest field for ``body``. Source: RFC 9530, section 2."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def finish(sample: Sample) -> Sample:
    """``sample`` with the HTTP headers that its body and figures call for."""
    figures = sample.registration
    stated = (
        ("Filing-Items", figures.items),
        ("Filing-Files", figures.files),
        ("Filing-Total-Bytes", figures.total_bytes),
    )
    headers = (
        ("Content-Digest", content_digest(sample.wire())),
        *((name, str(value)) for name, value in stated if value is not None),
    )
    return replace(sample, headers=headers)

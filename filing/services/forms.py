"""What the record page asks for beside filing.services.desk: forms, previews, what is kept.

Every call of the shelf checks the person's permission and agency: what is another's
does not exist (NotFound).
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from filing.model.form import RecordForm
from filing.model.people import Person
from filing.model.preview import Look
from filing.services import RecordView


class Forms(Protocol):
    """Forms made from the schema."""

    def form(
        self,
        document: bytes,
        more: frozenset[str] = frozenset(),
        places: frozenset[str] = frozenset(),
    ) -> RecordForm | None:
        """The form of a metadata document; None when it cannot be read.

        more     keys of repeated elements of which one more, empty, is wanted
        places   keys that are in the form however many of their name stand before them
        """


class Previews(Protocol):
    """Looks at content files."""

    def media_type(self, head: bytes) -> str:
        """The media type a browser may safely show these bytes as; "" for none."""

    def look(self, stream: BinaryIO, size_bytes: int) -> Look:
        """Format, state and what can be shown of a file. Nothing of it stays."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with what the archive says and signed of it.

    statement   the sealed statement: files with digests, corrections, times
    """

    record: RecordView
    agency_name: str
    statement: Mapping[str, object]


class Shelf(Protocol):
    """What was answered and what is kept, for a person."""

    def report(self, person: Person, submission_id: str) -> bytes:
        """The report of the last examination, canonical JSON."""

    def receipt(self, person: Person, submission_id: str) -> bytes: ...
    def record(self, person: Person, record_id: str) -> Kept: ...
    def proof(self, person: Person, record_id: str) -> bytes: ...
    def content(
        self, person: Person, record_id: str, path: str
    ) -> tuple[AbstractContextManager[BinaryIO], int]:
        """A component's bytes and their number."""

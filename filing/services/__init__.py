"""The use cases the faces may call; nothing else is offered to them.

The web pages, the HTTP interface and the command line see this and the model.
Every method that takes an ``Agency`` answers for that agency alone: another
agency's submission or record does not exist for it (NotFound).
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO, Protocol

from filing.model.agency import Agency, Channel
from filing.model.agency import CredentialView as CredentialView
from filing.model.digest import Digest
from filing.model.submission import State, Submission
from filing.rules.facts import Registration


class Incoming(Protocol):
    """A delivery on its way in: bytes go to staging as they come.

    Either ``write`` is called for a body that is one package, or ``begin_part``
    and ``write`` for each part of a multipart body; then ``finish``.
    """

    def begin_part(self, name: str, file_name: str) -> None:
        """Begin a part. ``name`` is "metadata" or "file"; raises BadRequest otherwise."""

    def write(self, chunk: bytes) -> None:
        """Take the next bytes. Raises TooLarge, StorageFull."""

    def finish(self, announced: Mapping[str, bytes]) -> "Delivery":
        """Close it.

        announced   digests of the whole body the sender gave (algorithm -> bytes)

        Raises DigestMismatch, BadRequest (no parts, no bytes).
        """


class Delivery(Protocol):
    """A delivery, wholly staged. ``digest`` identifies its bytes."""

    @property
    def digest(self) -> Digest: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def media_type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a delivery.

    state     RECEIPTED (``body`` is the receipt), REJECTED or RETURNED (the report), WITHDRAWN
              (the report, or empty when it was not examined), or a state on the way (``body``
              is empty: ask again)
    body      canonical JSON, the same bytes for ever
    repeated  True when this delivery had been answered before
    """

    submission: Submission
    body: bytes
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record as an agency may see it."""

    id: str
    submission_id: str
    fonds: str
    archival_code: str
    electronic_code: str
    title: str
    year: int
    retention: str
    stored_at: datetime
    leaf_index: int
    package_digest: str
    components: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """One event of the feed. ``number`` grows; give it back as ``after``."""

    number: int
    submission_id: str
    kind: str
    at: datetime
    who: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ServiceView:
    """What this archive accepts from this agency (the service document).

    rule_set   which rules judge this agency's deliveries
    rules      what they ask (filing.rules.asked); "by_kind": where it is different for a
               category or 文种
    """

    name: str
    origin: str
    forms: tuple[str, ...]
    media_types: tuple[str, ...]
    max_body_bytes: int
    limits: Mapping[str, int]
    schemas: Mapping[str, str]
    rule_set: Mapping[str, str]
    suites: tuple[str, ...]
    digest_algorithms: tuple[str, ...]
    fonds: tuple[Mapping[str, object], ...]
    certificates: Mapping[str, str]
    rules: Mapping[str, object] = field(default_factory=dict)


class Services(Protocol):
    """Everything a face may ask for."""

    # who is calling
    def agency_by_token(self, token: str) -> Agency | None:
        """Raises CredentialExpired."""

    def agency_by_certificate(self, der: bytes) -> Agency | None: ...

    # deliveries
    def incoming(
        self, media_type: str, announced_bytes: int | None
    ) -> AbstractContextManager[Incoming]:
        """Open staging for one delivery; leaving the block without handing it on clears it.

        media_type   "application/xml", "application/zip" or "multipart/form-data"

        Raises UnsupportedMedia, TooLarge, StorageFull, StoreDoubtful.
        """

    def submit(
        self,
        agency: Agency,
        delivery: Delivery,
        channel: Channel,
        registration: Registration,
        idempotency_key: str,
        respond_async: bool,
    ) -> Answer:
        """Examine, decide and, if accepted, seal, store, log and receipt.

        idempotency_key   "" when the sender gave none

        Raises KeyReused, OutsideUnavailable.
        """

    def validate(self, agency: Agency, delivery: Delivery, registration: Registration) -> bytes:
        """The report on a trial: the same checks, nothing kept. Canonical JSON."""

    # reading
    def service(self, agency: Agency) -> ServiceView: ...
    def submission(self, agency: Agency, submission_id: str) -> Submission: ...
    def report(self, agency: Agency, submission_id: str) -> bytes: ...
    def receipt(self, agency: Agency, submission_id: str) -> bytes: ...
    def corrections(self, agency: Agency, submission_id: str) -> bytes:
        """What was corrected before acceptance, as under seal. Canonical JSON.

        Raises NotFound while there is no receipt.
        """

    def submissions(
        self, agency: Agency, state: State | None, after: str, limit: int
    ) -> tuple[Submission, ...]:
        """By id, beginning behind ``after`` ("" from the start)."""

    def events(self, agency: Agency, after: int, limit: int) -> tuple[EventView, ...]: ...
    def withdraw(self, agency: Agency, submission_id: str, reason: str) -> Submission:
        """Raises WrongState once it was accepted."""

    def record(self, agency: Agency, record_id: str) -> RecordView: ...
    def proof(self, agency: Agency, record_id: str) -> bytes:
        """Statement, seal signatures and inclusion proof against the newest checkpoint."""

    def content(
        self, agency: Agency, record_id: str, path: str
    ) -> tuple[AbstractContextManager[BinaryIO], int, Digest]:
        """A component's bytes (decoded when they were inline), their number, and sha256."""

    # the log, public
    def checkpoint(self) -> bytes: ...
    def log_keys(self) -> bytes:
        """The keys that sign checkpoints now, as verifiers of C2SP read them: a line each."""

    def tile(self, level: int, index: int, width: int) -> bytes: ...
    def consistency(self, first: int, second: int) -> bytes: ...

    # the catalogue, public
    def catalogue(self) -> Iterator[Mapping[str, object]]: ...
    def rules(self, digest: str) -> bytes:
        """What the rules a report names change of a release (canonical JSON). Raises NotFound."""

    # operators
    def ready(self) -> Mapping[str, str]:
        """What this process depends on, each "ok", "not configured" or why not. Never raises.

        "credentials" says what is to be done soon, and is no reason not to be ready.
        """


@dataclass(frozen=True, slots=True)
class AgencyView:
    """One agency as an operator sees it."""

    id: str
    name: str
    fonds: tuple[str, ...]
    signature: str
    channel: str


class Operations(Protocol):
    """What an operator may ask for on the archive's own machine."""

    def recover(self) -> Mapping[str, int]:
        """Finish or clear what a crash left: finished, cleared, doubtful (numbers)."""

    def add_agency(self, agency: Agency) -> None:
        """Raises WrongState if the id is taken, BadRequest for what no page would take."""

    def add_token(self, agency_id: str, label: str, last_day: date | None = None) -> str:
        """A new token; it is shown this once and only its digest is kept.

        last_day   it is good for; None where it has no end

        Raises NotFound, BadRequest for a day that is past.
        """

    def add_certificate(self, agency_id: str, der: bytes, label: str) -> str:
        """Let an agency be known by a certificate; its fingerprint."""

    def credentials(self, agency_id: str) -> tuple[CredentialView, ...]:
        """Every credential of an agency, revoked ones too, oldest first. Raises NotFound."""

    def ending(self) -> tuple[CredentialView, ...]:
        """Those of every agency that end within the next 30 days, the next to end first."""

    def revoke(self, fingerprint: str) -> CredentialView:
        """Take a credential's power, within seconds and for good.

        fingerprint   or its first characters, if no other credential begins with them

        Raises NotFound if none in force begins so, BadRequest if several do.
        """

    def agencies(self) -> tuple[AgencyView, ...]: ...
    def check(
        self,
        agency_id: str,
        media_type: str,
        files: tuple[tuple[str, str], ...],
        registration: Registration,
    ) -> bytes:
        """The report on files on this disk, by the engine that judges deliveries.

        agency_id   "" when nobody is said to send: then no holding is asked
        files       (part name, path): ("package", path) for a body that is one package,
                    else ("metadata", path) and ("file", path)…
        """

    def trusted_keys(self) -> Mapping[str, bytes]:
        """The archive's own certificates in PEM, by suite."""

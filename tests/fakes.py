"""An in-memory archive that keeps the promise of ``filing.services.Services``.

It decides by the delivery's own bytes: b"reject" in them and the package is
rejected, b"slow" or respond_async and it stays on the way; anything else is
receipted. Nothing is examined here; the port's rules are what is kept: one
delivery, one answer; a key for one body; another agency's things do not exist.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import BinaryIO

from filing.errors import (
    BadRequest,
    DigestMismatch,
    KeyReused,
    NotFound,
    TooLarge,
    UnsupportedMedia,
)
from filing.model.agency import Agency, Channel
from filing.model.digest import Digest
from filing.model.identifiers import new_id
from filing.model.submission import State, Step, Submission, take
from filing.rules.facts import Registration
from filing.services import Answer, EventView, RecordView, ServiceView

CITY = Agency(id="city-office", name="市政府办公室")
COUNTY = Agency(id="county-office", name="县政府办公室")
AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
MEDIA = ("application/xml", "application/zip", "multipart/form-data")


def canonical(value: object) -> bytes:
    """JSON with one spelling, enough for values without floats."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@dataclass
class FakeDelivery:
    """What staging hands on; ``parts`` keeps (name, file name, bytes) for asserting."""

    digest: Digest
    size_bytes: int
    media_type: str
    parts: list[tuple[str, str, bytes]]
    content: bytes


class FakeIncoming:
    """Staging in memory. ``kept`` False keeps digests and sizes only, for large bodies."""

    def __init__(self, media_type: str, most: int, kept: bool = True) -> None:
        self.media_type = media_type
        self.most = most
        self.kept = kept
        self.size = 0
        self.largest_write = 0
        self.whole = hashlib.sha256()
        self.parts: list[tuple[str, str, bytearray]] = []
        self.multipart = media_type == "multipart/form-data"
        if not self.multipart:
            self.parts.append(("package", "", bytearray()))

    def begin_part(self, name: str, file_name: str) -> None:
        if not self.multipart:
            raise BadRequest("this body has no parts")
        if name not in ("metadata", "file"):
            raise BadRequest(f"no part is called {name!r}", "没有这个名称的部分")
        self.parts.append((name, file_name, bytearray()))

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.largest_write = max(self.largest_write, len(chunk))
        if self.size > self.most:
            raise TooLarge(f"more than {self.most} bytes", "超过大小限制")
        self.whole.update(chunk)
        if self.kept:
            self.parts[-1][2].extend(chunk)

    def finish(self, announced: Mapping[str, bytes]) -> FakeDelivery:
        if not self.parts or not self.size:
            raise BadRequest("nothing was delivered", "没有内容")
        found = {"sha256": self.whole.digest()}
        for algorithm, value in announced.items():
            if found.get(algorithm, value) != value:
                raise DigestMismatch(f"{algorithm} differs", "摘要不符")
        parts = [(name, file_name, bytes(content)) for name, file_name, content in self.parts]
        whole = canonical([[name, file, content.hex()] for name, file, content in parts])
        digest = self.whole.digest() if not self.multipart else hashlib.sha256(whole).digest()
        content = b"".join(part for _, _, part in parts)
        return FakeDelivery(Digest("sha256", digest), self.size, self.media_type, parts, content)


@dataclass
class Kept:
    """A submission with its answer, and the component bytes of its record."""

    submission: Submission
    body: bytes
    content: bytes
    key: str


@dataclass
class FakeServices:
    """The archive. ``failure``, when set, is raised by ``submit``: the outside fails."""

    tokens: dict[str, Agency] = field(default_factory=lambda: {"t-city": CITY, "t-county": COUNTY})
    certificates: dict[bytes, Agency] = field(default_factory=dict)
    most: int = 1 << 20
    kept_bytes: bool = True
    failure: Exception | None = None
    dependencies: dict[str, str] = field(default_factory=lambda: {"database": "ok"})
    kept: dict[str, Kept] = field(default_factory=dict)
    deliveries: list[FakeDelivery] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    registrations: list[Registration] = field(default_factory=list)
    staged: int = 0
    cleared: int = 0
    last_incoming: FakeIncoming | None = None

    def agency_by_token(self, token: str) -> Agency | None:
        return self.tokens.get(token)

    def agency_by_certificate(self, der: bytes) -> Agency | None:
        return self.certificates.get(der)

    @contextmanager
    def _staging(self, media_type: str) -> Iterator[FakeIncoming]:
        self.staged += 1
        self.last_incoming = FakeIncoming(media_type, self.most, self.kept_bytes)
        try:
            yield self.last_incoming
        finally:
            self.cleared += 1

    def incoming(
        self, media_type: str, announced_bytes: int | None
    ) -> AbstractContextManager[FakeIncoming]:
        if media_type not in MEDIA:
            raise UnsupportedMedia(f"no reader for {media_type}")
        if announced_bytes is not None and announced_bytes > self.most:
            raise TooLarge(f"more than {self.most} bytes", "超过大小限制")
        return self._staging(media_type)

    def submit(
        self,
        agency: Agency,
        delivery: FakeDelivery,
        channel: Channel,
        registration: Registration,
        idempotency_key: str,
        respond_async: bool,
    ) -> Answer:
        if self.failure:
            raise self.failure
        self.deliveries.append(delivery)
        self.channels.append(channel)
        self.registrations.append(registration)
        key = idempotency_key or str(delivery.digest)
        for one in self.kept.values():
            if (one.submission.agency_id, one.key) == (agency.id, key):
                if one.submission.package_digest != str(delivery.digest):
                    raise KeyReused(
                        f"the key stands for {one.submission.package_digest},"
                        f" this delivery is {delivery.digest}",
                        "幂等键已用于另一份移交",
                    )
                return Answer(one.submission, one.body, repeated=True)
        return self._new(agency, delivery, key, respond_async)

    def _new(self, agency: Agency, delivery: FakeDelivery, key: str, later: bool) -> Answer:
        number = len(self.kept) + 1
        submission = Submission(
            id=new_id(number, bytes(10)),
            agency_id=agency.id,
            delivery_key=key,
            package_digest=str(delivery.digest),
            form="",
            size_bytes=delivery.size_bytes,
            received_at=AT,
        )
        body = b""
        if b"reject" in delivery.content:
            steps = (Step.EXAMINE, Step.REJECT)
            body = canonical({"outcome": "failed", "标题": "检测报告", "number": number})
        elif later or b"slow" in delivery.content:
            steps = ()
        else:
            steps = (
                Step.EXAMINE,
                Step.ACCEPT,
                Step.SEAL,
                Step.STORE,
                Step.LOG,
                Step.ISSUE_RECEIPT,
            )
            body = canonical({"kind": "receipt", "number": number})
            submission = replace(submission, record_id=new_id(number, b"r" * 10))
        for step in steps:
            submission = take(submission, step)
        if steps:
            submission = replace(submission, form="eep")
        self.kept[submission.id] = Kept(submission, body, delivery.content, key)
        return Answer(submission, body)

    def validate(self, agency: Agency, delivery: FakeDelivery, registration: Registration) -> bytes:
        self.deliveries.append(delivery)
        self.registrations.append(registration)
        return canonical({"outcome": "failed" if b"reject" in delivery.content else "passed"})

    def service(self, agency: Agency) -> ServiceView:
        return ServiceView(
            name="省档案馆",
            origin="archive.example/log",
            forms=("eep",),
            media_types=MEDIA,
            max_body_bytes=self.most,
            limits={"files": 1000},
            schemas={"eep": "sha256:00"},
            rule_set={"version": "1", "digest": "sha256:00"},
            suites=("ed25519",),
            digest_algorithms=("sha-256", "sm3"),
            fonds=({"fonds": "0001"},),
            certificates={},
        )

    def _own(self, agency: Agency, submission_id: str) -> Kept:
        one = self.kept.get(submission_id)
        if one is None or one.submission.agency_id != agency.id:
            raise NotFound("no such submission", "没有这次移交")
        return one

    def submission(self, agency: Agency, submission_id: str) -> Submission:
        return self._own(agency, submission_id).submission

    def report(self, agency: Agency, submission_id: str) -> bytes:
        one = self._own(agency, submission_id)
        if one.submission.state is State.RECEIVED:
            raise NotFound("not examined yet", "尚未检测")
        if one.submission.state is State.RECEIPTED:
            return canonical({"outcome": "passed"})
        return one.body

    def receipt(self, agency: Agency, submission_id: str) -> bytes:
        one = self._own(agency, submission_id)
        if one.submission.state is not State.RECEIPTED:
            raise NotFound("no receipt yet", "尚无回执")
        return one.body

    def corrections(self, agency: Agency, submission_id: str) -> bytes:
        self.receipt(agency, submission_id)
        return canonical({"corrections": [], "submission": submission_id})

    def submissions(
        self, agency: Agency, state: State | None, after: str, limit: int
    ) -> tuple[Submission, ...]:
        own = sorted(
            (one.submission for one in self.kept.values()), key=lambda submission: submission.id
        )
        fitting = (
            one
            for one in own
            if one.agency_id == agency.id and one.id > after and state in (None, one.state)
        )
        return tuple(fitting)[:limit]

    def events(self, agency: Agency, after: int, limit: int) -> tuple[EventView, ...]:
        numbered = enumerate(self.kept.values(), start=1)
        found = (
            EventView(number, one.submission.id, "received", AT, agency.id, {})
            for number, one in numbered
            if one.submission.agency_id == agency.id and number > after
        )
        return tuple(found)[:limit]

    def withdraw(self, agency: Agency, submission_id: str, reason: str) -> Submission:
        one = self._own(agency, submission_id)
        one.submission = take(one.submission, Step.WITHDRAW)
        return one.submission

    def _record(self, agency: Agency, record_id: str) -> Kept:
        for one in self.kept.values():
            if one.submission.record_id == record_id and one.submission.agency_id == agency.id:
                return one
        raise NotFound("no such record", "没有这件档案")

    def record(self, agency: Agency, record_id: str) -> RecordView:
        one = self._record(agency, record_id)
        return RecordView(
            id=record_id,
            submission_id=one.submission.id,
            fonds="0001",
            archival_code="0001-WS·2024-Y-BGS-0001",
            electronic_code="E1",
            title="关于试点的通知",
            year=2024,
            retention="Y",
            stored_at=AT,
            leaf_index=0,
            package_digest=one.submission.package_digest,
            components=({"path": "正文/通知.ofd", "size_bytes": len(one.content)},),
        )

    def proof(self, agency: Agency, record_id: str) -> bytes:
        self._record(agency, record_id)
        return canonical({"kind": "proof"})

    def content(
        self, agency: Agency, record_id: str, path: str
    ) -> tuple[AbstractContextManager[BinaryIO], int, Digest]:
        one = self._record(agency, record_id)
        if path != "正文/通知.ofd":
            raise NotFound("no such component", "没有这个组件")
        digest = Digest("sha256", hashlib.sha256(one.content).digest())
        return nullcontext(io.BytesIO(one.content)), len(one.content), digest

    def checkpoint(self) -> bytes:
        return b"archive.example/log\n7\nAAAA\n\n\xe2\x80\x94 archive.example/log c2ln\n"

    def log_keys(self) -> bytes:
        return b"archive.example/log+01020304+AQ==\n"

    def tile(self, level: int, index: int, width: int) -> bytes:
        if (level, index) != (0, 0) or width > 7:
            raise NotFound("no such tile", "没有这个瓦片")
        return bytes(32) * width

    def consistency(self, first: int, second: int) -> bytes:
        return canonical({"first": first, "second": second, "path": []})

    def rules(self, digest: str) -> bytes:
        if digest != "sha256:00":
            raise NotFound("no such rules", "没有此规则")
        return b'{"type":"filing-rules/1"}'

    def catalogue(self) -> Iterator[Mapping[str, object]]:
        yield {"code": "GD-1-1", "name": {"zh": "数字签名", "en": "signature"}}

    def ready(self) -> Mapping[str, str]:
        return self.dependencies

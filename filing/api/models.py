"""The JSON that goes out and comes in, as pydantic models; they are the OpenAPI schemas.

Receipts, reports and proofs are not modelled here: they are canonical bytes made
elsewhere and passed on unchanged.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from filing.model.submission import FINAL, State, Submission
from filing.services import EventView, RecordView, ServiceView

ROOT = "/api/v1"
_TEXT = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class SubmissionLinks(Out):
    """Where to read on. A link is null while there is nothing behind it."""

    self: str
    report: str | None
    receipt: str | None
    record: str | None


class SubmissionOut(Out):
    """One submission, as its agency sees it."""

    id: str
    state: State
    final: bool = Field(description="True when nothing more will happen. 不再变化时为 true。")
    form: str = Field(description="Empty until it was examined. 检测之前为空。")
    package_digest: str
    size_bytes: int
    received_at: datetime
    record_id: str | None
    links: SubmissionLinks

    @classmethod
    def of(cls, one: Submission) -> "SubmissionOut":
        """Show ``one``."""
        own = f"{ROOT}/submissions/{one.id}"
        receipted = one.state is State.RECEIPTED
        # What was withdrawn before anybody looked at it has no form, and no report.
        unseen = one.state is State.RECEIVED or (one.state is State.WITHDRAWN and not one.form)
        return cls(
            id=one.id,
            state=one.state,
            final=one.state in FINAL,
            form=one.form,
            package_digest=one.package_digest,
            size_bytes=one.size_bytes,
            received_at=one.received_at,
            record_id=one.record_id or None,
            links=SubmissionLinks(
                self=own,
                report=None if unseen else f"{own}/report",
                receipt=f"{own}/receipt" if receipted else None,
                record=f"{ROOT}/records/{one.record_id}" if receipted and one.record_id else None,
            ),
        )


class SubmissionPage(Out):
    """Submissions by id. ``next`` is the ``after`` of the next page; null at the end."""

    items: list[SubmissionOut]
    next: str | None


class EventOut(Out):
    """One event of the feed."""

    number: int
    submission_id: str
    kind: str
    at: datetime
    who: str
    detail: Mapping[str, object]

    @classmethod
    def of(cls, one: EventView) -> "EventOut":
        """Show ``one``."""
        return cls(
            number=one.number,
            submission_id=one.submission_id,
            kind=one.kind,
            at=one.at,
            who=one.who,
            detail=one.detail,
        )


class EventPage(Out):
    """Events by number. Give ``next`` back as ``after``, also when the page is empty."""

    items: list[EventOut]
    next: int


class RecordLinks(Out):
    """Where to read on."""

    self: str
    proof: str
    content: str = Field(description="Followed by a component's path. 后接组件路径。")
    submission: str


class RecordOut(Out):
    """One record in the archive's custody."""

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
    components: list[Mapping[str, object]] = Field(
        description="path, size_bytes, digests (hex) of each. 各组件的路径、大小、摘要。"
    )
    links: RecordLinks

    @classmethod
    def of(cls, one: RecordView) -> "RecordOut":
        """Show ``one``."""
        own = f"{ROOT}/records/{one.id}"
        return cls(
            id=one.id,
            submission_id=one.submission_id,
            fonds=one.fonds,
            archival_code=one.archival_code,
            electronic_code=one.electronic_code,
            title=one.title,
            year=one.year,
            retention=one.retention,
            stored_at=one.stored_at,
            leaf_index=one.leaf_index,
            package_digest=one.package_digest,
            components=list(one.components),
            links=RecordLinks(
                self=own,
                proof=f"{own}/proof",
                content=f"{own}/content/",
                submission=f"{ROOT}/submissions/{one.submission_id}",
            ),
        )


class ServiceOut(Out):
    """What this archive accepts from the caller."""

    name: str
    origin: str = Field(description="Name of the log. 日志名。")
    forms: list[str] = Field(description="Forms of packages. 归档信息包的形式。")
    media_types: list[str] = Field(description="Content-Type of a delivery. 移交的内容类型。")
    max_body_bytes: int = Field(description="The largest delivery. 一次移交的上限。")
    limits: Mapping[str, int] = Field(
        description="Limits inside one package; concurrent_deliveries: at the same time, to one"
        " server process. 包内各项上限；concurrent_deliveries 为同时移交数（每个服务进程）。"
    )
    schemas: Mapping[str, str] = Field(description="Schemas by digest. 所用 schema 及其摘要。")
    rule_set: Mapping[str, str] = Field(description="Which rules judge you. 适用的检测规则。")
    suites: list[str] = Field(description="How the archive signs. 本馆签名所用算法。")
    digest_algorithms: list[str] = Field(
        description="Digests under the archive's seal. 封印声明中的摘要算法。"
    )
    fonds: list[Mapping[str, object]] = Field(
        description="What you file under each fonds. 各全宗的归档范围。"
    )
    certificates: Mapping[str, str] = Field(
        description="The archive's, PEM, by suite; to trust them, get them by another way."
        " 本馆证书；作为信任依据须另行取得。"
    )
    rules: Mapping[str, object] = Field(
        description="What the rules ask of you: fields, lengths, lists, severities."
        " 规则对您的要求：必备项、长度、取值、严重程度。"
    )

    @classmethod
    def of(cls, one: ServiceView, max_body_bytes: int, max_deliveries: int) -> "ServiceOut":
        """Show ``one``; of two limits on a body the lower one holds."""
        return cls(
            name=one.name,
            origin=one.origin,
            forms=list(one.forms),
            media_types=list(one.media_types),
            max_body_bytes=min(one.max_body_bytes, max_body_bytes),
            limits={**one.limits, "concurrent_deliveries": max_deliveries},
            schemas=one.schemas,
            rule_set=one.rule_set,
            suites=list(one.suites),
            digest_algorithms=list(one.digest_algorithms),
            fonds=list(one.fonds),
            certificates=one.certificates,
            rules=one.rules,
        )


class CatalogueOut(Out):
    """Every check this archive runs, with its wording and source."""

    items: list[Mapping[str, object]]


class HealthOut(Out):
    """``status`` is "ok" or "unavailable"; ``checks`` says what the process depends on.

    ``credentials`` among them tells of tokens that end soon; it makes nothing unavailable.
    """

    status: str
    checks: Mapping[str, str] = Field(default_factory=dict)


class WithdrawalIn(BaseModel):
    """Why the agency takes a submission back."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1000,
            # No control characters: the reason becomes part of the record's history.
            pattern=rf"^{_TEXT}*[^\s\x00-\x1f\x7f]{_TEXT}*$",
            description="Shown to the archive. 撤回理由，档案馆可见。",
        ),
    ]


class FieldError(Out):
    """One wrong field of a JSON body. Source of ``pointer``: RFC 6901."""

    pointer: str
    code: str
    detail: str


class ProblemOut(Out):
    """A problem document. Source: RFC 9457, section 3."""

    type: str = Field(description="urn:filing:CODE; stable. 稳定的错误代码。")
    title: str
    title_zh: str
    status: int
    detail: str
    detail_zh: str
    instance: str
    errors: list[FieldError] | None = None


class RejectionOut(ProblemOut):
    """The answer to a package that was not accepted. ``report`` holds every finding."""

    report: Mapping[str, object]

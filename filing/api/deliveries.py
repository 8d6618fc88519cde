"""Take a delivery and answer what became of it.

One rule for every delivery: the status says the state. 201 the receipt, just
issued; 200 the receipt, issued before (the same bytes, Idempotent-Replayed:
true); 422 the report; 202 on the way, ask again at Location; 409 withdrawn
before there was a report.

Headers are read, and refused, before anything is opened for the body.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Response

from filing.api import headers, reading
from filing.api.body import checked_length, pieces
from filing.api.delivery import MULTIPART, media_type, stage_package, stage_parts
from filing.api.models import ROOT, RejectionOut, SubmissionOut
from filing.api.problems import (
    MEDIA_TYPE,
    BodyTooSlow,
    LengthRequired,
    TooManyDeliveries,
    UnknownTransferCoding,
    rejected,
)
from filing.api.registry import Call, Parameter, Registry, Reply, RequestBody, Text
from filing.errors import (
    BadRequest,
    DigestMismatch,
    KeptLost,
    KeyReused,
    OutsideUnavailable,
    StorageFull,
    StoreDoubtful,
    TooLarge,
    UnsupportedMedia,
    WrongState,
)
from filing.model.submission import State, Submission
from filing.rules.facts import Registration
from filing.services import Answer, Delivery

registry = Registry("submissions")

_FIGURE = {"type": "integer", "minimum": 0}
_DELIVERED = (
    Parameter(
        "Content-Digest",
        "header",
        Text(
            "整个请求内容的摘要（RFC 9530）：sha-256、sha-512、sm3 逐一核对，其他算法不予核对",
            "Digest of the whole body (RFC 9530): sha-256, sha-512, sm3, each compared;"
            " other algorithms are not",
        ),
    ),
    Parameter("Filing-Items", "header", Text("归档登记表：件数", "Registration: records"), _FIGURE),
    Parameter("Filing-Files", "header", Text("归档登记表：文件数", "Registration: files"), _FIGURE),
    Parameter(
        "Filing-Total-Bytes",
        "header",
        Text("归档登记表：文件总字节数", "Registration: bytes of all files"),
        _FIGURE,
    ),
)
_BODY = RequestBody(
    Text("一个归档信息包", "One submission package"),
    {
        "application/xml": {
            "description": "DA/T 48 EEP,文件内容内嵌 / DA/T 48 EEP with its content inline"
        },
        "application/zip": {"description": "元数据 XML 与文件 / metadata XML and files"},
        MULTIPART: {
            "type": "object",
            "required": ["metadata"],
            "properties": {
                "metadata": {"type": "string", "contentMediaType": "application/xml"},
                "file": {
                    "type": "array",
                    "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                },
            },
        },
    },
)
_DELIVERY_PROBLEMS = (
    BadRequest,
    DigestMismatch,
    BodyTooSlow,
    LengthRequired,
    TooLarge,
    UnsupportedMedia,
    TooManyDeliveries,
    UnknownTransferCoding,
    StoreDoubtful,
    OutsideUnavailable,
    StorageFull,
)
_REPLAYED = Text("为 true 时：此移交已办理过", "true when this delivery had been answered before")


@dataclass(frozen=True, slots=True)
class _Sent:
    """What the headers of a delivery say; read before anything is opened for it."""

    media: str
    boundary: str
    length: int | None
    announced: Mapping[str, bytes]
    registration: Registration


def _sent(call: Call) -> _Sent:
    given = call.request.headers
    media, boundary = media_type(given.get("Content-Type", ""), given.get("Content-Encoding", ""))
    return _Sent(
        media=media,
        boundary=boundary,
        length=checked_length(call.request.environ, call.settings),
        announced=headers.content_digest(given.get("Content-Digest", "")),
        registration=headers.registration(given),
    )


@contextmanager
def _staged(call: Call, sent: _Sent) -> Iterator[Delivery]:
    """Carry the body to staging; the delivery is there while the block runs."""
    with (
        call.deliveries.one_of(call.agency.id),
        call.services.incoming(sent.media, sent.length) as incoming,
    ):
        body = pieces(call.request.environ, call.settings)
        if sent.boundary:
            most = call.settings.max_parts
            yield stage_parts(incoming, body, sent.announced, sent.boundary, most)
        else:
            yield stage_package(incoming, body, sent.announced)


@registry.route(
    "POST",
    f"{ROOT}/submissions",
    Text("移交一个归档信息包", "Submit a package"),
    (
        Reply(
            201,
            Text("已接收；内容为回执", "Accepted; the body is the receipt"),
            reading.RECEIPT,
            headers={"Location": Text("移交的地址", "Address of the submission")},
        ),
        Reply(
            200,
            Text(
                "此前已接收；同一份回执，逐字节相同",
                "Accepted before; the same receipt, byte for byte",
            ),
            reading.RECEIPT,
            headers={
                "Location": Text("移交的地址", "Address of the submission"),
                "Idempotent-Replayed": _REPLAYED,
            },
        ),
        Reply(
            202,
            Text("正在办理；请到 Location 查询", "On the way; ask again at Location"),
            model=SubmissionOut,
            headers={
                "Location": Text("移交的地址", "Address of the submission"),
                "Retry-After": Text("秒", "Seconds"),
                "Preference-Applied": Text(
                    "respond-async 被采纳时给出", "Said when respond-async was honoured"
                ),
            },
        ),
        Reply(
            422,
            Text("检测未通过；report 为完整检测报告", "Not accepted; report is the whole report"),
            MEDIA_TYPE,
            model=RejectionOut,
            headers={
                "Location": Text("移交的地址", "Address of the submission"),
                "Idempotent-Replayed": _REPLAYED,
            },
        ),
    ),
    problems=(*_DELIVERY_PROBLEMS, KeyReused, WrongState, KeptLost),
    parameters=(
        Parameter(
            "Idempotency-Key",
            "header",
            Text(
                "由移交方选定，重发时不变；1 至 128 个可见 ASCII 字符，按原样使用",
                "Chosen by the sender, the same when it sends again; taken as it stands",
            ),
            {"type": "string", "pattern": "^[\\x21-\\x7e]{1,128}$"},
        ),
        Parameter("Prefer", "header", Text("可为 respond-async", "May be respond-async")),
        *_DELIVERED,
    ),
    body=_BODY,
)
def submit_package(call: Call) -> Response:
    """Receive one delivery and answer what became of it."""
    sent = _sent(call)
    key = headers.idempotency_key(call.request.headers.get("Idempotency-Key"))
    wait_not = headers.prefers_async(call.request.headers.get("Prefer", ""))
    with _staged(call, sent) as delivery:
        answer = call.services.submit(
            call.agency, delivery, call.who.channel, sent.registration, key, wait_not
        )
    return _answered(answer, wait_not, call.settings.retry_seconds)


def _answered(answer: Answer, wait_not: bool, retry_seconds: int) -> Response:
    """The one rule of this module, as a table of states."""
    state = answer.submission.state
    if state is State.RECEIPTED:
        response = reading.passed_on(answer.body, reading.RECEIPT, 200 if answer.repeated else 201)
    elif state is State.WITHDRAWN and not answer.body:
        raise _withdrawn(answer.submission)
    elif state in (State.REJECTED, State.RETURNED, State.WITHDRAWN):
        response = rejected(answer.body)
    else:
        response = reading.shown(SubmissionOut.of(answer.submission), 202)
        response.headers["Retry-After"] = str(retry_seconds)
        if wait_not:
            response.headers["Preference-Applied"] = "respond-async"
    if answer.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    response.headers["Location"] = f"{ROOT}/submissions/{answer.submission.id}"
    return response


def _withdrawn(one: Submission) -> WrongState:
    return WrongState(
        f"this delivery was withdrawn as submission {one.id}, before it was examined;"
        " to file it after all, send it under a new Idempotency-Key",
        f"此移交（归档提交 {one.id}）已在检测之前撤回；如仍需归档，请换用新的 Idempotency-Key",
    )


@registry.route(
    "POST",
    f"{ROOT}/validations",
    Text("试检：相同的检测，不保留任何内容", "Try a package: the same checks, nothing is kept"),
    (Reply(200, Text("检测报告", "The report"), reading.REPORT),),
    problems=_DELIVERY_PROBLEMS,
    parameters=_DELIVERED,
    body=_BODY,
)
def validate_package(call: Call) -> Response:
    """Examine one delivery without keeping it."""
    sent = _sent(call)
    with _staged(call, sent) as delivery:
        report = call.services.validate(call.agency, delivery, sent.registration)
    return reading.passed_on(report, reading.REPORT)

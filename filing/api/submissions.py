"""Deliveries and what became of them.

One rule for every delivery: the status says the state. 201 the receipt, just
issued; 200 the receipt, issued before (the same bytes, Idempotent-Replayed:
true); 422 the report; 202 on the way, ask again at Location.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Response

from filing.api import headers, reading
from filing.api.body import checked_length, pieces
from filing.api.delivery import MULTIPART, media_type, stage_package, stage_parts
from filing.api.models import (
    ROOT,
    EventOut,
    EventPage,
    RejectionOut,
    SubmissionOut,
    SubmissionPage,
    WithdrawalIn,
)
from filing.api.problems import (
    MEDIA_TYPE,
    BodyTooSlow,
    LengthRequired,
    TooManyDeliveries,
    rejected,
)
from filing.api.registry import Call, Parameter, Registry, Reply, RequestBody, Text
from filing.errors import (
    BadRequest,
    DigestMismatch,
    KeyReused,
    NotFound,
    OutsideUnavailable,
    StorageFull,
    StoreDoubtful,
    TooLarge,
    UnsupportedMedia,
    WrongState,
)
from filing.model.submission import State
from filing.rules.facts import Registration
from filing.services import Answer, Delivery

registry = Registry("submissions")

_FIGURE = {"type": "integer", "minimum": 0}
_DELIVERED = (
    Parameter(
        "Content-Digest",
        "header",
        Text(
            "整个请求内容的摘要(RFC 9530):sha-256 或 sm3",
            "Digest of the whole body (RFC 9530): sha-256 or sm3",
        ),
    ),
    Parameter("Filing-Items", "header", Text("归档登记表:件数", "Registration: records"), _FIGURE),
    Parameter("Filing-Files", "header", Text("归档登记表:文件数", "Registration: files"), _FIGURE),
    Parameter(
        "Filing-Total-Bytes",
        "header",
        Text("归档登记表:文件总字节数", "Registration: bytes of all files"),
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
    StoreDoubtful,
    OutsideUnavailable,
    StorageFull,
)
_REPLAYED = Text("为 true 时:此移交已办理过", "true when this delivery had been answered before")
_ID = Parameter("id", "path", Text("移交标识符", "Id of the submission"), required=True)
_AFTER = Parameter("after", "query", Text("上一页给出的 next", "next of the page before"))
_LIMIT = Parameter(
    "limit",
    "query",
    Text("每页条数", "Entries of a page"),
    {"type": "integer", "minimum": 1, "maximum": reading.MAX_PAGE},
)
_NEXT = {"Link": Text('下一页,rel="next"', 'The next page, rel="next"')}


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
            Text("已接收;内容为回执", "Accepted; the body is the receipt"),
            reading.RECEIPT,
            headers={"Location": Text("移交的地址", "Address of the submission")},
        ),
        Reply(
            200,
            Text(
                "此前已接收;同一份回执,逐字节相同",
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
            Text("正在办理;请到 Location 查询", "On the way; ask again at Location"),
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
            Text("检测未通过;report 为完整检测报告", "Not accepted; report is the whole report"),
            MEDIA_TYPE,
            model=RejectionOut,
            headers={
                "Location": Text("移交的地址", "Address of the submission"),
                "Idempotent-Replayed": _REPLAYED,
            },
        ),
    ),
    problems=(*_DELIVERY_PROBLEMS, KeyReused),
    parameters=(
        Parameter(
            "Idempotency-Key",
            "header",
            Text(
                "由移交方选定,重发时不变;1 至 128 个可见 ASCII 字符,按原样使用",
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


@registry.route(
    "POST",
    f"{ROOT}/validations",
    Text("试检:相同的检测,不保留任何内容", "Try a package: the same checks, nothing is kept"),
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


@registry.route(
    "GET",
    f"{ROOT}/submissions",
    Text("本单位的移交,按标识符排列", "Own submissions, by id"),
    (Reply(200, Text("一页", "One page"), model=SubmissionPage, headers=_NEXT),),
    problems=(BadRequest,),
    parameters=(
        Parameter(
            "state",
            "query",
            Text("只列此状态", "Only in this state"),
            {"type": "string", "enum": [state.value for state in State]},
        ),
        _AFTER,
        _LIMIT,
    ),
)
def list_submissions(call: Call) -> Response:
    """One page of the caller's submissions."""
    limit = reading.page_limit(call.request, call.settings)
    wanted = call.request.args.get("state")
    try:
        state = State(wanted) if wanted is not None else None
    except ValueError:
        raise BadRequest("state is not one of ours", "state 不是有效状态") from None
    found = call.services.submissions(call.agency, state, reading.cursor(call.request), limit)
    after = found[-1].id if len(found) == limit else None
    page = SubmissionPage(items=[SubmissionOut.of(one) for one in found], next=after)
    return reading.with_next(reading.shown(page), call.request, after)


@registry.route(
    "GET",
    f"{ROOT}/submissions/<id>",
    Text("一次移交的状态", "One submission"),
    (Reply(200, Text("移交", "The submission"), model=SubmissionOut),),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_submission(call: Call, id: str) -> Response:
    """One submission of the caller."""
    one = call.services.submission(call.agency, reading.identifier(id))
    return reading.shown(SubmissionOut.of(one))


@registry.route(
    "GET",
    f"{ROOT}/submissions/<id>/report",
    Text("检测报告", "The report"),
    (Reply(200, Text("规范化 JSON", "Canonical JSON"), reading.REPORT),),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_report(call: Call, id: str) -> Response:
    """The report, as it was kept."""
    found = call.services.report(call.agency, reading.identifier(id))
    return reading.passed_on(found, reading.REPORT)


@registry.route(
    "GET",
    f"{ROOT}/submissions/<id>/receipt",
    Text("回执", "The receipt"),
    (
        Reply(
            200,
            Text(
                "规范化 JSON,见 schemas/receipt.schema.json",
                "Canonical JSON, see schemas/receipt.schema.json",
            ),
            reading.RECEIPT,
        ),
    ),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_receipt(call: Call, id: str) -> Response:
    """The receipt, as it was issued."""
    found = call.services.receipt(call.agency, reading.identifier(id))
    return reading.passed_on(found, reading.RECEIPT)


@registry.route(
    "POST",
    f"{ROOT}/submissions/<id>/withdrawal",
    Text("在接收之前撤回", "Withdraw before acceptance"),
    (Reply(200, Text("移交", "The submission"), model=SubmissionOut),),
    problems=(BadRequest, NotFound, LengthRequired, TooLarge, UnsupportedMedia, WrongState),
    parameters=(_ID,),
    body=RequestBody(Text("理由", "The reason"), {"application/json": WithdrawalIn}),
)
def withdraw_submission(call: Call, id: str) -> Response:
    """Take a submission back."""
    wish = reading.json_body(call.request, WithdrawalIn, call.settings)
    one = call.services.withdraw(call.agency, reading.identifier(id), wish.reason)
    return reading.shown(SubmissionOut.of(one))


@registry.route(
    "GET",
    f"{ROOT}/events",
    Text("本单位移交的事件", "Events of own submissions"),
    (
        Reply(
            200,
            Text(
                "按编号排列;下次以 next 作为 after",
                "By number; give next back as after",
            ),
            model=EventPage,
            headers=_NEXT,
        ),
    ),
    problems=(BadRequest,),
    parameters=(
        Parameter("after", "query", Text("已读到的编号", "Number read up to"), _FIGURE),
        _LIMIT,
    ),
)
def read_events(call: Call) -> Response:
    """The feed behind ``after``."""
    limit = reading.page_limit(call.request, call.settings)
    after = reading.number(call.request, "after", 0)
    found = call.services.events(call.agency, after, limit)
    reached = found[-1].number if found else after
    page = EventPage(items=[EventOut.of(one) for one in found], next=reached)
    more = reached if len(found) == limit else None
    return reading.with_next(reading.shown(page), call.request, more)

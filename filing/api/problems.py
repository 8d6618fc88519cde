"""What goes wrong, as problem documents. Source: RFC 9457.

One table says which status answers which error; no other module of this face
names one for a failure. What the table does not name is a 500 that keeps its
text to itself and is logged.
"""

import json
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from filing.errors import (
    BadRequest,
    ChangedMeanwhile,
    CredentialExpired,
    DigestMismatch,
    FilingError,
    KeptLost,
    KeyReused,
    NotAllowed,
    NotFound,
    NotIdentified,
    OutsideUnavailable,
    RolesConflict,
    StorageFull,
    StoreDoubtful,
    TooLarge,
    TooManyAttempts,
    UnsupportedMedia,
    WrongState,
)

MEDIA_TYPE = "application/problem+json"


class LengthRequired(FilingError):
    """A body came with neither Content-Length nor chunked transfer coding."""

    code = "length-required"


class UnknownTransferCoding(FilingError):
    """The body comes in a transfer coding other than chunked. Source: RFC 9112, section 6.1."""

    code = "unknown-transfer-coding"


class BodyTooSlow(FilingError):
    """The rest of the body did not come in time."""

    code = "body-too-slow"


class TooManyDeliveries(FilingError):
    """This agency already has as many deliveries under way as it may."""

    code = "too-many-deliveries"


class RangeUnsatisfiable(FilingError):
    """The range asked for lies behind the end."""

    code = "range-unsatisfiable"


class InvalidFields(BadRequest):
    """A JSON body has wrong fields; ``errors`` names each (pointer, detail)."""

    def __init__(self, errors: tuple[dict[str, str], ...]) -> None:
        super().__init__("the body does not have the fields expected", "请求内容的字段不符合要求")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of error is shown. ``retry``: Retry-After is said."""

    status: int
    title: str
    title_zh: str
    retry: bool = False


KINDS: dict[type[FilingError], Kind] = {
    BadRequest: Kind(400, "The request cannot be understood", "请求无法理解"),
    InvalidFields: Kind(400, "The request cannot be understood", "请求无法理解"),
    DigestMismatch: Kind(400, "The bytes are not the announced ones", "摘要与声明不符"),
    CredentialExpired: Kind(401, "The token has ended", "令牌已到期"),
    NotIdentified: Kind(401, "The caller is not identified", "未能识别调用方身份"),
    NotAllowed: Kind(403, "Not allowed", "没有权限"),
    NotFound: Kind(404, "Not found", "未找到"),
    BodyTooSlow: Kind(408, "The body did not come in time", "请求内容未及时送达"),
    WrongState: Kind(409, "Not possible in this state", "当前状态不允许此操作"),
    ChangedMeanwhile: Kind(409, "Changed by somebody else meanwhile", "已被他人更改"),
    RolesConflict: Kind(409, "Roles one person may not hold together", "角色互斥，不能由一人兼任"),
    TooManyAttempts: Kind(429, "Too many attempts", "尝试次数过多，请稍后再试"),
    KeyReused: Kind(409, "Idempotency key used before", "幂等键已用于另一份移交"),
    LengthRequired: Kind(411, "Content-Length is required", "须给出内容长度"),
    TooLarge: Kind(413, "Too large", "超过大小限制"),
    UnsupportedMedia: Kind(415, "Unsupported media type", "不支持的内容类型"),
    RangeUnsatisfiable: Kind(416, "Range not satisfiable", "请求的范围超出内容"),
    TooManyDeliveries: Kind(429, "Too many deliveries at once", "同时进行的移交过多", retry=True),
    UnknownTransferCoding: Kind(501, "Unknown transfer coding", "不支持的传输编码"),
    OutsideUnavailable: Kind(503, "Try again later", "暂时不可用，请稍后重试", retry=True),
    StoreDoubtful: Kind(503, "The store is being looked at", "存储正待检查", retry=True),
    KeptLost: Kind(503, "What was kept of it is missing", "暂存内容缺失", retry=True),
    StorageFull: Kind(507, "No room left", "存储空间不足"),
}
#: The answer to a rejected package; the caller adds the report to it.
REJECTED = Kind(422, "The package was not accepted", "归档信息包未通过检测")
INTERNAL = Kind(500, "Internal error", "系统内部错误")
#: Wording for what the HTTP library refuses before a view is reached.
HTTP_KINDS = {
    400: ("bad-request", "The request cannot be understood", "请求无法理解"),
    404: ("not-found", "Not found", "未找到"),
    405: ("method-not-allowed", "Method not allowed here", "此处不支持该请求方法"),
    413: ("too-large", "Too large", "超过大小限制"),
    415: ("unsupported-media", "Unsupported media type", "不支持的内容类型"),
    500: ("internal-error", INTERNAL.title, INTERNAL.title_zh),
}


def kind_of(error: FilingError) -> Kind:
    """The table's entry for ``error`` itself: a subclass needs an entry of its own."""
    return KINDS.get(type(error), INTERNAL)


def document(code: str, kind: Kind, detail: str, detail_zh: str) -> dict[str, object]:
    """The members of a problem document about the request at hand."""
    return {
        "type": f"urn:filing:{code}",
        "title": kind.title,
        "title_zh": kind.title_zh,
        "status": kind.status,
        "detail": detail or kind.title,
        "detail_zh": detail_zh or kind.title_zh,
        "instance": quote(request.path, safe="/", errors="replace"),
    }


def render(members: dict[str, object], status: int) -> Response:
    """Write ``members`` as an answer."""
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    # A character that cannot be encoded came with the request; it is shown as "?".
    return Response(text.encode("utf-8", "replace"), status, content_type=MEDIA_TYPE)


def problem(error: FilingError, retry_seconds: int) -> Response:
    """Answer ``error``."""
    kind = kind_of(error)
    if kind is INTERNAL:
        current_app.logger.error("event=unexpected code=%s", error.code, exc_info=error)
        return render(document("internal-error", kind, "", ""), kind.status)
    members = document(error.code, kind, str(error), error.zh)
    if isinstance(error, InvalidFields):
        members["errors"] = error.errors
    answer = render(members, kind.status)
    if kind.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="filing"'
    if kind.retry:
        answer.headers["Retry-After"] = str(retry_seconds)
    return answer


def rejected(report: bytes) -> Response:
    """Answer a package that was not accepted, with its report.

    The same bytes whenever the delivery comes again.

    report   canonical JSON; it stands in the body byte for byte as it was kept
    """
    members = document(
        "rejected",
        REJECTED,
        "The package was examined and not accepted; see report. The same delivery again gets this"
        " answer again: to have it examined anew, send it under a new Idempotency-Key.",
        "归档信息包经检测未予接收，详见 report。同一移交再次提交，仍答复此结果；"
        "如需重新检测，请换用新的 Idempotency-Key。",
    )
    head = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    body = head[:-1] + b',"report":' + report + b"}"
    return Response(body, REJECTED.status, content_type=MEDIA_TYPE)


def refused_by_http(error: HTTPException) -> Response:
    """Answer what Flask or Werkzeug refused; headers such as Allow are kept."""
    status = error.code or 500
    code, title, title_zh = HTTP_KINDS.get(status, (f"http-{status}", error.name, error.name))
    answer = render(document(code, Kind(status, title, title_zh), "", ""), status)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer

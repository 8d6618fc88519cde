"""Parts of a request that several views read, and the way answers are written."""

import json
import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode

from flask import Request, Response
from pydantic import BaseModel, ValidationError

from filing.api.body import pieces
from filing.api.problems import InvalidFields
from filing.api.settings import ApiSettings
from filing.errors import BadRequest, NotFound, TooLarge, UnsupportedMedia

RECEIPT = "application/vnd.filing.receipt+json"
REPORT = "application/vnd.filing.report+json"
PROOF = "application/vnd.filing.proof+json"
RULES = "application/vnd.filing.rules+json"
CORRECTIONS = "application/vnd.filing.corrections+json"
MAX_PAGE = 500
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,17}")
_MAX_JSON_BYTES = 64 * 1024
Model = TypeVar("Model", bound=BaseModel)


def identifier(text: str) -> str:
    """A submission or record id. What is none cannot exist: raises NotFound."""
    if not _ID.fullmatch(text):
        raise NotFound("no such id", "没有这个标识符")
    return text


def cursor(request: Request) -> str:
    """``after`` of a list by id, "" from the start. Raises BadRequest."""
    text = request.args.get("after", "")
    if text and not _ID.fullmatch(text):
        raise BadRequest("after is an id from the list", "after 应为列表中的标识符")
    return text


def number(request: Request, name: str, default: int | None = None) -> int:
    """A whole number from the query. Raises BadRequest if it is none, or needed and absent."""
    text = request.args.get(name)
    if text is None and default is not None:
        return default
    if text is None or not _COUNT.fullmatch(text):
        raise BadRequest(f"{name} is a whole number, not negative", f"{name} 应为非负整数")
    return int(text)


def page_limit(request: Request, settings: ApiSettings) -> int:
    """``limit``, from 1 to MAX_PAGE."""
    limit = number(request, "limit", min(settings.page_size, MAX_PAGE))
    if not 1 <= limit <= MAX_PAGE:
        raise BadRequest(f"limit is from 1 to {MAX_PAGE}", f"limit 应在 1 至 {MAX_PAGE} 之间")
    return limit


def json_body(request: Request, model: type[Model], settings: ApiSettings) -> Model:
    """Read a small JSON body. Raises UnsupportedMedia, TooLarge, InvalidFields."""
    if request.mimetype != "application/json":
        raise UnsupportedMedia("accepted: application/json", "可接收：application/json")
    content = bytearray()
    for piece in pieces(request.environ, settings):
        content += piece
        if len(content) > _MAX_JSON_BYTES:
            raise TooLarge(
                f"this body has at most {_MAX_JSON_BYTES} bytes",
                f"此请求内容不超过 {_MAX_JSON_BYTES} 字节",
            )
    try:
        return model.model_validate_json(bytes(content))
    except ValidationError as error:
        raise InvalidFields(
            tuple(
                {
                    "pointer": "".join(f"/{part}" for part in one["loc"]),
                    "code": one["type"],
                    "detail": one["msg"],
                }
                for one in error.errors(
                    include_url=False, include_input=False, include_context=False
                )
            )
        ) from error


def shown(model: BaseModel, status: int = 200) -> Response:
    """Answer a model as JSON."""
    return Response(model.model_dump_json(), status, content_type="application/json")


def passed_on(content: bytes, media: str, status: int = 200) -> Response:
    """Answer bytes made elsewhere, unchanged."""
    return Response(content, status, content_type=media)


def with_next(answer: Response, request: Request, after: str | int | None) -> Response:
    """Add the Link to the next page (RFC 8288) unless ``after`` is None."""
    if after is not None:
        kept = {name: value for name, value in request.args.items() if name in ("state", "limit")}
        query = urlencode({**kept, "after": str(after)})
        answer.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return answer


def as_json(value: Mapping[str, object]) -> object:
    """``value`` with what JSON does not know (dates, tuples) written as text or lists."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))

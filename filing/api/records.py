"""Records in custody: description, proof, content. Only the agency that filed them."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO

from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.http import parse_range_header

from filing.api import reading
from filing.api.body import PIECE_BYTES
from filing.api.headers import attachment, written_digest
from filing.api.models import ROOT, RecordOut
from filing.api.problems import RangeUnsatisfiable
from filing.api.registry import Call, Parameter, Registry, Reply, Text
from filing.errors import NotFound

registry = Registry("records")
_ID = Parameter("id", "path", Text("档案标识符", "Id of the record"), required=True)
_OCTETS = "application/octet-stream"

_ETAG = Text("内容的 sha-256", "sha-256 of the content")
_WHOLE = Text("全部内容的 sha-256（RFC 9530）", "sha-256 of the whole content (RFC 9530)")


@registry.route(
    "GET",
    f"{ROOT}/records/<id>",
    Text("一件档案", "One record"),
    (Reply(200, Text("著录与组件", "Description and components"), model=RecordOut),),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_record(call: Call, id: str) -> Response:
    """One record of the caller."""
    return reading.shown(RecordOut.of(call.services.record(call.agency, reading.identifier(id))))


@registry.route(
    "GET",
    f"{ROOT}/records/<id>/proof",
    Text(
        "证明：封印声明、签名与最新检查点下的包含证明",
        "Proof: seal statement, signatures, inclusion under the newest checkpoint",
    ),
    (Reply(200, Text("规范化 JSON", "Canonical JSON"), reading.PROOF),),
    problems=(NotFound,),
    parameters=(_ID,),
)
def read_proof(call: Call, id: str) -> Response:
    """The proof, made against the newest checkpoint."""
    found = call.services.proof(call.agency, reading.identifier(id))
    return reading.passed_on(found, reading.PROOF)


@registry.route(
    "GET",
    f"{ROOT}/records/<id>/content/<path:path>",
    Text("一个组件的内容", "Content of one component"),
    (
        Reply(
            200,
            Text("全部字节", "All bytes"),
            _OCTETS,
            headers={
                "Content-Digest": Text("所发字节的 sha-256", "sha-256 of the bytes sent"),
                "Content-Disposition": Text("保存时的文件名", "Name to save it under"),
                "ETag": _ETAG,
                "Repr-Digest": _WHOLE,
            },
        ),
        Reply(
            206,
            Text("所请求的一段", "The range asked for"),
            _OCTETS,
            headers={
                "Content-Range": Text("哪一段，共多少字节", "Which bytes, of how many"),
                "ETag": _ETAG,
                "Repr-Digest": _WHOLE,
            },
        ),
        Reply(304, Text("与 If-None-Match 相同", "Same as If-None-Match"), ""),
    ),
    problems=(NotFound, RangeUnsatisfiable),
    parameters=(
        _ID,
        Parameter(
            "path",
            "path",
            Text("组件路径，可含 /", "Path of the component, may hold /"),
            required=True,
        ),
        Parameter("Range", "header", Text("单个字节范围", "A single byte range")),
    ),
)
def read_content(call: Call, id: str, path: str) -> Response:
    """The bytes of one component, as they are kept, in pieces."""
    if not path.isprintable():
        raise NotFound("no such component", "没有这个组件")
    opened, size, digest = call.services.content(call.agency, reading.identifier(id), path)
    with ExitStack() as stack:
        source = stack.enter_context(opened)
        first, end = _span(call.request.headers, size, digest.hex)
        _skip(source, first)
        answer = Response(_taken(source, end - first), content_type=_OCTETS)
        # From here the answer owns the open file, also when nobody reads it (HEAD, 304).
        answer.call_on_close(stack.pop_all().close)
    answer.headers["Content-Disposition"] = attachment(path.rpartition("/")[2])
    answer.headers["Repr-Digest"] = written_digest("sha-256", digest.value)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.set_etag(digest.hex)
    if (first, end) != (0, size):
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    else:
        answer.headers["Content-Digest"] = answer.headers["Repr-Digest"]
    answer.headers["Content-Length"] = str(end - first)
    if digest.hex in call.request.if_none_match:
        answer.status_code = 304
        del answer.headers["Content-Length"]
    return answer


def _span(headers: Headers, size: int, etag: str) -> tuple[int, int]:
    """First byte and the one behind the last, by Range and If-Range.

    What is no single range of bytes is passed over (RFC 9110, section 14.2).
    Raises RangeUnsatisfiable.
    """
    wanted = parse_range_header(headers.get("Range", ""))
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return 0, size
    if headers.get("If-Range", f'"{etag}"').strip() != f'"{etag}"':
        return 0, size
    span = wanted.range_for_length(size)
    if span is None:
        raise RangeUnsatisfiable(f"the content has {size} bytes", f"内容共 {size} 字节")
    return span


def _skip(source: BinaryIO, count: int) -> None:
    """Go ``count`` bytes forward, by reading where the source cannot seek."""
    if count and source.seekable():
        source.seek(count)
        return
    for _ in _taken(source, count):
        pass


def _taken(source: BinaryIO, count: int) -> Iterator[bytes]:
    """Yield the next ``count`` bytes."""
    while count > 0:
        piece = source.read(min(PIECE_BYTES, count))
        if not piece:
            return
        count -= len(piece)
        yield piece

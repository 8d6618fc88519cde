"""What the server answers to bytes that are no request it can read, before any page or API.

A problem document like every other refusal (RFC 9457), in both languages; nobody knows
yet which face was meant, nor who is calling.
"""

import json
from collections.abc import Callable
from http import HTTPStatus

_OTHER = ("The request cannot be read", "请求无法读取", "See RFC 9112.", "请按 RFC 9112 组织请求。")
_SAID = {
    414: (
        "The address is too long",
        "地址过长",
        "A request line has at most {line} bytes.",
        "请求行不超过 {line} 字节。",
    ),
    431: (
        "The headers are too large",
        "请求头过大",
        "A request has at most {fields} headers, each of at most {field} bytes.",
        "请求头不超过 {fields} 项，每项不超过 {field} 字节。",
    ),
    500: (
        "Internal error",
        "系统内部错误",
        "Send it again; if it stays so, tell the archive.",
        "请重新发送；如仍如此，请告知档案馆。",
    ),
    501: (
        "Unknown transfer coding",
        "不支持的传输编码",
        "Send the body as it is, in chunks or with its length.",
        "请直接发送原始内容，分块或给出长度。",
    ),
}
#: What the interface calls the same refusal, where it is the one to make it.
_CODES = {501: "unknown-transfer-coding"}


def answer(status: int, limits: dict[str, int]) -> bytes:
    """The whole answer, head and body.

    limits   "line" and "field" in bytes, "fields" in number
    """
    title, title_zh, detail, detail_zh = _SAID.get(status, _OTHER)
    members = {
        "type": f"urn:filing:{_CODES.get(status, f'http-{status}')}",
        "title": title,
        "title_zh": title_zh,
        "status": status,
        "detail": detail.format(**limits),
        "detail_zh": detail_zh.format(**limits),
    }
    body = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
    head = b"\r\n".join((
        b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode()),
        b"Connection: close",
        b"Content-Type: application/problem+json",
        b"Content-Length: %d" % len(body),
        b"\r\n",
    ))  # fmt: skip
    return head + body


class Rewritten:
    """The client's socket towards who answers in another form: its status, in ours."""

    def __init__(self, send: Callable[[bytes], object], limits: dict[str, int]) -> None:
        self._send, self._limits = send, limits

    def gettimeout(self) -> float:
        """As a socket that does not block: it is written to as it is."""
        return 0.0

    def sendall(self, content: bytes) -> None:
        """Take the answer that was meant; send ours with its status. Raises OSError."""
        self._send(answer(int(content.split(b" ", 2)[1]), self._limits))

"""A small client of the archive's own interface: one delivery, one answer.

Bodies are streamed from disk. Standard library only, so that it also shows an
agency's developer how little is needed.
"""

import contextlib
import http.client
import json
import secrets
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

from filing.errors import (
    BadRequest,
    FilingError,
    NotAllowed,
    NotFound,
    NotIdentified,
    OutsideUnavailable,
)

_BLOCK = 1 << 18
_TIMEOUT_SECONDS = 120
_ANSWERS = (200, 201, 202, 422)
#: Refusals that the same request may not meet again, beside those from 500 on.
_AGAIN = (408, 429)
_CODE = "urn:filing:"
_REFUSED = {401: NotIdentified, 403: NotAllowed, 404: NotFound}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status and body; ``headers`` with lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """Where an archive is and how we say who we are.

    url           "http://127.0.0.1:8760"
    certificate   PEM file with our certificate and key, for mTLS; "" for none
    authority     PEM file of the CA that signed the archive's certificate; "" for the system's
    """

    url: str
    token: str = ""
    certificate: str = ""
    authority: str = ""

    def get(self, path: str) -> Reply:
        """GET ``path`` below /api/v1. Raises what the archive refused."""
        return self._send("GET", path, {}, None)

    def post(self, path: str, headers: Mapping[str, str], body: "Sent") -> Reply:
        """POST a delivery. 201, 200, 202 and 422 are answers; others are raised."""
        wanted = {
            "Content-Type": body.media_type,
            "Content-Length": str(body.size_bytes),
            **headers,
        }
        return self._send("POST", path, wanted, body.blocks())

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: Iterator[bytes] | None
    ) -> Reply:
        connection, above = self._connection()
        sent = dict(headers)
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            # A refusal may come before the whole body was taken; it is still the answer.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, f"{above}/api/v1{path}", body, sent)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            reply = Reply(response.status, found, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise OutsideUnavailable(
                f"{self.url} did not answer: {error}", f"{self.url} 没有应答：{error}"
            ) from error
        finally:
            connection.close()
        if reply.status >= 400 and reply.status != 422:
            raise _refusal(reply)
        if reply.status not in _ANSWERS or not _is_object(reply.body):
            raise OutsideUnavailable(
                f"{self.url} answered {reply.status}, but not as an archive does",
                f"{self.url} 不是归档服务",
            )
        return reply

    def _connection(self) -> tuple[http.client.HTTPConnection, str]:
        """A connection, not yet open, and the path the interface lies under."""
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or parts.scheme not in ("http", "https"):
            raise BadRequest(
                f"{self.url!r} is no http:// or https:// address", f"{self.url!r} 不是网址"
            )
        above = parts.path.rstrip("/")
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS), above
        try:
            context = ssl.create_default_context(cafile=self.authority or None)
            if self.certificate:
                context.load_cert_chain(self.certificate)
        except OSError as error:
            raise BadRequest(
                f"the certificate or authority cannot be used: {error}", f"证书无法使用：{error}"
            ) from error
        return (
            http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=context),
            above,
        )


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def _refusal(reply: Reply) -> FilingError:
    """What the archive refused, under its own code."""
    code = ""
    try:
        problem = json.loads(reply.body)
        text, zh = str(problem["detail"]), str(problem.get("detail_zh", ""))
        _, _, code = str(problem.get("type", "")).partition(_CODE)
    except (ValueError, KeyError, TypeError, AttributeError):
        text, zh = f"HTTP {reply.status}", ""
    if reply.status >= 500 or reply.status in _AGAIN:
        refusal: FilingError = OutsideUnavailable(text, zh)
    else:
        refusal = _REFUSED.get(reply.status, BadRequest)(text, zh)
    refusal.code = code or refusal.code
    return refusal


class Sent(Protocol):
    """What can be posted: its Content-Type, its length, its bytes piece by piece."""

    media_type: str
    size_bytes: int

    def blocks(self) -> Iterator[bytes]: ...


class Body:
    """A delivery on this disk: one package file, or a metadata document with files.

    seen   called with the number of bytes each time some were sent
    """

    def __init__(
        self,
        package: Path | None,
        metadata: Path | None,
        files: tuple[Path, ...],
        seen: Callable[[int], None],
    ) -> None:
        self._seen = seen
        if package is not None:
            kind = {".xml": "application/xml", ".zip": "application/zip"}
            if package.suffix.lower() not in kind:
                raise BadRequest(
                    f"{package} is neither .xml nor .zip; give --metadata for single files",
                    f"{package} 不是 .xml 或 .zip；逐个文件报送请用 --metadata",
                )
            self.media_type = kind[package.suffix.lower()]
            self._pieces: list[bytes | Path] = [package]
        elif metadata is not None:
            border = f"filing-{secrets.token_hex(12)}"
            self.media_type = f"multipart/form-data; boundary={border}"
            self._pieces = list(_multipart(border, metadata, files))
        else:
            raise BadRequest("nothing to send", "没有可报送的文件")
        self.size_bytes = sum(
            one.stat().st_size if isinstance(one, Path) else len(one) for one in self._pieces
        )

    def blocks(self) -> Iterator[bytes]:
        """The body, piece by piece."""
        for one in self._pieces:
            if isinstance(one, bytes):
                self._seen(len(one))
                yield one
                continue
            with one.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    self._seen(len(block))
                    yield block


def _multipart(border: str, metadata: Path, files: tuple[Path, ...]) -> Iterator[bytes | Path]:
    parts = [("metadata", metadata), *(("file", one) for one in files)]
    for name, path in parts:
        yield (
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"; '
            f"filename*=UTF-8''{quote(path.name)}\r\n"
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        yield path
        yield b"\r\n"
    yield f"--{border}--\r\n".encode()

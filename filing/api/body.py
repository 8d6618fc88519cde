"""The bytes of a request's body, in pieces, as they come.

A body is never wholly in memory, never longer than announced, and a silent or
crawling sender does not hold a thread for ever. Plain ``wsgi.input`` works
under every server. Under gunicorn the bytes are taken past two buffers that
would copy each several times: from the socket, or from its reader of chunks.

Does not look at the bytes; see filing.api.delivery.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from gunicorn.http.body import Body as GunicornBody
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.errors import ParseException
from gunicorn.http.unreader import SocketUnreader

from filing.api.problems import BodyTooSlow, LengthRequired, UnknownTransferCoding
from filing.api.settings import ApiSettings
from filing.errors import BadRequest, FilingError, TooLarge

PIECE_BYTES = 1 << 18
Environ = Mapping[str, Any]  # PEP 3333: the values are of any type
_BEGUN = "filing.body_begun"
#: Of a refused body, so much is still read, so long, for the sender to see the answer.
_DRAINED_BYTES = 8 << 20
_DRAIN_SECONDS = 2.0
_LENGTH = re.compile(r"[0-9]{1,18}")


class _Socket(Protocol):
    """What is used of a socket, plain or TLS."""

    def gettimeout(self) -> float | None: ...
    def settimeout(self, value: float | None, /) -> None: ...


def announced_bytes(environ: Environ) -> int | None:
    """Length of the body, or None when it comes chunked.

    Raises LengthRequired if neither is said, BadRequest if it is no number,
    UnknownTransferCoding.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    if length:
        if not _LENGTH.fullmatch(length):
            raise BadRequest("Content-Length is not a number", "Content-Length 不是数字")
        return int(length)
    coding = environ.get("HTTP_TRANSFER_ENCODING") or ""
    if coding and environ.get("wsgi.input_terminated"):
        _check_coding(coding)
        return None
    raise LengthRequired(
        "say Content-Length, or send the body chunked", "请给出 Content-Length 或使用分块传输"
    )


def _check_coding(text: str) -> None:
    """Raise UnknownTransferCoding where the body is more than cut in chunks.

    Servers undo the chunks only: what was packed before would be taken for the delivery.
    """
    codings = [one.strip().lower() for one in text.split(",")]
    if packed := [one for one in codings if one not in ("chunked", "identity", "")]:
        raise UnknownTransferCoding(
            f"transfer coding {packed[0]}: send the body as it is, in chunks or with its length",
            f"不支持传输编码“{packed[0]}”，请直接发送原始内容，分块或给出长度",
        )


def checked_length(environ: Environ, settings: ApiSettings) -> int | None:
    """``announced_bytes``; also raises TooLarge when it is more than may be sent."""
    length = announced_bytes(environ)
    if length is not None and length > settings.max_body_bytes:
        raise _too_large(settings.max_body_bytes)
    return length


def pieces(environ: Environ, settings: ApiSettings) -> Iterator[bytes]:
    """Yield the body, up to PIECE_BYTES at a time.

    Raises TooLarge before reading when the announced length is too large and as
    soon as a chunked body grows too large; BadRequest when the body breaks off
    or is framed wrongly; BodyTooSlow; LengthRequired; UnknownTransferCoding.
    """
    length = checked_length(environ, settings)
    limit = settings.max_body_bytes
    if isinstance(environ, dict):
        environ[_BEGUN] = True
    read = _reader(environ, length)
    began, received = time.monotonic(), 0
    with _patience(environ, settings.idle_seconds):
        while length is None or received < length:
            wanted = PIECE_BYTES if length is None else min(PIECE_BYTES, length - received)
            piece = _next(read, wanted)
            if not piece:
                break
            received += len(piece)
            if received > limit:
                raise _too_large(limit)
            _keep_pace(environ, time.monotonic() - began, received, settings)
            yield piece
    if length is not None and received < length:
        raise BadRequest(
            f"the body broke off after {received} of {length} bytes",
            f"内容在第 {received} 字节处中断，应有 {length} 字节",
        )


def drain(environ: Environ, settings: ApiSettings) -> None:
    """Take a refused body that nobody has begun to read, if it is short and soon there.

    A server that closes while the sender still writes resets the connection, and the
    sender never sees why it was refused. Longer or slower bodies are closed upon.
    """
    if environ.get(_BEGUN) or environ.get("REQUEST_METHOD") not in ("POST", "PUT", "PATCH"):
        return
    short = replace(settings, max_body_bytes=_DRAINED_BYTES, idle_seconds=_DRAIN_SECONDS)
    until = time.monotonic() + _DRAIN_SECONDS
    if environ.get("HTTP_TRANSFER_ENCODING"):  # refused for it, perhaps; read it all the same
        environ = {**environ, "HTTP_TRANSFER_ENCODING": "chunked"}
    try:
        for _ in pieces(environ, short):
            if time.monotonic() > until:
                return
    except FilingError:
        return


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"a delivery has at most {limit} bytes", f"一次移交不超过 {limit} 字节")


def _next(read: Callable[[int], bytes], wanted: int) -> bytes:
    """One piece, with the server's exceptions told apart."""
    try:
        return read(wanted)
    except TimeoutError as error:
        raise BodyTooSlow("the body stopped coming", "请求内容停止传送") from error
    except (ParseException, OSError) as error:
        raise BadRequest(
            "the body broke off or is framed wrongly", "请求内容中断或分块有误"
        ) from error


def _keep_pace(environ: Environ, elapsed: float, received: int, settings: ApiSettings) -> None:
    """Raise BodyTooSlow for a sender that trickles to stay under the idle limit."""
    if elapsed > settings.idle_seconds and received < elapsed * settings.slowest_rate:
        # Gunicorn closes a connection whose body failed; else it would wait for the rest.
        if type(environ["wsgi.input"]) is GunicornBody:
            environ["wsgi.input"].failed = True
        raise BodyTooSlow(
            f"the body comes slower than {settings.slowest_rate} bytes per second",
            f"请求内容传送速度低于每秒 {settings.slowest_rate} 字节",
        )


@contextmanager
def _patience(environ: Environ, seconds: float) -> Iterator[None]:
    """Let reads from the connection wait ``seconds`` at most; then as before."""
    connection: _Socket | None = environ.get("gunicorn.socket")
    if connection is None:
        yield
        return
    before = connection.gettimeout()
    connection.settimeout(seconds)
    try:
        yield
    finally:
        connection.settimeout(before)


def _reader(environ: Environ, length: int | None) -> Callable[[int], bytes]:
    """How to read the next bytes: past gunicorn's buffers if that is safe, else wsgi.input."""
    source = environ["wsgi.input"]
    if type(source) is GunicornBody and not source.buf.tell():
        reader = source.reader
        if (
            type(reader) is LengthReader
            and type(reader.unreader) is SocketUnreader
            and reader.length == length
        ):
            return _from_socket(source)
        if type(reader) is ChunkedReader and length is None and not reader.buf.tell():
            return _from_chunks(source)
    read: Callable[[int], bytes] = source.read
    return read


def _from_socket(source: GunicornBody) -> Callable[[int], bytes]:
    """A body of known length, keeping gunicorn's account of what is left.

    ``reader.length`` is what gunicorn drains before the next request on the
    connection, so it is lowered with every byte taken; ``failed`` makes it close the
    connection where the next request's start is unknown.
    """
    reader = source.reader
    connection = reader.unreader.sock
    ahead = reader.unreader.take_buffered()
    if len(ahead) > reader.length:
        reader.unreader.unread(ahead[reader.length :])
        ahead = ahead[: reader.length]
    # Taken is taken: were they counted when handed on, a body given up in between
    # would make gunicorn drain that many bytes of the next request.
    reader.length -= len(ahead)

    def read(wanted: int) -> bytes:
        nonlocal ahead
        if ahead:
            piece, ahead = ahead[:wanted], ahead[wanted:]
            return bytes(piece)
        try:
            received = bytes(connection.recv(wanted))
        except OSError:
            source.failed = True
            raise
        reader.length -= len(received)
        source.failed = source.failed or not received
        return received

    return read


def _from_chunks(source: GunicornBody) -> Callable[[int], bytes]:
    """A chunked body, piece by piece as it comes.

    ``source.read`` would wait until it has all that is wanted, so that a sender
    that trickles could not be seen to do so.
    """
    reader = source.reader
    ahead = b""

    def read(wanted: int) -> bytes:
        nonlocal ahead
        try:
            while not ahead and reader.parser:
                ahead = next(reader.parser)
        except StopIteration:
            reader.parser = None
        except Exception:
            source.failed = True
            raise
        piece, ahead = ahead[:wanted], ahead[wanted:]
        return piece

    return read

"""Hand a request's body to staging: one package, or the parts of a multipart form.

The bytes go on as they come. Which parts there may be is for staging to say;
what they hold is for the reader of packages.

Source for multipart: RFC 7578. A file name may come as ``filename`` in UTF-8,
or as ``filename*`` (RFC 8187), which section 4.2 advises against but clients send.
"""

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    content_disposition_unquote,
    parse_options_header,
)

from filing.api.headers import extended_value
from filing.errors import BadRequest, DigestMismatch, TooLarge, UnsupportedMedia
from filing.evidence.hashing import THREAD_FROM_BYTES, Hasher, HashThread
from filing.services import Delivery, Incoming

MULTIPART = "multipart/form-data"
MEDIA_TYPES = ("application/xml", "application/zip", MULTIPART)
#: RFC 2046, section 5.1.1.
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_EXTENDED_NAME = re.compile(r"""(?i);\s*filename\*\s*=\s*([^\s;"]+)""")
_HEADER_BYTES = 8192
#: What staging digests of its own accord (sm3: where the archive seals with it).
_BY_STAGING = frozenset(("sha256", "sm3"))


def media_type(content_type: str, content_encoding: str) -> tuple[str, str]:
    """The kind of body and, for multipart, its boundary ("" else).

    Raises UnsupportedMedia, BadRequest (no usable boundary).
    """
    kind, options = parse_options_header(content_type)
    if content_encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("send the body without Content-Encoding", "请勿使用内容编码（压缩）")
    if kind not in MEDIA_TYPES:
        raise UnsupportedMedia(
            f"accepted: {', '.join(MEDIA_TYPES)}", f"可接收：{'、'.join(MEDIA_TYPES)}"
        )
    if kind != MULTIPART:
        return kind, ""
    boundary = options.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise BadRequest("multipart without a usable boundary", "multipart 缺少有效的 boundary")
    return kind, boundary


def stage_package(
    incoming: Incoming, pieces: Iterable[bytes], announced: Mapping[str, bytes]
) -> Delivery:
    """Stage a body that is one package. Raises DigestMismatch."""
    checked = None
    if here := announced.keys() - _BY_STAGING:
        pieces = checked = _Checked(pieces, {name: announced[name] for name in here})
        announced = {name: value for name, value in announced.items() if name not in here}
    for piece in pieces:
        incoming.write(piece)
    if checked is not None:
        checked.compare()
    return incoming.finish(announced)


def stage_parts(
    incoming: Incoming,
    pieces: Iterable[bytes],
    announced: Mapping[str, bytes],
    boundary: str,
    max_parts: int,
) -> Delivery:
    """Stage the parts of a multipart body.

    Content-Digest covers the body with its boundaries (RFC 9530, section 2),
    which staging never sees, so it is compared here and not announced further.

    Raises BadRequest for a body that is not multipart, TooLarge for too many
    parts, DigestMismatch.
    """
    checked = _Checked(pieces, announced)
    parser = PushMultipartParser(
        boundary,
        max_header_size=_HEADER_BYTES,
        max_segment_count=max_parts,
    )
    try:
        for piece in checked:
            _push(parser, piece, incoming)
        if not parser.closed:
            parser.close()
    except ParserLimitReached as error:
        raise TooLarge(
            f"multipart: {error}", f"multipart 超出限制（至多 {max_parts} 个部分）"
        ) from error
    except MultipartError as error:
        raise BadRequest(f"not a multipart body: {error}", "multipart 格式有误") from error
    checked.compare()
    return incoming.finish({})


def _push(parser: PushMultipartParser, piece: bytes, incoming: Incoming) -> None:
    for event in parser.parse(piece):
        if isinstance(event, MultipartSegment):
            incoming.begin_part(event.name or "", _file_name(event))
        elif event is not None:
            incoming.write(bytes(event))


def _file_name(segment: MultipartSegment) -> str:
    """The part's file name, "" if it has none.

    Raises BadRequest for a part whose bytes are written in a transfer encoding.
    """
    fields = dict(segment.headerlist)
    encoding = fields.get("Content-Transfer-Encoding", "binary").strip().lower()
    if encoding not in ("binary", "8bit", "7bit"):
        raise BadRequest(
            f"a part comes in transfer encoding {encoding!r}; send its bytes as they are",
            "各部分须以原始字节发送，不得使用传输编码",
        )
    disposition = fields.get("Content-Disposition", "")
    if found := _EXTENDED_NAME.search(disposition):
        return extended_value(found[1])
    _, options = parse_options_header(disposition, unquote=content_disposition_unquote)
    return str(options.get("filename", ""))


class _Checked:
    """Pieces that are digested on their way, with the announced algorithms only.

    A long body is digested by a thread of its own: staging digests its parts already.
    """

    def __init__(self, pieces: Iterable[bytes], announced: Mapping[str, bytes]) -> None:
        self._pieces = pieces
        self._announced = announced
        self._hasher = Hasher(tuple(announced))

    def __iter__(self) -> Iterator[bytes]:
        if not self._announced:
            yield from self._pieces
            return
        thread, taken = None, 0
        try:
            for piece in self._pieces:
                taken += len(piece)
                if thread is None and taken > THREAD_FROM_BYTES:
                    thread = HashThread(self._hasher)
                if thread is None:
                    self._hasher.update(piece)
                else:
                    thread.put(piece)
                yield piece
            if thread is not None:
                thread.finish()
        finally:
            if thread is not None:
                thread.stop()

    def compare(self) -> None:
        """Raise DigestMismatch unless every announced digest is the one found."""
        for found in self._hasher.digests():
            announced = self._announced[found.algorithm]
            if not hmac.compare_digest(found.value, announced):
                raise DigestMismatch(
                    f"{found.algorithm} of the body is {found.hex},"
                    f" announced was {announced.hex()}",
                    f"内容的 {found.algorithm} 摘要与声明不符",
                )

"""Request headers read into values, once, at the edge. All raise BadRequest.

Sources: RFC 9530 (Content-Digest), RFC 8941 (structured fields), RFC 7240
(Prefer), RFC 8187 (names in Content-Disposition).
"""

import base64
import binascii
import re
from urllib.parse import quote, unquote

from werkzeug.datastructures import Headers

from filing.errors import BadRequest
from filing.rules.facts import Registration

#: RFC 9530 name -> our name, bytes. The active ones of its registry, and the national one;
#: others, the deprecated among them, are not compared, as section 2 allows.
DIGEST_ALGORITHMS = {"sha-256": ("sha256", 32), "sha-512": ("sha512", 64), "sm3": ("sm3", 32)}
_BYTES = r":[A-Za-z0-9+/=]*:"
_STRING = r'"[\x20\x21\x23-\x5b\x5d-\x7e]*"'
# No alternative begins like another: one way to match, so no backtracking to abuse.
_TOKEN = r"[A-Za-z0-9*?-][A-Za-z0-9*.:/!#$%&'+^_`|~-]*"
_BARE = rf"(?:{_BYTES}|{_STRING}|{_TOKEN})"
_PARAMETERS = rf"(?:;[ ]*[a-z*][a-z0-9_.*-]*(?:={_BARE})?)*"
_MEMBER = re.compile(rf"([a-z*][a-z0-9_.*-]*)=({_BARE}){_PARAMETERS}[ \t]*(?:,[ \t]*|$)")
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_FIGURE = re.compile(r"[0-9]{1,18}")
_EXTENDED = re.compile(r"(?i)utf-8'[A-Za-z0-9-]*'([A-Za-z0-9!#$&+.^_`|~%-]*)")


def byte_sequence(text: str, name: str) -> bytes:
    """Read ``:base64:`` of the header ``name``.

    Raises BadRequest. Source: RFC 8941, section 3.3.5.
    """
    if len(text) < 2 or text[0] != ":" or text[-1] != ":":
        raise BadRequest(
            f"{name}: its bytes are written :base64:, between colons",
            f"{name} 的字节应写作 :base64:，首尾各一冒号",
        )
    try:
        return base64.b64decode(text[1:-1].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadRequest(
            f"{name}: between the colons is no base64", f"{name} 两个冒号之间不是有效的 base64"
        ) from error


def content_digest(text: str) -> dict[str, bytes]:
    """The digests announced: our algorithm name -> bytes, as many as it has.

    Unknown algorithms are ignored; anything not a dictionary of RFC 8941, or a
    digest of the wrong length, is refused rather than passed over.
    """
    announced: dict[str, bytes] = {}
    place = 0
    while place < len(text):
        member = _MEMBER.match(text, place)
        if member is None:
            raise BadRequest(
                "Content-Digest is not written as RFC 9530 says: sha-256=:base64:",
                "Content-Digest 的写法应为 sha-256=:base64:",
            )
        place = member.end()
        if known := DIGEST_ALGORITHMS.get(member[1]):
            name, wanted = known
            value = byte_sequence(member[2], "Content-Digest")
            if len(value) != wanted:
                raise BadRequest(
                    f"Content-Digest: {member[1]} has {wanted} bytes, found {len(value)}",
                    f"Content-Digest: {member[1]} 摘要应为 {wanted} 字节，实为 {len(value)} 字节",
                )
            announced[name] = value
    if text.rstrip().endswith(","):
        raise BadRequest("Content-Digest ends with a comma", "Content-Digest 以逗号结尾")
    return announced


def written_digest(algorithm: str, value: bytes) -> str:
    """One member of a Content-Digest or Repr-Digest header."""
    return f"{algorithm}=:{base64.b64encode(value).decode('ascii')}:"


def idempotency_key(text: str | None) -> str:
    """The key, taken as it stands: 1 to 128 visible ASCII characters; "" if none came."""
    if text is None:
        return ""
    if not _KEY.fullmatch(text):
        raise BadRequest(
            "Idempotency-Key has 1 to 128 visible ASCII characters",
            "Idempotency-Key 应为 1 至 128 个可见 ASCII 字符",
        )
    return text


def figure(headers: Headers, name: str) -> int | None:
    """A number that is not negative, or None where the header is absent."""
    text = headers.get(name)
    if text is None:
        return None
    if not _FIGURE.fullmatch(text):
        raise BadRequest(f"{name} is a whole number, not negative", f"{name} 应为非负整数")
    return int(text)


def registration(headers: Headers) -> Registration:
    """The figures of the 归档登记表, from Filing-Items, Filing-Files, Filing-Total-Bytes."""
    return Registration(
        items=figure(headers, "Filing-Items"),
        files=figure(headers, "Filing-Files"),
        total_bytes=figure(headers, "Filing-Total-Bytes"),
    )


def prefers_async(text: str) -> bool:
    """Does Prefer ask for respond-async? Source: RFC 7240, section 4.1."""
    wishes = (wish.split(";")[0].strip().lower() for wish in text.split(","))
    return "respond-async" in wishes


def extended_value(text: str) -> str:
    """Read ``UTF-8''percent-encoded``. Source: RFC 8187, section 3.2."""
    found = _EXTENDED.fullmatch(text)
    if found is None:
        raise BadRequest("filename* is written UTF-8''name", "filename* 的写法应为 UTF-8''文件名")
    try:
        return unquote(found[1], errors="strict")
    except UnicodeDecodeError as error:
        raise BadRequest("filename* is not UTF-8", "filename* 不是 UTF-8 编码") from error


def attachment(name: str) -> str:
    """Content-Disposition for saving under ``name``, with an ASCII name for old clients."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name) or "_"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"

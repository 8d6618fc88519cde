"""Canonical JSON: one value, one sequence of bytes.

Source: RFC 8785 (JSON Canonicalization Scheme). Of it we use the part without
fractions: numbers are whole and within ±(2^53 - 1), so no reader may round
them. What is signed or logged is written by ``canonical`` and read by ``parse``.

Documents we write by the thousand are put together from canonical parts by
``string``, ``number``, ``listed`` and ``assembled``; the bytes are the same.
"""

import json
import re
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring

GREATEST = (1 << 53) - 1
#: Deeper values are refused on both ways.
MAX_DEPTH = 32

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
)
_UNSORTED = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_BEYOND_BMP = re.compile(rb"[\xf0-\xf4]")


def canonical(value: object) -> bytes:
    """Return ``value`` as canonical JSON in UTF-8.

    value   dict with str keys, list or tuple, str, int, bool or None, nested

    Raises ValueError for anything else: fractions, greater numbers, lone
    surrogates, deeper nesting than MAX_DEPTH.

    Source: RFC 8785, section 3.2.
    """
    _check(value, MAX_DEPTH)
    try:
        written = _ENCODER.encode(value).encode("utf-8")
        # Keys sort by UTF-16 code units. Python sorts by code points, which is
        # the same until a character beyond U+FFFF stands in a key.
        if _BEYOND_BMP.search(written):
            written = _UNSORTED.encode(_in_utf16_order(value)).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate has no canonical form") from None
    return written


def string(value: str) -> bytes:
    """One string, canonical. Raises ValueError for a lone surrogate."""
    try:
        return encode_basestring(value).encode()
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate has no canonical form") from None


def number(value: int) -> bytes:
    """One whole number, canonical. Raises ValueError beyond GREATEST."""
    if not -GREATEST <= value <= GREATEST:
        raise ValueError("a number beyond 2^53 - 1 has no canonical form")
    return b"%d" % value


def listed(items: Iterable[bytes]) -> bytes:
    """A list of what is canonical already."""
    return b"[%b]" % b",".join(items)


def assembled(members: Mapping[str, bytes]) -> bytes:
    """An object of members that are canonical already.

    members   names in plain ASCII, without quotes, backslashes or controls
    """
    written = [b'"%b":%b' % (name.encode("ascii"), members[name]) for name in sorted(members)]
    return b"{%b}" % b",".join(written)


def parse(content: bytes) -> object:
    """Read bytes that must already be canonical.

    Raises ValueError for bytes that are not JSON, or not in canonical form
    (other order, spaces, repeated members, other escapes).
    """
    try:
        value: object = json.loads(content.decode("utf-8"), parse_float=_no_fraction)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if canonical(value) != content:
        raise ValueError("JSON, but not in canonical form")
    return value


def _no_fraction(text: str) -> object:
    raise ValueError(f"{text[:40]} is not a whole number")


def _check(value: object, depth: int) -> None:
    # Strings first: they are most of what there is.
    if isinstance(value, str) or value is None or value is True or value is False:
        return
    if isinstance(value, int):
        if not -GREATEST <= value <= GREATEST:
            raise ValueError("a number beyond 2^53 - 1 has no canonical form")
        return
    if depth == 0:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise ValueError(f"a {type(key).__name__} cannot name a member")
            if type(member) is not str:
                _check(member, depth - 1)
    elif isinstance(value, list | tuple):
        for member in value:
            if type(member) is not str:
                _check(member, depth - 1)
    else:
        raise ValueError(f"a {type(value).__name__} has no canonical form")


def _in_utf16_order(value: object) -> object:
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be"))
        return {key: _in_utf16_order(member) for key, member in ordered}
    if isinstance(value, (list, tuple)):
        return [_in_utf16_order(member) for member in value]
    return value

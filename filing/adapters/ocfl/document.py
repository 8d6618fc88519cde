"""A JSON document of unknown making, read in bounded memory and time.

And a fault: what is wrong with an object, by the specification's codes. E…
makes the object invalid, W… does not; X… is ours: not verified here.
"""

import json
import os
from dataclasses import dataclass
from typing import Any

#: An inventory of a hundred thousand files has some 20 MB.
MAX_BYTES = 32 << 20
#: JSON values in it, as a bound on the memory it takes when read.
MAX_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an object.

    code    as in the OCFL 1.1 validation codes; X001: not verified here
    place   file or folder below the object, "" for the object itself
    """

    code: str
    text: str
    place: str = ""

    @property
    def is_error(self) -> bool:
        """True when the object is invalid because of it."""
        return self.code.startswith("E")


def read_bounded(path: str) -> bytes:
    """A small file's bytes, at most one more than MAX_BYTES; no link is followed.

    Raises OSError.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb", buffering=0) as stream:
        # One byte more than there should be, so that a file that grows is told.
        wanted = min(os.fstat(handle).st_size, MAX_BYTES) + 1
        content = b""
        while block := stream.read(wanted - len(content)):
            content += block
        return content


def parse(content: bytes) -> tuple[object, list[Fault]]:
    """Read JSON in bounded memory and time.

    Duplicate keys, NaN, deep nesting and absurd sizes are faults (E033).
    """
    why = _refused_unread(content)
    if not why:
        try:
            return json.loads(
                content.decode(), object_pairs_hook=_unique, parse_constant=_no_constant
            ), []
        except (ValueError, RecursionError) as error:
            why = f"not valid JSON: {str(error)[:200]}"
    return None, [Fault("E033", why)]


def _refused_unread(content: bytes) -> str:
    if not content:
        return "the file is empty"
    if len(content) > MAX_BYTES:
        return f"larger than {MAX_BYTES} bytes"
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > MAX_TOKENS:
        return f"more than {MAX_TOKENS} values"
    return ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def printable(text: str) -> str:
    """Names that are not UTF-8 come as surrogates, which no report can carry."""
    return text.encode("utf-8", "backslashreplace").decode()

"""RTF: every brace it opens it closes; embedded objects are named as active content.

What follows ``\\binN`` are N raw bytes (pictures, objects), in which a brace or a backslash
means nothing. They are left out where braces are counted, and must all be there.

Reads a window at a time, whatever the file is. No text is taken out and nothing is shown.
Source: Rich Text Format Specification 1.9.1, "Conventions of an RTF Reader" and "Pictures".
"""

import re
from collections.abc import Iterator

from filing.adapters.formats.view import Budget, Bytes, Damaged, Exhausted
from filing.model.finding import Outcome
from filing.model.inspection import Inspection

_CHUNK = 1 << 20  # at least two bytes more than _LONGEST_BIN
_MOST_RUNS = 1_000_000
# Markup up to a \bin or the end; of a backslash, the byte behind it is taken with it.
_MARKUP = re.compile(rb"(?:[^\\]++|\\(?!bin(?![A-Za-z]))[\s\S])*+")
_BIN = re.compile(rb"\\bin(-?[0-9]{1,18})? ?")
_LONGEST_BIN = 32
_ESCAPED = re.compile(rb"\\[\\{}]")


def look(data: Bytes) -> Inspection:
    """Inspect what begins as RTF; ``format`` is left to PRONOM."""
    depth, outcome = 0, Outcome.PASSED
    try:
        for piece in _markup(data):
            plain = _ESCAPED.sub(b"", piece)
            depth += plain.count(b"{") - plain.count(b"}")
        detail = "括号配对 / braces balance"
        if depth:
            outcome, detail = Outcome.FAILED, "括号不配对 / braces do not balance"
    except Damaged as damage:
        outcome, detail = Outcome.FAILED, str(damage)
    except Exhausted:
        outcome = Outcome.UNDETERMINED
        detail = "二进制数据段过多，未查完 / too many binary runs to be checked"
    active = "嵌入对象 / embedded object" if data.find(b"\\objdata") >= 0 else ""
    return Inspection(None, outcome, detail, active=active, extensions=("rtf",))


def _markup(data: Bytes) -> Iterator[bytes]:
    """The markup in pieces, none cut within an escape, without the raw bytes.

    Raises Damaged when raw bytes are missing, Exhausted when there are too many runs of them.
    """
    at, size, runs = 0, len(data), Budget(_MOST_RUNS)
    while at < size:
        window, begin = data[at : at + _CHUNK], 0
        # What is behind may be cut; it is looked at again with the next window.
        safe = len(window) if at + len(window) >= size else len(window) - _LONGEST_BIN
        while begin < safe:
            stops = _end(window, begin, safe)
            yield window[begin:stops]
            begin = stops
            if (raw := _BIN.match(window, stops)) is None:
                break
            runs.spend(1)
            begin = raw.end() + max(0, int(raw[1] or 0))
        at += begin or len(window)
    if at > size:
        raise Damaged("\\bin 的二进制数据不完整 / binary data of \\bin is cut off")


def _end(window: bytes, begin: int, safe: int) -> int:
    """Where the markup from ``begin`` stops: at a \\bin, or not far behind ``safe``."""
    found = _MARKUP.match(window, begin)
    stops = found.end() if found else begin
    if stops < safe or safe == len(window):
        return stops
    kept = len(window[begin:safe].rstrip(b"\\"))
    # Of backslashes alone, two belong together.
    return begin + (kept or (safe - begin) // 2 * 2)

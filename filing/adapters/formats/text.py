"""Text: XML and plain text in UTF-8, GB18030 or UTF-16; RTF is rtf.py's.

Plain text must decode to its last byte and hold no control characters; XML must be
well-formed and without a DTD. Text that another format begins with (HTML, PostScript,
DXF, STEP …) is left to PRONOM.
"""

import codecs
import re
from collections.abc import Callable, Iterator

from filing.adapters.formats import rtf, xml_part
from filing.adapters.formats.programs import is_program
from filing.adapters.formats.view import Bytes, Damaged, Exhausted
from filing.model.finding import Outcome
from filing.model.inspection import Format, Inspection

_CHUNK = 1 << 20
_OVERLAP = 256
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_PLAIN = Format("x-fmt/111", "纯文本 / Plain Text File", "", "text/plain", "signature")
_XML = Format("fmt/101", "XML / Extensible Markup Language", "1.0", "application/xml", "signature")
_SUITS = ("txt", "text", "csv", "tsv", "log", "md")
# How other text formats begin; PRONOM knows them by name.
_OTHERS = re.compile(
    rb"\s*(?:<|%!|\{|\[|BEGIN:|ISO-10303|From |Received:|Return-Path:|MIME-Version"
    rb"|0\r?\n\s*SECTION|solid |P[1-6]\s)"
)
_SCRIPT = re.compile(
    rb"<(?:[\w.-]{1,100}:)?script|javascript:|\son(?:load|click|error)\s*=", re.IGNORECASE
)


def look(data: Bytes) -> Inspection | None:
    """Inspect text; None when the bytes are not text. ``format`` None: ask PRONOM."""
    head = data[:4096]
    if is_program(head[:64]):
        detail = "可执行程序或脚本 / a program"
        return Inspection(None, Outcome.UNDETERMINED, detail, active="程序 / program")
    if head.startswith(b"{\\rtf"):
        return rtf.look(data)
    encoding = _encoding(data)
    if encoding is None:
        return None
    wide = head[:4] in (b"\xff\xfe<\0", b"\xfe\xff\0<")
    if wide or head.removeprefix(codecs.BOM_UTF8).startswith(b"<?xml"):
        return _xml(data)
    detail = f"{encoding} 编码 / encoded text"
    other = _OTHERS.match(_plain_start(head))
    active, searched = _active(_has_script, data) if other else ("", True)
    kind = None if other else _PLAIN
    return Inspection(
        kind, Outcome.PASSED, detail, active=active, searched=searched, extensions=_SUITS
    )


def _active(runs: Callable[[Bytes], bool], data: Bytes) -> tuple[str, bool]:
    """What would run, and whether all was searched for it."""
    try:
        return "脚本 / script" if runs(data) else "", True
    except Exhausted:
        return "", False


def _plain_start(head: bytes) -> bytes:
    """How the text begins, without a byte order mark, in an encoding that extends ASCII."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace").encode("utf-8", "replace")
    return head.removeprefix(codecs.BOM_UTF8)


def _pieces(data: Bytes) -> Iterator[bytes]:
    for at in range(0, len(data), _CHUNK):
        yield data[at : at + _CHUNK]


def _has_script(data: Bytes) -> bool:
    """Whether a browser would run something: by its words, or by its markup if it is XML."""
    try:
        return _says_script(data) or xml_part.runs(_pieces(data))
    except Damaged:
        return False


def _says_script(data: Bytes) -> bool:
    """By words alone. Pieces overlap, so that none is cut in two unseen."""
    return any(
        _SCRIPT.search(data[at : at + _CHUNK + _OVERLAP]) for at in range(0, len(data), _CHUNK)
    )


def _marks_script(data: Bytes) -> bool:
    """By its markup: for XML that no program takes for a page by its words."""
    return _may_run(data) and xml_part.runs(_pieces(data))


def _may_run(data: Bytes) -> bool:
    """False only where no element can be of a page or drawing; cheaper than a second parse."""
    wide = data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return wide or any(data.find(one) >= 0 for one in (b"1999/xhtml", b"2000/svg", b"&#"))


def _encoding(data: Bytes) -> str | None:
    """The encoding the whole file decodes in; None when there is none or it is binary."""
    start = data[:2]
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "UTF-16" if _decodes(data, "utf-16") else None
    if any(_CONTROL.search(piece) for piece in _pieces(data)):
        return None
    for encoding in ("utf-8", "gb18030"):
        if _decodes(data, encoding):
            return encoding.upper()
    return None


def _decodes(data: Bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _pieces(data):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _xml(data: Bytes) -> Inspection:
    """XML; a root in a namespace may be a format of its own, which PRONOM knows."""
    try:
        xml_part.check(_pieces(data), "XML")
    except Damaged as damage:
        return Inspection(_XML, Outcome.FAILED, str(damage), extensions=("xml",))
    except Exhausted:
        detail = "一个元素的属性过多，未查完 / too many attributes of one element to be checked"
        return Inspection(_XML, Outcome.UNDETERMINED, detail, searched=False, extensions=("xml",))
    kind = None if _root_may_be_known(data) else _XML
    active, searched = _active(_has_script if kind is None else _marks_script, data)
    detail = "XML 格式正确 / well-formed"
    return Inspection(
        kind, Outcome.PASSED, detail, active=active, searched=searched, extensions=("xml",)
    )


def _root_may_be_known(data: Bytes) -> bool:
    """True when the root stands in a namespace written in ASCII, as published formats do."""
    namespace = xml_part.root_namespace(data[:65_536])
    return bool(namespace) and namespace.isascii()

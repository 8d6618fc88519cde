"""PDF (ISO 32000): version, pages, encryption, signatures, and what would run.

The version is the header's, as PRONOM tells it; a PDF/A claim in the XMP metadata
(ISO 19005, pdfaid) gives the claim's own identifier where the claim is one PRONOM
knows. A claim is a claim: nobody here validates PDF/A.

qpdf opens the file under limits for inflating, filters and errors, so that a small
file cannot ask for much memory. A file it could only open by rebuilding the
cross-reference table counts as opened, and the detail says so.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from pikepdf.settings import set_qpdf_limits

from filing.adapters.formats.programs import is_program
from filing.adapters.formats.view import Budget, Exhausted
from filing.model.finding import Outcome
from filing.model.inspection import Format, Inspection

# The limits are the process's: set before any thread opens a PDF.
set_qpdf_limits(
    flate_max_memory=64 << 20,
    run_length_max_memory=64 << 20,
    png_max_memory=64 << 20,
    tiff_max_memory=64 << 20,
    dct_max_memory=64 << 20,
    max_stream_filters=3,
    parser_max_nesting=100,
    parser_max_container_size=1_000_000,
    doc_max_warnings=200,
)

PUIDS = {
    "1.0": "fmt/14",
    "1.1": "fmt/15",
    "1.2": "fmt/16",
    "1.3": "fmt/17",
    "1.4": "fmt/18",
    "1.5": "fmt/19",
    "1.6": "fmt/20",
    "1.7": "fmt/276",
    "2.0": "fmt/1129",
}
ARCHIVAL_PUIDS = {
    "1A": "fmt/95",
    "1B": "fmt/354",
    "2A": "fmt/476",
    "2B": "fmt/477",
    "2U": "fmt/478",
    "3A": "fmt/479",
    "3B": "fmt/480",
    "3U": "fmt/481",
    "4": "fmt/1910",
    "4E": "fmt/1911",
    "4F": "fmt/1912",
}
_HEADER = re.compile(rb"%PDF-(\d\.\d)")
_PART = re.compile(rb"pdfaid:part\s*(?:>|=\s*[\"'])\s*(\d)")
_CONFORMANCE = re.compile(rb"pdfaid:conformance\s*(?:>|=\s*[\"'])\s*([A-Za-z])")
_NAME = "PDF / Portable Document Format"
_XMP_LIMIT_BYTES = 1 << 20
_MAX_OBJECTS = 100_000
#: Action types (ISO 32000-1, 12.6.4) that run, send or fetch something.
_RUNS = {"/JavaScript": "JavaScript", "/Launch": "Launch", "/ImportData": "ImportData",
         "/SubmitForm": "SubmitForm", "/Rendition": "Rendition"}  # fmt: skip
# What pikepdf raises when an object is not what its place promises.
_ODD = (pikepdf.PdfError, pikepdf.ForeignObjectError, ValueError, TypeError, KeyError,
        IndexError, RuntimeError, AttributeError, OverflowError)  # fmt: skip


def header(head: bytes) -> str | None:
    """The version after ``%PDF-`` in the first 1024 bytes; None when it is no PDF."""
    found = _HEADER.search(head)
    return found[1].decode("ascii") if found else None


@dataclass(slots=True)
class _Walk:
    """What a walk over the document found."""

    budget: Budget
    active: dict[str, None] = field(default_factory=dict)  # ordered, each once
    signatures: int = 0
    attachments: int = 0
    seen: set[tuple[int, int]] = field(default_factory=set)

    def enter(self, node: Object) -> bool:
        """Count a visit; False for an object visited before."""
        self.budget.spend(1)
        if node.is_indirect:
            if node.objgen in self.seen:
                return False
            self.seen.add(node.objgen)
        return True


def look(path: str, head: bytes) -> Inspection:
    """Inspect the PDF at ``path``, whose first bytes are ``head``."""
    version = header(head) or ""
    try:
        with pikepdf.open(path, suppress_warnings=True) as document:
            return _opened(document, version)
    except pikepdf.PasswordError:
        detail = "加密，需要口令才能阅读 / encrypted, a password is needed"
        return _inspection(_format(version, ""), Outcome.UNDETERMINED, detail, encrypted=True)
    except _ODD as error:
        detail = f"打不开 / cannot be opened: {_plain(str(error))}"
        return _inspection(_format(version, ""), Outcome.FAILED, detail)


def _opened(document: Pdf, version: str) -> Inspection:
    pages = len(document.pages)
    walk = _Walk(Budget(_MAX_OBJECTS))
    try:
        _document(document, walk)
        unfinished = ""
    except Exhausted:
        unfinished = f"；对象过多，动作只查了前 {_MAX_OBJECTS} 个 / not all actions were looked at"
    claimed = _get(_get(document.Root, "/Pages"), "/Count")
    outcome, detail = _pages(pages, claimed)
    if warnings := document.get_warnings():
        detail += f"；修复后打开 / opened with repairs: {_plain(str(warnings[0]))}"
    if document.is_encrypted:
        detail += "；已加密，但无口令可读 / encrypted, readable without a password"
    if walk.attachments:
        detail += f"；{walk.attachments} 个附件 / attachments"
    return _inspection(
        _format(version, _claim(document)),
        outcome,
        detail + unfinished,
        encrypted=document.is_encrypted,
        active=", ".join(walk.active),
        signatures=walk.signatures,
    )


def _pages(found: int, claimed: object) -> tuple[Outcome, str]:
    if not found:
        return Outcome.FAILED, "没有页面 / no pages"
    if isinstance(claimed, int) and claimed > found:
        return Outcome.FAILED, f"应有 {claimed} 页，只找到 {found} 页 / {claimed} pages stated"
    return Outcome.PASSED, f"{found} 页 / {found} pages"


def _plain(text: str) -> str:
    """A qpdf message without the path it begins with."""
    return re.sub(r"^\S*(?:/proc/self/fd/\d+|\.\w+)(?: \([^)]*\))?: ?", "", text)[:160]


def _get(node: object, key: str) -> object:
    """``node[key]``, or None when node is no dictionary or has no such key."""
    if isinstance(node, (Dictionary, Stream)):
        return node.get(key)
    return None


def _items(node: object) -> Iterator[object]:
    if isinstance(node, Array):
        yield from node.as_list()


def _document(document: Pdf, walk: _Walk) -> None:
    """Everything that can act: the catalogue, its forms and names, the pages."""
    root = document.Root
    _action(_get(root, "/OpenAction"), walk)
    _actions(root, walk)
    names = _get(root, "/Names")
    if _get(names, "/JavaScript") is not None:
        walk.active["JavaScript"] = None
    _embedded(_get(names, "/EmbeddedFiles"), walk)
    form = _get(root, "/AcroForm")
    if _get(form, "/XFA") is not None:
        walk.active["XFA"] = None
    for one in _items(_get(form, "/Fields")):
        _fields(one, walk)
    for page in document.pages:
        walk.budget.spend(1)
        _actions(page.obj, walk)
        for note in _items(_get(page.obj, "/Annots")):
            _annotation(note, walk)


def _actions(node: object, walk: _Walk) -> None:
    """The additional actions (/AA) of a dictionary."""
    extra = _get(node, "/AA")
    if isinstance(extra, Dictionary) and walk.enter(extra):
        for _, action in extra.items():
            _action(action, walk)


def _action(first: object, walk: _Walk) -> None:
    """One action and those after it. A destination (an array or name) is none."""
    waiting = [first]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array):
            waiting += [one for one in node.as_list() if isinstance(one, Dictionary)]
        if not isinstance(node, Dictionary) or not walk.enter(node):
            continue
        kind = node.get("/S")
        if isinstance(kind, Name) and str(kind) in _RUNS:
            walk.active[_RUNS[str(kind)]] = None
        elif _get(node, "/JS") is not None:
            walk.active["JavaScript"] = None
        waiting.append(node.get("/Next"))


def _annotation(note: object, walk: _Walk) -> None:
    if not isinstance(note, Dictionary) or not walk.enter(note):
        return
    _action(note.get("/A"), walk)
    _actions(note, walk)
    kind = note.get("/Subtype")
    if kind == Name.RichMedia:
        walk.active["RichMedia"] = None
    if kind == Name.FileAttachment:
        _file(note.get("/FS"), walk)


def _fields(top: object, walk: _Walk) -> None:
    """A form field and those below it; a signed signature field is counted."""
    # A field may be its own annotation, so fields keep their own list of visits.
    seen: set[tuple[int, int]] = set()
    waiting = [top]
    while waiting:
        node = waiting.pop()
        walk.budget.spend(1)
        if not isinstance(node, Dictionary) or (node.is_indirect and node.objgen in seen):
            continue
        seen.add(node.objgen)
        if node.get("/FT") == Name.Sig and node.get("/V") is not None:
            walk.signatures += 1
        _action(node.get("/A"), walk)
        _actions(node, walk)
        waiting += _items(node.get("/Kids"))


def _embedded(tree: object, walk: _Walk) -> None:
    """The name tree of embedded files."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Dictionary) or not walk.enter(node):
            continue
        for one in _items(node.get("/Names")):
            if isinstance(one, Dictionary):
                _file(one, walk)
        waiting += _items(node.get("/Kids"))


def _file(specification: object, walk: _Walk) -> None:
    """One attached file, by its name and first bytes."""
    if not isinstance(specification, Dictionary) or not walk.enter(specification):
        return
    walk.attachments += 1
    name = str(_get(specification, "/UF") or _get(specification, "/F") or "")
    stream = _get(_get(specification, "/EF"), "/F")
    if is_program(_first_bytes(stream), name):
        walk.active[f"附件是程序 {name[:80]} / attached program"] = None


def _first_bytes(stream: object) -> bytes:
    """The first 64 bytes of a stream that is plain or deflated; else b""."""
    return _bounded(stream, 64)


def _bounded(stream: object, limit_bytes: int) -> bytes:
    """At most ``limit_bytes`` of a stream's content, without inflating the rest."""
    if not isinstance(stream, Stream):
        return b""
    filters = stream.get("/Filter")
    if isinstance(filters, Array) and len(filters) == 1:
        filters = filters[0]
    raw = memoryview(stream.get_raw_stream_buffer())
    if filters is None:
        return bytes(raw[:limit_bytes])
    if filters != Name.FlateDecode:
        return b""
    try:
        return zlib.decompressobj().decompress(raw[: limit_bytes * 2 + 1024], limit_bytes)
    except zlib.error:
        return b""


def _claim(document: Pdf) -> str:
    """What the XMP metadata claims of PDF/A ("2B"); "" when it claims nothing."""
    try:
        packet = _bounded(_get(document.Root, "/Metadata"), _XMP_LIMIT_BYTES)
    except _ODD:
        return ""
    part, conformance = _PART.search(packet), _CONFORMANCE.search(packet)
    if part is None:
        return ""
    return (part[1] + (conformance[1] if conformance else b"")).decode("ascii").upper()


def _format(version: str, claim: str) -> Format:
    puid = PUIDS.get(version, "")
    if not claim:
        return Format(
            puid, "PDF / Portable Document Format", version, "application/pdf", "signature"
        )
    known = ARCHIVAL_PUIDS.get(claim)
    claim = claim[:1] + claim[1:].lower()
    name = f"PDF/A-{claim}（自称）/ PDF/A-{claim}, as it claims"
    return Format(known or puid, name, version, "application/pdf", "signature")


def _inspection(
    kind: Format,
    opens: Outcome,
    detail: str,
    encrypted: bool = False,
    active: str = "",
    signatures: int = 0,
) -> Inspection:
    return Inspection(
        format=kind,
        opens=opens,
        detail=detail,
        encrypted=encrypted,
        active=active,
        signatures=signatures,
        extensions=("pdf",),
    )

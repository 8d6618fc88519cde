"""PDF (ISO 32000): version, pages, encryption, signatures, and what would run.

The version is the header's, as PRONOM tells it; a PDF/A claim in the XMP metadata
(ISO 19005, pdfaid) gives the claim's own identifier where the claim is one PRONOM
knows. A claim is a claim: nobody here validates PDF/A.

qpdf opens the file under limits for inflating, filters and errors. They do not bound what
the objects themselves take, some seventy times their text: only a small file without
packed objects is read here, any other one in a process of its own (``apart``). A file it
could only open by rebuilding the cross-reference table counts as opened, and the detail
says so.
"""

import io
import os
import re
from collections.abc import Iterable

import pikepdf

from filing.adapters.formats.apart import Apart
from filing.adapters.formats.pdf_actions import MAX_OBJECTS, Walk, get, start_of, walk_document
from filing.adapters.formats.qpdf import BEYOND, NO_ROOM, NOT_MADE, ODD, Document, heard
from filing.adapters.formats.view import Budget, Exhausted, as_handle, counted, handle_path
from filing.model.finding import Outcome
from filing.model.inspection import Format, Inspection
from filing.model.package import Content

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
_SIZE = re.compile(rb"/Size\s+(\d+)")
_FEW = 20
#: What is read here takes at most seventy times as much memory.
_CHEAP_BYTES = 512 << 10
#: In a file without these no object is packed: the names of what holds packed ones and their
#: places, written plainly or with any of their letters by its number.
_MAY_BE_PACKED = re.compile(rb"/(?:XRef|ObjStm|[XRefObjStm]{0,5}#[0-9A-Fa-f]{2})")
#: Objects of one document: each may cost half a kilobyte, however small it is packed.
_MAX_LISTED = 300_000
_NAME = "PDF / Portable Document Format"
_XMP_LIMIT_BYTES = 1 << 20


def header(head: bytes) -> str | None:
    """The version after ``%PDF-`` in the first 1024 bytes; None when it is no PDF."""
    found = _HEADER.search(head)
    return found[1].decode("ascii") if found else None


class _Memory(io.BytesIO):
    """Bytes under a name of ours: qpdf's messages begin with what it was given."""

    def __repr__(self) -> str:
        return "content"


_apart = Apart()


def look(content: Content, head: bytes) -> Inspection:
    """Inspect a PDF whose first bytes are ``head``."""
    body = content.body
    if not isinstance(body, bytes) or len(body) > _CHEAP_BYTES or _MAY_BE_PACKED.search(body):
        with as_handle(content) as handle:
            try:
                return _apart.look(handle)
            except Exhausted as limit:
                return _not_looked_at(head, str(limit))
    # qpdf asks for bytes in memory object by object, and maps a file at once:
    # that only pays when there are more than a few objects.
    if _has_few_objects(body):
        return _look(_Memory(body), "stream content", head, len(body))
    with as_handle(content) as handle:
        return look_at(handle)


def look_at(handle: int) -> Inspection:
    """Inspect the PDF open at ``handle``, in this process. Raises MemoryError."""
    path = handle_path(handle)
    return _look(path, path, os.pread(handle, 1024, 0), os.fstat(handle).st_size)


_LARGE = "对象过大 / an object is too large"


def _not_looked_at(head: bytes, why: str) -> Inspection:
    chinese, _, english = why.partition(" / ")
    detail = f"未能看完，{chinese} / not looked at to its end: {english}"
    kind = _format(header(head) or "", "")
    return _inspection(kind, Outcome.UNDETERMINED, detail, searched=False)


def _has_few_objects(body: bytes) -> bool:
    """Whether the trailer says so; a hint for speed, believed for nothing else."""
    stated = _SIZE.findall(body[-1024:])
    return bool(stated) and len(stated[-1]) < 3 and int(stated[-1]) <= _FEW


def _look(source: _Memory | str, called: str, head: bytes, size_bytes: int) -> Inspection:
    version = header(head) or ""
    try:
        with pikepdf.open(source, suppress_warnings=True) as document:
            return _opened(Document(document, size_bytes, []), version, called)
    except pikepdf.PasswordError:
        detail = "加密，需要口令才能阅读 / encrypted, a password is needed"
        return _inspection(_format(version, ""), Outcome.UNDETERMINED, detail, encrypted=True)
    except ODD as error:
        said = heard(source)
        if any(NO_ROOM in one for one in said):
            raise MemoryError from error
        if any(BEYOND in one for one in said):
            return _not_looked_at(head, _LARGE)
        detail = f"PDF 结构无法读取 / cannot be opened: {_plain(str(error), called)}"
        return _inspection(_format(version, ""), Outcome.FAILED, detail)


def _opened(opened: Document, version: str, called: str) -> Inspection:
    document = opened.pdf
    if opened.listed() > _MAX_LISTED:
        detail = f"对象超过 {_MAX_LISTED} 个，未查 / more objects than are looked at"
        kind, encrypted = _format(version, ""), document.is_encrypted
        return _inspection(kind, Outcome.UNDETERMINED, detail, encrypted, searched=False)
    pages = len(document.pages)
    walk = Walk(Budget(MAX_OBJECTS), opened.has_longer_streams)
    unfinished = ""
    try:
        walk_document(document, walk)
    except Exhausted:
        unfinished = f"；对象过多，动作只查了前 {MAX_OBJECTS} 个 / not all actions were looked at"
    if any(NO_ROOM in one for one in opened.said()):
        raise MemoryError
    if any(NOT_MADE.search(one) for one in opened.said()):
        unfinished += (
            "；有对象无法读取，未查其中动作 / an object that cannot be read was not searched"
        )
    if walk.unread:
        unfinished += "；附件过大，未查看开头 / attachments too large to look at"
    claimed = get(get(document.Root, "/Pages"), "/Count")
    outcome, detail = _pages(pages, claimed)
    if outcome is Outcome.FAILED and any(BEYOND in one for one in opened.said()):
        outcome = Outcome.UNDETERMINED
    if warnings := opened.said():
        detail += f"；修复后打开 / opened with repairs: {_plain(warnings[0], called)}"
    if document.is_encrypted:
        detail += "；已加密，但无口令可读 / encrypted, readable without a password"
    if walk.attachments:
        detail += f"；{counted(walk.attachments, '个附件', 'attachment')}"
    return _inspection(
        _format(version, _claim(opened)),
        outcome,
        detail + unfinished,
        encrypted=document.is_encrypted,
        active=_in_both(walk.active),
        signatures=walk.signatures,
        searched=not unfinished,
    )


def _pages(found: int, claimed: object) -> tuple[Outcome, str]:
    if not found:
        return Outcome.FAILED, "没有页面 / no pages"
    if isinstance(claimed, int) and claimed > found:
        return (
            Outcome.FAILED,
            f"应有 {claimed} 页，只找到 {found} 页 / {claimed} pages stated, {found} found",
        )
    return Outcome.PASSED, counted(found, "页", "page")


def _in_both(active: Iterable[str]) -> str:
    """What would run, each in both languages where one of them is."""
    some = tuple(active)
    if not any(" / " in one for one in some):
        return ", ".join(some)
    return "；".join(one if " / " in one else f"{one} / {one}" for one in some)


def _plain(text: str, called: str) -> str:
    """A qpdf message without the name it begins with: where a file is staged is ours."""
    return text.replace(called, "").lstrip(" ,:")[:160]


def _claim(opened: Document) -> str:
    """What the XMP metadata claims of PDF/A ("2B"); "" when it claims nothing."""
    try:
        walk = Walk(Budget(1), opened.has_longer_streams)
        packet = start_of(get(opened.pdf.Root, "/Metadata"), _XMP_LIMIT_BYTES, walk)
    except ODD:
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
    searched: bool = True,
) -> Inspection:
    return Inspection(
        format=kind,
        opens=opens,
        detail=detail,
        encrypted=encrypted,
        active=active,
        searched=searched,
        signatures=signatures,
        extensions=("pdf",),
    )

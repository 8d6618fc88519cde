"""Look at a content file for a page: its format, and how it may be shown.

The file's name is not believed. Only what its bytes prove to be a picture or a PDF
goes to the browser; HTML, SVG and the rest are never shown as what they are.
Memory stays the same for every file: it is copied to a nameless file on the disk
when it is not small, and only so far as ``most_bytes``.

Judges nothing; see filing.rules.
"""

import shutil
import tempfile
from pathlib import Path
from typing import IO, BinaryIO

from filing.adapters.formats.examine import inspect
from filing.adapters.formats.view import view
from filing.adapters.preview.ofd_tree import ofd_tree
from filing.model.inspection import Inspection
from filing.model.package import Content
from filing.model.preview import Look, Way

#: Characters of text shown.
TEXT_SHOWN = 20_000
_BLOCK = 1 << 20
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_PDF = "application/pdf"


def media_type(head: bytes) -> str:
    """The type a browser may show bytes beginning with ``head`` as; "" for none."""
    for mark, kind in _PICTURES:
        if head.startswith(mark):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return _PDF if head.startswith(b"%PDF-") else ""


class Looker:
    """Looks at files.

    folder      where a file is put while it is looked at; nothing of it stays
    most_bytes  a larger file is not looked into
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most = folder, most_bytes

    def media_type(self, head: bytes) -> str:
        """See filing.services.forms.Previews."""
        return media_type(head)

    def look(self, stream: BinaryIO, size_bytes: int) -> Look:
        """See filing.services.forms.Previews."""
        if size_bytes > self._most:
            return Look(Way.NONE, detail="文件过大，不预览 / too large to be shown here")
        if size_bytes <= _BLOCK:
            return _look(Content("", size_bytes, (), stream.read(size_bytes + 1)))
        with tempfile.TemporaryFile(dir=self._folder) as spool:
            return _look(_spooled(stream, spool, size_bytes))


def _spooled(stream: BinaryIO, spool: IO[bytes], size_bytes: int) -> Content:
    shutil.copyfileobj(stream, spool, _BLOCK)
    spool.flush()
    # The file has no name; this one leads to it as long as it is open.
    return Content("", size_bytes, (), Path(f"/proc/self/fd/{spool.fileno()}"))


def _look(content: Content) -> Look:
    with content.open() as stream:
        head = stream.read(TEXT_SHOWN * 4)
    found = inspect(content)
    kind = media_type(head)
    if kind:
        way = Way.PDF if kind == _PDF else Way.IMAGE
        return _said(found, Look(way, media_type=kind))
    if found.format is not None and found.format.puid == "ofd":
        with view(content) as data:
            return _said(found, Look(Way.OFD, tree=ofd_tree(data)))
    text = _text(head)
    if text is not None:
        cut = content.size_bytes > len(head) or len(text) > TEXT_SHOWN
        return _said(found, Look(Way.TEXT, text=text[:TEXT_SHOWN], cut=cut))
    return _said(found, Look(Way.NONE))


def _said(found: Inspection, look: Look) -> Look:
    known = found.format
    return Look(
        way=look.way,
        format="" if known is None else f"{known.name} {known.version}".strip(),
        puid="" if known is None else known.puid,
        opens=str(found.opens),
        detail=found.detail,
        media_type=look.media_type,
        text=look.text,
        cut=look.cut,
        tree=look.tree,
    )


def _text(head: bytes) -> str | None:
    """The bytes as text; None when they are not text."""
    if b"\x00" in head:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        # The last character may have been cut in two.
        for end in range(len(head), max(len(head) - 4, -1), -1):
            try:
                return head[:end].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None

"""Look into a content file: what format it is, whether it opens, what it hides.

``inspect`` never raises for bytes it does not like, holds a few megabytes at most
and takes time in proportion to the file, with caps where a small file could ask for
much (inflated bytes, directory entries, PDF objects). The formats a record usually
has are told by a table of our own in well under a millisecond; the rest is asked of
PRONOM's signatures (``pronom``), which are loaded on first need.

Nothing is decoded to pixels, rendered or run, and the file's name is not believed.
"""

from dataclasses import replace

from filing.adapters.formats import images, legacy, ofd, office, packed, pdf, pronom, text
from filing.adapters.formats.view import Bytes, Damaged, as_path, view
from filing.adapters.formats.zipped import Directory, read_directory
from filing.model.finding import Outcome
from filing.model.inspection import Inspection
from filing.model.package import Content

_EMPTY = Inspection(None, Outcome.FAILED, "空文件，没有任何字节 / the file is empty")


def inspect(content: Content) -> Inspection:
    """Look into ``content``; see Inspection for what each answer means.

    Raises OSError if the staged file cannot be read, OutsideUnavailable if what reads it
    cannot be started: that is our fault, not its.
    """
    with view(content) as data:
        if not len(data):
            return _EMPTY
        found = _by_signature(content, data)
    if found.format is not None:
        return found
    with as_path(content) as path:
        return replace(found, **pronom.as_changes(pronom.identify(path)))


def _by_signature(content: Content, data: Bytes) -> Inspection:
    """Ask the readers in turn; without ``format`` when PRONOM must say what it is."""
    head = data[:1024]
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zipped(data)
    if pdf.header(head) is not None:
        return pdf.look(content, head)
    for reader in (images.look, legacy.look, packed.look, text.look):
        found = reader(data)
        if found is not None:
            return found
    return Inspection(None, Outcome.UNDETERMINED, "没有能打开它的程序 / no reader for this format")


def _zipped(data: Bytes) -> Inspection:
    """OFD, an office document, or a ZIP and nothing more."""
    try:
        directory: Directory = read_directory(data)
    except Damaged as damage:
        return ofd.damaged(data, str(damage)) or packed.damaged_zip(str(damage))
    return ofd.look(data, directory) or office.look(data, directory) or packed.zip_(data, directory)

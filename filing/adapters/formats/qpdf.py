"""qpdf: the limits it reads under, and what it says of a file it reads or fails to read.

Of an object it did not make it only warns: there was no room, a limit of ours, or too much
was wrong with it. Where it cannot open a file at all there is no document to ask for its
warnings; it is then listened to while it fails once more.
"""

import logging
import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

import pikepdf
from pikepdf import Pdf
from pikepdf.settings import set_qpdf_limits

# What pikepdf raises when an object is not what its place promises.
ODD = (pikepdf.PdfError, pikepdf.ForeignObjectError, ValueError, TypeError, KeyError,
        IndexError, RuntimeError, AttributeError, OverflowError)  # fmt: skip
_HIGHEST = re.compile(r"highest object number \((\d+)\)")
#: In a file of this size a stream cannot be much longer than it says.
_SMALL_BYTES = 16 << 20
#: qpdf says so of an object it did not make: there was no room, or too much was wrong with it.
NOT_MADE = re.compile(r"treating object as null|error reading object|limits error|too many errors")
NO_ROOM = "bad_alloc"
BEYOND = "limits error"
_thread = threading.local()


def _hear(record: logging.LogRecord) -> bool:
    """Keep what qpdf says of an odd object for the thread that asked; it is written nowhere."""
    if (kept := getattr(_thread, "heard", None)) is not None:
        kept.append(record.getMessage())
    return False


# Nothing of pikepdf is written: it has a line for every odd object of a file.
logging.getLogger("pikepdf").setLevel(logging.CRITICAL)
logging.getLogger("pikepdf._core").setLevel(logging.WARNING)
logging.getLogger("pikepdf._core").addFilter(_hear)
# The limits are the process's: set before any thread opens a PDF.
set_qpdf_limits(
    flate_max_memory=16 << 20,
    run_length_max_memory=64 << 20,
    png_max_memory=64 << 20,
    tiff_max_memory=64 << 20,
    dct_max_memory=64 << 20,
    max_stream_filters=3,
    parser_max_nesting=100,
    parser_max_container_size=1_000_000,
    doc_max_warnings=200,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF that qpdf opened. ``warnings`` of it so far: each is told once."""

    pdf: Pdf
    size_bytes: int
    warnings: list[str]

    def said(self) -> list[str]:
        """All warnings up to now."""
        self.warnings.extend(map(str, self.pdf.get_warnings()))
        return self.warnings

    def listed(self) -> int:
        """Objects in its table; what the trailer says is warned of where it is wrong."""
        stated = self.pdf.trailer.get("/Size")
        found = [int(hit[1]) for one in self.said() if (hit := _HIGHEST.search(one))]
        return max(found, default=stated if isinstance(stated, int) else 0)

    def has_longer_streams(self) -> bool:
        """Whether a stream may be much longer than it says."""
        return self.size_bytes > _SMALL_BYTES and any("stream length" in one for one in self.said())


def heard(source: BinaryIO | str) -> list[str]:
    """What qpdf says while it fails to open a file: there is no document to ask then."""
    said: list[str] = []
    _thread.heard = said
    try:
        with suppress(*ODD), pikepdf.open(source, suppress_warnings=False) as document:
            len(document.pages)
    finally:
        _thread.heard = None
    return said

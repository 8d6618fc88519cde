"""Content inline in an EEP, decoded again from the XML as it was received."""

import io
from typing import BinaryIO

from filing.adapters.packages.base64_run import Base64Run

_BLOCK = 1 << 20


class _Inline(io.RawIOBase):
    """Decodes while it is read; a block of Base64 at a time is in memory."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._left = length
        self._decoded = bytearray()
        self._run = Base64Run(self._decoded.extend)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        """Fill ``buffer`` as far as there is anything; 0 at the end."""
        while self._left and not self._decoded:
            self._feed()
        some = min(len(buffer), len(self._decoded))
        buffer[:some] = self._decoded[:some]
        del self._decoded[:some]
        return some

    def _feed(self) -> None:
        raw = self._stream.read(min(_BLOCK, self._left))
        if not raw:
            raise OSError("the document is shorter than it was")
        self._left -= len(raw)
        self._run.text(raw)
        if not self._left and not self._run.finish():
            raise OSError(f"the inline content does not decode: {self._run.failed}")


def open_inline(stream: BinaryIO, offset: int, length: int) -> BinaryIO:
    """The decoded bytes of the Base64 that stands at ``offset`` of ``stream``.

    Raises OSError while reading, if it is no longer what it was.
    """
    stream.seek(offset)
    return io.BufferedReader(_Inline(stream, length), _BLOCK)

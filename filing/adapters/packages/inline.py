"""Content inline in an EEP, decoded again from the XML as it was received.

The same reading as on receipt: comments and CDATA markers inside are no content.
"""

import io
from typing import BinaryIO

from filing.adapters.packages.base64_run import read_inline

_BLOCK = 1 << 20


class _Inline(io.RawIOBase):
    """Decodes while it is read; a block of Base64 at a time is in memory."""

    def __init__(self, stream: BinaryIO, offset: int, length: int) -> None:
        self._pieces = read_inline(stream, offset, length, _BLOCK)
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        """Fill ``buffer`` as far as there is anything; 0 at the end."""
        try:
            while not self._piece:
                self._piece = memoryview(next(self._pieces))
        except StopIteration:
            return 0
        except ValueError as error:
            raise OSError("the inline content no longer decodes") from error
        size = min(len(buffer), len(self._piece))
        buffer[:size] = self._piece[:size]
        self._piece = self._piece[size:]
        return size


def open_inline(stream: BinaryIO, offset: int, length: int) -> BinaryIO:
    """The decoded bytes of the Base64 that stands at ``offset`` of ``stream``.

    Raises OSError while reading, if it is no longer what it was.
    """
    return io.BufferedReader(_Inline(stream, offset, length), _BLOCK)

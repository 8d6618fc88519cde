"""Bytes on their way out, held to the digest under seal.

Whoever reads to the end gets either what was sealed or an error before the
last piece: a damaged file is never handed over whole. Reading a part of it
proves nothing, and says nothing.
"""

import hashlib
import io
from typing import BinaryIO

from filing.errors import NotGenuine


class Checked(io.RawIOBase):
    """Passes ``stream`` on, hashing it.

    size_bytes, sha256   as sealed

    Reading raises NotGenuine instead of giving the last bytes when the whole is
    not what was sealed, or when there are too few. Seeking gives the check up.
    """

    def __init__(self, stream: BinaryIO, size_bytes: int, sha256: bytes) -> None:
        self._stream = stream
        self._left = size_bytes
        self._sha256 = sha256
        self._hash = hashlib.sha256()
        self._whole = True

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """As the stream below."""
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere; what is read from then on is not checked."""
        self._whole = False
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what callers give
        """Fill ``buffer`` as far as there is anything."""
        if not self._whole:
            block = self._stream.read(len(buffer))
        else:
            block = self._stream.read(min(len(buffer), self._left))
            self._left -= len(block)
            self._hash.update(block)
            if self._left and not block:
                raise NotGenuine("the stored content is shorter than what was sealed")
            if not self._left and self._hash.digest() != self._sha256:
                raise NotGenuine("the stored content is not what was sealed")
        buffer[: len(block)] = block
        return len(block)

"""A file that only grows, brought up to another: the copies of log and settings at a folder.

What stands there already is gone on with, if it is how the other begins: seen by its end, for
lines are appended in pieces of their own, so what differs before has another end. If it is not,
it is set aside beside it and the file is carried anew. Not durable when it returns.
"""

import os
import secrets
from pathlib import Path
from typing import BinaryIO

from filing.adapters.durable import FILE_MODE

_BLOCK = 1 << 20


def carry_on(target: Path, source: Path, size: int) -> None:
    """Bring ``target`` up to the first ``size`` bytes of ``source``. Raises OSError."""
    with source.open("rb") as stream:
        if target.exists() and not _begins(stream, target):
            target.rename(f"{target}.{secrets.token_hex(4)}.aside")
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            at = stream.seek(os.fstat(handle).st_size)
            while at < size and (block := stream.read(min(_BLOCK, size - at))):
                at += os.pwrite(handle, block, at)
        finally:
            os.close(handle)


def _begins(stream: BinaryIO, target: Path) -> bool:
    with target.open("rb") as other:
        end = other.seek(0, os.SEEK_END)
        begun = other.seek(max(0, end - _BLOCK))
        stream.seek(begun)
        return stream.read(end - begun) == other.read(end - begun)

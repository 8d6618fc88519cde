"""The bytes of a content file, to be looked at anywhere without reading them all.

A staged file is mapped, so that only touched pages cost memory; bytes already in
memory are used as they are. ``Damaged`` is how the readers beside this file tell
each other that the bytes stop making sense; it never leaves this package.
"""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filing.model.package import Content

Bytes = bytes | mmap.mmap


class Damaged(Exception):
    """The bytes are not what their format promises. The text is for people."""


class Exhausted(Exception):
    """Looking further would cost more than a file of this size may."""


class Budget:
    """Work a file may cause, in units the caller names (bytes, objects)."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def spend(self, amount: int) -> None:
        """Take ``amount`` off. Raises Exhausted when it is not there."""
        self.left -= amount
        if self.left < 0:
            raise Exhausted


@contextmanager
def view(content: Content) -> Iterator[Bytes]:
    """The bytes of ``content``, sliceable; mapped when they are staged."""
    if isinstance(content.body, bytes):
        yield content.body
        return
    with content.body.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size == 0:
            yield b""
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped


@contextmanager
def as_path(content: Content) -> Iterator[str]:
    """A path under which a library can open ``content``.

    Bytes in memory get an anonymous file; nothing is written to a disk.
    """
    if isinstance(content.body, Path):
        yield str(content.body)
        return
    handle = os.memfd_create("content", os.MFD_CLOEXEC)
    try:
        with open(handle, "wb", closefd=False) as stream:
            stream.write(content.body)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)

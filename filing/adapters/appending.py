"""Lines appended to files that only grow, in a folder of the store.

A line that a crash cut off is ended first, so that readers pass over it alone. Not durable
when it returns; see filing.adapters.durable.
"""

import os
from pathlib import Path

from filing.adapters.durable import FILE_MODE, FOLDER_MODE


def make_folder(folder: Path) -> None:
    """Make the folder the files are in. Raises OSError.

    Its parent is the storage root's: missing, the store is not mounted, and nothing may
    begin anew in the empty mount point.
    """
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def append(path: Path, content: bytes) -> None:
    """Append whole lines. Raises OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            content = b"\n" + content
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)

"""Files for their owner alone, made once: the archive's keys.

Durable when the call returns. A crash on the way may leave a ``.part`` file,
never half a key under a key's name.
"""

import os
import secrets
from pathlib import Path

from filing.adapters.durable import publish, sync_each, write_new, writing

_MODE = 0o600


def write_private(path: str | Path, content: bytes) -> None:
    """Create ``path`` with ``content``.

    Raises FileExistsError if it is there (it stays as it is), StorageFull,
    OutsideUnavailable, StoreDoubtful.
    """
    part = Path(f"{os.fspath(path)}.{secrets.token_hex(4)}.part")
    try:
        with writing(os.fspath(path)):
            write_new(os.fspath(part), content, _MODE)
        sync_each((part,))
        sync_each(publish(part, path))
    finally:
        part.unlink(missing_ok=True)

"""What ``apart`` begins: looks at the PDFs it is handed, within limits, and says what it found.

Asked over the socket that is its standard input: a byte with an open file. Answers a line
of JSON: ``found``, an Inspection or null where memory did not suffice, and ``stays``,
whether it can be asked again. Ends by itself when nobody asks, or when it has grown.

Arguments: bytes of memory and seconds of processor for one file.
"""

import json
import mmap
import os
import resource
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any  # what JSON holds

from filing.adapters.formats.pdf import look_at

_IDLE_SECONDS = 60
_GROWN_BYTES = 64 << 20


def _main(allowed_bytes: int, allowed_seconds: float) -> None:
    begun = _held()
    with socket.socket(fileno=os.dup(0)) as link:
        link.settimeout(_IDLE_SECONDS)
        link.sendall(b".")
        stays = True
        while stays and (handle := _asked(link)) is not None:
            limit = _held() + os.fstat(handle).st_size + allowed_bytes
            resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
            # Of processor, and not to be caught: also where no Python runs for long.
            signal.setitimer(signal.ITIMER_PROF, allowed_seconds)
            found = _found(handle)
            signal.setitimer(signal.ITIMER_PROF, 0)
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
            os.close(handle)
            stays = found is not None and _held() < begun + _GROWN_BYTES
            link.sendall(json.dumps({"found": found, "stays": stays}).encode() + b"\n")


def _found(handle: int) -> dict[str, Any] | None:
    try:
        found = look_at(handle)
    except MemoryError:
        return None
    return asdict(found) | {"opens": found.opens.value}


def _asked(link: socket.socket) -> int | None:
    """The file to look at next; None when nobody asks any more."""
    try:
        asked, handles, _, _ = socket.recv_fds(link, 1, 1)
    except TimeoutError:
        return None
    return handles[0] if asked else None


def _held() -> int:
    """Bytes of addresses this process has."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * mmap.PAGESIZE


if __name__ == "__main__":
    _main(int(sys.argv[1]), float(sys.argv[2]))

"""Checkpoints remembered outside the database: one line each, appended, never changed.

Whoever takes a record out of store, database and log, or signs another log over it,
meets here what was signed before. Receipts given out say the same.

Appending does not wait for the disk: the barrier of the next batch covers it where a
barrier is of the whole file system, ``settle`` does everywhere. A checkpoint that a crash
kept from this file is caught up from the database; one that is here and not there is a
finding. Whoever can write to this folder can cut its end off too: copy it elsewhere.
"""

import json
import logging
import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filing.adapters.durable import sync_each
from filing.errors import OutsideUnavailable
from filing.evidence.members import moment_text

_log = logging.getLogger("filing.witness")
_FILE = "checkpoints.jsonl"
_LONGEST = 128 << 10
_TAIL = 256 << 10
#: The newest checkpoint is nearly always in this.
_SHORT_TAIL = 8 << 10


class Witness:
    """The file ``checkpoints.jsonl`` in a folder; any number of processes append to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / _FILE
        self._lock = threading.Lock()
        self._handle = -1
        self._pid = 0
        self._last = -1, ""  # size of the file, and the newest checkpoint in it

    def append(self, note: str, at: datetime) -> None:
        """Remember a signed checkpoint. Raises OSError."""
        line = json.dumps({"at": moment_text(at), "note": note}, ensure_ascii=False) + "\n"
        with self._lock:
            self._open()
            content = line.encode()
            if os.write(self._handle, content) != len(content):
                raise OSError("a checkpoint was not remembered whole")

    def remember(self, note: str, at: datetime) -> None:
        """As ``append``; what fails is logged and caught up later, the database has it."""
        try:
            self.append(note, at)
        except OSError as error:
            _log.warning("event=witness-behind why=%s", error)

    def last(self) -> str:
        """The newest checkpoint that can be read, "" for none. Raises OutsideUnavailable."""
        try:
            size = self._path.stat().st_size
            known, note = self._last
            if size != known:
                note = self._read_last(size)
                self._last = size, note
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise self._unread(error) from error
        return note

    def _read_last(self, size: int) -> str:
        with self._path.open("rb") as stream:
            for tail in (_SHORT_TAIL, _TAIL):
                stream.seek(max(0, size - tail))
                lines = stream.read(tail).split(b"\n")
                if note := next((note for one in reversed(lines) if (note := _note(one))), ""):
                    return note
        # Its end was overwritten: what is older still counts.
        newest = ""
        for _, note in self.notes():
            newest = note or newest
        return newest

    def notes(self) -> Iterator[tuple[int, str]]:
        """(line, checkpoint) in the order they were remembered; "" for a line that is none.

        A last line without its end is of a crash and is left out. Raises OutsideUnavailable.
        """
        try:
            with self._path.open("rb") as stream:
                number = 0
                while line := stream.readline(_LONGEST):
                    number += 1
                    if line.endswith(b"\n") and line.strip():
                        yield number, _note(line)
                    elif len(line) == _LONGEST:
                        yield number, ""
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unread(error) from error

    def _unread(self, error: OSError) -> OutsideUnavailable:
        return OutsideUnavailable(
            f"{self._path} cannot be read: {error.strerror}", f"无法读取 {self._path}"
        )

    def settle(self) -> None:
        """Return when every line is on disk. Raises StoreDoubtful."""
        if self._path.exists():
            sync_each((self._path, self.folder))

    def close(self) -> None:
        """Give the handle back."""
        with self._lock:
            if self._handle >= 0 and self._pid == os.getpid():
                os.close(self._handle)
            self._handle = -1

    def _open(self) -> None:
        if self._handle >= 0 and self._pid == os.getpid():
            return
        self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._handle = os.open(self._path, flags, 0o640)
        self._pid = os.getpid()
        # A line that a crash cut off stays a line of its own.
        size = os.fstat(self._handle).st_size
        if size and os.pread(self._handle, 1, size - 1) != b"\n":
            os.write(self._handle, b"\n")


def _note(line: bytes) -> str:
    try:
        found = json.loads(line)
        return str(found["note"])
    except (ValueError, KeyError, TypeError):
        return ""

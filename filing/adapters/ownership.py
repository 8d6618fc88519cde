"""Folders of a process beneath a shared root, told from the litter of dead ones.

Each process works in ``root/<owner>/`` and holds a lock on a file in it as
long as it lives; the kernel drops the lock with the process, however it ends.
A later process removes what owners without a lock left behind, and never
touches a folder whose owner lives.

Needs a file system on which flock works between the processes that share it.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH102, PTH103, PTH108, PTH118, PTH119, PTH208

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filing.adapters.durable import FILE_MODE, FOLDER_MODE

_PREFIX = "owner-"
_LOCK = ".lock"
_GATE = ".gate"


class OwnedFolder:
    """This process's folder beneath ``root``; made when first asked for.

    A forked child gets a folder of its own.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = os.fspath(root)
        os.makedirs(self.root, FOLDER_MODE, exist_ok=True)
        self._path = ""
        self._pid = 0
        self._lock = -1

    @property
    def path(self) -> str:
        """The folder; it exists and is locked."""
        if self._pid != os.getpid():
            self._settle()
        return self._path

    def litter(self) -> list[str]:
        """Entries left by dead owners, as ``owner/entry``."""
        with self._gate():
            return [f"{owner}/{entry}" for owner in self._dead() for entry in self._entries(owner)]

    def sweep(self, keep: Callable[[str], bool]) -> list[str]:
        """Remove what dead owners left, except entries ``keep`` answers True for.

        keep   asked with the entry's name, without the owner

        Returns the names of the entries removed.
        """
        removed = []
        with self._gate():
            for owner in self._dead():
                folder = os.path.join(self.root, owner)
                kept = False
                for entry in self._entries(owner):
                    if keep(entry):
                        kept = True
                        continue
                    remove(os.path.join(folder, entry))
                    removed.append(entry)
                if not kept:
                    shutil.rmtree(folder)
        return removed

    @property
    def name(self) -> str:
        """The folder's name below ``root``, by which ``lives`` knows this process."""
        return os.path.basename(self.path)

    def lives(self, owner: str) -> bool:
        """Whether the process that owns the folder ``owner`` still lives."""
        with self._gate():
            return self._lives(owner)

    def release(self) -> None:
        """Give the folder up: removed when empty, else the next sweep's."""
        if self._pid == os.getpid():
            with self._gate():
                if os.listdir(self._path) == [_LOCK]:
                    shutil.rmtree(self._path)
                os.close(self._lock)
            self._pid, self._lock = 0, -1

    def _settle(self) -> None:
        path = os.path.join(self.root, f"{_PREFIX}{os.getpid()}-{secrets.token_hex(4)}")
        # Inside the gate, so that no sweep sees the folder before its lock, and of several
        # threads that ask first one makes the folder for all.
        with self._gate():
            if self._pid == os.getpid():
                return
            os.mkdir(path, FOLDER_MODE)
            lock = os.open(os.path.join(path, _LOCK), os.O_RDWR | os.O_CREAT, FILE_MODE)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._lock >= 0:
                # Inherited: while we hold it too, our parent would never seem dead.
                os.close(self._lock)
            self._path, self._lock, self._pid = path, lock, os.getpid()

    @contextmanager
    def _gate(self) -> Iterator[None]:
        handle = os.open(os.path.join(self.root, _GATE), os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _dead(self) -> list[str]:
        owners = (name for name in sorted(os.listdir(self.root)) if name.startswith(_PREFIX))
        return [owner for owner in owners if not self._lives(owner)]

    def _lives(self, owner: str) -> bool:
        try:
            handle = os.open(os.path.join(self.root, owner, _LOCK), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def _entries(self, owner: str) -> list[str]:
        return sorted(set(os.listdir(os.path.join(self.root, owner))) - {_LOCK})


def remove(path: str) -> None:
    """Remove a file or a whole folder; nothing there is no error."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        shutil.rmtree(path)

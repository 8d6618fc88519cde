"""Bytes that are on disk before the call returns: the one place that syncs.

Write as much as belongs together, call ``Barrier.sync`` once, ``publish`` the
results under their names, ``sync`` again for the names. Until then a crash may
leave anything of what was written, afterwards nothing of it is lost.

A failed sync is never repeated: the kernel may have dropped the dirty pages
and would report success the second time. The barrier remembers and refuses
everything until the process starts anew and the store has been looked at.

Not covered: a disk that lies about having written.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH103, PTH104, PTH108, PTH112, PTH120, PTH123

import ctypes
import errno
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filing.errors import OutsideUnavailable, StorageFull, StoreDoubtful

FILE_MODE = 0o640
FOLDER_MODE = 0o750

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_RENAME_ATTEMPTS = 8
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_GONE = frozenset({errno.EIO, errno.EROFS, errno.ESTALE, errno.ENODEV, errno.ENXIO})
_NO_LINK = frozenset({errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})
_MISSING = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Say a full or failing disk in our own words; ``what`` names what was written.

    Raises StorageFull (no space, quota used up), OutsideUnavailable (the disk
    does not answer); any other OSError passes unchanged.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(f"no room for {what}", f"存储空间不足，无法写入：{what}") from error
        if error.errno in _GONE:
            raise OutsideUnavailable(
                f"the disk refused {what}: {error.strerror}", f"磁盘无法写入：{what}"
            ) from error
        raise


def write_new(path: str, content: bytes, mode: int = FILE_MODE) -> None:
    """Create ``path`` with ``content``; not yet durable.

    Raises FileExistsError: bytes that are there are never written over.
    """
    handle = os.open(path, _NEW, mode)
    try:
        written = os.write(handle, content)
        while written < len(content):
            written += os.write(handle, memoryview(content)[written:])
    finally:
        os.close(handle)


def put_body(path: str, body: bytes | Path) -> None:
    """Create ``path`` with ``body``: bytes are written, a file is linked.

    A linked file is shared, so nobody may write to it any more. Where a link
    cannot be made (another file system, too many links) the bytes are copied.

    Raises FileExistsError.
    """
    if isinstance(body, bytes):
        write_new(path, body)
        return
    try:
        os.link(body, path)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        _copy_new(os.fspath(body), path)


def _copy_new(source: str, target: str) -> None:
    with open(source, "rb") as reader:
        handle = os.open(target, _NEW, FILE_MODE)
        with open(handle, "wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)


def publish(source: str | Path, target: str | Path) -> tuple[str, ...]:
    """Move ``source`` to ``target`` on the same file system, never over anything.

    Creates missing parent folders. Returns the folders whose entries changed,
    for the next barrier; until then the new name may be lost in a crash.

    Raises FileExistsError if the target exists, FileNotFoundError if there is
    no source, StorageFull.
    """
    old, new = os.fspath(source), os.fspath(target)
    changed = [os.path.dirname(new), os.path.dirname(old)]
    with writing(new):
        for _ in range(_RENAME_ATTEMPTS):
            try:
                _rename(old, new)
                break
            except FileNotFoundError:
                if not os.path.lexists(old):
                    raise
                # A parent is missing, or somebody removed it while it was empty.
                changed[:0] = _make_parents(os.path.dirname(new))
        else:
            _rename(old, new)
    return tuple(changed)


def _make_parents(folder: str) -> list[str]:
    """Create ``folder`` and what is missing above it; return the folders written to."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for one in reversed(missing):
        os.makedirs(one, FOLDER_MODE, exist_ok=True)
    return [*missing, folder]


def _rename(old: str, new: str) -> None:
    if hasattr(_libc, "renameat2"):
        done = _libc.renameat2(
            _AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new), _RENAME_NOREPLACE
        )
        if done == 0:
            return
        number = ctypes.get_errno()
        if number not in _MISSING:
            raise OSError(number, os.strerror(number), new)
    _rename_plainly(old, new)


def _rename_plainly(old: str, new: str) -> None:
    """Rename where the kernel has no RENAME_NOREPLACE.

    A folder cannot replace a folder with entries, and a hard link cannot
    replace a file; only an empty folder is taken over, which loses nothing.
    """
    if not os.path.isdir(old):
        os.link(old, new, follow_symlinks=False)
        os.unlink(old)
        return
    try:
        os.rename(old, new)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.ENOTDIR}:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new) from error
        raise


class Barrier:
    """Makes durable what was written to one file system.

    Threads that wait at the same time share one sync. Where ``syncfs`` is
    missing, or the kernel (before 5.8) does not report its errors, each path
    handed over is synced by itself; so callers always hand over the files
    they wrote and the folders in which they made or moved entries.
    """

    def __init__(self, root: str | Path, *, whole: bool | None = None) -> None:
        """``whole``: use syncfs (True), sync path by path (False), or find out."""
        # The one handle for life: syncfs reports an error of the background
        # writer once to each handle that was open when it happened.
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._whole = _syncfs_reports_errors() if whole is None else whole
        self._condition = threading.Condition()
        self._pending: list[str] = []
        self._begun = 0
        self._finished = 0
        self._running = False
        self._doubtful = False
        self.count = 0

    @property
    def doubtful(self) -> bool:
        """True once a sync failed; it never becomes False again."""
        return self._doubtful

    def check(self) -> None:
        """Raise StoreDoubtful if a sync failed before."""
        if self._doubtful:
            raise StoreDoubtful(
                "an earlier sync failed; restart after looking at the disk",
                "此前的落盘操作失败，请检查磁盘后重新启动",
            )

    def sync(self, paths: Iterable[str | Path] = ()) -> None:
        """Return when everything written before this call is on disk.

        paths   files written and folders changed; used where syncfs is not

        Raises StoreDoubtful if it failed now or ever before, for whatever
        reason: with a full disk, too, nobody knows what was lost.
        """
        with self._condition:
            self.check()
            if not self._whole:
                self._pending.extend(os.fspath(path) for path in paths)
            # A sync under way may have begun before our last write.
            wanted = self._begun + 1
            while self._running and self._finished < wanted:
                self._condition.wait()
                self.check()
            if self._finished >= wanted:
                return
            self._begun += 1
            self._running = True
            pending, self._pending = self._pending, []
        done = False
        try:
            with _doubting():
                self._sync_now(pending)
            done = True
        finally:
            with self._condition:
                self._running = False
                self._doubtful = self._doubtful or not done
                self._finished = self._begun
                self.count += 1
                self._condition.notify_all()

    def close(self) -> None:
        """Give the handle back; the barrier is of no use afterwards."""
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    def _sync_now(self, pending: list[str]) -> None:
        if self._whole:
            _syncfs(self._root)
            return
        for path in dict.fromkeys(pending):
            _fsync(path)


def sync_each(paths: Iterable[str | Path]) -> None:
    """Make files and folders durable one by one, without a barrier.

    For the few made before there is a store to protect. Raises StoreDoubtful.
    """
    with _doubting():
        for path in paths:
            _fsync(os.fspath(path))


@contextmanager
def _doubting() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreDoubtful(
            f"sync failed: {error.strerror}", f"落盘失败：{error.strerror}"
        ) from error


def _syncfs(handle: int) -> None:
    if _libc.syncfs(handle) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _fsync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _syncfs_reports_errors() -> bool:
    """Linux 5.8 and later; before, syncfs returned 0 after a failed write."""
    if not hasattr(_libc, "syncfs"):
        return False
    major, _, rest = os.uname().release.partition(".")
    minor = rest.partition(".")[0]
    return major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= (5, 8)

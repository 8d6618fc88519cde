import errno
import os
import threading
import time

import pytest

from filing.adapters import durable
from filing.adapters.durable import Barrier, publish, put_body, write_new, writing
from filing.errors import OutsideUnavailable, StorageFull, StoreDoubtful


@pytest.fixture(params=[True, False], ids=["syncfs", "file-by-file"])
def barrier(request, tmp_path):
    made = Barrier(tmp_path, whole=request.param)
    yield made
    made.close()


def refuse(*args):
    raise OSError(errno.EIO, "Input/output error")


def test_a_sync_returns_once_the_bytes_are_written(barrier, tmp_path):
    write_new(str(tmp_path / "a"), b"content")
    barrier.sync([tmp_path / "a", tmp_path])
    assert barrier.count == 1
    assert not barrier.doubtful


def test_a_failed_sync_is_never_repeated(barrier, tmp_path, monkeypatch):
    monkeypatch.setattr(durable, "_syncfs", refuse)
    monkeypatch.setattr(durable, "_fsync", refuse)
    with pytest.raises(StoreDoubtful, match="sync failed"):
        barrier.sync([tmp_path])
    monkeypatch.undo()
    assert barrier.doubtful
    with pytest.raises(StoreDoubtful, match="earlier sync failed"):
        barrier.sync([tmp_path])
    assert barrier.count == 1


def test_a_sync_of_a_full_disk_leaves_doubt_too(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    barrier = Barrier(tmp_path, whole=True)
    monkeypatch.setattr(durable, "_syncfs", full)
    with pytest.raises(StoreDoubtful, match="No space left"):
        barrier.sync()
    barrier.close()


def test_a_path_that_is_gone_leaves_doubt(tmp_path):
    barrier = Barrier(tmp_path, whole=False)
    with pytest.raises(StoreDoubtful):
        barrier.sync([tmp_path / "absent"])
    barrier.close()


def test_a_kernel_that_hides_errors_is_synced_file_by_file(monkeypatch):
    for release, whole in (("5.7.19", False), ("4.19.0-27", False), ("5.8.0", True), ("6.1", True)):
        monkeypatch.setattr(
            os, "uname", lambda release=release: type("U", (), {"release": release})
        )
        assert durable._syncfs_reports_errors() is whole


def test_threads_that_wait_together_share_a_sync(tmp_path, monkeypatch):
    synced = []

    def slow(handle):
        time.sleep(0.02)
        synced.append(handle)

    barrier = Barrier(tmp_path, whole=True)
    monkeypatch.setattr(durable, "_syncfs", slow)
    threads = [threading.Thread(target=barrier.sync) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The first runs alone; the others wait and share the one begun after it.
    assert 1 <= len(synced) <= 4
    barrier.close()


def test_a_sync_begun_before_the_last_write_does_not_count(tmp_path, monkeypatch):
    begun = threading.Event()
    finish = threading.Event()
    started = []

    def held(handle):
        started.append(handle)
        begun.set()
        assert finish.wait(5)

    barrier = Barrier(tmp_path, whole=True)
    monkeypatch.setattr(durable, "_syncfs", held)
    first = threading.Thread(target=barrier.sync)
    first.start()
    assert begun.wait(5)
    second = threading.Thread(target=barrier.sync)
    second.start()
    finish.set()
    first.join()
    second.join()
    assert len(started) == 2
    barrier.close()


def test_everyone_waiting_on_a_failed_sync_is_told(tmp_path, monkeypatch):
    told = []

    def slow(handle):
        time.sleep(0.05)
        refuse()

    def ask(barrier):
        try:
            barrier.sync()
        except StoreDoubtful:
            told.append(True)

    barrier = Barrier(tmp_path, whole=True)
    monkeypatch.setattr(durable, "_syncfs", slow)
    threads = [threading.Thread(target=ask, args=(barrier,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert barrier.count == 1
    barrier.close()


def test_publishing_makes_missing_parents_and_names_what_changed(tmp_path):
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "f").write_bytes(b"x")
    changed = publish(tmp_path / "from", tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c" / "f").read_bytes() == b"x"
    assert {str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")} <= set(changed)


@pytest.mark.parametrize("kernel", ["renameat2", "without"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_publishing_never_replaces_anything(tmp_path, monkeypatch, kernel, kind):
    if kernel == "without":
        monkeypatch.setattr(durable, "_rename", durable._rename_plainly)
    source, target = tmp_path / "source", tmp_path / "target"
    for path, content in ((source, b"new"), (target, b"old")):
        if kind == "folder":
            path.mkdir()
            path = path / "file"
        path.write_bytes(content)
    with pytest.raises(FileExistsError):
        publish(source, target)
    kept = target / "file" if kind == "folder" else target
    assert kept.read_bytes() == b"old"
    assert source.exists()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_publishing_works_without_the_kernel_s_help(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(durable, "_rename", durable._rename_plainly)
    source = tmp_path / "source"
    source.mkdir() if kind == "folder" else source.write_bytes(b"x")
    publish(source, tmp_path / "sub" / "target")
    assert (tmp_path / "sub" / "target").exists()
    assert not source.exists()


def test_a_parent_removed_meanwhile_is_made_again(tmp_path, monkeypatch):
    source, target = tmp_path / "source", tmp_path / "sub" / "target"
    source.write_bytes(b"x")
    real, removals = durable._make_parents, iter([True, True, False])

    def made_and_removed(folder):
        changed = real(folder)
        if next(removals):
            target.parent.rmdir()
        return changed

    monkeypatch.setattr(durable, "_make_parents", made_and_removed)
    publish(source, target)
    assert target.read_bytes() == b"x"


def test_what_is_not_there_cannot_be_published(tmp_path):
    with pytest.raises(FileNotFoundError):
        publish(tmp_path / "absent", tmp_path / "target")


def test_bytes_that_are_there_are_never_written_over(tmp_path):
    write_new(str(tmp_path / "a"), b"old")
    for body in (b"new", tmp_path / "a"):
        with pytest.raises(FileExistsError):
            put_body(str(tmp_path / "a"), body)
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_short_write_is_carried_on(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data[:7])))
    write_new(str(tmp_path / "a"), bytes(range(100)))
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == bytes(range(100))


def test_a_body_that_cannot_be_linked_is_copied(tmp_path, monkeypatch):
    def cross_device(*args, **more):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    (tmp_path / "a").write_bytes(b"content")
    monkeypatch.setattr(os, "link", cross_device)
    put_body(str(tmp_path / "b"), tmp_path / "a")
    assert (tmp_path / "b").read_bytes() == b"content"
    assert (tmp_path / "b").stat().st_nlink == 1


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, OutsideUnavailable),
        (errno.EROFS, OutsideUnavailable),
        (errno.EACCES, PermissionError),
    ],
)
def test_the_disk_s_word_is_said_in_ours(number, said):
    with pytest.raises(said), writing("a file"):
        raise OSError(number, os.strerror(number))

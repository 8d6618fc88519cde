import errno
import os

import pytest

from filing.adapters import durable
from filing.adapters.private import write_private
from filing.errors import StorageFull, StoreDoubtful


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_a_private_file_is_its_owner_s_alone(tmp_path):
    write_private(tmp_path / "key", b"secret")
    assert (tmp_path / "key").read_bytes() == b"secret"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["key"]


def test_a_disk_that_takes_a_byte_at_a_time_gets_all_of_it(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: real(handle, bytes(content[:1])))
    write_private(tmp_path / "key", b"a whole key")
    assert (tmp_path / "key").read_bytes() == b"a whole key"


def test_what_is_there_stays(tmp_path):
    write_private(tmp_path / "key", b"first")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert names(tmp_path) == ["key"]


def test_a_failed_sync_makes_no_key(tmp_path, monkeypatch):
    def fail(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(durable, "_fsync", fail)
    with pytest.raises(StoreDoubtful, match="sync failed"):
        write_private(tmp_path / "key", b"secret")
    assert names(tmp_path) == []


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    def full(handle, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageFull):
        write_private(tmp_path / "key", b"secret")
    assert names(tmp_path) == []

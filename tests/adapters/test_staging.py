import errno
import hashlib
import os
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.adapters import durable
from filing.adapters.staging import Staging
from filing.errors import KeptLost, NotFound, StorageFull, StoreDoubtful, WrongState

ID = "0196f3c2-7a10-7000-8000-000000000001"


@pytest.fixture
def staging(tmp_path):
    made = Staging(tmp_path, ("sha256", "sm3"), memory_limit=1000)
    yield made
    made.close()


def stage(tray, member, *chunks):
    spool = tray.open(member)
    for chunk in chunks:
        spool.write(chunk)
    return spool.close()


def files_below(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file() and path.name[0] != "."]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=700), max_size=8))
def test_what_is_written_reads_back_with_its_digests(tmp_path_factory, chunks):
    staging = Staging(tmp_path_factory.getbasetemp() / "law", ("sha256", "sm3"), memory_limit=1000)
    whole = b"".join(chunks)
    with staging.begin("delivery") as tray:
        content = stage(tray, "a", *chunks)
        with content.open() as stream:
            assert stream.read() == whole
        assert content.size_bytes == len(whole)
        assert content.digest("sha256").value == hashlib.sha256(whole).digest()
        assert content.digest("sm3").value == hashlib.new("sm3", whole).digest()
        assert isinstance(content.body, bytes) == (len(whole) <= 1000)
    staging.close()


def test_a_large_file_is_hashed_beside_and_comes_out_the_same(tmp_path):
    staging = Staging(tmp_path, ("sha256",))
    block = os.urandom(1 << 20)
    with staging.begin("delivery") as tray:
        content = stage(tray, "large", *[block] * 20, b"end")
        assert content.digests[0].value == hashlib.sha256(block * 20 + b"end").digest()
        assert content.body.stat().st_size == content.size_bytes == (20 << 20) + 3
    assert not [one for one in threading.enumerate() if one.name == "hash"]
    staging.close()


def test_memory_does_not_grow_with_the_file(tmp_path):
    staging = Staging(tmp_path, ("sha256",))
    with staging.begin("delivery") as tray:
        tracemalloc.start()
        spool = tray.open("large")
        for _ in range(64):
            spool.write(bytes(1 << 20))
        spool.close()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 14 << 20
    staging.close()


def test_memory_does_not_grow_with_the_number_of_files(staging):
    with staging.begin("delivery") as tray:
        contents = [stage(tray, str(number), b"x" * 900) for number in range(50)]
        in_memory = [one for one in contents if isinstance(one.body, bytes)]
        assert sum(one.size_bytes for one in in_memory) <= 4000


def test_a_buffer_used_again_does_not_change_what_was_taken(staging):
    buffer = bytearray(b"first")
    with staging.begin("delivery") as tray:
        spool = tray.open("a")
        spool.write(buffer)
        buffer[:] = b"other"
        assert spool.close().body == b"first"


def test_leaving_the_tray_clears_it(tmp_path, staging):
    with pytest.raises(RuntimeError), staging.begin("delivery") as tray:
        stage(tray, "a", b"x" * 2000)
        tray.open("b").write(b"y" * 3_000_000)
        assert files_below(tmp_path)
        raise RuntimeError
    assert files_below(tmp_path) == []


def test_a_member_s_name_is_never_a_path(tmp_path, staging):
    with staging.begin("delivery") as tray:
        content = stage(tray, "../../../escape", b"x" * 2000)
        assert content.member == "../../../escape"
        assert content.body.is_relative_to(tmp_path)


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".hidden", "a" * 81, "中"])
def test_a_name_that_could_lead_elsewhere_is_refused(staging, name):
    for use in (staging.begin, staging.load, staging.drop):
        with pytest.raises(ValueError, match="not a name"):
            use(name)


def test_a_closed_spool_takes_nothing(staging):
    with staging.begin("delivery") as tray:
        spool = tray.open("a")
        spool.close()
        for use in (lambda: spool.write(b"x"), spool.close):
            with pytest.raises(ValueError, match="closed"):
                use()


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, staging, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    with staging.begin("delivery") as tray:
        spool = tray.open("a")
        spool.write(b"x" * 2000)
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(StorageFull):
            spool.close()
        monkeypatch.undo()
        assert files_below(tmp_path) == []


# Keeping


def test_what_is_kept_outlives_its_tray(staging):
    with staging.begin(ID) as tray:
        small, large = stage(tray, "eep.xml", b"small"), stage(tray, "正文.ofd", b"x" * 5000)
        staging.keep(ID, [small, large], {"media_type": "application/zip"})
    kept = staging.load(ID)
    assert kept.facts == {"media_type": "application/zip"}
    assert [(one.member, one.size_bytes, one.digests) for one in kept.contents] == [
        (one.member, one.size_bytes, one.digests) for one in (small, large)
    ]
    bodies = []
    for one in kept.contents:
        with one.open() as stream:
            bodies.append(stream.read())
    assert bodies == [b"small", b"x" * 5000]
    assert list(staging.kept()) == [ID]


def test_keeping_again_changes_nothing_and_other_contents_are_refused(tmp_path, staging):
    with staging.begin(ID) as tray:
        content = stage(tray, "a", b"one")
        for _ in range(2):
            staging.keep(ID, [content], {})
        before = files_below(tmp_path)
        with pytest.raises(WrongState, match="other contents"):
            staging.keep(ID, [stage(tray, "a", b"two")], {})
    assert files_below(tmp_path) == before
    assert staging.load(ID).contents[0].digests == content.digests


def test_what_is_dropped_is_gone(tmp_path, staging):
    with staging.begin(ID) as tray:
        staging.keep(ID, [stage(tray, "a", b"one")], {})
    staging.drop(ID)
    staging.drop(ID)
    with pytest.raises(NotFound):
        staging.load(ID)
    assert files_below(tmp_path) == []
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_kept_file_cut_short_or_a_damaged_list_leaves_doubt(tmp_path, staging):
    with staging.begin(ID) as tray:
        staging.keep(ID, [stage(tray, "a", b"one")], {})
    place = tmp_path / "kept" / ID[:8] / ID
    (place / "0").write_bytes(b"on")
    with pytest.raises(KeptLost, match="2 bytes, not 3"):
        staging.load(ID)
    for damaged in (b"", b"{}", b"[]", b'{"contents":[{}],"facts":{}}', b'{"contents":[1]}'):
        (place / "kept.json").write_bytes(damaged)
        with pytest.raises(KeptLost, match="damaged"):
            staging.load(ID)


def test_after_a_failed_barrier_nothing_more_is_taken(staging, monkeypatch):
    def fail(*args):
        raise OSError(errno.EIO, "Input/output error")

    with staging.begin(ID) as tray:
        content = stage(tray, "a", b"one")
        monkeypatch.setattr(durable, "_syncfs", fail)
        monkeypatch.setattr(durable, "_fsync", fail)
        with pytest.raises(StoreDoubtful):
            staging.keep(ID, [content], {})
        monkeypatch.undo()
        assert list(staging.kept()) == []
        with pytest.raises(StoreDoubtful):
            staging.begin("another")


OTHER = """
import sys
from filing.adapters.staging import Staging
staging = Staging(sys.argv[1], ("sha256",), memory_limit=10)
tray = staging.begin("delivery")
spool = tray.open("a")
spool.write(b"x" * 100)
content = spool.close()
staging.keep(sys.argv[2], [content], {})
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    command = [sys.executable, "-c", OTHER, str(tmp_path), ID]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    yield child
    child.kill()
    child.communicate()


def test_the_work_of_a_living_process_is_left_alone(tmp_path, staging, other):
    before = files_below(tmp_path)
    assert staging.sweep(lambda name: False) == []
    assert staging.orphans(lambda submission_id: False) == []
    assert files_below(tmp_path) == before


def test_the_litter_of_a_dead_process_is_swept_and_what_it_kept_is_asked_for(
    tmp_path, staging, other
):
    other.kill()
    other.wait()
    assert staging.sweep(lambda name: name == "delivery") == []
    assert staging.sweep(lambda name: False) == ["delivery"]
    assert staging.orphans(lambda submission_id: submission_id == ID) == []
    assert staging.load(ID).contents[0].size_bytes == 100
    assert staging.orphans(lambda submission_id: False) == [ID]
    assert files_below(tmp_path) == []

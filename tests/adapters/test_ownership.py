import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from filing.adapters.ownership import OwnedFolder

LIVE = """
import pathlib, sys
from filing.adapters.ownership import OwnedFolder
own = OwnedFolder(sys.argv[1])
pathlib.Path(own.path, "work").write_text("x")
print(own.path, flush=True)
sys.stdin.read()
"""


def other_process(root):
    child = subprocess.Popen(
        [sys.executable, "-c", LIVE, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return child, child.stdout.readline().strip()


def end(child):
    child.kill()
    child.communicate()


def test_a_living_process_s_folder_is_never_touched(tmp_path):
    child, folder = other_process(tmp_path)
    own = OwnedFolder(tmp_path)
    try:
        assert own.litter() == []
        assert own.sweep(lambda entry: False) == []
        assert Path(folder, "work").exists()
    finally:
        end(child)


def test_a_dead_process_s_folder_is_swept(tmp_path):
    child, folder = other_process(tmp_path)
    end(child)
    own = OwnedFolder(tmp_path)
    assert [entry.partition("/")[2] for entry in own.litter()] == ["work"]
    assert own.sweep(lambda entry: False) == ["work"]
    assert not Path(folder).exists()


def test_what_is_to_be_kept_stays(tmp_path):
    child, folder = other_process(tmp_path)
    end(child)
    own = OwnedFolder(tmp_path)
    assert own.sweep(lambda entry: entry == "work") == []
    assert Path(folder, "work").exists()


def test_one_s_own_work_is_not_litter(tmp_path):
    own = OwnedFolder(tmp_path)
    Path(own.path, "mine").mkdir()
    assert own.sweep(lambda entry: False) == []
    assert Path(own.path, "mine").is_dir()


def test_a_released_folder_leaves_nothing(tmp_path):
    own = OwnedFolder(tmp_path)
    assert Path(own.path).is_dir()
    own.release()
    assert list(tmp_path.glob("owner-*")) == []


def test_a_forked_child_works_in_its_own_folder(tmp_path):
    own = OwnedFolder(tmp_path)
    mine = own.path
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, own.path.encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(read, 4096).decode()
    assert theirs != mine
    assert own.path == mine


def test_threads_that_ask_at_once_share_one_folder(tmp_path):
    """Two folders would leave one without a lock, for the next sweep to take."""
    for turn in range(20):
        folder = OwnedFolder(tmp_path / str(turn))
        together = threading.Barrier(8)

        def ask(folder=folder, together=together):
            together.wait()
            return folder.path

        with ThreadPoolExecutor(8) as pool:
            paths = {one.result() for one in [pool.submit(ask) for _ in range(8)]}
        assert len(paths) == 1
        assert folder.lives(folder.name)
        assert len(list((tmp_path / str(turn)).glob("owner-*"))) == 1

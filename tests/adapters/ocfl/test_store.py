import errno
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.adapters import durable
from filing.adapters.ocfl import layout
from filing.adapters.ocfl.verify import check_object
from filing.errors import Misconfigured, NotFound, NotGenuine, StorageFull, StoreDoubtful
from tests.adapters.ocfl.building import a_file, a_store, an_object, keep, objects_in

part = st.text(
    st.characters(exclude_characters="/\x00", exclude_categories=("Cs",)), min_size=1, max_size=90
).filter(lambda text: text not in {".", ".."})
folder_part = part.map(lambda text: f"d{text}"[:80])
file_part = part.map(lambda text: f"f{text}")
logical_paths = st.builds(
    lambda folders, name: "/".join([*folders, name]), st.lists(folder_part, max_size=3), file_part
)
members = st.dictionaries(logical_paths, st.binary(max_size=300), max_size=6)


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


@settings(max_examples=60, deadline=None)
@given(members, st.booleans())
def test_what_is_written_reads_back_the_same(contents, sm3):
    with tempfile.TemporaryDirectory() as folder:
        store = a_store(Path(folder))
        kept = an_object(files=[a_file(path, body, sm3) for path, body in contents.items()])
        keep(store, kept)
        inventory = store.read(kept.object_id)
        assert inventory.logical_paths() == tuple(sorted(contents))
        for path, body in contents.items():
            with store.open(kept.object_id, path) as stream:
                assert stream.read() == body
        assert {fault.code for fault in check_object(store.folder(kept.object_id))} == {"W004"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_byte_changed_anywhere_is_found(data):
    with tempfile.TemporaryDirectory() as folder:
        store = a_store(Path(folder))
        kept = an_object(files=[a_file("a", b"first", True), a_file("b/c", b"second" * 50)])
        keep(store, kept)
        place = store.folder(kept.object_id)
        files = [path for path in sorted(place.rglob("*")) if path.is_file()]
        file = data.draw(st.sampled_from(files))
        content = bytearray(file.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
        file.write_bytes(content)
        # The case of a hex digit and the kind of white space carry no meaning.
        if ".sha256" in file.name and bytes(content).lower().split() == file_words(kept, store):
            return
        assert any(fault.is_error for fault in check_object(place))


def file_words(kept, store):
    twin = a_twin(store)
    keep(twin, kept)
    return (twin.folder(kept.object_id) / "inventory.json.sha256").read_bytes().split()


def a_twin(store):
    return a_store(Path(store.root).parent / "twin")


@pytest.mark.parametrize("change", ["cut", "grow", "empty", "remove", "add"])
def test_a_file_cut_grown_emptied_removed_or_added_is_found(tmp_path, change):
    store = a_store(tmp_path)
    kept = an_object(files=[a_file("a", b"first"), a_file("b/c", b"second")])
    keep(store, kept)
    place = store.folder(kept.object_id)
    for file in [path for path in sorted(place.rglob("*")) if path.is_file()]:
        content = file.read_bytes()
        if change == "remove":
            file.unlink()
        elif change == "add":
            file.with_name("added").write_bytes(b"")
        else:
            changed = {"cut": content[:-2], "grow": content + b"x", "empty": b""}[change]
            file.write_bytes(changed)
        faults = check_object(place)
        assert any(fault.is_error or fault.code == "W010" for fault in faults), file
        file.write_bytes(content)
        (file.parent / "added").unlink(missing_ok=True)
    assert {fault.code for fault in check_object(place)} == {"W004"}


def leftovers(store):
    """What this process has still staged."""
    return [path.name for path in Path(store._own.path).iterdir() if path.name != ".lock"]


def objects_of_many_kinds():
    return [
        *(
            an_object(number, [a_file("正文/通知.txt", b"%d" % number, True), a_file("e", b"")])
            for number in range(20)
        ),
        an_object(object_id="urn:x-test:" + "卷" * 14),
        an_object(20, []),
        an_object(21, [a_file("a", b"same"), a_file("b", b"same")]),
        an_object(22, [a_file("长" * 100, b"1"), a_file("short", b"2")]),
    ]


def test_the_whole_store_is_valid_to_the_other_implementation(tmp_path):
    from ocfl import StorageRoot

    store = a_store(tmp_path)
    keep(store, *objects_of_many_kinds())
    root = StorageRoot(root=store.root)
    assert root.validate(validate_objects=True, check_digests=True), root.log.status_str()
    assert root.num_objects == root.good_objects == 24


def test_the_layout_is_the_extension_s_own_example():
    """Source: extension 0003, example 1, with shorter tuples; digest and names are the same."""
    assert layout.object_path("object-01") == "3c/0f/object-01"
    assert layout.object_path("..hor/rib:le-$id").endswith("/%2e%2ehor%2frib%3ale-%24id")


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_an_object_stands_where_the_other_implementation_looks(object_id):
    from ocfl.layout_0003_hash_and_id_n_tuple import Layout_0003_Hash_And_Id_N_Tuple

    other = Layout_0003_Hash_And_Id_N_Tuple()
    other.tuple_size, other.number_of_tuples = layout.TUPLE_SIZE, layout.TUPLES
    assert layout.object_path(object_id) == other.identifier_to_path(object_id)


def test_a_person_reads_the_record_s_id_in_the_path():
    assert layout.object_path("urn:uuid:01a").endswith("/urn%3auuid%3a01a")


def test_the_inventory_names_no_digest_outside_the_specification(tmp_path):
    """Its table lacks SM3, and strict validators refuse what is not in it."""
    store = a_store(tmp_path)
    keep(store, an_object(files=[a_file(sm3=True)]))
    inventory = store.read(an_object().object_id)
    assert inventory.fixity == {}
    assert b"sm3" not in (store.folder(an_object().object_id) / "inventory.json").read_bytes()


def test_the_same_object_gives_the_same_bytes(tmp_path):
    kept = an_object(files=[a_file("b", b"1", True), a_file("a", b"2", True)])
    turned = an_object(files=[a_file("a", b"2", True), a_file("b", b"1", True)])
    one, other = a_store(tmp_path / "one"), a_store(tmp_path / "other")
    assert keep(one, kept)[0].inventory_sha256 == keep(other, turned)[0].inventory_sha256


def test_each_content_is_stored_once(tmp_path):
    store = a_store(tmp_path)
    kept = an_object(files=[a_file("a", b"same"), a_file("b", b"same")])
    keep(store, kept)
    assert [path.name for path in (store.folder(kept.object_id) / "v1/content").iterdir()] == ["a"]


def test_a_staged_file_is_linked_not_copied(tmp_path):
    store = a_store(tmp_path)
    source = tmp_path / "spooled"
    source.write_bytes(b"content")
    file = a_file("a", b"content")
    kept = an_object(files=[type(file)("a", source, 7, file.digests)])
    keep(store, kept)
    assert store.path_of(kept.object_id, "a").stat().st_ino == source.stat().st_ino


def test_a_staged_file_of_another_size_is_refused(tmp_path):
    store = a_store(tmp_path)
    source = tmp_path / "spooled"
    source.write_bytes(b"conten")
    file = a_file("a", b"content")
    with pytest.raises(ValueError, match="not 7 bytes"):
        store.stage([an_object(files=[type(file)("a", source, 7, file.digests)])])
    assert leftovers(store) == []


@pytest.mark.parametrize(
    "path", ["", "/a", "a/", "a//b", "../a", "a/../b", ".", "a\x00", "a/./b", "\ud800"]
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path, path):
    store = a_store(tmp_path)
    with pytest.raises(ValueError):
        store.stage([an_object(1), an_object(2, [a_file(path)])])
    assert leftovers(store) == []


@pytest.mark.parametrize("paths", [("a", "a"), ("a", "a/b"), ("a/b/c", "a/b")])
def test_clashing_paths_are_refused(tmp_path, paths):
    store = a_store(tmp_path)
    with pytest.raises(ValueError, match=r"twice|a file and a folder"):
        store.stage([an_object(files=[a_file(path, path.encode()) for path in paths])])


def test_a_name_made_to_look_like_ours_takes_nobody_s_place(tmp_path):
    store = a_store(tmp_path)
    long = a_file("长" * 90, b"long")
    twin = a_file(f"sha256-{long.digests[0].hex}", b"twin")
    kept = an_object(files=[long, twin])
    keep(store, kept)
    for file in (long, twin):
        with store.open(kept.object_id, file.logical_path) as stream:
            assert stream.read() == file.source


def test_a_time_without_offset_is_refused(tmp_path):
    with pytest.raises(ValueError, match="offset"):
        a_store(tmp_path).stage([an_object(created=datetime(2026, 1, 5))])  # noqa: DTZ001


def test_publishing_again_changes_nothing(tmp_path):
    store = a_store(tmp_path)
    kept = an_object()
    first = keep(store, kept)
    before = everything_below(store.root)
    store.publish(first)
    keep(store, kept)
    assert everything_below(store.root) == before
    assert leftovers(store) == []


def test_another_object_under_the_same_id_is_refused(tmp_path):
    store = a_store(tmp_path)
    keep(store, an_object(1))
    staged = store.stage([an_object(1, message="other"), an_object(2)])
    store.barrier(staged)
    with pytest.raises(NotGenuine, match="other objects"):
        store.publish(staged)
    assert store.read(an_object(1).object_id).versions["v1"].message == "first filing"
    assert store.exists(an_object(2).object_id)


def test_what_was_discarded_cannot_be_published(tmp_path):
    store = a_store(tmp_path)
    staged = store.stage([an_object()])
    store.discard(staged)
    with pytest.raises(FileNotFoundError):
        store.publish(staged)
    assert not store.exists(an_object().object_id)


def test_discarding_never_removes_what_was_published(tmp_path):
    store = a_store(tmp_path)
    store.discard(keep(store, an_object()))
    assert store.exists(an_object().object_id)


def test_an_absent_object_is_not_found(tmp_path):
    store = a_store(tmp_path)
    with pytest.raises(NotFound):
        store.read("urn:uuid:absent")
    keep(store, an_object())
    with pytest.raises(NotFound, match="no 'absent'"):
        store.open(an_object().object_id, "absent")


def test_a_damaged_inventory_is_not_read(tmp_path):
    store = a_store(tmp_path)
    keep(store, an_object())
    inventory = store.folder(an_object().object_id) / "inventory.json"
    good = inventory.read_bytes()
    for bad in (b"", b"{}", good.replace(b"first", b"other"), good[:-20], b"[" * 100_000):
        inventory.write_bytes(bad)
        with pytest.raises(NotGenuine):
            store.read(an_object().object_id)


def test_every_object_is_walked(tmp_path):
    store = a_store(tmp_path)
    objects = [an_object(number) for number in range(12)]
    keep(store, *objects)
    found = {store.read_at(folder).object_id for folder in objects_in(store)}
    assert found == {one.object_id for one in objects}


def test_a_root_with_anything_else_is_refused(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "other").write_bytes(b"")
    with pytest.raises(Misconfigured, match="neither empty"):
        a_store(tmp_path)


def test_a_root_of_another_layout_is_refused(tmp_path):
    store = a_store(tmp_path)
    a_store(tmp_path)
    (Path(store.root) / layout.CONFIG_FILE).write_bytes(b"{}")
    with pytest.raises(Misconfigured, match=r"config\.json"):
        a_store(tmp_path)


def test_a_root_half_made_by_a_crash_is_finished(tmp_path):
    place = tmp_path / "store" / layout.CONFIG_FILE
    place.parent.mkdir(parents=True)
    place.write_bytes(b"")
    store = a_store(tmp_path)
    assert place.read_bytes() == layout.configuration()
    assert (Path(store.root) / "0=ocfl_1.1").read_bytes() == b"ocfl_1.1\n"


# Full and failing disks


def full(*args):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["write", "mkdir"])
def test_a_full_disk_leaves_nothing_of_the_batch(tmp_path, monkeypatch, call):
    store = a_store(tmp_path)
    real, calls = getattr(os, call), iter(range(10_000))

    def fill_up(*args):
        return full() if next(calls) >= 9 else real(*args)

    monkeypatch.setattr(os, call, fill_up)
    with pytest.raises(StorageFull):
        store.stage([an_object(number) for number in range(5)])
    monkeypatch.undo()
    assert leftovers(store) == []
    keep(store, an_object())
    assert store.exists(an_object().object_id)


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of one megabyte, where we may mount one."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = shutil.which("mount")
    if os.getuid() or not mount:
        pytest.skip("mounting a tiny file system needs root")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode:
        pytest.skip("a tiny file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_truly_full_disk_is_said_and_leaves_the_store_whole(tiny_disk):
    store = a_store(tiny_disk)
    keep(store, an_object(0))
    with pytest.raises(StorageFull):
        store.stage(
            [an_object(number, [a_file("a", b"%100000d" % number)]) for number in range(20)]
        )
    assert leftovers(store) == []
    keep(store, an_object(1, [a_file("a", b"small")]))
    assert len(objects_in(store)) == 2


@pytest.mark.parametrize("whole", [True, False], ids=["syncfs", "file-by-file"])
def test_after_a_failed_barrier_nothing_is_taken(tmp_path, monkeypatch, whole):
    def fail(*args):
        raise OSError(errno.EIO, "Input/output error")

    store = a_store(tmp_path, whole)
    staged = store.stage([an_object()])
    monkeypatch.setattr(durable, "_syncfs", fail)
    monkeypatch.setattr(durable, "_fsync", fail)
    with pytest.raises(StoreDoubtful):
        store.barrier(staged)
    monkeypatch.undo()
    for step in (store.barrier, store.publish):
        with pytest.raises(StoreDoubtful):
            step(staged)
    with pytest.raises(StoreDoubtful):
        store.stage([an_object(2)])
    assert objects_in(store) == []


def test_every_file_and_folder_is_handed_to_the_barrier(tmp_path, monkeypatch):
    synced = []
    store = a_store(tmp_path, whole=False)
    monkeypatch.setattr(durable, "_fsync", synced.append)
    staged = store.stage([an_object(files=[a_file("a/b", b"1")])])
    store.barrier(staged)
    folder = staged[0].folder
    written = {folder, *(f"{folder}/{path}" for path in everything_below(folder))}
    assert written <= set(synced)
    synced.clear()
    store.publish(staged)
    target = str(store.folder(an_object().object_id))
    up = os.path.dirname
    assert {up(target), up(up(target)), store.root} <= set(synced)


# Crashes and other processes

CRASH = """
import os, sys
from pathlib import Path
from tests.adapters.ocfl.building import a_store, an_object
store = a_store(Path(sys.argv[1]))
calls, stop = 0, int(sys.argv[2])
def counted(real):
    def call(*args, **more):
        global calls
        calls += 1
        if calls > stop:
            os._exit(9)
        return real(*args, **more)
    return call
import filing.adapters.durable as durable
store._own.path
for name in ("mkdir", "open", "write", "close", "link"):
    setattr(os, name, counted(getattr(os, name)))
durable._syncfs = counted(durable._syncfs)
durable._rename = counted(durable._rename)
staged = store.stage([an_object(1), an_object(2)])
store.barrier(staged)
store.publish(staged)
os._exit(0)
"""


def crash_after(folder, calls):
    root = Path(__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-c", CRASH, str(folder), str(calls)], cwd=root, env={"PYTHONPATH": "."}
    ).returncode


@pytest.mark.parametrize("calls", [0, 1, 3, 7, 12, 20, 25, 26, 29, 35, 36, 37, 38, 39, 40, 41, 200])
def test_a_crash_at_any_step_leaves_whole_objects_and_no_litter(tmp_path, calls):
    assert crash_after(tmp_path, calls) == (0 if calls == 200 else 9)
    store = a_store(tmp_path)
    left = store.sweep_staging(lambda object_id: False)
    assert set(left) <= {an_object(1).object_id, an_object(2).object_id}
    assert [path for path in everything_below(tmp_path / "staging") if path != ".gate"] == []
    for folder in objects_in(store):
        assert {fault.code for fault in check_object(folder)} == {"W004"}
    keep(store, an_object(1), an_object(2))
    assert len(objects_in(store)) == 2


def test_what_a_dead_process_staged_may_be_kept_for_later(tmp_path):
    crash_after(tmp_path, 37)
    store = a_store(tmp_path)
    wanted = an_object(1).object_id
    assert wanted not in store.sweep_staging(lambda object_id: object_id == wanted)
    assert store.sweep_staging(lambda object_id: False) == [wanted]


TWO = """
import sys
from pathlib import Path
from tests.adapters.ocfl.building import a_store, an_object, keep
store = a_store(Path(sys.argv[1]))
for number in range(30):
    keep(store, an_object(number))
    store.sweep_staging(lambda object_id: False)
store.close()
"""


def test_two_processes_may_publish_the_same_objects(tmp_path):
    a_store(tmp_path)
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", TWO, str(tmp_path)]
    both = [subprocess.Popen(command, cwd=root, env={"PYTHONPATH": "."}) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    store = a_store(tmp_path)
    assert len(objects_in(store)) == 30
    assert [path for path in everything_below(tmp_path / "staging") if path != ".gate"] == []

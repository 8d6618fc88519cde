import json
import os
import re
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.adapters.ocfl.document import parse
from filing.adapters.ocfl.inventory import sidecar
from filing.adapters.ocfl.rules import check_inventory
from filing.adapters.ocfl.verify import check_object
from tests.adapters.ocfl.building import a_file, a_store, an_object, keep

VECTORS = Path(
    os.environ.get("FILING_VECTORS") or Path(__file__).parents[3].parent / "shared" / "vectors"
)
FIXTURES = sorted(VECTORS.glob("ocfl/1.1/*-objects/*"))
ABSENT = pytest.mark.skipif(not FIXTURES, reason="OCFL fixtures not found (FILING_VECTORS)")


def codes(faults):
    return {fault.code for fault in faults}


def named(kind):
    return pytest.mark.parametrize(
        "folder",
        [one for one in FIXTURES if one.parent.name == f"{kind}-objects"],
        ids=lambda one: one.name,
    )


@ABSENT
@named("good")
def test_a_good_fixture_has_no_fault(folder):
    assert check_object(folder) == ()


@ABSENT
@named("warn")
def test_a_fixture_with_warnings_has_those_it_is_named_by(folder):
    assert codes(check_object(folder)) == set(re.findall(r"W\d{3}", folder.name))


@ABSENT
@named("bad")
def test_a_bad_fixture_has_the_errors_it_is_named_by(folder):
    found = codes(check_object(folder))
    assert set(re.findall(r"E\d{3}", folder.name)) <= found


@ABSENT
def test_every_kind_of_fixture_was_there():
    kinds = [folder.parent.name for folder in FIXTURES]
    assert [kinds.count(f"{kind}-objects") for kind in ("good", "warn", "bad")] == [12, 13, 29]


@pytest.fixture
def kept(tmp_path):
    """An object as the store writes it; returns its folder."""
    store = a_store(tmp_path)
    keep(store, an_object(files=[a_file("a", b"first", True), a_file("b/c", b"second")]))
    return store.folder(an_object().object_id)


def rewrite(folder, change):
    """Change the inventory and make everything else agree with it."""
    document = json.loads((folder / "inventory.json").read_bytes())
    change(document)
    put(folder, json.dumps(document).encode())


def put(folder, content):
    name, text = sidecar("sha256", content)
    for place in (folder, folder / "v1"):
        (place / "inventory.json").write_bytes(content)
        (place / name).write_bytes(text)


def test_an_object_with_another_id_than_wanted_is_found(kept):
    assert codes(check_object(kept, an_object().object_id)) == {"W004"}
    assert "E037" in codes(check_object(kept, "urn:uuid:other"))


def test_a_wrong_fixity_digest_is_told_apart(kept):
    def change(document):
        document["fixity"] = {"sm3": {"0" * 64: ["v1/content/a"]}}

    rewrite(kept, change)
    assert codes(check_object(kept)) == {"W004", "E093"}


def test_a_digest_not_known_here_is_said_not_passed_over(kept):
    def change(document):
        document["fixity"] = {"crc32": {"0" * 8: ["v1/content/a"]}}

    rewrite(kept, change)
    assert codes(check_object(kept)) == {"W004", "X001"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../../../../etc/passwd", "E099"),
        ("/etc/passwd", "E100"),
        ("v1/content/../content/a", "E099"),
        ("v1/content//a", "E099"),
        ("v1/content/", "E100"),
        ("v1/a", "E042"),
        ("v2/content/a", "E042"),
    ],
)
def test_a_path_in_the_manifest_is_judged_and_never_opened(kept, monkeypatch, path, code):
    def change(document):
        document["manifest"] = {
            digest: [path] if "v1/content/a" in paths else paths
            for digest, paths in document["manifest"].items()
        }

    rewrite(kept, change)
    opened = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda name, *more: opened.append(name) or real(name, *more))
    assert code in codes(check_object(kept))
    assert all(str(name).startswith(str(kept)) and ".." not in str(name) for name in opened)


@pytest.mark.parametrize("path", ["/a", "a/", "a/../b", "./a", "a//b", ""])
def test_a_logical_path_that_leads_elsewhere_is_an_error(kept, path):
    def change(document):
        state = document["versions"]["v1"]["state"]
        state[next(iter(state))] = [path]

    rewrite(kept, change)
    assert codes(check_object(kept)) & {"E052", "E053"}


def test_a_link_is_not_followed(kept, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"first")
    (kept / "v1/content/a").unlink()
    (kept / "v1/content/a").symlink_to(outside)
    assert {"E090", "E092"} <= codes(check_object(kept))


def test_a_pipe_does_not_hold_us_up(kept):
    (kept / "v1/content/a").unlink()
    os.mkfifo(kept / "v1/content/a")
    assert {"E090", "E092"} <= codes(check_object(kept))


def test_an_empty_inventory_after_a_crash_is_found(kept):
    (kept / "inventory.json").write_bytes(b"")
    assert codes(check_object(kept)) == {"E033"}


def test_a_missing_sidecar_is_found(kept):
    (kept / "inventory.json.sha256").unlink()
    assert "E058" in codes(check_object(kept))


def test_a_second_sidecar_that_nobody_checks_is_found(kept):
    (kept / "inventory.json.sha512").write_bytes(b"0")
    assert "E001" in codes(check_object(kept))
    (kept / "inventory.json.sha512").rename(kept / "v1" / "inventory.json.sha512")
    assert "E015" in codes(check_object(kept))


def test_a_name_that_is_not_text_can_still_be_reported(kept):
    Path(os.fsdecode(os.fsencode(kept / "v1/content") + b"/\xff\xfe")).write_bytes(b"")
    faults = check_object(kept)
    assert "E023" in codes(faults)
    assert all(fault.place.encode() is not None for fault in faults)


def test_as_many_faults_as_anybody_reads(kept):
    for number in range(1200):
        (kept / f"extra-{number}").write_bytes(b"")
    assert len(check_object(kept)) == 1000


def test_an_empty_folder_in_the_content_is_found(kept):
    (kept / "v1/content/empty").mkdir()
    assert "E024" in codes(check_object(kept))


def test_nothing_there_is_an_answer(tmp_path):
    assert codes(check_object(tmp_path / "absent")) == {"E003"}


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 5_000_000,
        b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
        b"[" + b"[]," * 2_000_000 + b"[]]",
        b'{"id":' + b"9" * 100_000 + b"}",
        b'{"id":NaN}',
        b'{"id":"a","id":"b"}',
        b'"' + b"x" * (33 << 20) + b'"',
        b"\xff\xfe",
        b'{"id":"\\ud800"}',
        b"\x00",
    ],
    ids=["open", "deep", "wide", "number", "nan", "twice", "large", "utf-16", "surrogate", "nul"],
)
def test_a_bomb_is_a_fault_in_bounded_time(bomb):
    start = time.thread_time()
    document, faults = parse(bomb)
    assert any(fault.is_error for fault in faults or check_inventory(document))
    assert time.thread_time() - start < 5


def test_memory_does_not_grow_with_the_content(tmp_path):
    store = a_store(tmp_path)
    keep(store, an_object(files=[a_file("large", bytes(24 << 20))]))
    place = store.folder(an_object().object_id)
    tracemalloc.start()
    assert codes(check_object(place)) == {"W004"}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("v1/content/a"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_in_an_inventory_the_answer_is_a_list(data):
    version = {
        "created": "2026-01-05T08:30:00Z",
        "message": "m",
        "user": {"name": "n", "address": "mailto:a@b"},
        "state": {"ab" * 32: ["a"]},
    }
    document = {
        "id": "urn:a",
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha256",
        "head": "v1",
        "manifest": {"ab" * 32: ["v1/content/a"]},
        "versions": {"v1": version},
        "fixity": {"md5": {"ab" * 16: ["v1/content/a"]}},
    }
    assert codes(check_inventory(document)) == {"W004"}
    places = [
        document,
        document["manifest"],
        document["versions"],
        version,
        version["user"],
        version["state"],
        document["fixity"],
        document["fixity"]["md5"],
    ]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from(sorted(place)) | st.text(max_size=5))] = data.draw(values)
    assert isinstance(check_inventory(document), list)
    assert isinstance(check_inventory(data.draw(values)), list)

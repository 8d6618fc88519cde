import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.adapters.ocfl.inventory import Inventory, Version, read, sidecar, timestamp, write
from filing.errors import NotGenuine

DIGESTS = [hashlib.sha256(bytes([number])).hexdigest() for number in range(8)]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
names = texts.map(lambda text: "f" + text.replace("/", "_").replace("\x00", "_"))


def an_inventory(**changes):
    digest = DIGESTS[0]
    given = {
        "object_id": "urn:uuid:0",
        "head": "v1",
        "manifest": {digest: ("v1/content/a",)},
        "versions": {
            "v1": Version("2026-01-05T08:30:00.000000Z", {digest: ("a",)}, "m", "n", "mailto:a@b")
        },
    }
    return Inventory(**given | changes)


@given(st.sets(names, max_size=6), texts)
def test_what_is_written_reads_back_the_same(files, message):
    listed = dict(zip(DIGESTS, sorted(files), strict=False))
    version = Version(
        created="2026-01-05T08:30:00.000000+08:00",
        state={digest: (name,) for digest, name in listed.items()},
        message=message,
        user_name="档案馆",
        user_address="urn:archive",
    )
    inventory = an_inventory(
        manifest={digest: (f"v1/content/{name}",) for digest, name in listed.items()},
        versions={"v1": version},
        fixity={"sm3": {DIGESTS[7]: tuple(f"v1/content/{name}" for name in listed.values())}},
    )
    back = read(write(inventory))
    assert write(back) == write(inventory)
    assert back.versions["v1"].message == message
    assert back.logical_paths() == tuple(sorted(listed.values()))


def test_the_bytes_are_known():
    """Held fixed: the digest of an inventory must not change with a release."""
    assert write(an_inventory()) == (
        b'{"contentDirectory":"content","digestAlgorithm":"sha256","head":"v1","id":"urn:uuid:0",'
        b'"manifest":{"' + DIGESTS[0].encode() + b'":["v1/content/a"]},'
        b'"type":"https://ocfl.io/1.1/spec/#inventory",'
        b'"versions":{"v1":{"created":"2026-01-05T08:30:00.000000Z","message":"m",'
        b'"state":{"' + DIGESTS[0].encode() + b'":["a"]},'
        b'"user":{"address":"mailto:a@b","name":"n"}}}}\n'
    )


def test_the_sidecar_is_what_sha256sum_prints():
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sidecar("sha256", b"abc") == (
        "inventory.json.sha256",
        f"{digest} inventory.json\n".encode(),
    )


def test_a_file_is_held_by_its_digest_only():
    inventory = an_inventory()
    assert inventory.holds("v1/content/a", b"\x00")
    assert not inventory.holds("v1/content/a", b"\x01")
    assert not inventory.holds("v1/content/b", b"\x00")


def test_an_upper_case_manifest_is_understood():
    inventory = an_inventory(manifest={DIGESTS[0].upper(): ("v1/content/a",)})
    assert read(write(inventory)).content_path("a") == "v1/content/a"
    assert inventory.content_path("absent") is None


def test_a_time_carries_its_offset():
    assert timestamp(datetime(2026, 1, 5, 8, tzinfo=UTC)) == "2026-01-05T08:00:00.000000Z"
    beijing = timezone(timedelta(hours=8))
    assert timestamp(datetime(2026, 1, 5, 8, tzinfo=beijing)) == "2026-01-05T08:00:00.000000+08:00"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{}", b"{", b"\xff", write(an_inventory(head="v2"))]
)
def test_what_is_not_an_inventory_is_refused(content):
    with pytest.raises(NotGenuine, match="inventory is wrong: E0"):
        read(content)

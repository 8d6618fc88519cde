"""What is filed over HTTP can be verified by tools that are not ours.

The commands are those of docs/verification.md, typed as a stranger would.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pymerkle import InmemoryTree

from examples.good import good
from filing.model.package import Form
from tests.conformance.served import ROOT, a_served_archive

SETTINGS = {
    "international-ecdsa": {"suite": "international"},
    "international-ed25519": {"suite": "international", "signature": "ed25519"},
    "national": {"suite": "national"},
    "both": {"suite": "both"},
}
DOCUMENT = (ROOT / "docs/verification.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
(STORE_BLOCK,) = (one for one in BLOCKS if one.startswith("ocfl-root.py"))
FILED = [(form, 0) for form in Form]

IN_EACH_SETTING = pytest.mark.parametrize("filed", SETTINGS, indirect=True, scope="module")
#: Together they have every suite.
WITH_EACH_SUITE = pytest.mark.parametrize(
    "filed", ["international-ed25519", "both"], indirect=True, scope="module"
)
missing = [one for one in ("openssl", "jq", "xxd", "sha256sum") if not shutil.which(one)]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="module")
def filed(request, tmp_path_factory):
    """A stopped archive's store, its certificates, and what an agency holds of each record."""
    home = tmp_path_factory.mktemp("archive")
    held = {}
    with a_served_archive(home, **SETTINGS[request.param]) as archive:
        for form, number in FILED:
            (sample,) = good(1, form=form, start=7 * len(held), annexes=1)
            answer = archive.post(sample)
            assert answer.status_code == 201, answer.text
            folder = home / "held" / f"{form}-{number}"
            held[form, number] = folder
            _hold(archive, answer.content, folder)
        tile = archive.get(f"log/tile/0/000.p/{len(FILED)}").content
        checkpoint = archive.get("log/checkpoint").content
        (home / "log-keys").write_bytes(archive.get("log/keys").content)
    return home, held, tile, checkpoint


def _hold(archive, receipt, folder):
    """Put a receipt, the archive's certificates and the files into ``folder``."""
    (folder / "files").mkdir(parents=True)
    (folder / "receipt.json").write_bytes(receipt)
    for one in (archive.home / "keys").glob("*.crt.pem"):
        shutil.copy(one, folder / one.name.replace(".crt.pem", ".pem"))
    record = json.loads(receipt)["receipt"]["record"]
    for one in archive.get(f"records/{record}").json()["components"]:
        answer = archive.get(f"records/{record}/content/{one['path']}")
        assert answer.status_code == 200, answer.text
        (folder / "files" / one["path"]).write_bytes(answer.content)


def typed(folder, store, blocks):
    """Type the document's commands into a shell in ``folder``."""
    return subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + "\n".join(blocks)],
        cwd=folder,
        env={
            **os.environ,
            "STORE": str(store),
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
    )


@IN_EACH_SETTING
def test_a_stranger_with_the_document_verifies_every_record(filed):
    home, held, _, _ = filed
    whole, *others = held.values()
    told = typed(whole, home / "store", BLOCKS)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "is VALID" in told.stdout + told.stderr
    for folder in others:
        # Once for the whole store is enough.
        told = typed(folder, home / "store", [one for one in BLOCKS if one != STORE_BLOCK])
        assert told.returncode == 0, told.stdout + told.stderr


def swap(old, new):
    def change(folder):
        file = folder / "receipt.json"
        content = file.read_bytes()
        assert old in content
        file.write_bytes(content.replace(old, new, 1))

    return change


def other_file(folder):
    one = sorted((folder / "files").iterdir())[0]
    one.write_bytes(one.read_bytes() + b" ")


def other_certificate(folder):
    for one in folder.glob("archive-*.pem"):
        suite = one.stem.removeprefix("archive-")
        kind = {"ed25519": ["ed25519"], "sm2-sm3": ["EC", "-pkeyopt", "ec_paramgen_curve:SM2"]}
        algorithm = kind.get(suite, ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-subj", "/CN=other",
             "-keyout", "/dev/null", "-out", str(one)],
            check=True, capture_output=True,
        )  # fmt: skip


TAMPERED = {
    "the receipt": swap(b'"issued_at":"20', b'"issued_at":"21'),
    "the title": swap(b'"title":"', b'"title":"X'),
    "the leaf": swap(b'"leaf_index":', b'"leaf_index":1'),
    "the checkpoint": swap(b'"checkpoint":"', b'"checkpoint":"x'),
    "a file": other_file,
    "the certificate": other_certificate,
}


@WITH_EACH_SUITE
@pytest.mark.parametrize("what", TAMPERED)
def test_the_same_commands_tell_when_something_changed(filed, what, tmp_path):
    home, held, _, _ = filed
    folder = tmp_path / "held"
    shutil.copytree(held[Form.EEP, 0], folder)
    TAMPERED[what](folder)
    told = typed(folder, home / "store", BLOCKS[: BLOCKS.index(STORE_BLOCK)])
    assert told.returncode != 0, told.stdout


#: Block -> what is done just before it; the blocks before it were content.
BEHIND = {
    1: "sed -i 's/issued_at/issued_by/' receipt.json",
    2: """sed -i 's/"retention":"/"retention":"X/' said.json""",
    3: 'for one in files/*; do printf x >> "$one"; done',
    4: 'for one in files/*; do printf x >> "$one"; done',
    5: """sed -i 's/"checkpoint":"/"checkpoint":"x/' said.json""",
    6: "printf ' ' >> statement.json",
    8: "printf ' ' >> statement.json",
    9: "sed -i 's/^../--/' SHA256SUMS",
}


@WITH_EACH_SUITE
def test_no_step_is_carried_by_another(filed, tmp_path):
    home, held, _, _ = filed
    national = "sm2-sm3" in (held[Form.EEP, 0] / "receipt.json").read_text(encoding="utf-8")
    for step, damage in BEHIND.items():
        if step == 4 and not national:
            continue
        folder = tmp_path / str(step)
        shutil.copytree(held[Form.EEP, 0], folder)
        before = [one for one in BLOCKS[:step] if one != STORE_BLOCK]
        told = typed(folder, home / "store", [*before, f"echo here\n{damage}", BLOCKS[step]])
        assert "here" in told.stdout, told.stdout + told.stderr
        assert told.returncode != 0, (step, told.stdout)


@IN_EACH_SETTING
def test_another_implementation_of_the_log_agrees(filed):
    """pymerkle, RFC 6962: same leaves, same root, same proofs."""
    _, held, tile, checkpoint = filed
    receipts = [json.loads((one / "receipt.json").read_bytes())["receipt"] for one in held.values()]
    receipts.sort(key=lambda one: one["log"]["leaf_index"])
    tree = InmemoryTree(algorithm="sha256")
    for index, one in enumerate(receipts):
        assert one["log"]["leaf_index"] == index
        said = json.dumps(
            one["statement"], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        tree.append_entry(said.encode())
    leaves = [tile[at : at + 32] for at in range(0, len(tile), 32)]
    # What custody does is in the log too, behind the records of this test.
    assert leaves[: len(receipts)] == [tree.get_leaf(at + 1) for at in range(len(receipts))]
    assert len(leaves) == int(checkpoint.decode().split("\n")[1])
    _, size, root, *_ = receipts[-1]["log"]["checkpoint"].split("\n")
    assert int(size) == len(receipts)
    assert base64.b64decode(root) == tree.get_root()
    for one in receipts:
        index, size = one["log"]["leaf_index"], one["log"]["tree_size"]
        path = [base64.b64decode(each) for each in one["log"]["inclusion"]]
        leaf, *others = tree.prove_inclusion(index + 1, size).path
        assert leaf == leaves[index]
        assert path == others


@IN_EACH_SETTING
def test_the_keys_of_the_log_are_written_as_verifiers_of_notes_read_them(filed):
    """C2SP signed-note, done by hand on what openssl says of the certificates."""
    home, _, _, checkpoint = filed
    origin = checkpoint.decode().split("\n")[0]
    wanted, ids = set(), set()
    for path in (home / "keys").glob("*.crt.pem"):
        pem = subprocess.run(
            ["openssl", "x509", "-in", path, "-noout", "-pubkey"], capture_output=True, check=True
        ).stdout
        spki = base64.b64decode(b"".join(pem.split(b"\n")[1:-2]))
        if "ecdsa" in path.name:
            encoded, hashed = b"\x02" + spki, spki
        else:
            kind, size = (b"\x01", 32) if "ed25519" in path.name else (b"\xfffiling/sm2-sm3\0", 65)
            encoded = kind + spki[-size:]
            hashed = origin.encode() + b"\n" + encoded
        ids.add(hashlib.sha256(hashed).digest()[:4])
        key_hash = hashlib.sha256(hashed).hexdigest()[:8]
        wanted.add(f"{origin}+{key_hash}+{base64.b64encode(encoded).decode()}")
    lines = (home / "log-keys").read_text(encoding="utf-8").splitlines()
    assert (set(lines), len(lines)) == (wanted, len(wanted))
    signed = re.findall(r"^\u2014 \S+ (\S+)$", checkpoint.decode(), re.MULTILINE)
    assert {base64.b64decode(one)[:4] for one in signed} == ids


@IN_EACH_SETTING
def test_the_store_holds_nothing_the_other_validator_does_not_know(filed):
    """Its layout too is one it knows: objects are found by their ids."""
    from ocfl import StorageRoot

    home, held, _, _ = filed
    root = StorageRoot(root=str(home / "store"))
    assert root.validate(validate_objects=True, check_digests=True), root.log.status_str()
    assert root.num_objects == root.good_objects == len(held)
    for one in held.values():
        record = json.loads((one / "receipt.json").read_bytes())["receipt"]["record"]
        place = Path(root.object_path(f"urn:uuid:{record}"))
        assert (home / "store" / place / "inventory.json").exists()

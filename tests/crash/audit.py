"""Look at an archive from outside: do database, store, log and staging agree?

Reads the files and the tables themselves. Of the archive's own code only the
verification of signatures is used, as any verifier would.
"""

import hashlib
import json
from pathlib import Path

import sqlalchemy
from sqlalchemy import text

from filing.adapters import keys
from filing.config import Settings
from filing.evidence import certificates, checkpoint, receipt

_FORESEEN = {".gate", ".recovery", "objects", "kept"}


def audit(settings: Settings) -> int:
    """Hold everything to everything; return the number of records. Raises AssertionError."""
    tables = tables_of(settings.url)
    objects = _objects(settings.store)
    assert tables["intent"] == []
    counts = {one: len(tables[one]) for one in ("record", "receipt")}
    # The archive's own duties (an audit, a drill) are entries of the log as well.
    counts["leaf"] = sum(one["record_id"] is not None for one in tables["leaf"])
    assert set(counts.values()) == {len(objects)}, (counts, sorted(objects))
    _submissions(tables)
    leaves = _leaves(tables, objects)
    _log(tables, leaves, settings)
    _receipts(tables, leaves, objects, settings)
    _events(tables)
    _staging(settings.staging, {one["id"]: one["state"] for one in tables["submission"]})
    return len(objects)


_TABLES = (
    "submission", "record", "intent", "receipt", "leaf", "log_event", "tile", "checkpoint", "event",
)  # fmt: skip


def tables_of(url: str) -> dict[str, list[dict]]:
    """Every row, as of one moment: the archive's duties may be writing."""
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            found = {one: connection.execute(text(f"SELECT * FROM {one}")) for one in _TABLES}
            return {name: [dict(row) for row in rows.mappings()] for name, rows in found.items()}
    finally:
        engine.dispose()


def _objects(store: Path) -> dict[str, Path]:
    """Record id -> folder of its object. Every file of every object is as its inventory says."""
    found = {}
    for declared in store.rglob("0=ocfl_object_1.1"):
        folder = declared.parent
        content = (folder / "inventory.json").read_bytes()
        inventory = json.loads(content)
        sidecar = (folder / "inventory.json.sha256").read_text()
        assert sidecar.split()[0] == hashlib.sha256(content).hexdigest()
        listed = {path: digest for digest, paths in inventory["manifest"].items() for path in paths}
        present = {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and "content" in path.relative_to(folder).parts
        }
        assert present == set(listed)
        for path, digest in listed.items():
            assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest
        found[inventory["id"].removeprefix("urn:uuid:")] = folder
    return found


def _submissions(tables: dict) -> None:
    filed = {one["id"]: one["record_id"] for one in tables["submission"] if one["record_id"]}
    assert filed == {one["submission_id"]: one["id"] for one in tables["record"]}
    for one in tables["submission"]:
        assert (one["state"] == "receipted") == bool(one["record_id"]), one
        assert one["state"] in {"receipted", "rejected", "received", "withdrawn"}, one
        assert one["form"] or one["state"] in {"received", "withdrawn"}, one


def _statement(folder: Path) -> bytes:
    return (folder / "v1" / "content" / "seal" / "statement.json").read_bytes()


def _leaves(tables: dict, objects: dict[str, Path]) -> list[bytes]:
    """The leaf hashes in order; each is of the statement on disk."""
    places = sorted(tables["leaf"], key=lambda one: one["position"])
    assert [one["position"] for one in places] == list(range(len(places)))
    at = {one["id"]: one["leaf_index"] for one in tables["record"]}
    told = {one["position"]: one["body"] for one in tables["log_event"]}
    assert set(told) == {one["position"] for one in places if one["record_id"] is None}
    for one in places:
        if one["record_id"] is None:
            said = bytes(told[one["position"]])
            assert bytes(one["hash"]) == hashlib.sha256(b"\x00" + said).digest()
            continue
        said = _statement(objects[one["record_id"]])
        assert bytes(one["hash"]) == hashlib.sha256(b"\x00" + said).digest()
        assert at[one["record_id"]] == one["position"]
        assert json.loads(said)["record"] == one["record_id"]
    return [bytes(one["hash"]) for one in places]


def root(hashes: list[bytes]) -> bytes:
    """The Merkle tree hash of leaves already hashed. Source: RFC 6962, section 2.1."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\x01" + root(hashes[:half]) + root(hashes[half:])).digest()


def _log(tables: dict, leaves: list[bytes], settings: Settings) -> None:
    """Every checkpoint ever signed is of the tree as it then was, and is signed."""
    known = [
        certificates.read(der).public_key
        for pem in keys.certificates_pem(settings).values()
        for der in certificates.load_chain(pem)
    ]
    for one in tables["checkpoint"]:
        signed = checkpoint.verify(one["note"].encode(), settings.origin, known)
        assert (signed.size, signed.root) == (one["size"], root(leaves[: one["size"]]))
    newest = max((one["size"] for one in tables["checkpoint"]), default=0)
    assert newest == len(leaves)
    lowest = sorted(
        (one["position"], bytes(one["hashes"])) for one in tables["tile"] if one["level"] == 0
    )
    assert b"".join(hashes for _, hashes in lowest) == b"".join(leaves)


def _receipts(tables: dict, leaves: list[bytes], objects: dict, settings: Settings) -> None:
    trusted = {}
    for pem in keys.certificates_pem(settings).values():
        for der in certificates.load_chain(pem):
            trusted[certificates.fingerprint(der)] = certificates.read(der).public_key
    submissions = {one["id"]: one for one in tables["submission"]}
    for one in tables["receipt"]:
        body = bytes(one["body"])
        receipt.verify(body, trusted)
        said = json.loads(body)["receipt"]
        assert said["submission"] == one["submission_id"]
        assert said["record"] == submissions[one["submission_id"]]["record_id"]
        assert said["statement"]["package"]["form"] == submissions[one["submission_id"]]["form"]


def _events(tables: dict) -> None:
    """Each submission's history is whole: told once, in order."""
    told: dict[str, list[str]] = {}
    about = (one for one in tables["event"] if one["submission_id"])
    for one in sorted(about, key=lambda one: one["number"]):
        told.setdefault(one["submission_id"], []).append(one["kind"])
    wanted = {
        "receipted": (["accepted", "issued"], ["received", "accepted", "issued"]),
        "rejected": (["rejected"], ["received", "rejected"]),
        "received": (["received"],),
        "withdrawn": (["received", "withdrawn"], ["rejected", "withdrawn"],
                      ["received", "rejected", "withdrawn"]),
    }  # fmt: skip
    assert set(told) == {one["id"] for one in tables["submission"]}
    for one in tables["submission"]:
        kinds = [kind.rpartition("-")[2] for kind in told[one["id"]]]
        # A correction handed in tells of itself, then of what became of it.
        while "corrected" in kinds:
            at = kinds.index("corrected")
            assert kinds[at - 1] == "rejected", (one, kinds)
            kinds[at - 1 : at + 1] = []
        assert kinds in wanted[one["state"]], (one, kinds)


def _staging(staging: Path, states: dict[str, str]) -> None:
    """Nothing lies there but what waits for somebody, and the empty folders of processes."""
    for place in (staging, staging / "objects"):
        for one in place.iterdir():
            if one.name.startswith("owner-"):
                assert [entry.name for entry in one.iterdir()] == [".lock"], list(one.iterdir())
            else:
                assert one.name in _FORESEEN, one
    kept = {one.name for prefix in (staging / "kept").iterdir() for one in prefix.iterdir()}
    for name in kept:
        state = states.get(name.removesuffix("-report"), "unknown")
        assert state in {"rejected", "received", "withdrawn"}, (name, state)
        assert not (name.endswith("-report") and state == "received"), name
    missing = {one for one, state in states.items() if state in {"rejected", "received"}} - kept
    assert not missing, missing

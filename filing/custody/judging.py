"""One record judged: its bytes against inventory, seal, log and database.

Given what was walked and what the tables say; reads nothing. A fault is said once, where
it is: bytes that are not the inventory's are not said again to be not the seal's.
"""

import hashlib
import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any, cast  # a statement's JSON, known by its digest before it is believed

from filing.custody.columns import check_rows
from filing.custody.expected import Expected, Seen, Stated, Trust, Walked
from filing.custody.seals import check_receipt, check_seal
from filing.evidence.merkle import leaf_hash
from filing.model.custody import Answer, Fault

PACKAGE, REPORT, REFUSED, SEAL = "package/", "report.json", "report-rejected.json", "seal/"
STATEMENT = f"{SEAL}statement.json"
DAMAGED = Answer.DAMAGED


def judge(
    expected: Expected,
    walked: Walked,
    stated: Stated | None,
    accounted: set[str],
    trust: Trust,
    each: bool = True,
) -> Iterator[Fault]:
    """Every fault but those of the object's own documents.

    stated      None where no inventory can be believed: the seal alone is asked then
    accounted   places whose faults are said already; grows
    each        compute every signature; else of two that say the same only the receipt's
    """
    if expected.record is None:
        yield Fault("CX-2-16", DAMAGED, f"record {expected.record_id}", "a row", "")
    hurt: set[str] = set()
    said = list(_content(walked, stated, accounted, hurt)) if stated is not None else []
    places = stated.logical if stated is not None else _as_named(walked)
    text = _bytes_of(STATEMENT, walked, places)
    statement = None
    if stated is not None and STATEMENT not in places:
        # An object that agrees with itself, and is not the one that was sealed.
        yield Fault("CX-1-3", DAMAGED, STATEMENT, f"leaf {expected.position}", "")
    if text is None and places.get(STATEMENT, "") in walked.files:
        yield Fault("CX-4-2", Answer.UNKNOWN, places[STATEMENT], found="too long to be judged")
    if text is not None and places[STATEMENT] not in hurt:
        statement = yield from _statement(text, expected)
    if statement is None:
        yield from (_named(one, {}, places, walked) for one in said)
        return
    if said:
        sizes = _sealed_files(statement)
        yield from (_named(one, sizes, places, walked) for one in said)
    yield from _sealed(statement, walked, places, hurt, accounted)
    yield from check_rows(statement, f"sha256:{walked.files[places[STATEMENT]].sha256}", expected)
    attested = None
    if expected.record is not None:
        attested = yield from check_receipt(text or b"", expected, trust)
    seal = {path for name, path in places.items() if name.startswith(SEAL)}
    read = seal <= walked.files.keys() and not (stated is None and walked.unread)
    if read and not hurt & seal:
        files, attested = _seal_files(walked, places), None if each else attested
        entries = expected.position + 1
        yield from check_seal(text or b"", statement, files, trust, entries, attested)


def _content(
    walked: Walked, stated: Stated, accounted: set[str], hurt: set[str]
) -> Iterator[Fault]:
    """Inventory against bytes: digests, missing, extra; moved files are one fault, not two."""
    wrong = {
        path: seen
        for path, digest in stated.digests.items()
        if (seen := walked.files.get(path)) is not None and seen.sha256 != digest
    }
    missing = [
        path for path in stated.digests if path not in walked.files and not _under(path, accounted)
    ]
    extra = {
        path: seen
        for path, seen in walked.files.items()
        if path not in stated.digests and path not in accounted
    }
    hurt.update(wrong, missing)
    by_digest: dict[str, list[str]] = {}
    for path, seen in extra.items():
        by_digest.setdefault(seen.sha256, []).append(path)
    for path in sorted(missing):
        if found := by_digest.get(stated.digests[path]):
            moved = found.pop()
            del extra[moved]
            yield Fault("CX-2-9", DAMAGED, path, path, moved, "E092")
        else:
            yield Fault("CX-2-2", DAMAGED, path, stated.digests[path], "", "E092")
    for path in sorted(extra):
        yield Fault("CX-2-3", DAMAGED, path, "", extra[path].sha256, "E023")
    paired: set[str] = set()
    for path, seen in sorted(wrong.items()):
        if path in paired:
            continue
        other = next(
            (
                one
                for one, its in wrong.items()
                if one != path
                and its.sha256 == stated.digests[path]
                and seen.sha256 == stated.digests[one]
            ),
            "",
        )
        if other:
            paired.add(other)
            yield Fault("CX-2-10", DAMAGED, path, path, other, "E092")
        else:
            yield Fault("CX-2-1", DAMAGED, path, stated.digests[path], seen.sha256, "E092")
    accounted.update(wrong, missing, extra)


def _under(path: str, accounted: set[str]) -> bool:
    """Whether the path or a folder above it is said already."""
    while path:
        if path in accounted:
            return True
        path = path.rpartition("/")[0]
    return "" in accounted


def _named(
    fault: Fault, sizes: Mapping[str, int], places: Mapping[str, str], walked: Walked
) -> Fault:
    """A digest that differs, by what the file is, and by its length where that is known."""
    if fault.code != "CX-2-1":
        return fault
    logical = next((name for name, path in places.items() if path == fault.place), "")
    found = walked.files[fault.place]
    promised = sizes.get(logical)
    if found.size_bytes == 0 or (promised is not None and promised != found.size_bytes):
        length = "" if promised is None else f"{promised} bytes"
        return Fault(
            "CX-2-4", fault.answer, fault.place, length, f"{found.size_bytes} bytes", fault.ocfl
        )
    code = "CX-2-1"
    if logical.startswith(SEAL):
        code = "CX-1-1"
    elif logical in {REPORT, REFUSED}:
        code = "CX-2-12"
    elif logical in sizes and sizes.get(f"metadata:{logical}") is not None:
        code = "CX-2-11"
    return Fault(code, fault.answer, fault.place, fault.expected, fault.found, fault.ocfl)


def _as_named(walked: Walked) -> dict[str, str]:
    """Logical paths by their usual place, where no inventory says it."""
    marker = "/content/"
    return {
        path.partition(marker)[2]: path for path in walked.files if path.startswith("v1/content/")
    }


def _bytes_of(logical: str, walked: Walked, places: Mapping[str, str]) -> bytes | None:
    found: Seen | None = walked.files.get(places.get(logical, ""))
    return None if found is None else found.content


def _statement(text: bytes, expected: Expected) -> Generator[Fault, None, Mapping[str, Any] | None]:
    """The statement, if the log knows these very bytes.

    Where the record's row and receipt know them and the log does not, the log's leaf is hurt.
    """
    if expected.leaf_hash is not None and leaf_hash(text) != expected.leaf_hash:
        if _known_otherwise(text, expected):
            place = f"leaf {expected.position}"
            yield Fault("CX-1-10", DAMAGED, place, leaf_hash(text).hex(), expected.leaf_hash.hex())
            return cast("Mapping[str, Any]", json.loads(text))
        yield Fault(
            "CX-1-3",
            DAMAGED,
            STATEMENT,
            f"leaf {expected.position}: {expected.leaf_hash.hex()}",
            leaf_hash(text).hex(),
        )
        return None
    try:
        found = json.loads(text)
        ours = found["record"] == expected.record_id
    except (ValueError, KeyError, TypeError):
        yield Fault("CX-1-3", DAMAGED, STATEMENT, "a statement", "not one")
        return None
    if not ours:
        yield Fault("CX-1-3", DAMAGED, STATEMENT, expected.record_id, str(found["record"])[:100])
        return None
    return cast("Mapping[str, Any]", found)


def _known_otherwise(text: bytes, expected: Expected) -> bool:
    digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
    in_row = expected.record is not None and expected.record.statement_digest == digest
    return in_row and b'"statement":' + text + b"," in (expected.receipt or b"")


def sealed_places(statement: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """(logical path, what the statement says of it, whether it is a metadata document) of
    every file under seal that has a place of its own."""
    for kind in ("components", "metadata"):
        for one in statement[kind]:
            if "inline" not in one:
                place = one.get("kept") or f"{PACKAGE}{one['path']}"
                yield place, one, kind == "metadata"
    for one in statement.get("received", {}).get("files", ()):
        yield one["path"], one, False


def _sealed_files(statement: Mapping[str, Any]) -> dict[str, int]:
    sizes = {}
    for place, one, is_metadata in sealed_places(statement):
        sizes[place] = one["bytes"]
        if is_metadata:
            sizes[f"metadata:{place}"] = 0
    return sizes


def _sealed(
    statement: Mapping[str, Any],
    walked: Walked,
    places: Mapping[str, str],
    hurt: set[str],
    accounted: set[str],
) -> Iterator[Fault]:
    """Seal against bytes, for files that are as their inventory says."""
    sealed = {place: one["digests"].get("sha256", "") for place, one, _ in sealed_places(statement)}
    sealed[REPORT] = statement["report"].partition(":")[2]
    if "received" in statement:
        sealed[REFUSED] = statement["received"]["report"].partition(":")[2]
    for logical, digest in sealed.items():
        place = places.get(logical, "")
        if place in hurt or _under(place or "-", accounted):
            continue
        seen = walked.files.get(place)
        if seen is None:
            if not walked.unread:
                yield Fault("CX-1-4", DAMAGED, logical, digest, "")
        elif seen.sha256 != digest:
            yield Fault("CX-1-4", DAMAGED, place, digest, seen.sha256)


def _seal_files(walked: Walked, places: Mapping[str, str]) -> dict[str, bytes]:
    found = {}
    for logical in places:
        if logical.startswith(SEAL) and logical != STATEMENT:
            content = _bytes_of(logical, walked, places)
            if content is not None:
                found[logical.removeprefix(SEAL)] = content
    return found

"""What the specification demands of an inventory, as faults with its codes.

Every fault is reported, none raised: whatever stands in the document, the
answer is a list.

Does not look at files; see filing.adapters.ocfl.verify.

Source: OCFL 1.1, section 3 (OCFL Object), and its validation codes.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from filing.adapters.ocfl.document import Fault

TYPE = "https://ocfl.io/1.1/spec/#inventory"
TYPES = ("https://ocfl.io/1.0/spec/#inventory", TYPE)
DIGEST_LENGTHS = {"sha256": 64, "sha512": 128}

_KEYS = frozenset(
    ["id", "type", "digestAlgorithm", "head", "contentDirectory", "manifest", "versions", "fixity"]
)
_VERSION_KEYS = frozenset({"created", "state", "message", "user"})
_USER_KEYS = frozenset({"name", "address"})
_TRICKS = frozenset({"", ".", ".."})
_VERSION_NAME = re.compile(r"v(\d{1,9})", re.ASCII)
_HEX = re.compile(r"[0-9a-fA-F]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_CREATED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)

# Any below: a JSON value before it was looked at.


def version_number(name: str) -> int:
    """The number in a version's name ("v3", "v003"); 0 if it is not one."""
    match = _VERSION_NAME.fullmatch(name) if name.isascii() else None
    return int(match[1]) if match else 0


def check_inventory(document: object) -> list[Fault]:
    """Everything wrong with one inventory, by itself."""
    if not isinstance(document, dict):
        return [Fault("E033", "an inventory is a JSON object")]
    return list(_check(document))


def _check(document: dict[str, Any]) -> Iterator[Fault]:
    for key in sorted(document.keys() - _KEYS):
        yield Fault("E102", f"key {key[:100]!r} is not specified")
    yield from _check_head_matter(document)
    manifest = document.get("manifest")
    versions = document.get("versions")
    for name, block in (("manifest", manifest), ("versions", versions)):
        if block is None:
            yield Fault("E041", f"there is no {name} block")
    digests: set[str] = set()
    paths: set[str] = set()
    if isinstance(manifest, dict):
        names = set(versions) if isinstance(versions, dict) else set()
        yield from _check_manifest(document, manifest, names, digests, paths)
    elif manifest is not None:
        yield Fault("E041", "the manifest is not an object")
    if isinstance(versions, dict):
        yield from _check_names(versions, document.get("head"))
        used: set[str] = set()
        for name, block in versions.items():
            yield from _check_version(name, block, digests, used)
        for digest in sorted(digests - used):
            yield Fault("E107", f"manifest digest {digest[:16]}… is in no version's state")
    elif versions is not None:
        yield Fault("E044", "the versions block is not an object")
    if "fixity" in document:
        yield from _check_fixity(document["fixity"], paths)


def _check_head_matter(document: dict[str, Any]) -> Iterator[Fault]:
    for key in ("id", "type", "digestAlgorithm", "head"):
        if key not in document:
            yield Fault("E036", f"{key} is missing")
    identifier = document.get("id")
    if "id" in document and not (isinstance(identifier, str) and identifier):
        yield Fault("E037", "the id is not a text, or empty")
    elif isinstance(identifier, str) and not _URI.fullmatch(identifier):
        yield Fault("W005", f"the id {identifier[:200]!r} is not a URI")
    if "type" in document and document["type"] not in TYPES:
        yield Fault("E038", f"the type is not {TYPE}")
    if "digestAlgorithm" in document:
        algorithm = document["digestAlgorithm"]
        if not isinstance(algorithm, str) or algorithm not in DIGEST_LENGTHS:
            yield Fault("E025", f"digestAlgorithm {str(algorithm)[:50]!r} is not sha512 or sha256")
        elif algorithm == "sha256":
            yield Fault("W004", "digestAlgorithm should be sha512")
    directory = document.get("contentDirectory", "content")
    if not isinstance(directory, str) or "/" in directory:
        yield Fault("E017", "contentDirectory must be a text without /")
    elif directory in {"", ".", ".."}:
        yield Fault("E018", f"contentDirectory must not be {directory!r}")


def _check_names(versions: dict[str, Any], head: object) -> Iterator[Fault]:
    """Version names, their sequence, their padding, and the head."""
    if not versions:
        yield Fault("E008", "there is no version")
        return
    for name in versions:
        if not version_number(name):
            yield Fault("E046", f"{name[:50]!r} is not a version's name")
    numbered = sorted((version_number(name), name) for name in versions if version_number(name))
    if not numbered:
        return
    if numbered[0][0] != 1:
        yield Fault("E009", "the first version is not 1")
    if [number for number, _ in numbered] != list(range(1, len(numbered) + 1)):
        yield Fault("E010", "the version numbers have gaps")
    yield from _check_padding([name for _, name in numbered])
    if head is not None and head != numbered[-1][1]:
        yield Fault("E040", f"head {str(head)[:50]!r} is not the newest, {numbered[-1][1]}")


def _check_padding(names: list[str]) -> Iterator[Fault]:
    padded = names[0].startswith("v0")
    if padded:
        yield Fault("W001", "version numbers should not be zero-padded")
        if any(not name.startswith("v0") for name in names):
            yield Fault("E011", "zero-padded version numbers must begin with v0")
        if any(len(name) != len(names[0]) for name in names):
            yield Fault("E012", "zero-padded version numbers differ in length")
    elif any(name.startswith("v0") for name in names):
        yield Fault("E012", "some version numbers are zero-padded and some are not")
    if any(name.startswith("v0") != padded for name in names):
        yield Fault("E013", "a version does not follow the naming of the first")


def _check_manifest(
    document: dict[str, Any],
    manifest: dict[str, Any],
    versions: set[str],
    digests: set[str],
    paths: set[str],
) -> Iterator[Fault]:
    """Fills ``digests`` (lower case) and ``paths`` with what the manifest lists."""
    algorithm = document.get("digestAlgorithm")
    length = DIGEST_LENGTHS.get(algorithm) if isinstance(algorithm, str) else None
    directory = document.get("contentDirectory", "content")
    for digest, listed in manifest.items():
        if not _HEX.fullmatch(digest) or length not in {None, len(digest)}:
            yield Fault("E025", f"{digest[:16]}… is no {algorithm} digest")
        if digest.lower() in digests:
            yield Fault("E096", f"digest {digest[:16]}… stands twice in the manifest")
        digests.add(digest.lower())
        if not _is_texts(listed) or not listed:
            yield Fault("E091", f"the paths of {digest[:16]}… are not a list of texts")
            continue
        for path in listed:
            if path in paths:
                yield Fault("E101", "stands twice in the manifest", path)
            paths.add(path)
            yield from _check_content_path(path, versions, directory)
    for path in _conflicts(paths):
        yield Fault("E101", "is a file and a folder in the manifest", path)


def _check_content_path(path: str, versions: set[str], directory: object) -> Iterator[Fault]:
    parts = path.split("/")
    if path.startswith("/") or path.endswith("/"):
        yield Fault("E100", "a content path must not begin or end with /", path)
    elif _has_tricks(parts):
        yield Fault("E099", "a content path must not contain ., .. or an empty part", path)
    elif len(parts) < 3 or parts[0] not in versions or parts[1] != directory:
        yield Fault("E042", "a content path lies below a version's content folder", path)


def _check_version(name: str, block: object, digests: set[str], used: set[str]) -> Iterator[Fault]:
    name = name[:50]
    if not isinstance(block, dict):
        yield Fault("E044", f"{name} is not an object")
        return
    for key in sorted(block.keys() - _VERSION_KEYS):
        yield Fault("E102", f"{name}: key {key[:100]!r} is not specified")
    if "created" not in block:
        yield Fault("E048", f"{name} has no created")
    elif not _is_moment(block["created"]):
        yield Fault("E049", f"{name}: created is not a time to the second with its zone")
    if "state" not in block:
        yield Fault("E048", f"{name} has no state")
    else:
        yield from _check_state(name, block["state"], digests, used)
    if "message" not in block:
        yield Fault("W007", f"{name} has no message")
    elif not isinstance(block["message"], str):
        yield Fault("E094", f"{name}: the message is not a text")
    yield from _check_user(name, block)


def _check_user(name: str, block: dict[str, Any]) -> Iterator[Fault]:
    if "user" not in block:
        yield Fault("W007", f"{name} has no user")
        return
    user = block["user"]
    if not isinstance(user, dict):
        yield Fault("E054", f"{name}: the user is not an object")
        return
    for key in sorted(user.keys() - _USER_KEYS):
        yield Fault("E102", f"{name}: key {key[:100]!r} of the user is not specified")
    if not (isinstance(user.get("name"), str) and user["name"]):
        yield Fault("E054", f"{name}: the user has no name")
    address = user.get("address")
    if address is None:
        yield Fault("W008", f"{name}: the user has no address")
    elif not isinstance(address, str):
        yield Fault("E054", f"{name}: the user's address is not a text")
    elif not _URI.fullmatch(address):
        yield Fault("W009", f"{name}: the user's address is not a URI")


def _check_state(name: str, state: object, digests: set[str], used: set[str]) -> Iterator[Fault]:
    if not isinstance(state, dict):
        yield Fault("E050", f"{name}: the state is not an object")
        return
    seen: set[str] = set()
    for digest, listed in state.items():
        used.add(digest.lower())
        if digest.lower() not in digests:
            yield Fault("E050", f"{name}: digest {digest[:16]}… is not in the manifest")
        if not _is_texts(listed):
            yield Fault("E050", f"{name}: the paths of {digest[:16]}… are not a list of texts")
            continue
        for path in listed:
            if path in seen:
                yield Fault("E095", f"{name}: logical path stands twice", path)
            seen.add(path)
            if path.startswith("/") or path.endswith("/"):
                yield Fault("E053", f"{name}: a logical path must not begin or end with /", path)
            elif _has_tricks(path.split("/")):
                yield Fault("E052", f"{name}: a logical path has a ., .. or empty part", path)
    for path in _conflicts(seen):
        yield Fault("E095", f"{name}: is a file and a folder", path)


def _check_fixity(fixity: object, paths: set[str]) -> Iterator[Fault]:
    if not isinstance(fixity, dict):
        yield Fault("E111", "the fixity block is not an object")
        return
    for algorithm, block in fixity.items():
        if not isinstance(block, dict):
            yield Fault("E057", f"fixity by {algorithm[:50]!r} is not an object")
            continue
        seen: set[str] = set()
        for digest, listed in block.items():
            if digest.lower() in seen:
                yield Fault("E097", f"digest {digest[:16]}… stands twice in the fixity block")
            seen.add(digest.lower())
            if not _is_texts(listed):
                yield Fault("E057", f"the paths of {digest[:16]}… are not a list of texts")
                continue
            for path in listed:
                if path not in paths:
                    yield Fault("E057", "in the fixity block but not in the manifest", path)


def _is_moment(value: object) -> bool:
    match = _CREATED.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return False
    try:
        return datetime.fromisoformat(match[1] + match[2]).utcoffset() is not None
    except ValueError:
        return False


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _has_tricks(parts: list[str]) -> bool:
    return not _TRICKS.isdisjoint(parts) or "\x00" in parts[-1]


def _conflicts(paths: Iterable[str]) -> Iterator[str]:
    """Paths that are also a folder of another path."""
    known = set(paths)
    clashing = set()
    for path in known:
        end = path.rfind("/")
        depth = 0
        # Deeper than any file system allows: judged by its own fault, not here.
        while end > 0 and depth < 256:
            if path[:end] in known:
                clashing.add(path[:end])
            end = path.rfind("/", 0, end)
            depth += 1
    yield from sorted(clashing)

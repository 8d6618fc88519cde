"""What an object's inventories state of its files' digests, held against the bytes.

A file is read once, however many digests are stated of it, in fixed memory.
"""

# Paths are plain strings here: pathlib costs more than the system calls.
# ruff: noqa: PTH118

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

_READ_BYTES = 1 << 20


class Running(Protocol):
    def update(self, block: bytes | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


#: Digests that may stand in a fixity block, by their OCFL names; some are weak
#: and only ever verified. Source: OCFL 1.1, section 2.3; extension 0009.
DIGESTS: dict[str, Callable[[], Running]] = {
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "sha512/256": lambda: hashlib.new("sha512_256"),
    "blake2b-512": hashlib.blake2b,
    "blake2b-160": lambda: hashlib.blake2b(digest_size=20),
    "blake2b-256": lambda: hashlib.blake2b(digest_size=32),
    "blake2b-384": lambda: hashlib.blake2b(digest_size=48),
    "sm3": lambda: hashlib.new("sm3"),
}

_Stated = dict[tuple[str, bool], set[str]]  # (algorithm, fixity?) -> hex digests, lower case


class Promises:
    """Stated digests by content path."""

    def __init__(self) -> None:
        self._stated: dict[str, _Stated] = {}
        self._buffer = bytearray(_READ_BYTES)

    def note(self, document: Mapping[str, object]) -> list[str]:
        """Take over what an inventory states; whatever is misshapen is passed over.

        Returns the fixity algorithms that are not known here.
        """
        unknown = []
        blocks = [(document.get("digestAlgorithm"), document.get("manifest"), False)]
        fixity = document.get("fixity")
        if isinstance(fixity, dict):
            blocks += [(algorithm, block, True) for algorithm, block in fixity.items()]
        for algorithm, block, is_fixity in blocks:
            if not isinstance(algorithm, str) or not isinstance(block, dict):
                continue
            if algorithm not in DIGESTS:
                unknown.append(algorithm)
                continue
            for digest, paths in block.items():
                for path in paths if isinstance(paths, list) else ():
                    if isinstance(path, str):
                        stated = self._stated.setdefault(path, {})
                        stated.setdefault((algorithm, is_fixity), set()).add(digest.lower())
        return unknown

    def broken(self, root: str, path: str) -> list[tuple[str, bool]]:
        """Read a file: (algorithm, fixity?) of every stated digest that is not its own.

        Follows no link in the last part of the path. Raises OSError.
        """
        stated = self._stated.get(path, {})
        running = {algorithm: DIGESTS[algorithm]() for algorithm, _ in stated}
        for block in self._blocks(os.path.join(root, path)):
            for one in running.values():
                one.update(block)
        return [
            key
            for key, digests in sorted(stated.items())
            if digests != {running[key[0]].hexdigest()}
        ]

    def _blocks(self, path: str) -> Iterator[memoryview]:
        buffer = memoryview(self._buffer)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            while count := os.readv(handle, [buffer]):
                yield buffer[:count]
        finally:
            os.close(handle)


def manifest_paths(document: Mapping[str, object]) -> set[str] | None:
    """Every content path a manifest lists, or None if there is no manifest."""
    manifest = document.get("manifest")
    if not isinstance(manifest, dict):
        return None
    lists = (some for some in manifest.values() if isinstance(some, list))
    return {path for some in lists for path in some if isinstance(path, str)}

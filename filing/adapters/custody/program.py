"""What opens records here, by one digest: this code, its rules, every library, the interpreter.

The same digest finds the same in the same bytes, so they need not be opened by it twice. It is
taken when a process starts: what is changed on the disk afterwards is not what runs.
"""

import hashlib
import platform
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import distributions
from pathlib import Path

from lxml import etree

_TOP = Path(__file__).resolve().parents[3]
_CODE, _RULES = _TOP / "filing", _TOP / "schemas"


@lru_cache(maxsize=1)
def program() -> str:
    """SHA-256 in hex over everything opening a record goes by."""
    return hashlib.sha256("\n".join((*_libraries(), *_files())).encode()).hexdigest()


def _libraries() -> Iterator[str]:
    yield f"{platform.python_implementation()} {platform.python_version()}"
    yield f"libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}"
    yield from sorted({f"{one.name} {one.version}" for one in distributions()})


def _files() -> Iterator[str]:
    for path in sorted((*_CODE.rglob("*.py"), *_RULES.rglob("*.*"))):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield f"{path.relative_to(_TOP)} {digest}"

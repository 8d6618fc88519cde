"""What looking into files found, remembered by their bytes, so that nobody looks twice.

For examining a draft again and again while somebody types; what is filed in the end is
looked at anew. Bounded: the oldest is forgotten first. "Could not tell" is not remembered.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from filing.ingest.examine import VerifySignatures
from filing.model.agency import Agency
from filing.model.finding import Outcome
from filing.model.inspection import Inspection, Scan
from filing.model.package import Content, Package
from filing.ports import Inspector, Scanner
from filing.rules.facts import SignatureFact

MOST = 4096
_Found = TypeVar("_Found")


class _Memory(Generic[_Found]):
    """At most MOST answers, by the sha256 of the bytes they are on."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Found] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, content: Content, look: Callable[[Content], _Found]) -> tuple[_Found, bool]:
        """The answer, and whether it was known."""
        digest = content.digest("sha256")
        if digest is None:
            return look(content), False
        with self._lock:
            if (known := self._known.get(digest.value)) is not None:
                self._known.move_to_end(digest.value)
                return known, True
        return look(content), False

    def put(self, content: Content, found: _Found) -> None:
        digest = content.digest("sha256")
        if digest is None:
            return
        with self._lock:
            self._known[digest.value] = found
            while len(self._known) > MOST:
                self._known.popitem(last=False)


class RememberedInspector:
    """An inspector that has looked before."""

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector
        self._memory: _Memory[Inspection] = _Memory()

    def __call__(self, content: Content) -> Inspection:
        """See filing.ports.Inspector."""
        found, known = self._memory.get(content, self._inspector)
        if not known:
            self._memory.put(content, found)
        return found


class RememberedSignatures:
    """What was found of the signatures of the package last verified."""

    def __init__(self, verify: VerifySignatures) -> None:
        self._verify = verify
        self._last: tuple[Package, tuple[SignatureFact, ...]] | None = None

    def __call__(
        self, package: Package, sender: Agency | None, at: datetime
    ) -> tuple[SignatureFact, ...]:
        """See filing.ingest.examine.Examine."""
        if self._last is None or self._last[0] is not package:
            self._last = package, self._verify(package, sender, at)
        return self._last[1]


class RememberedScanner:
    """A scanner that has scanned before."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._memory: _Memory[Scan] = _Memory()

    def ping(self) -> Outcome:
        """See filing.ports.Scanner."""
        return self._scanner.ping()

    def scan(self, content: Content) -> Scan:
        """See filing.ports.Scanner."""
        found, known = self._memory.get(content, self._scanner.scan)
        if not known and found.outcome is not Outcome.UNDETERMINED:
            self._memory.put(content, found)
        return found

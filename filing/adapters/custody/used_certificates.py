"""The certificates that ever signed here, written down before they sign.

One file for each in ``certificates`` beside the checkpoints, named by its SHA-256; ``since``
says how many entries the log had when the first was written. So a certificate that went
from the folder of the keys is missed by name, and can be copied back from here, while a
stranger's, who can write to database and store alone, never was the archive's.

Trusts nothing: only what lies in the folder of the keys is a key of the archive.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from filing.adapters.durable import FOLDER_MODE, sync_each, writing
from filing.adapters.private import write_private
from filing.evidence import certificates
from filing.evidence.der import to_pem

FOLDER = "certificates"
_SINCE = "since"
_SUFFIX = ".crt.pem"


class UsedCertificates:
    """In a folder beside the witness; any number of processes write to it."""

    def __init__(self, witness: Path) -> None:
        self._folder = witness / FOLDER

    def write_down(self, used: Iterable[bytes], entries: Callable[[], int]) -> None:
        """Make sure these stand there, on disk; ``entries``: how many the log may have.

        Raises OutsideUnavailable, StorageFull, StoreDoubtful.
        """
        if not self._folder.is_dir():
            with writing(str(self._folder)):
                self._folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            sync_each((self._folder.parent, self._folder.parent.parent))
        there = self.fingerprints()
        if self.since() is None:
            self._add(_SINCE, f"{entries()}\n".encode())
        for one in used:
            if (name := certificates.fingerprint(one)) not in there:
                self._add(f"{name}{_SUFFIX}", to_pem("CERTIFICATE", one))

    def since(self) -> int | None:
        """Entries the log had when this began; None if that cannot be read."""
        try:
            return int((self._folder / _SINCE).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def fingerprints(self) -> set[str]:
        """Of all that are written down."""
        return {path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}")}

    def path(self, fingerprint: str) -> Path:
        """Where a copy of it lies."""
        return self._folder / f"{fingerprint}{_SUFFIX}"

    def _add(self, name: str, content: bytes) -> None:
        with suppress(FileExistsError):  # another process was faster
            write_private(self._folder / name, content)

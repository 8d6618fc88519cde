"""Start-up: finish or clear what a crash left.

A record with an intent has everything on disk that is needed to finish it: it
is published if it is not yet, and logged. What lies staged without an intent
was never promised and is swept, unless its process lives. What can be neither
finished nor cleared is said, left alone, and keeps the archive from calling
itself ready.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from filing.errors import FilingError, NotFound
from filing.evidence import statement
from filing.ingest.accept import Ceremony, Sealed, Staged
from filing.ingest.objects import CHAIN, SEAL, SIGNATURE, STATEMENT, read_signature, record_of
from filing.model.submission import State
from filing.ports import Ledger

_log = logging.getLogger("filing.recover")
_BATCH = 64


class Store(Protocol):
    """The store as recovery needs it."""

    def restage(self, record_id: str, folder: str) -> Staged:
        """A record's object again, staged in ``folder`` or published. Raises NotFound."""

    def seal_files(self, staged: Staged) -> dict[str, bytes]:
        """Logical path -> bytes of everything under seal/, staged or published."""

    def sweep(self, keep: Callable[[str], bool]) -> Sequence[str]:
        """Remove what dead processes left staged, but for records ``keep`` wants."""


class Staging(Protocol):
    """Staging as recovery needs it."""

    def sweep(self, keep: Callable[[str], bool]) -> Sequence[str]: ...
    def orphans(self, known: Callable[[str], bool]) -> Sequence[str]:
        """Remove kept submissions nobody knows, unless a living process may still record them."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was done: records finished, things swept, records that could not be told."""

    finished: int
    cleared: int
    doubtful: tuple[str, ...]


def recover(ceremony: Ceremony, store: Store, staging: Staging, ledger: Ledger) -> Recovered:
    """Do it; safe to do at any time, by several processes at once.

    Raises OutsideUnavailable, StoreDoubtful.
    """
    finished, doubtful = 0, []
    ready: list[Sealed] = []
    for record_id, folder in ledger.intents():
        try:
            ready.append(_reload(store, ledger, record_id, folder))
        except FilingError as error:
            _log.error("event=recovery-doubtful record=%s why=%s", record_id, error)
            doubtful.append(record_id)
    for start in range(0, len(ready), _BATCH):
        finished += ceremony.complete(ready[start : start + _BATCH])
    cleared = len(store.sweep(lambda record_id: record_id in doubtful))
    cleared += len(staging.sweep(lambda name: False))
    cleared += len(staging.orphans(lambda one: _is_open(ledger, one)))
    return Recovered(finished, cleared, tuple(doubtful))


def _reload(store: Store, ledger: Ledger, record_id: str, folder: str) -> Sealed:
    """A record as it stood after step 2, from its object."""
    staged = store.restage(record_id, folder)
    files = store.seal_files(staged)
    if STATEMENT not in files:
        raise NotFound(f"the object of {record_id} has no statement")
    text = files[STATEMENT]
    said = statement.read(text)
    keys = sorted(
        path.removeprefix(SEAL).removesuffix(SIGNATURE)
        for path in files
        if path.endswith(SIGNATURE)
    )
    seal = tuple(
        read_signature(key, files[f"{SEAL}{key}{SIGNATURE}"], files[f"{SEAL}{key}{CHAIN}"])
        for key in keys
    )
    submission = ledger.submission(said.submission_id)
    if submission is None:
        raise NotFound(f"record {record_id} has no submission {said.submission_id}")
    return Sealed(None, submission, record_of(said, text), said, text, seal, staged)


def _is_open(ledger: Ledger, submission_id: str) -> bool:
    """Whether a kept submission is still needed: recorded, and not filed since."""
    found = ledger.submission(submission_id.removesuffix("-report"))
    return found is not None and found.state is not State.RECEIPTED

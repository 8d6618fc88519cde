"""Start-up: finish or clear what a crash left.

A record with an intent has everything on disk that is needed to finish it: it
is published if it is not yet, and logged. What lies staged without an intent
was never promised and is swept. Whatever belongs to a living process is left to
it. What can be neither finished nor cleared is said and left alone.
"""

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from filing.errors import FilingError, NotFound, OutsideUnavailable, StoreDoubtful
from filing.evidence import statement
from filing.ingest.accept import Ceremony, Sealed, Staged
from filing.ingest.objects import CHAIN, SEAL, SIGNATURE, STATEMENT, read_signature, record_of
from filing.model.submission import State
from filing.ports import Ledger

_log = logging.getLogger("filing.recover")
_BATCH = 64
#: See filing.ingest.kept.
_NAME = re.compile(
    r"(?P<id>.+?)"
    r"(?:-draft-(?P<file>[0-9a-f]{32})|-report-(?P<version>[1-9][0-9]{0,8})|-(?P<report>report))?"
)


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

    def recovering(self) -> AbstractContextManager[None]:
        """Held by one process of the archive at a time."""

    def lives(self, owner: str) -> bool:
        """Whether the process that goes by this name still lives."""

    def sweep(self, keep: Callable[[str], bool]) -> Sequence[str]: ...
    def orphans(self, known: Callable[[str], bool]) -> Sequence[str]:
        """Remove kept submissions nobody knows, unless a living process may still record them."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was done: records finished, things swept, records that could not be told."""

    finished: int
    cleared: int
    doubtful: tuple[str, ...]


def recover(
    ceremony: Ceremony,
    store: Store,
    staging: Staging,
    ledger: Ledger,
    drafted: Callable[[str, str], bool] = lambda submission_id, digest: False,
) -> Recovered:
    """Do it; safe to do at any time, by several processes at once.

    drafted   whether a submission's draft brings in a file whose sha256 begins so (hex)

    Raises OutsideUnavailable, StoreDoubtful.
    """
    with staging.recovering():
        finished, doubtful = _finish(ceremony, store, staging, ledger)
        # Asked anew for each: its process may have claimed it and died a moment ago.
        cleared = len(store.sweep(lambda record_id: bool(ledger.pending([record_id]))))
        cleared += len(staging.sweep(lambda name: False))
        cleared += len(staging.orphans(lambda one: _is_open(ledger, drafted, one)))
    return Recovered(finished, cleared, tuple(doubtful))


def _finish(
    ceremony: Ceremony, store: Store, staging: Staging, ledger: Ledger
) -> tuple[int, list[str]]:
    """Finish what dead processes claimed: how many, and which could not be."""
    doubtful = []
    ready: list[Sealed] = []
    for record_id, owner, folder in ledger.intents():
        if staging.lives(owner):
            continue
        try:
            ready.append(_reload(store, ledger, record_id, folder))
        except FilingError as error:
            _log.error("event=recovery-doubtful record=%s why=%s", record_id, error)
            doubtful.append(record_id)
    finished = 0
    for start in range(0, len(ready), _BATCH):
        batch = ready[start : start + _BATCH]
        try:
            finished += ceremony.complete(batch)
        except (OutsideUnavailable, StoreDoubtful):
            raise
        except FilingError:
            # One of them cannot be finished; the others shall be.
            for one in batch:
                try:
                    finished += ceremony.complete([one])
                except (OutsideUnavailable, StoreDoubtful):
                    raise
                except FilingError as error:
                    _log.error("event=recovery-doubtful record=%s why=%s", one.record.id, error)
                    doubtful.append(one.record.id)
    return finished, doubtful


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


def _is_open(ledger: Ledger, drafted: Callable[[str, str], bool], kept: str) -> bool:
    """Whether something kept is still needed. Asked only once its process is dead."""
    if _is_needed(ledger, drafted, kept):
        return True
    # The database may still be committing what the dead process asked for last.
    ledger.pending(())
    return _is_needed(ledger, drafted, kept)


def _is_needed(ledger: Ledger, drafted: Callable[[str, str], bool], kept: str) -> bool:
    """See filing.ingest.kept for the names."""
    name = _NAME.fullmatch(kept)
    found = ledger.submission(name["id"]) if name else None
    if name is None or found is None or found.state is State.RECEIPTED:
        return False
    if name["file"]:
        return drafted(found.id, name["file"])
    if name["version"]:
        # On a correction: of an attempt that died, unless it brought the submission there.
        return found.version >= int(name["version"])
    # A report beside a delivery that nobody has examined yet is of an attempt that died.
    return not name["report"] or found.state is not State.RECEIVED

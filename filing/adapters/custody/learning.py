"""The witness told what the store's copy of the log knows to have been signed.

A home set back to an earlier day has a database and a witness that agree with each other; the
store, on other disks, knows that the log was longer. Only a genuine checkpoint is learnt.
"""

from pathlib import Path

from filing.adapters.custody.stored_log import LOG
from filing.adapters.custody.trusting import trust_of
from filing.adapters.custody.witness import Witness
from filing.adapters.logbook import Logbook
from filing.errors import NotGenuine, OutsideUnavailable, StoreDoubtful
from filing.evidence import certificates, checkpoint
from filing.evidence.logbook import Signed


def learn(witness: Witness, store: Path, keys: Path, origin: str) -> int:
    """Let the witness remember the store's newest checkpoint, if it is newer; its size, or 0.

    Raises OutsideUnavailable: what cannot be read is not nothing.
    """
    signed = _newest(store)
    if signed is None:
        return 0
    known = [certificates.read(one).public_key for one in trust_of(keys, origin).keys.values()]
    try:
        checkpoint.verify(signed.note.encode(), origin, known)
    except NotGenuine:
        return 0  # the drill says so
    if signed.size > size_of(witness.last()):
        witness.remember(signed.note, signed.at)
    return signed.size


def entries_told(size: int, witness: Witness, store: Path) -> int:
    """How long the log may have been at most: by the database, the witness, the store's copy."""
    signed = _newest(store)
    return max(size, size_of(witness.last()), signed.size if signed is not None else 0)


def _newest(store: Path) -> Signed | None:
    try:
        return Logbook(store / LOG).last_signed()
    except OSError as error:
        raise OutsideUnavailable(
            f"{store / LOG} cannot be read: {error.strerror}", f"无法读取 {store / LOG}"
        ) from error


def hold(size: int, copied: int) -> None:
    """Raises StoreDoubtful if a log of ``size`` entries is shorter than the store's copy of it:
    what is to be finished has its receipts there."""
    if size < copied:
        raise StoreDoubtful(
            f"the database's log has {size} entries, the store's copy of it {copied}: run"
            " filing store rebuild-index, which brings the end back",
            f"数据库中的日志有 {size} 项，存储中的副本有 {copied} 项：请运行"
            " filing store rebuild-index 补回末尾",
        )


def size_of(note: str) -> int:
    """Entries a checkpoint covers; 0 for what is none."""
    try:
        return checkpoint.read(note.encode())[0].size
    except NotGenuine:
        return 0

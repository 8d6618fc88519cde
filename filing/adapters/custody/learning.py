"""The witness told what the store's copy of the log knows to have been signed.

A home set back to an earlier day has a database and a witness that agree with each other; the
store, on other disks, knows that the log was longer. Only a genuine checkpoint is learnt.
"""

import logging
from pathlib import Path

from filing.adapters.custody.stored_log import LOG
from filing.adapters.custody.trusting import trust_of
from filing.adapters.custody.witness import Witness
from filing.adapters.logbook import Logbook
from filing.errors import NotGenuine
from filing.evidence import certificates, checkpoint

_log = logging.getLogger("filing.witness")


def learn(witness: Witness, store: Path, keys: Path, origin: str) -> None:
    """Let the witness remember the store's newest checkpoint, if it is newer."""
    try:
        signed = Logbook(store / LOG).last_signed()
    except OSError as error:
        _log.warning("event=log-copy-unread why=%s", error)
        return
    if signed is None or signed.size <= size_of(witness.last()):
        return
    known = [certificates.read(one).public_key for one in trust_of(keys, origin).keys.values()]
    try:
        checkpoint.verify(signed.note.encode(), origin, known)
    except NotGenuine:
        return  # an audit of the log's copy, the drill, says so
    witness.remember(signed.note, signed.at)


def size_of(note: str) -> int:
    """Entries a checkpoint covers; 0 for what is none."""
    try:
        return checkpoint.read(note.encode())[0].size
    except NotGenuine:
        return 0

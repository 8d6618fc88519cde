"""One entry of the log's copy as rows of the tables, held to its leaf first. Pure functions."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from filing.errors import NotGenuine
from filing.evidence import logged_event, receipt, statement
from filing.evidence.logbook import Copied, Past
from filing.evidence.logged_event import LoggedEvent
from filing.evidence.merkle import leaf_hash
from filing.evidence.statement import Statement
from filing.model.digest import Digest
from filing.model.record import Record
from filing.model.submission import State, Submission


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the log, and what stands in the tables because of it.

    record    with submission, of a record
    event     of an event
    agency    (id, name) as the statement has them
    """

    position: int
    leaf: bytes
    record: Record | None = None
    submission: Submission | None = None
    agency: tuple[str, str] = ("", "")
    receipt: bytes = b""
    history: tuple[Past, ...] = ()
    event: LoggedEvent | None = None
    body: bytes = b""


def row_of(one: Copied, stored: Callable[[str], bytes]) -> Row:
    """The rows of one entry, each held to the leaf. Raises NotGenuine and what ``stored`` does."""
    if one.event:
        if leaf_hash(one.event) != one.leaf:
            raise NotGenuine("the event is not the one its leaf was made of")
        event = logged_event.read(one.event)
        return Row(one.position, one.leaf, event=event, body=one.event)
    receipted, text = _receipt(one)
    if text is None or leaf_hash(text) != one.leaf:
        text = stored(one.record_id)
        if leaf_hash(text) != one.leaf:
            raise NotGenuine("neither receipt nor object holds the statement of this leaf")
    said = statement.read(text)
    if said.record_id != one.record_id:
        raise NotGenuine(f"the statement is of record {said.record_id}")
    record = record_of(said, text)
    if receipted is not None:
        record = replace(record, leaf_index=one.position, stored_at=receipted.issued_at)
    return Row(
        one.position,
        one.leaf,
        record=record,
        submission=submission_of(said, State.RECEIPTED),
        agency=(said.agency_id, said.agency_name),
        receipt=one.receipt,
        history=one.history,
    )


def _receipt(one: Copied) -> tuple[receipt.Receipt | None, bytes | None]:
    if not one.receipt:
        return None, None
    found, _, _ = receipt.read(one.receipt)
    return found, found.proof.statement


def record_of(said: Statement, text: bytes) -> Record:
    """What the tables hold of a record, from its statement; not yet its place in the log."""
    return Record(
        id=said.record_id,
        submission_id=said.submission_id,
        agency_id=said.agency_id,
        fonds=said.fonds,
        archival_code=said.archival_code,
        electronic_code=said.electronic_code,
        title=said.title,
        year=said.year,
        retention=said.retention,
        package_digest=str(said.package_digest),
        statement_digest=str(Digest("sha256", hashlib.sha256(text).digest())),
    )


def submission_of(said: Statement, state: State) -> Submission:
    """The submission a record came by. How often its row was saved is not in the store."""
    return Submission(
        id=said.submission_id,
        agency_id=said.agency_id,
        delivery_key=said.delivery_key,
        package_digest=str(said.package_digest),
        form=said.form,
        size_bytes=said.package_bytes,
        received_at=said.received_at,
        state=state,
        record_id=said.record_id,
    )

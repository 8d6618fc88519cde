"""The ceremony after acceptance: seal, store, log, receipt.

For each record by itself, in the thread that brought it:

    1 seal      statement over every component, signed by each suite in force
    2 stage     its object written whole beside the store

For all records that are waiting, together:

    3 barrier   what was staged is on disk
    4 claim     first transaction: submissions, codes, and the intent to publish
    5 publish   objects renamed into the store, names on disk
    6 log       second transaction: leaves, checkpoint, receipts; intents go

Why this order: what is promised in the log must already be on disk, and what
is about to be published must be on record. Before step 4 nothing is promised
and what is staged may be swept; from step 4 on everything needed to finish is
on disk, so a crash is answered by going on (filing.ingest.recover).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from filing.errors import FilingError, OutsideUnavailable
from filing.evidence import checkpoint, proof, receipt, statement
from filing.evidence.checkpoint import Checkpoint
from filing.evidence.merkle import leaf_hash
from filing.evidence.signatures import Signature, Signer, named, sign_all
from filing.evidence.statement import Statement
from filing.evidence.tiles import Tree
from filing.ingest.judged import Judged, Mended
from filing.ingest.objects import Kept, kept_files, record_of, statement_of
from filing.model.events import Event, Kind
from filing.model.record import Record
from filing.model.submission import Step, Submission, take
from filing.ports import Claim, Clock, Conclusion, Entry, Ledger

_log = logging.getLogger("filing.ceremony")


class Staged(Protocol):
    """An object written aside; ``folder`` is where it waits."""

    @property
    def folder(self) -> str: ...


class Store(Protocol):
    """Where objects are kept: see filing.adapters.ocfl.store for the promises."""

    def stage_record(self, record_id: str, at: datetime, files: Sequence[Kept]) -> Staged: ...
    def barrier(self, staged: Sequence[Staged]) -> None: ...
    def publish(self, staged: Sequence[Staged]) -> None: ...
    def discard(self, staged: Sequence[Staged]) -> None: ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record sealed and staged: steps 1 and 2 are done. ``statement`` is ``said`` in bytes."""

    before: Submission | None
    submission: Submission
    record: Record
    said: Statement
    statement: bytes
    seal: tuple[Signature, ...]
    staged: Staged
    mended: Mended | None = None


#: The submission and its receipt; None when another took its codes; or what went wrong.
Result = tuple[Submission, bytes] | None | FilingError


@dataclass
class Ceremony:
    """The procedure; app.py supplies the outside things.

    after      told the name of each step when it is done
    """

    signers: tuple[Signer, ...]
    origin: str
    store: Store
    ledger: Ledger
    clock: Clock
    after: Callable[[str], None] = lambda step: None

    def __post_init__(self) -> None:
        self._unfinished: dict[str, Sealed] = {}

    def prepare(self, judged: Judged) -> Sealed:
        """Steps 1 and 2 for one record.

        Raises StorageFull, StoreDoubtful, OutsideUnavailable.
        """
        at = self.clock.now()
        said = statement_of(judged, at, named(self.signers))
        text = statement.write(said)
        seal = sign_all(self.signers, text)
        sealed = take(judged.submission, Step.SEAL)
        self.after("seal")
        record = record_of(said, text)
        staged = self.store.stage_record(record.id, at, kept_files(judged, said, text, seal))
        self.after("stage")
        return Sealed(judged.before, sealed, record, said, text, seal, staged, judged.mended)

    def commit(self, batch: Sequence[Sealed]) -> list[Result]:
        """Steps 3 to 6 for a batch; a result for each, in order.

        Whatever goes wrong from the claim on, ``finish`` takes it up.
        """
        try:
            self.store.barrier([one.staged for one in batch])
        except FilingError as error:
            self.store.discard([one.staged for one in batch])
            return [error] * len(batch)
        self.after("barrier")
        # A claim that fails may have been recorded all the same.
        self._remember(batch)
        lost: set[str] = set()
        try:
            saved = self.ledger.claim([self._claim(one) for one in batch])
            self.after("claim")
            lost = {one.record.id for one in batch if one.submission.id not in saved}
            self._give_up([one for one in batch if one.record.id in lost])
            standing = [
                replace(one, submission=saved[one.submission.id])
                for one in batch
                if one.record.id not in lost
            ]
            self._remember(standing)
            done = self._publish_and_log(standing)
        except FilingError as error:
            return [None if one.record.id in lost else error for one in batch]
        self._forget(standing)
        return [done.get(one.record.id) for one in batch]

    def finish(self) -> int:
        """Take up what a failing disk or database left half done; how many are finished.

        Raises OutsideUnavailable while it still fails.
        """
        batch = list(self._unfinished.values())
        if not batch:
            return 0
        meant = self.ledger.pending(one.record.id for one in batch)
        # Never claimed, or finished by another process: its copy in the store is not touched.
        self._give_up([one for one in batch if one.record.id not in meant])
        standing = [self._as_recorded(one) for one in batch if one.record.id in meant]
        done = self._publish_and_log(standing)
        self._forget(standing)
        return len(done)

    def abandon(self, one: Sealed) -> None:
        """Clear what ``prepare`` staged for a record that will not be committed."""
        self.store.discard([one.staged])

    def _remember(self, batch: Sequence[Sealed]) -> None:
        self._unfinished.update((one.record.id, one) for one in batch)

    def _forget(self, batch: Sequence[Sealed]) -> None:
        for one in batch:
            self._unfinished.pop(one.record.id, None)

    def _give_up(self, batch: Sequence[Sealed]) -> None:
        self.store.discard([one.staged for one in batch])
        self._forget(batch)

    def _as_recorded(self, one: Sealed) -> Sealed:
        found = self.ledger.submission(one.submission.id)
        return one if found is None else replace(one, submission=found)

    def complete(self, batch: Sequence[Sealed]) -> int:
        """Steps 5 and 6 for records that were claimed before a crash; how many are finished."""
        return len(self._publish_and_log(batch))

    def _publish_and_log(self, batch: Sequence[Sealed]) -> dict[str, tuple[Submission, bytes]]:
        if not batch:
            return {}
        self.store.publish([one.staged for one in batch])
        self.after("publish")
        at = self.clock.now()
        entries = [
            Entry(one.record.id, leaf_hash(one.statement), _receipted(one.submission))
            for one in batch
        ]
        by_record = {one.record.id: one for one in batch}

        def conclude(fresh: Sequence[Entry], first: int, tree: Tree) -> Conclusion:
            note = checkpoint.sign(Checkpoint(self.origin, tree.size, tree.root()), self.signers)
            receipts = [
                self._receipt(by_record[one.record_id], first + n, tree, note, at)
                for n, one in enumerate(fresh)
            ]
            return Conclusion(note.decode(), tuple(receipts))

        receipts = self.ledger.log(entries, at, conclude)
        self.after("log")
        if missing := [one.record_id for one in entries if one.record_id not in receipts]:
            raise OutsideUnavailable(
                f"records {', '.join(missing)} have neither intent nor receipt",
                "归档未能完成，请稍后再查",
            )
        return {one.record_id: (one.submission, receipts[one.record_id]) for one in entries}

    def _claim(self, one: Sealed) -> Claim:
        event = Event(
            agency_id=one.submission.agency_id,
            submission_id=one.submission.id,
            kind=Kind.ACCEPTED,
            at=self.clock.now(),
            who=f"agency:{one.submission.agency_id}" if one.mended is None else one.mended.by,
            detail={"record": one.record.id},
        )
        claim = Claim(one.before, one.submission, one.record, one.staged.folder, event)
        if one.mended is None:
            return claim
        return replace(claim, also=(one.mended.event,), draft=one.mended.draft)

    def _receipt(self, one: Sealed, position: int, tree: Tree, note: bytes, at: datetime) -> bytes:
        place = proof.LogPlace(
            self.origin, position, tree.size, tree.inclusion_proof(position), note
        )
        return receipt.build(
            receipt.Receipt(
                receipt_id=self.clock.new_id(),
                submission_id=one.submission.id,
                record_id=one.record.id,
                agency_id=one.submission.agency_id,
                delivery_key=one.submission.delivery_key,
                package_digest=one.said.package_digest,
                proof=proof.Proof(one.statement, one.seal, place),
                issued_at=at,
                undetermined=one.said.undetermined,
            ),
            self.signers,
        )


def _receipted(submission: Submission) -> Submission:
    for step in (Step.STORE, Step.LOG, Step.ISSUE_RECEIPT):
        submission = take(submission, step)
    return replace(submission, version=submission.version + 1)

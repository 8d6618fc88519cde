"""The database as the use cases see it; keeps the promises of filing.ports.Ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from filing.adapters.db import desk_index, drafts, records, submissions
from filing.adapters.db.engine import Database
from filing.adapters.db.log_tiles import Forgetful, Witness, grown
from filing.adapters.db.records import Intent
from filing.errors import WrongState
from filing.evidence.merkle import EMPTY_ROOT
from filing.evidence.tiles import Tree
from filing.model.events import Event, Kind
from filing.model.record import Record
from filing.model.submission import State, Submission
from filing.ports import Claim, Conclude, Conclusion, Entry, LogHead
from filing.rules.facts import Holding


class SqlLedger:
    """Submissions, records and the log in SQLite or PostgreSQL.

    owner     names this process in the intents it records
    witness   told each checkpoint once it is committed, and asked before the next
    """

    def __init__(
        self,
        database: Database,
        owner: Callable[[], str],
        witness: Witness | None = None,
    ) -> None:
        self._database = database
        self._owner = owner
        self._witness = witness or Forgetful()

    def find(self, agency_id: str, key: str, package_digest: str) -> Submission | None:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return submissions.by_delivery(connection, agency_id, key, package_digest)

    def submission(self, submission_id: str) -> Submission | None:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return submissions.by_id(connection, submission_id)

    def submissions(
        self, agency_id: str, state: State | None, after: str, limit: int
    ) -> tuple[Submission, ...]:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return submissions.page(connection, agency_id, state, after, limit)

    def waiting(self, limit: int) -> tuple[Submission, ...]:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return submissions.standing_in(connection, State.RECEIVED, limit)

    def events(self, agency_id: str, after: int, limit: int) -> Sequence[tuple[int, Event]]:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return submissions.events_after(connection, agency_id, after, limit)

    def receipt(self, submission_id: str) -> bytes | None:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return submissions.receipt_of(connection, submission_id)

    def record(self, record_id: str) -> Record | None:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return records.by_id(connection, record_id)

    def holding(
        self, agency_id: str, fonds: str, archival_code: str, electronic_code: str
    ) -> Holding:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return records.holding(connection, agency_id, fonds, archival_code, electronic_code)

    def claim(self, claims: Sequence[Claim]) -> Mapping[str, Submission]:
        """See filing.ports.Ledger."""
        with self._database.writing() as connection:
            # First of all, so that two processes never wait for each other's codes.
            self._database.order_log(connection)
            opened = submissions.open_new(
                connection, [one.after for one in claims if one.before is None]
            )
            standing = [one for one in claims if one.before is not None or one.after.id in opened]
            claimed = records.claim(connection, [one.record for one in standing if one.record])
            saved: dict[str, Submission] = {}
            won = []
            for one in standing:
                if one.record is not None and one.record.id not in claimed:
                    if one.before is None:
                        submissions.forget_uncommitted(connection, one.after.id)
                elif one.before is None:
                    saved[one.after.id] = one.after
                    won.append(one)
                elif _rests(connection, one) and (
                    kept := submissions.try_save(connection, one.before, one.after)
                ):
                    saved[one.after.id] = kept
                    won.append(one)
                elif one.record is not None:
                    records.forget_uncommitted(connection, one.record.id)
            owner = self._owner()
            records.add_intents(
                connection, [Intent(one.record.id, owner, one.staged) for one in won if one.record]
            )
            submissions.add_events(
                connection, [event for one in won for event in (*one.also, one.event)]
            )
            for one in won:
                if one.draft and one.record is not None:  # of version 0 there is none
                    drafts.forget(connection, one.after.id)
            desk_index.follow(connection, [_move(one, saved[one.after.id]) for one in won])
        return saved

    def log(
        self, entries: Sequence[Entry], at: datetime, conclude: Conclude
    ) -> Mapping[str, bytes]:
        """See filing.ports.Ledger."""
        notes: list[str] = []

        def concluding(fresh: Sequence[Entry], first: int, tree: Tree) -> Conclusion:
            done = conclude(fresh, first, tree)
            notes.append(done.note)
            return done

        with self._database.writing() as connection:
            self._database.order_log(connection)
            meant = records.intents_among(connection, [one.record_id for one in entries])
            fresh = [one for one in entries if one.record_id in meant]
            receipts = self._append(connection, fresh, at, concluding) if fresh else {}
            for one in entries:
                if one.record_id not in meant:
                    kept = submissions.receipt_of(connection, one.submission.id)
                    if kept is not None:
                        receipts[one.record_id] = kept
        for note in notes:
            self._witness.remember(note, at)
        return receipts

    def _append(
        self,
        connection: Connection,
        entries: Sequence[Entry],
        at: datetime,
        conclude: Conclude,
    ) -> dict[str, bytes]:
        """Append ``entries`` and conclude them; the log's order is held."""
        head = records.newest_checkpoint(connection)
        first = 0 if head is None else int(head["size"])
        growth = grown(connection, head, [one.leaf_hash for one in entries], self._witness)
        conclusion = conclude(entries, first, growth.tree)
        ids = [one.record_id for one in entries]
        records.write_tiles(connection, growth.tiles)
        records.add_leaves(
            connection,
            [(first + n, one.leaf_hash, one.record_id) for n, one in enumerate(entries)],
        )
        records.add_checkpoint(connection, growth.size, growth.root, conclusion.note, at)
        records.mark_logged(connection, [(one, first + n) for n, one in enumerate(ids)], at)
        pairs = list(zip(entries, conclusion.receipts, strict=True))
        submissions.add_receipts(connection, [(one.submission.id, body) for one, body in pairs])
        submissions.save_states(connection, [one.submission for one in entries])
        records.fulfil(connection, ids)
        submissions.add_events(
            connection,
            [
                Event(
                    agency_id=one.submission.agency_id,
                    submission_id=one.submission.id,
                    kind=Kind.RECEIPTED,
                    at=at,
                    who="system",
                    detail={"record": one.record_id, "leaf_index": first + n},
                )
                for n, one in enumerate(entries)
            ],
        )
        return {one.record_id: body for one, body in pairs}

    def save(self, before: Submission, after: Submission, event: Event) -> Submission:
        """See filing.ports.Ledger."""
        with self._database.writing() as connection:
            self._database.order_log(connection)
            saved = submissions.try_save(connection, before, after)
            if saved is None:
                raise WrongState(
                    f"submission {before.id} was changed by somebody else meanwhile",
                    "该件已被他人更改，请刷新后重试",
                )
            submissions.add_events(connection, [event])
            desk_index.follow(connection, [desk_index.Move(before, saved, who=event.who)])
        return saved

    def intents(self) -> Sequence[tuple[str, str, str]]:
        """See filing.ports.Ledger."""
        with self._database.writing() as connection:
            self._database.order_log(connection)  # as in ``pending``
            found = records.all_intents(connection)
        return [(one.record_id, one.owner, one.staged) for one in found]

    def pending(self, record_ids: Iterable[str]) -> set[str]:
        """See filing.ports.Ledger."""
        with self._database.writing() as connection:
            # A server may still be committing for a client that is gone; it holds this lock.
            self._database.order_log(connection)
            return records.intents_among(connection, list(record_ids))

    def head(self) -> LogHead:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            found = records.newest_checkpoint(connection)
        if found is None:
            return LogHead(0, EMPTY_ROOT, "", None)
        return LogHead(int(found["size"]), bytes(found["root"]), found["note"], found["at"])

    def tile(self, level: int, index: int) -> bytes:
        """See filing.ports.Ledger."""
        with self._database.reading() as connection:
            return records.read_tile(connection, level, index)


def _rests(connection: Connection, claim: Claim) -> bool:
    """Whether the draft a claim rests on is still the one that stands."""
    return claim.draft is None or claim.draft == drafts.version_of(connection, claim.after.id)


def _move(claim: Claim, saved: Submission) -> desk_index.Move:
    return desk_index.Move(claim.before, saved, claim.rejection, claim.event.who)

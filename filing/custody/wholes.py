"""Log, database and store held to each other as wholes: what no single record can say.

A record that is gone everywhere is missed here: by the log that goes on without a gap but
to another root, by a checkpoint remembered outside the database, by a store that holds
what nobody knows.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from filing.custody.auditing import Clock
from filing.custody.expected import Trust
from filing.custody.log_check import MOST, PAGE, LogCheck
from filing.custody.ports import Book, Copies, StillOurs, Tables, Witness
from filing.errors import NotGenuine
from filing.evidence import certificates, checkpoint
from filing.evidence.checkpoint import Checkpoint
from filing.evidence.members import blob_text
from filing.evidence.suites import PublicKey
from filing.evidence.tiles import Tree
from filing.model.custody import Answer, Audit, Fault

DAMAGED, UNKNOWN = Answer.DAMAGED, Answer.UNKNOWN
_CUT = "CX-1-18"


@dataclass(frozen=True, slots=True)
class HoldingWide:
    """Keeps the promises of filing.custody.auditing.Wholes."""

    tables: Tables
    copies: Copies
    book: Book
    witness: Witness
    trust: Callable[[], Trust]
    clock: Clock

    def before(self, location: str) -> dict[str, list[Fault]]:
        """What the audit's own first event would hide: a log that ends before a checkpoint that
        is remembered grows again, and tiles it grows from are put right."""
        trust = self.trust()
        # The witness first: what is remembered was committed before.
        remembered = _read(self.witness.last(), trust.origin, _keys(trust))
        size = self.tables.log_size()
        if remembered is not None and remembered.size > size:
            return {"log": [_cut(size, remembered.size)]}
        if self._stands(size):
            return {}
        # To grow, the log will be put right from its leaves: what is hurt is said before.
        check = LogCheck(self.tables, trust, size, self.clock.now())
        check.run(lambda: True)
        return {"log": check.faults[:MOST]} if check.faults else {}

    def _stands(self, size: int) -> bool:
        """Whether the tiles give the root of the newest checkpoint; cheap."""
        heads = self.tables.heads(size - 1, 1) if size else ()
        try:
            return not heads or Tree(size, self.tables.tile).root() == heads[0].root
        except ValueError:
            return False

    def faults(self, audit: Audit, still_ours: StillOurs) -> dict[str, list[Fault]] | None:
        """See Wholes."""
        trust, now = self.trust(), self.clock.now()
        check = LogCheck(self.tables, trust, self.tables.log_size(), now)
        if not check.run(still_ours):
            return None
        log = [*check.faults, *self._remembered(audit, trust), *check.doubts]
        database = list(islice(self._database(still_ours), MOST))
        store = self._strange(still_ours)
        if not still_ours():
            return None
        return {"log": log, "database": database, "store": store, "clock": check.clock_faults}

    def _strange(self, still_ours: StillOurs) -> list[Fault]:
        """What the place holds and nobody knows; so many are named."""
        return list(islice(self._store(still_ours), MOST))

    def _remembered(self, audit: Audit, trust: Trust) -> Iterator[Fault]:
        """Every checkpoint remembered outside, against the log as it is now."""
        cuts = [
            one for one in self.book.open_findings(audit.location, "log") if one.fault.code == _CUT
        ]
        size, said, doubtful, keys = self.tables.log_size(), 0, 0, _keys(trust)
        for line, note in self.witness.notes():
            found = _read(note, trust.origin, keys)
            if found is None:
                doubtful += 1
                if doubtful <= MOST:
                    yield Fault("CX-1-19", UNKNOWN, f"witness line {line}", "", "not a checkpoint")
                continue
            within = next((one for one in cuts if _ends(one.fault) < found.size), None)
            if found.size > size:
                size = self.tables.log_size()  # it may have grown since
            if found.size > size:
                yield within.fault if within else _cut(size, found.size)
                return
            if said < 1 and self._root(found.size) != found.root:
                said += 1
                # What a cut took away, the log has grown over since.
                yield (
                    within.fault
                    if within
                    else Fault(
                        "CX-1-11",
                        DAMAGED,
                        f"checkpoint {found.size}",
                        blob_text(found.root),
                        blob_text(self._root(found.size)),
                    )
                )

    def _root(self, size: int) -> bytes:
        """The root the log has now for its first leaves: signed if it is, else computed."""
        heads = self.tables.heads(size - 1, 1)
        if heads and heads[0].size == size:
            with suppress(NotGenuine):
                return checkpoint.read(heads[0].note.encode())[0].root
        try:
            return Tree(size, self.tables.tile).root()
        except ValueError:
            return b""

    def _database(self, still_ours: StillOurs) -> Iterator[Fault]:
        after, going = "", True
        while going:
            stray, after = self.tables.stray_rows(after, PAGE)
            for one in stray:
                yield Fault("CX-2-18", DAMAGED, f"record {one}", "in the log", "")
            going = bool(after) and still_ours()
        after, going = "", True
        while going:
            lost, after = self.tables.lost_records(after, PAGE)
            # Of those the log knows, each look says it.
            for one in sorted(set(lost) - self.tables.logged_among(lost)):
                yield Fault("CX-2-16", DAMAGED, f"record {one}", "a row", "")
            going = bool(after) and still_ours()

    def _store(self, still_ours: StillOurs) -> Iterator[Fault]:
        """Objects nobody knows. A record's row is there before its object is published."""
        self.copies.available()
        waiting: list[str] = []
        for ids, odd in self.copies.objects():
            for place in odd:
                yield Fault("CX-2-17", DAMAGED, place, "", "not where its name belongs")
            waiting += ids
            if len(waiting) >= PAGE:
                yield from self._unknown(waiting)
                waiting = []
                if not still_ours():
                    return
        yield from self._unknown(waiting)
        self.copies.available()

    def _unknown(self, ids: list[str]) -> Iterator[Fault]:
        unknown = self.tables.unknown_among(ids)
        # Of one that the log knows, it is the row that is gone.
        for one in sorted(unknown - self.tables.logged_among(sorted(unknown))):
            yield Fault("CX-2-17", DAMAGED, f"record {one}", "", "an object nobody knows")


def _keys(trust: Trust) -> list[PublicKey]:
    return [certificates.read(one).public_key for one in trust.keys.values()]


def _read(note: str, origin: str, keys: list[PublicKey]) -> Checkpoint | None:
    try:
        return checkpoint.verify(note.encode(), origin, keys)
    except NotGenuine:
        return None


def _cut(size: int, remembered: int) -> Fault:
    return Fault(_CUT, DAMAGED, f"leaf {size}", f"{remembered} leaves were signed", f"{size}")


def _ends(fault: Fault) -> int:
    return int(fault.place.removeprefix("leaf "))

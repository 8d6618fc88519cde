"""The database rebuilt from the store alone: the log in its order, and all that hangs on it.

The store's own copy of the log gives order, receipts, histories and checkpoints; nothing of it
is believed for standing there. Each leaf is held to the statement in its receipt, or in its
object, or to its event's text; the tree to every signed checkpoint. What does not hold is told
and left out.

Batch after batch in transactions of their own: a rebuilding that was interrupted goes on where
it was. Memory stays flat.

Does not bring back what is not in the store: accounts and passwords, tokens, deliveries that
were not accepted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from filing.custody.rebuilt_rows import Row, record_of, row_of, submission_of
from filing.errors import FilingError, NotGenuine
from filing.evidence import checkpoint, statement
from filing.evidence.checkpoint import Checkpoint, UnknownSigner
from filing.evidence.logbook import Copied, Signed
from filing.evidence.members import blob_text
from filing.evidence.statement import Statement
from filing.evidence.suites import PublicKey
from filing.evidence.tiles import Tree, append
from filing.model.copies import Difference
from filing.model.record import Record
from filing.model.submission import State, Submission

BATCH = 256
#: Entries that stand in the book before the one that is due; two writers at once make a few.
_AHEAD = 8192
SHOWN = 100


class Stored(Protocol):
    """The store, read."""

    def lines(self) -> Iterator[Copied | Signed]:
        """The log's copy. Raises OutsideUnavailable."""

    def statement(self, record_id: str) -> bytes:
        """From the record's object. Raises NotFound, OutsideUnavailable."""

    def objects(self) -> Iterator[Sequence[str]]:
        """Ids of all records there are objects of, some at a time. Raises OutsideUnavailable."""

    def settings(self) -> Iterator[Mapping[str, object]]:
        """Agencies, settings and rules as they were carried into the store."""


class Index(Protocol):
    """The database that is rebuilt; each method is one transaction."""

    def begin(self, settings: Iterable[Mapping[str, object]]) -> tuple[int, int]:
        """Make it ready: (leaves, size of the newest checkpoint) that are there already.

        Raises WrongState for a database that holds anything else.
        """

    def tile(self, level: int, index: int) -> bytes: ...
    def write(
        self, rows: Sequence[Row], tiles: Mapping[tuple[int, int], bytes], signed: Sequence[Signed]
    ) -> None: ...
    def unknown_among(self, record_ids: Sequence[str]) -> set[str]: ...
    def intend(self, said: Statement, record: Record, submission: Submission) -> None:
        """Write down that a stored record is to be logged: recovery logs it."""

    def end(self) -> None:
        """What comes last: the history's events of the log itself, counters."""


@dataclass(slots=True)
class Rebuilt:
    """What came of it.

    doubts     checkpoints of which it cannot be told whether the archive signed them
    unlogged   objects in the store that the log's copy does not hold: stored a moment before
               the end, or put there by somebody
    """

    size: int = 0
    records: int = 0
    events: int = 0
    checkpoints: int = 0
    root: bytes = b""
    troubles: int = 0
    doubts: int = 0
    shown: list[Difference] = field(default_factory=list)
    unlogged: int = 0
    unlogged_shown: list[str] = field(default_factory=list)
    complete: bool = False

    def say(self, subject: str, column: str, stands: str = "", rebuilt: str = "") -> None:
        """Something did not hold."""
        self.troubles += 1
        if len(self.shown) < SHOWN:
            self.shown.append(Difference(subject, column, stands[:200], rebuilt[:200]))


class Rebuilding:
    """One rebuilding.

    keys     whom checkpoints are signed by
    finish   have objects that are not in the log's copy logged anew
    told     the count of entries after each batch; False ends it there
    unsure   whether nobody wrote down who signed a log of so many entries
    """

    def __init__(
        self,
        stored: Stored,
        index: Index,
        origin: str,
        keys: Sequence[PublicKey],
        told: Callable[[int], bool] = lambda size: True,
        finish: bool = False,
        unsure: Callable[[int], bool] = lambda size: False,
    ) -> None:
        self._stored, self._index = stored, index
        self._origin, self._keys = origin, keys
        self._told, self._finish, self._unsure = told, finish, unsure
        self._tiles: dict[tuple[int, int], bytes] = {}
        self.done = Rebuilt()

    def run(self) -> Rebuilt:
        """Do it. Raises OutsideUnavailable, WrongState."""
        done = self.done
        done.size, signed_to = self._index.begin(self._stored.settings())
        ahead: dict[int, Copied] = {}
        rows: list[Row] = []
        signed: dict[int, Signed] = {}
        due = done.size
        for line in self._stored.lines():
            if isinstance(line, Signed):
                if line.size > signed_to:
                    signed[line.size] = line
            elif line.position >= due:
                ahead[line.position] = line
            while due in ahead:
                rows.append(self._row(ahead.pop(due)))
                due += 1
            if len(rows) >= BATCH or len(signed) >= BATCH:
                signed_to = self._flush(rows, signed, signed_to)
                rows = []
                if not self._told(done.size):
                    return done
            if len(ahead) > _AHEAD:
                break
        self._flush(rows, signed, signed_to)
        if ahead:
            done.say(f"leaf {due}", "log", "an entry", "")
        for one in signed.values():
            done.say(f"checkpoint {one.size}", "log", f"{one.size} entries", f"{done.size}")
        if not self._told(done.size):
            return done
        self._unlogged()
        self._index.end()
        done.root = Tree(done.size, self._tile).root()
        done.complete = True
        return done

    def _flush(self, rows: Sequence[Row], signed: dict[int, Signed], signed_to: int) -> int:
        done = self.done
        grown: Mapping[tuple[int, int], bytes] = {}
        if rows:
            grown = append(done.size, self._tile, [one.leaf for one in rows]).tiles
            self._tiles.update(grown)
            done.size += len(rows)
        ready = [signed.pop(size) for size in sorted(signed) if size <= done.size]
        good = [one for one in ready if self._holds(one)]
        if rows or good:
            self._index.write(rows, grown, good)
        done.records += sum(one.record is not None for one in rows)
        done.events += sum(one.event is not None for one in rows)
        done.checkpoints += len(good)
        # The last tile of each level is all that growing asks for again.
        last = {level: max(at for of, at in self._tiles if of == level) for level, _ in self._tiles}
        self._tiles = {key: self._tiles[key] for key in self._tiles if last[key[0]] - key[1] < 4}
        return max([signed_to, *(one.size for one in good)])

    def _tile(self, level: int, index: int) -> bytes:
        return self._tiles.get((level, index)) or self._index.tile(level, index)

    def _holds(self, one: Signed) -> bool:
        root = Tree(one.size, self._tile).root()
        try:
            said = self._verified(one)
        except NotGenuine as error:
            self.done.say(f"checkpoint {one.size}", "signature", "genuine", str(error))
            return False
        if (said.size, said.root) != (one.size, root) or one.root != root:
            self.done.say(f"checkpoint {one.size}", "root", blob_text(said.root), blob_text(root))
            return False
        return True

    def _verified(self, one: Signed) -> Checkpoint:
        """Raises NotGenuine unless the archive signed it, or it cannot be told who did."""
        try:
            return checkpoint.verify(one.note.encode(), self._origin, self._keys)
        except UnknownSigner:
            if not self._unsure(one.size):
                raise
        self.done.doubts += 1
        return checkpoint.read(one.note.encode())[0]

    def _row(self, one: Copied) -> Row:
        """An entry as rows; the bare leaf where nothing bears it out."""
        try:
            return row_of(one, self._stored.statement)
        except (FilingError, ValueError) as error:
            self.done.say(f"leaf {one.position}", "entry", one.leaf.hex(), str(error))
            return Row(one.position, one.leaf)

    def _unlogged(self) -> None:
        done = self.done
        for ids in self._stored.objects():
            for record_id in sorted(self._index.unknown_among(ids)):
                done.unlogged += 1
                if len(done.unlogged_shown) < SHOWN:
                    done.unlogged_shown.append(record_id)
                if self._finish:
                    self._intend(record_id)

    def _intend(self, record_id: str) -> None:
        try:
            text = self._stored.statement(record_id)
            said = statement.read(text)
            if said.record_id != record_id:
                raise NotGenuine(f"its statement is of {said.record_id}")
            self._index.intend(said, record_of(said, text), submission_of(said, State.SEALED))
        except (FilingError, ValueError) as error:
            self.done.say(f"record {record_id}", "statement", "one that can be read", str(error))

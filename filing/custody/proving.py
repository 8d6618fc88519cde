"""Whether an entry stands in the log: from its own bytes to a root the archive signed.

Nothing is believed that the tables merely say: the entry is hashed anew, the path is
computed from the tiles and followed to the newest checkpoint, whose signature is verified.
That checkpoint must bear out the one remembered outside the database: who rewrote the log and
signed it again proves nothing with it.
"""

from collections.abc import Callable
from contextlib import suppress

from filing.custody.expected import Trust
from filing.custody.ports import Tables, Witness
from filing.errors import NotGenuine
from filing.evidence import certificates, checkpoint, merkle
from filing.evidence.checkpoint import UnknownSigner
from filing.evidence.tiles import Tree
from filing.model.custody import Answer
from filing.model.custody_views import Head


class Prover:
    """Proves entries against one checkpoint; make a new one for each page."""

    def __init__(self, tables: Tables, trust: Callable[[], Trust], witness: Witness) -> None:
        self._tables = tables
        remembered = witness.last()  # first: what is remembered was committed before
        size = tables.log_size()
        heads = tables.heads(size - 1, 1) if size else ()
        self.head: Head | None = None
        self._root: bytes | None = None
        self._why_not = Answer.DAMAGED
        if heads:
            one = heads[0]
            self.head = Head(one.size, one.root, one.note, one.at)
            self._believe(self.head, trust())
        self._tree = Tree(self.head.size if self.head else 0, tables.tile)
        if not self._bears_out(remembered):
            self._root, self._why_not = None, Answer.DAMAGED

    def _believe(self, head: Head, trust: Trust) -> None:
        """Take the head's root if the archive signed it; else why not."""
        keys = [certificates.read(one).public_key for one in trust.keys.values()]
        try:
            self._root = checkpoint.verify(head.note.encode(), trust.origin, keys).root
        except UnknownSigner:
            if trust.is_before(head.size):
                self._why_not = Answer.UNKNOWN
        except NotGenuine:
            return

    def _bears_out(self, note: str) -> bool:
        """Whether the log is still the one of a checkpoint remembered outside the database."""
        try:
            signed = checkpoint.read(note.encode())[0]
            return signed.size <= self._tree.size and (
                self._tree.root_at(signed.size) == signed.root
            )
        except NotGenuine:
            return True  # there is none; a line that is none is an audit's to say
        except ValueError:
            return False  # tiles are gone or cut

    def covering(self, position: int) -> Head | None:
        """The first checkpoint that covers an entry."""
        heads = self._tables.heads(position, 1)
        return Head(heads[0].size, heads[0].root, heads[0].note, heads[0].at) if heads else None

    def prove(self, position: int, body: bytes) -> tuple[Answer, tuple[bytes, ...]]:
        """What can be shown of the entry with these bytes, and the path that shows it."""
        if self.head is None or position >= self.head.size:
            return Answer.UNKNOWN, ()
        if self._root is None:
            return self._why_not, ()  # the newest checkpoint is not the archive's, or not its log
        try:
            path = self._tree.inclusion_proof(position)
        except ValueError:
            return Answer.DAMAGED, ()  # tiles are gone or cut
        if not body:
            return Answer.UNKNOWN, path
        with suppress(NotGenuine):
            leaf = merkle.leaf_hash(body)
            merkle.verify_inclusion(leaf, position, self.head.size, path, self._root)
            return Answer.INTACT, path
        return Answer.DAMAGED, path

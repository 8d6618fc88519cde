"""Read a record back: what it is, its proof, its content.

An agency sees its own and nothing else; what is another's does not exist.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from filing.errors import NotFound
from filing.evidence import proof, receipt, statement
from filing.evidence.canonical import assembled, canonical, string
from filing.evidence.certificates import read as read_certificate
from filing.evidence.checkpoint import verifier_key
from filing.evidence.corrections import corrections_json
from filing.evidence.members import blob_text
from filing.evidence.statement import SealedFile, Statement
from filing.evidence.tiles import Tree
from filing.holdings.checked import Checked
from filing.ingest.objects import PACKAGE
from filing.model.agency import Agency
from filing.model.digest import Digest
from filing.model.record import Record
from filing.ports import Ledger


class Store(Protocol):
    """The store as readers need it."""

    def read(self, record_id: str, path: str) -> bytes: ...
    def open(self, record_id: str, path: str) -> AbstractContextManager[BinaryIO]: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """The use cases of reading.

    origin   the log's name
    inline   (stream, offset, length) -> the decoded bytes of content inline in an EEP
    """

    ledger: Ledger
    store: Store
    origin: str
    inline: Callable[[BinaryIO, int, int], BinaryIO]

    def record(self, agency: Agency, record_id: str) -> tuple[Record, Statement]:
        """A record of this agency, with its statement. Raises NotFound."""
        found = self.ledger.record(record_id)
        if found is None or found.agency_id != agency.id or found.leaf_index is None:
            raise NotFound(f"there is no record {record_id}", f"没有档案 {record_id}")
        return found, statement.read(self._receipt(found).proof.statement)

    def proof(self, agency: Agency, record_id: str) -> bytes:
        """Statement, seal and inclusion proof against the newest checkpoint."""
        found, _ = self.record(agency, record_id)
        kept = self._receipt(found).proof
        head = self.ledger.head()
        position = kept.log.leaf_index
        tree = Tree(head.size, self.ledger.tile)
        place = proof.LogPlace(
            self.origin, position, head.size, tree.inclusion_proof(position), head.note.encode()
        )
        return proof.build(proof.Proof(kept.statement, kept.seal, place))

    def content(
        self, agency: Agency, record_id: str, path: str
    ) -> tuple[AbstractContextManager[BinaryIO], int, Digest]:
        """One component's bytes, decoded where they are inline.

        Raises NotFound.
        """
        _, said = self.record(agency, record_id)
        sealed = said.file(path)
        if sealed is None:
            raise NotFound(f"record {record_id} has no {path!r}", f"该档案没有“{path}”")
        digest = next(one for one in sealed.digests if one.algorithm == "sha256")
        return self._open(record_id, said, sealed), sealed.size_bytes, digest

    def corrections(self, body: bytes) -> bytes:
        """What was corrected before acceptance, out of a receipt. Canonical JSON."""
        found = receipt.read(body)[0]
        said = statement.read(found.proof.statement)
        return assembled(
            {
                "corrections": corrections_json(said.corrections),
                "package_digest": string(str(said.package_digest)),
                "record": string(said.record_id),
                "submission": string(said.submission_id),
            }
        )

    def log_keys(self, certificates: Mapping[str, bytes]) -> bytes:
        """The keys of these certificates (PEM), as verifiers of the log's checkpoints read them."""
        found = (read_certificate(one).public_key for one in certificates.values())
        return "".join(f"{verifier_key(self.origin, one)}\n" for one in found).encode()

    def consistency(self, first: int, second: int) -> bytes:
        """That the log of ``second`` leaves only grew from the one of ``first``.

        Canonical JSON: first, second, proof (Base64). Raises NotFound for sizes
        the log never had.
        """
        head = self.ledger.head()
        if not 0 < first <= second <= head.size:
            raise NotFound(f"the log has {head.size} leaves", f"日志现有 {head.size} 叶")
        path = Tree(second, self.ledger.tile).consistency_proof(first)
        return canonical(
            {"first": first, "second": second, "proof": [blob_text(one) for one in path]}
        )

    def _receipt(self, found: Record) -> receipt.Receipt:
        body = self.ledger.receipt(found.submission_id)
        if body is None:
            raise NotFound(f"record {found.id} has no receipt yet", f"档案 {found.id} 尚无回执")
        return receipt.read(body)[0]

    @contextmanager
    def _open(self, record_id: str, said: Statement, sealed: SealedFile) -> Iterator[BinaryIO]:
        # Nothing is open before somebody enters, so nothing is left open.
        holds = sealed if sealed.inline is None else said.metadata[0]
        sha256 = next(one.value for one in sealed.digests if one.algorithm == "sha256")
        with self.store.open(record_id, holds.kept or f"{PACKAGE}{holds.path}") as stream:
            found = stream if sealed.inline is None else self.inline(stream, *sealed.inline)
            yield cast(BinaryIO, Checked(found, sealed.size_bytes, sha256))  # it reads and seeks

"""Values the tests of this folder begin with; a test changes what matters to it."""

import functools
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from filing.evidence import certificates, checkpoint, merkle, signatures, statement, suites, tiles
from filing.evidence.hashing import digest_bytes
from filing.evidence.proof import LogPlace, Proof
from filing.evidence.receipt import Receipt
from filing.evidence.statement import SealedFile, Statement

NOON = datetime(2026, 11, 22, 4, 0, 0, 123456, tzinfo=UTC)
ORIGIN = "archive.example/filing"
_ROOT = Path(__file__).resolve().parents[2]
VECTORS = Path(os.environ.get("FILING_VECTORS", _ROOT.parent / "shared" / "vectors"))


def vectors(name):
    """The folder of published vectors, or skip."""
    if not (VECTORS / name).is_dir():
        pytest.skip(f"no published vectors in {VECTORS / name}: set FILING_VECTORS")
    return VECTORS / name


def a_digest(content=b"content", algorithm="sha256"):
    return digest_bytes(content, (algorithm,))[0]


def a_file(path="正文.ofd", content=b"content", algorithms=("sha256", "sm3")):
    digests = tuple(a_digest(content, one) for one in algorithms)
    return SealedFile(path, len(content), digests)


def a_statement(**changes):
    given = Statement(
        record_id="01939b5e-0000-7000-8000-000000000001",
        submission_id="01939b5e-0000-7000-8000-000000000002",
        agency_id="J001",
        agency_name="湖北省某厅办公室",
        fonds="J001",
        archival_code="J001-WS·2026·D30-0001",
        electronic_code="J0012026000001",
        title="关于样例的通知",
        year=2026,
        retention="30年",
        delivery_key="key:1",
        received_at=NOON,
        components=(a_file(), a_file("附件/1.pdf", b"annex")),
        metadata=(a_file("eep.xml", b"<xml/>"),),
        form="eep",
        package_digest=a_digest(b"package"),
        package_bytes=7,
        report=a_digest(b"report"),
        rule_set="2026.1",
        rule_set_digest=a_digest(b"rules"),
        undetermined=("GD-4-2",),
        corrections=(),
        accepted_at=NOON,
        signed_by=signatures.named((a_signer(),)),
    )
    return replace(given, **changes)


@functools.cache
def a_signer(suite="ecdsa-p256-sha256", name="seal"):
    key = suites.generate(suite)
    certificate = certificates.self_signed(
        suite, key, "Archive", "", 7, NOON, NOON.replace(year=2036)
    )
    return signatures.signer(f"{name}-{suite}", key, (certificate,))


def all_signers():
    return tuple(a_signer(suite) for suite in suites.OURS)


def trusting(*signers):
    return {one.key: one.public_key for one in signers}


class Log:
    """A log in memory."""

    def __init__(self, entries):
        self.size, self.tiles = 0, {}
        self.append(entries)

    def append(self, entries):
        leaves = [merkle.leaf_hash(one) for one in entries]
        grown = tiles.append(self.size, self.read, leaves)
        self.size, self.root = grown.size, grown.root
        self.tiles |= grown.tiles

    def read(self, level, index):
        return self.tiles.get((level, index), b"")


def a_proof(said=None, signers=None, before=5, after=3):
    signers = signers or (a_signer(),)
    said = said or statement.write(a_statement(signed_by=signatures.named(signers)))
    log = Log([b"%d" % one for one in range(before)] + [said] + [b"later"] * after)
    head = checkpoint.Checkpoint(ORIGIN, log.size, log.root)
    path = tiles.Tree(log.size, log.read).inclusion_proof(before)
    place = LogPlace(ORIGIN, before, log.size, path, checkpoint.sign(head, signers))
    return Proof(said, signatures.sign_all(signers, said), place)


def a_receipt(**changes):
    said = changes.pop("said", None) or a_statement()
    given = Receipt(
        receipt_id="01939b5e-0000-7000-8000-000000000003",
        submission_id=said.submission_id,
        record_id=said.record_id,
        agency_id=said.agency_id,
        delivery_key="2026-0001",
        package_digest=said.package_digest,
        proof=a_proof(statement.write(said)),
        issued_at=NOON,
        undetermined=said.undetermined,
    )
    return replace(given, **changes)

"""The receipt: the archive's signed answer that a record is kept.

{"receipt": {...}, "signatures": [...]} in canonical JSON. The signatures are
over the canonical bytes of the member "receipt", which holds the whole seal
statement, its signatures and its place in the log: whoever has a receipt can
check everything without asking the archive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from filing.errors import NotGenuine
from filing.evidence import proof as packs
from filing.evidence import signatures
from filing.evidence.canonical import assembled, canonical, listed, parse, string
from filing.evidence.hashing import digest_bytes
from filing.evidence.members import Members, a_text, moment_text, reading
from filing.evidence.proof import MAX_BYTES, Files, Proof, Proved, claim
from filing.evidence.signatures import (
    Signature,
    SignedBy,
    Signer,
    Trusted,
    read_signed_by,
    signed_by_json,
)
from filing.evidence.statement import Statement
from filing.model.digest import Digest

TYPE = "filing-receipt/1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the archive answers.

    delivery_key     the sender's Idempotency-Key, or what stood for it
    package_digest   of the delivery as received
    proof            statement, seal, place in the log
    undetermined     codes of checks a person has still to look at
    """

    receipt_id: str
    submission_id: str
    record_id: str
    agency_id: str
    delivery_key: str
    package_digest: Digest
    proof: Proof
    issued_at: datetime
    undetermined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification(packs.Verification):
    """See proof.Verification; ``receipt`` is what was verified."""

    receipt: Receipt


def build(receipt: Receipt, signers: Sequence[Signer]) -> bytes:
    """The receipt's bytes, signed by every signer. Raises ValueError without a signer."""
    if not signers:
        raise ValueError("a receipt is signed")
    said = _write(receipt, signatures.named(signers))
    signed = signatures.as_json(signatures.sign_all(signers, said))
    return assembled({"receipt": said, "signatures": signed})


def _write(receipt: Receipt, signed_by: tuple[SignedBy, ...]) -> bytes:
    """The member "receipt": what is signed."""
    return assembled(
        {
            "type": string(TYPE),
            "id": string(receipt.receipt_id),
            "submission": string(receipt.submission_id),
            "record": string(receipt.record_id),
            "agency": string(receipt.agency_id),
            "delivery_key": string(receipt.delivery_key),
            "package_digest": string(str(receipt.package_digest)),
            "statement_digest": string(str(digest_bytes(receipt.proof.statement)[0])),
            **packs.members_of(receipt.proof),
            "issued_at": string(moment_text(receipt.issued_at)),
            "undetermined": listed(string(one) for one in receipt.undetermined),
            "signed_by": signed_by_json(signed_by),
        }
    )


def read(content: bytes) -> tuple[Receipt, bytes, tuple[Signature, ...]]:
    """Take a receipt apart, trusting nothing: itself, the bytes signed, the signatures.

    Raises NotGenuine for bytes that ``build`` cannot have written.
    """
    if len(content) > MAX_BYTES:
        raise NotGenuine(f"a receipt of more than {MAX_BYTES} bytes is not read")
    try:
        with reading(parse(content), "receipt document") as of:
            value = of.value("receipt")
            signed = of.items("signatures", signatures.from_json)
        with reading(value, "receipt") as members:
            found, signed_by = _read(members)
        said = canonical(value)
        named = tuple(one.signed_by for one in signed)
        if named != signed_by or _write(found, named) != said:
            raise ValueError("its members do not agree with its statement or signatures")
    except ValueError as error:
        raise NotGenuine(f"not a receipt: {error}", "不是回执") from None
    return found, said, signed


def _read(of: Members) -> tuple[Receipt, tuple[SignedBy, ...]]:
    of.constant("type", TYPE)
    of.digest("statement_digest")  # compared when the whole is written again
    signed_by = of.items("signed_by", read_signed_by)
    found = Receipt(
        receipt_id=of.text("id"),
        submission_id=of.text("submission"),
        record_id=of.text("record"),
        agency_id=of.text("agency"),
        delivery_key=of.text("delivery_key"),
        package_digest=of.digest("package_digest"),
        proof=packs.read_members(of),
        issued_at=of.moment("issued_at"),
        undetermined=of.items("undetermined", a_text),
    )
    return found, signed_by


def verify(content: bytes, trusted: Trusted | None, files: Files | None = None) -> Verification:
    """Check a receipt and, if given, the files it speaks of.

    trusted   the archive's keys as the verifier knows them, by key name or
              certificate fingerprint; None to take those inside, which shows
              only that nothing changed since somebody signed it
    files     path in the package -> digests of the bytes at hand

    Raises NotGenuine naming the first thing that does not hold.
    """
    proved: list[Proved] = []
    found, said, signed = read(content)
    who = packs.signers_text(signed)
    with claim(proved, f"the receipt is signed by {who}", f"回执已由 {who} 签名"):
        signatures.verify_signatures(signed, said, trusted)
    sealed = packs.verify_members(found.proof, trusted, proved)
    with claim(proved, "the receipt is about the sealed record", "回执与封印声明一致"):
        _verify_agreement(found, sealed)
    unchecked = packs.verify_files(sealed, files, proved)
    return Verification(sealed, tuple(proved), trusted is not None, unchecked, found)


def _verify_agreement(receipt: Receipt, said: Statement) -> None:
    pairs = {
        "record": (receipt.record_id, said.record_id),
        "submission": (receipt.submission_id, said.submission_id),
        "agency": (receipt.agency_id, said.agency_id),
        "package digest": (receipt.package_digest, said.package_digest),
        "undetermined checks": (receipt.undetermined, said.undetermined),
    }
    for name, (receipted, sealed) in pairs.items():
        if receipted != sealed:
            raise NotGenuine(f"the {name} of receipt and statement differ")

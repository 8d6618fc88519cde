"""The proof pack: that one record is sealed and logged, for anybody to check.

It goes from the files to the seal statement, from there by the archive's
signatures and the Merkle path to a signed checkpoint of the log. No server is
asked. A receipt carries the same and more; see filing.evidence.receipt.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from filing.errors import NotGenuine
from filing.evidence import certificates, checkpoint, merkle, signatures, statement
from filing.evidence.canonical import assembled, canonical, listed, number, parse, string
from filing.evidence.members import Members, a_blob, blob_text, reading
from filing.evidence.signatures import Signature, Trusted
from filing.evidence.statement import Statement
from filing.evidence.suites import PublicKey
from filing.model.digest import Digest

TYPE = "filing-proof/1"
MAX_BYTES = 32 << 20

#: Path in the package -> digests of the bytes the verifier holds.
Files = Mapping[str, Sequence[Digest]]


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where the statement stands in the log.

    inclusion      merkle path to the checkpoint's root
    checkpoint     the signed note
    certificates   (DER) of the keys that signed the checkpoint, where they are
                   not those of the seal; only for a verifier without trusted keys
    """

    origin: str
    leaf_index: int
    tree_size: int
    inclusion: tuple[bytes, ...]
    checkpoint: bytes
    certificates: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """``statement`` is the bytes the seal signs, from statement.write."""

    statement: bytes
    seal: tuple[Signature, ...]
    log: LogPlace


@dataclass(frozen=True, slots=True)
class Proved:
    """One thing that was shown to hold, in English and Chinese."""

    text: str
    zh: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found; there is one only when everything held.

    proved      in the order it was checked
    trusted     False: the keys came with the document itself, so only its inner
                agreement is shown, not that the archive made it
    unchecked   paths under seal whose bytes the verifier did not bring
    """

    statement: Statement
    proved: tuple[Proved, ...]
    trusted: bool
    unchecked: tuple[str, ...]


def build(proof: Proof) -> bytes:
    """The proof pack: canonical JSON."""
    return assembled({"type": string(TYPE), **members_of(proof)})


def members_of(proof: Proof) -> dict[str, bytes]:
    """The statement, seal and log members in canonical JSON, for build and for the receipt."""
    log = proof.log
    return {
        # Its bytes are canonical: statement.write made them.
        "statement": proof.statement,
        "seal": signatures.as_json(proof.seal),
        "log": assembled(
            {
                "origin": string(log.origin),
                "leaf_index": number(log.leaf_index),
                "tree_size": number(log.tree_size),
                "inclusion": _blobs(log.inclusion),
                "checkpoint": string(log.checkpoint.decode("utf-8")),
                "certificates": _blobs(log.certificates),
            }
        ),
    }


def _blobs(some: Sequence[bytes]) -> bytes:
    return listed(string(blob_text(one)) for one in some)


def read(content: bytes) -> Proof:
    """Read a proof pack, trusting nothing. Raises NotGenuine if it is not one."""
    if len(content) > MAX_BYTES:
        raise NotGenuine(f"a proof of more than {MAX_BYTES} bytes is not read")
    try:
        with reading(parse(content), "proof") as of:
            of.constant("type", TYPE)
            return read_members(of)
    except ValueError as error:
        raise NotGenuine(f"not a proof: {error}", "不是证明文件") from None


def read_members(of: Members) -> Proof:
    """Read what ``members_of`` gave. Raises ValueError."""
    said = canonical(of.value("statement"))
    seal = of.items("seal", signatures.from_json)
    with reading(of.value("log"), "log") as log:
        place = LogPlace(
            origin=log.text("origin"),
            leaf_index=log.number("leaf_index"),
            tree_size=log.number("tree_size"),
            inclusion=log.items("inclusion", a_blob),
            checkpoint=log.text("checkpoint").encode("utf-8"),
            certificates=log.items("certificates", a_blob),
        )
    return Proof(said, seal, place)


def verify(content: bytes, trusted: Trusted | None, files: Files | None) -> Verification:
    """Check a proof pack and, if given, the files it speaks of.

    trusted   the archive's keys as the verifier knows them; None to take those
              inside, which proves nothing about who made it

    Raises NotGenuine naming what does not hold.
    """
    proof = read(content)
    proved: list[Proved] = []
    said = verify_members(proof, trusted, proved)
    unchecked = verify_files(said, files, proved)
    return Verification(said, tuple(proved), trusted is not None, unchecked)


def verify_members(proof: Proof, trusted: Trusted | None, proved: list[Proved]) -> Statement:
    """Check seal, leaf and checkpoint, adding to ``proved``; return the statement.

    Raises NotGenuine.
    """
    with claim(proved, "the seal statement is complete", "封印声明完整"):
        said = statement.read(proof.statement)
        if tuple(one.signed_by for one in proof.seal) != said.signed_by:
            raise NotGenuine("the signatures beside it are not those it names")
    who = signers_text(proof.seal)
    with claim(proved, f"the statement is sealed by {who}", f"封印声明已由 {who} 签名"):
        signatures.verify_signatures(proof.seal, proof.statement, trusted)
    if said.received is not None:
        count, package = len(said.corrections), said.package_digest
        proved.append(
            Proved(
                f"the seal covers {count} correction(s), each with who, when and why, and the "
                f"delivery as received, {package}",
                f"封印之内有更正 {count} 处（各记更正人、时间、理由）和收到的原件 {package}",
            )
        )
    head = _verify_checkpoint(proof, trusted, proved)
    at, size = proof.log.leaf_index, head.size
    with claim(
        proved,
        f"the statement is leaf {at} of {size} in the log {head.origin}",
        f"封印声明在日志 {head.origin} 中（叶序号 {at}，自 0 起；共 {size} 叶）",
    ):
        leaf = merkle.leaf_hash(proof.statement)
        log = proof.log
        merkle.verify_inclusion(leaf, log.leaf_index, head.size, log.inclusion, head.root)
    return said


def _verify_checkpoint(
    proof: Proof, trusted: Trusted | None, proved: list[Proved]
) -> checkpoint.Checkpoint:
    log = proof.log
    with claim(
        proved,
        f"the checkpoint of {log.tree_size} leaves is signed by the log {log.origin}",
        f"日志 {log.origin} 的检查点（{log.tree_size} 叶）签名有效",
    ):
        keys = list(trusted.values()) if trusted is not None else _keys_inside(proof)
        head = checkpoint.verify(log.checkpoint, log.origin, keys)
        if head.size != log.tree_size:
            raise NotGenuine(f"it has {head.size} leaves")
    return head


def _keys_inside(proof: Proof) -> list[PublicKey]:
    own = (*proof.log.certificates, *(one.chain[0] for one in proof.seal if one.chain))
    return [certificates.read(one).public_key for one in own]


def verify_files(said: Statement, files: Files | None, proved: list[Proved]) -> tuple[str, ...]:
    """Compare the verifier's digests with the sealed ones; return the paths not brought.

    A file that is the whole package as delivered may have any name; with it everything
    under seal is at hand, for it all stands in the package.

    Raises NotGenuine for a file that differs, is not under seal, or whose
    digests have no algorithm in common with the sealed ones.
    """
    brought = files or {}
    sealed = tuple(one.path for one in said.files())
    if said.received is not None:
        return _verify_corrected(said, brought, sealed, proved)
    whole = [path for path, found in sorted(brought.items()) if said.package_digest in found]
    for path in whole:
        inside = "、".join(one for one in sealed if one != path)
        proved.append(
            Proved(
                f"file {path} is the whole package as filed, with all that is in it",
                f"文件 {path} 就是移交时的整个归档信息包，包内文件（{inside}）随之一并核对",
            )
        )
    for path, found in sorted(brought.items()):
        if path in whole:
            continue
        with claim(proved, f"file {path} is as sealed", f"文件 {path} 与封印时一致"):
            _verify_file(said, path, {one.algorithm: one for one in found})
    return () if whole else tuple(one for one in sealed if one not in brought)


def _verify_corrected(
    said: Statement, brought: Files, sealed: tuple[str, ...], proved: list[Proved]
) -> tuple[str, ...]:
    """As ``verify_files``, of a record that was corrected: the delivery is not all of it."""
    for path, found in sorted(brought.items()):
        if said.file(path) is None and said.package_digest in found:
            proved.append(
                Proved(
                    f"file {path} is the delivery as received, before it was corrected",
                    f"文件 {path} 就是更正之前收到的原件",
                )
            )
            continue
        with claim(proved, f"file {path} is as sealed", f"文件 {path} 与封印时一致"):
            _verify_file(said, path, {one.algorithm: one for one in found})
    return tuple(one for one in sealed if one not in brought)


def _verify_file(said: Statement, path: str, found: Mapping[str, Digest]) -> None:
    sealed, paper = said.file(path), said.papers().get(path)
    if sealed is None and paper is None:
        raise NotGenuine("no such file is under seal")
    digests = sealed.digests if sealed is not None else (paper,)
    common = [one for one in digests if one and one.algorithm in found]
    if not common:
        raise NotGenuine("no digest algorithm in common")
    for one in common:
        if found[one.algorithm] != one:
            raise NotGenuine(f"its {one.algorithm} digest is {found[one.algorithm].hex}")


def signers_text(given: Sequence[Signature]) -> str:
    """Keys and suites, for people."""
    return ", ".join(f"{one.key} ({one.suite})" for one in given)


@contextmanager
def claim(proved: list[Proved], text: str, zh: str) -> Iterator[None]:
    """A block that shows ``text``: added to ``proved``, or NotGenuine names it."""
    try:
        yield
    except NotGenuine as error:
        raise NotGenuine(f"not proved that {text}: {error}", f"未能证明：{zh}") from error
    proved.append(Proved(text, zh))

"""What of an accepted delivery goes into its object, and under which name.

    package/    the delivery as received, each byte once
    report.json the report that let it in
    rules.json  what its rules changed of the shipped ones, where they did
    of a corrected record, beside these: corrected/ the corrected document and new files,
    delivered/ the delivery as it was packed, report-rejected.json the report that refused it
    seal/       the statement; beside it, per key, signature (.sig) and certificates (.pem)

The same names serve whoever reads the object back.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filing.evidence import certificates, suites
from filing.evidence.der import to_pem
from filing.evidence.hashing import digest_bytes
from filing.evidence.signatures import Signature, SignedBy
from filing.evidence.statement import REFUSED, REPORT, RULES, Received, SealedFile, Statement
from filing.ingest.examine import archival_code_of, electronic_code_of, fonds_of
from filing.ingest.judged import Judged, Mended
from filing.model.digest import Digest
from filing.model.package import Component, Content, Package
from filing.model.record import Record
from filing.rules.rule_set import RulesUsed

PACKAGE = "package/"
#: Of a corrected record: what the correction made or brought in, and the delivery as it
#: was packed.
CORRECTED = "corrected/"
DELIVERED = "delivered/package.zip"
STATEMENT = "seal/statement.json"
SEAL = "seal/"
SIGNATURE = ".sig"
CHAIN = ".pem"


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of the object: its logical path and its bytes."""

    path: str
    source: bytes | Path
    size_bytes: int
    digests: tuple[Digest, ...]


def statement_of(judged: Judged, at: datetime, by: tuple[SignedBy, ...]) -> Statement:
    """What the archive is about to seal; ``by`` is who will sign."""
    package = judged.package
    return Statement(
        record_id=judged.submission.record_id,
        submission_id=judged.submission.id,
        agency_id=judged.agency.id,
        agency_name=judged.agency.name,
        fonds=fonds_of(package),
        archival_code=archival_code_of(package),
        electronic_code=electronic_code_of(package),
        title=package.value("内容描述/题名"),
        year=_year(package),
        retention=package.value("档号/保管期限"),
        delivery_key=judged.submission.delivery_key,
        received_at=judged.submission.received_at,
        components=tuple(_sealed(judged, path, one) for path, one in _components(judged)),
        metadata=tuple(
            _sealed(judged, one.member, one) for one in (package.metadata,) if one is not None
        ),
        form=package.form,
        package_digest=Digest.parse(judged.submission.package_digest),
        package_bytes=judged.submission.size_bytes,
        report=digest_bytes(judged.report)[0],
        rule_set=judged.rules.version,
        rule_set_digest=Digest.parse(judged.rules.digest),
        undetermined=judged.undetermined,
        corrections=() if judged.mended is None else judged.mended.corrections,
        accepted_at=at,
        signed_by=by,
        received=_received(judged),
    )


def _components(judged: Judged) -> Iterator[tuple[str, Content]]:
    """The content files; of a corrected record, those of its outermost layer."""
    described = {one.content.member for one in judged.package.components if one.content}
    for path, one in named_contents(judged.package):
        if not (judged.mended and one.is_inline) or one.member in described:
            yield path, one


def _sealed(judged: Judged, path: str, one: Content) -> SealedFile:
    inline = (one.offset, one.length) if one.is_inline else None
    kept = f"{CORRECTED}{one.member}" if _is_new(judged, one) else ""
    return SealedFile(path, one.size_bytes, one.digests, inline, kept)


def _is_new(judged: Judged, one: Content) -> bool:
    """Whether a file came with the correction, or was made by it."""
    if judged.mended is None or one.is_inline:
        return False
    received = judged.mended.received
    if received.metadata is not None and received.metadata.member == one.member:
        return received.metadata.digests != one.digests
    return not any(
        other.member == one.member and other.digests == one.digests
        for other in received.contents()
        if not other.is_inline
    )


def _received(judged: Judged) -> Received | None:
    """What stands beside a corrected record; None where nothing was corrected."""
    mended = judged.mended
    if mended is None or not mended.corrections:
        return None
    files = tuple(SealedFile(one.path, one.size_bytes, one.digests) for one in _as_received(mended))
    return Received(files, digest_bytes(mended.refused)[0])


def _as_received(mended: Mended) -> Iterator[Kept]:
    """The delivery as received: its files, and itself where it was packed."""
    yield from _package_files(mended.received)
    if (whole := mended.delivered) is not None:
        yield Kept(DELIVERED, whole.body, whole.size_bytes, whole.digests)


def record_of(said: Statement, text: bytes) -> Record:
    """The record as the database is to know it, from its statement and that in bytes."""
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
        statement_digest=str(digest_bytes(text)[0]),
    )


def kept_files(
    judged: Judged, said: Statement, text: bytes, seal: Sequence[Signature]
) -> tuple[Kept, ...]:
    """Every file of the object; ``text`` is the statement in bytes."""
    mended = judged.mended
    if mended is None or not mended.corrections:
        files = tuple(_package_files(judged.package))
    else:
        refused = _small(REFUSED, mended.refused)
        files = (*_as_received(mended), *_corrected_files(judged), refused)
    return (
        *files,
        Kept(REPORT, judged.report, len(judged.report), (said.report,)),
        *_rules_file(judged.rules),
        _small(STATEMENT, text),
        *seal_files(seal),
    )


def _rules_file(rules: RulesUsed) -> tuple[Kept, ...]:
    """With the record, so that whoever asks in thirty years needs no database."""
    return (_small(RULES, rules.text),) if rules.text else ()


def seal_files(seal: Sequence[Signature]) -> Iterator[Kept]:
    """Per key a detached signature over exactly the statement's bytes, and its certificates."""
    for one in seal:
        yield _small(f"{SEAL}{one.key}{SIGNATURE}", one.value)
        yield _chain_file(one.key, one.chain)


# The same for every record a key seals.
@functools.lru_cache(maxsize=64)
def _chain_file(key: str, chain: tuple[bytes, ...]) -> Kept:
    text = b"".join(to_pem("CERTIFICATE", certificate) for certificate in chain)
    return _small(f"{SEAL}{key}{CHAIN}", text)


def read_signature(key: str, value: bytes, chain_pem: bytes) -> Signature:
    """A signature back from its two files. Raises NotGenuine."""
    chain = certificates.load_chain(chain_pem)
    suite = suites.suite_for(certificates.read(chain[0]).public_key)
    return Signature(suite, key, value, chain)


def named_contents(package: Package) -> Iterator[tuple[str, Content]]:
    """Every content file with the path it goes by in statement and interface.

    A file of its own has its path in the package; inline content has the
    computer file name given for it, or, where that is not its alone, its
    编码数据ID before it.
    """
    inline: dict[str, Component] = {}
    # What an earlier layer holds goes by the name the outermost gives it, unless it has its own.
    for one in sorted(package.components, key=lambda each: not each.refers_to):
        if one.content is not None and one.content.is_inline:
            inline[one.content.member] = one
    names = [one.file_name for one in inline.values()]
    taken = {"" if package.metadata is None else package.metadata.member, ""}
    for content in package.contents():
        if not content.is_inline:
            yield content.member, content
            continue
        component = inline.get(content.member)
        name = "" if component is None else component.file_name
        if name in taken or names.count(name) != 1:
            name = f"{content.member}/{name}" if name else content.member
        yield name, content


def _package_files(package: Package) -> Iterator[Kept]:
    for one in (package.metadata, *package.contents()):
        if one is not None and not one.is_inline:
            yield Kept(f"{PACKAGE}{one.member}", one.body, one.size_bytes, one.digests)


def _corrected_files(judged: Judged) -> Iterator[Kept]:
    """What the correction made or brought in."""
    for one in (judged.package.metadata, *judged.package.contents()):
        if one is not None and not one.is_inline and _is_new(judged, one):
            yield Kept(f"{CORRECTED}{one.member}", one.body, one.size_bytes, one.digests)


def _small(path: str, content: bytes) -> Kept:
    return Kept(path, content, len(content), digest_bytes(content))


def _year(package: Package) -> int:
    text = package.value("档号/年度")
    return int(text) if text.isascii() and text.isdigit() else 0

"""What of an accepted delivery goes into its object, and under which name.

    package/    the delivery as received, each byte once
    report.json the report that let it in
    rules.json  what its rules changed of the shipped ones, where they did
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
from filing.evidence.statement import SealedFile, Statement
from filing.ingest.examine import archival_code_of, electronic_code_of, fonds_of
from filing.ingest.judged import Judged
from filing.model.digest import Digest
from filing.model.package import Component, Content, Package
from filing.model.record import Record
from filing.rules.rule_set import RulesUsed

PACKAGE = "package/"
REPORT = "report.json"
RULES = "rules.json"
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
    metadata = [] if package.metadata is None else [package.metadata]
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
        components=tuple(
            SealedFile(
                path,
                one.size_bytes,
                one.digests,
                (one.offset, one.length) if one.is_inline else None,
            )
            for path, one in named_contents(package)
        ),
        metadata=tuple(SealedFile(one.member, one.size_bytes, one.digests) for one in metadata),
        form=package.form,
        package_digest=Digest.parse(judged.submission.package_digest),
        package_bytes=judged.submission.size_bytes,
        report=digest_bytes(judged.report)[0],
        rule_set=judged.rules.version,
        rule_set_digest=Digest.parse(judged.rules.digest),
        undetermined=judged.undetermined,
        corrections=(),
        accepted_at=at,
        signed_by=by,
    )


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
    return (
        *_package_files(judged.package),
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
    for one in package.components:
        if one.content is not None and one.content.is_inline and not one.refers_to:
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


def _small(path: str, content: bytes) -> Kept:
    return Kept(path, content, len(content), digest_bytes(content))


def _year(package: Package) -> int:
    text = package.value("档号/年度")
    return int(text) if text.isascii() and text.isdigit() else 0

"""The seal statement: what the archive says, in one text, about one record.

Canonical JSON (RFC 8785), so that anybody can check it with a digest tool and a
text editor. These bytes are what the archive signs, once per suite, and their
Merkle leaf hash is what the log holds.

Fields are data given by the caller; nothing is computed from files here.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from filing.errors import NotGenuine
from filing.evidence.canonical import assembled, listed, number, parse, string
from filing.evidence.corrections import (
    Correction,
    correction_json,
    old_correction,
    read_correction,
    read_old_correction,
)
from filing.evidence.members import a_text, moment_text, reading
from filing.evidence.signatures import SignedBy, read_signed_by, signed_by_json
from filing.model.digest import Digest

TYPE = "filing-statement/1"
#: Of a record that was corrected before it was accepted.
CORRECTED_TYPE = "filing-statement/2"
MAX_BYTES = 16 << 20
#: What stands beside a record's files in the archive's object, under seal by digest alone:
#: the report that let it in, the one that refused it as received, and its rules where they
#: are not the shipped ones.
REPORT, REFUSED, RULES = "report.json", "report-rejected.json", "rules.json"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One file under seal.

    path     its place in the package, "/" between parts
    inline   (offset, length) in bytes of its Base64 in the metadata document, for
             content that has no file of its own; None for all other
    kept     its place in the archive's object, where that is not "package/" and ``path``
    """

    path: str
    size_bytes: int
    digests: tuple[Digest, ...]
    inline: tuple[int, int] | None = None
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What stands beside a corrected record: the delivery, and the report that refused it.

    files   every file of the delivery as received, by its place in the archive's object
    """

    files: tuple[SealedFile, ...]
    report: Digest


@dataclass(frozen=True, slots=True)
class Statement:
    """What is sealed.

    agency_id, agency_name   the sender
    archival_code            档号
    electronic_code          电子文件号, "" where the record has none
    title, year, retention   题名, 年度 (0 where it is no number), 保管期限 as sent
    delivery_key             what made the delivery one: model.submission.Submission
    components               every content file
    metadata                 the metadata documents, in the same form
    form                     model.package.Form, how it was delivered
    package_digest           of the delivery as received
    report                   digest of the detection report
    rule_set, rule_set_digest   which rules judged
    undetermined             codes of checks nobody could decide, sorted by the caller
    corrections              what was changed before acceptance, in order
    received                 of a corrected record; its ``components`` and ``metadata`` are
                             those after the correction
    signed_by                the keys that seal it, from signatures.named; one per suite

    Raises ValueError for a time without offset, a path named twice, no signer.
    """

    record_id: str
    submission_id: str
    agency_id: str
    agency_name: str
    fonds: str
    archival_code: str
    electronic_code: str
    title: str
    year: int
    retention: str
    delivery_key: str
    received_at: datetime
    components: tuple[SealedFile, ...]
    metadata: tuple[SealedFile, ...]
    form: str
    package_digest: Digest
    package_bytes: int
    report: Digest
    rule_set: str
    rule_set_digest: Digest
    undetermined: tuple[str, ...]
    corrections: tuple[Correction, ...]
    accepted_at: datetime
    signed_by: tuple[SignedBy, ...]
    received: Received | None = None

    def __post_init__(self) -> None:
        if self.accepted_at.utcoffset() is None or self.received_at.utcoffset() is None:
            raise ValueError("the times of a statement must carry their UTC offset")
        files = (*self.components, *self.metadata)
        if len({one.path for one in files}) != len(files):
            raise ValueError("a path is named twice in one statement")
        if not self.signed_by or len(set(self.suites)) != len(self.suites):
            raise ValueError("a statement names who signs it, one key per suite")
        if self.received is not None and not self.corrections:
            raise ValueError("a corrected record says what was corrected")

    @property
    def suites(self) -> tuple[str, ...]:
        """The suites that sign it."""
        return tuple(one.suite for one in self.signed_by)

    def file(self, path: str) -> SealedFile | None:
        """The component, metadata document or file as received at ``path``, or None."""
        return next((one for one in self.files() if one.path == path), None)

    def papers(self) -> dict[str, Digest]:
        """Reports and rules by their names in the archive's object, with their digests."""
        found = {REPORT: self.report}
        # Shipped rules do not lie beside a record; others are named by their digest.
        if self.rule_set.endswith(f"-{self.rule_set_digest.hex[:12]}"):
            found[RULES] = self.rule_set_digest
        if self.received is not None:
            found[REFUSED] = self.received.report
        return found

    def files(self) -> tuple[SealedFile, ...]:
        """Every file under seal; those as received by their place in the archive's object."""
        received = () if self.received is None else self.received.files
        return (
            *self.components,
            *self.metadata,
            *(replace(one, kept=one.path) for one in received),
        )


def write(statement: Statement) -> bytes:
    """The statement's bytes: what is signed and logged. Canonical JSON."""
    package = {
        "form": string(statement.form),
        "digest": string(str(statement.package_digest)),
        "bytes": number(statement.package_bytes),
    }
    rule_set = {
        "version": string(statement.rule_set),
        "digest": string(str(statement.rule_set_digest)),
    }
    agency = {"id": string(statement.agency_id), "name": string(statement.agency_name)}
    received, kind, correction = statement.received, TYPE, old_correction
    more: dict[str, bytes] = {}
    if received is not None:
        kind, correction = CORRECTED_TYPE, correction_json
        files = listed(_file(one) for one in received.files)
        more["received"] = assembled({"files": files, "report": string(str(received.report))})
    return assembled(
        more
        | {
            "type": string(kind),
            "record": string(statement.record_id),
            "submission": string(statement.submission_id),
            "agency": assembled(agency),
            "fonds": string(statement.fonds),
            "archival_code": string(statement.archival_code),
            "electronic_code": string(statement.electronic_code),
            "title": string(statement.title),
            "year": number(statement.year),
            "retention": string(statement.retention),
            "delivery_key": string(statement.delivery_key),
            "received_at": string(moment_text(statement.received_at)),
            "components": listed(_file(one) for one in statement.components),
            "metadata": listed(_file(one) for one in statement.metadata),
            "package": assembled(package),
            "report": string(str(statement.report)),
            "rule_set": assembled(rule_set),
            "undetermined": listed(string(one) for one in statement.undetermined),
            "corrections": listed(correction(one) for one in statement.corrections),
            "accepted_at": string(moment_text(statement.accepted_at)),
            "signed_by": signed_by_json(statement.signed_by),
        }
    )


def _file(one: SealedFile) -> bytes:
    digests = {digest.algorithm: string(digest.hex) for digest in one.digests}
    members = {
        "path": string(one.path),
        "bytes": number(one.size_bytes),
        "digests": assembled(digests),
    }
    if one.inline is not None:
        offset, length = one.inline
        members["inline"] = assembled({"offset": number(offset), "length": number(length)})
    if one.kept:
        members["kept"] = string(one.kept)
    return assembled(members)


def read(content: bytes) -> Statement:
    """Read a statement's bytes back.

    Raises NotGenuine for bytes that ``write`` cannot have written.
    """
    if len(content) > MAX_BYTES:
        raise NotGenuine(f"not a statement: more than {MAX_BYTES} bytes")
    try:
        found = _read(parse(content))
        if write(found) != content:
            raise ValueError("a value is not in the form it is written in")
    except ValueError as error:
        raise NotGenuine(f"not a statement: {error}") from None
    return found


def _read(value: object) -> Statement:
    with reading(value, "statement") as of:
        kind = of.text("type")
        if kind not in (TYPE, CORRECTED_TYPE):
            raise ValueError(f"statement/type: {TYPE!r} is expected, found {kind[:80]!r}")
        corrected = kind == CORRECTED_TYPE
        with reading(of.value("agency"), "statement/agency") as agency:
            agency_id, agency_name = agency.text("id"), agency.text("name")
        with reading(of.value("package"), "statement/package") as package:
            form, digest, size = (
                package.text("form"),
                package.digest("digest"),
                package.number("bytes"),
            )
        with reading(of.value("rule_set"), "statement/rule_set") as rules:
            rule_set, rule_set_digest = rules.text("version"), rules.digest("digest")
        return Statement(
            record_id=of.text("record"),
            submission_id=of.text("submission"),
            agency_id=agency_id,
            agency_name=agency_name,
            fonds=of.text("fonds"),
            archival_code=of.text("archival_code"),
            electronic_code=of.text("electronic_code"),
            title=of.text("title"),
            year=of.number("year"),
            retention=of.text("retention"),
            delivery_key=of.text("delivery_key"),
            received_at=of.moment("received_at"),
            components=of.items("components", _read_file),
            metadata=of.items("metadata", _read_file),
            form=form,
            package_digest=digest,
            package_bytes=size,
            report=of.digest("report"),
            rule_set=rule_set,
            rule_set_digest=rule_set_digest,
            undetermined=of.items("undetermined", a_text),
            corrections=of.items(
                "corrections", read_correction if corrected else read_old_correction
            ),
            accepted_at=of.moment("accepted_at"),
            signed_by=of.items("signed_by", read_signed_by),
            received=_read_received(of.value("received")) if corrected else None,
        )


def _read_received(value: object) -> Received:
    with reading(value, "statement/received") as of:
        return Received(of.items("files", _read_file), of.digest("report"))


def _read_file(value: object, where: str) -> SealedFile:
    with reading(value, where) as of:
        inline = None
        if of.has("inline"):
            with reading(of.value("inline"), f"{where}/inline") as place:
                inline = place.number("offset"), place.number("length")
        kept = of.text("kept") if of.has("kept") else ""
        return SealedFile(of.text("path"), of.number("bytes"), of.digests("digests"), inline, kept)

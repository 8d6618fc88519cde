"""The doors: a staged delivery in, a package out.

A new form is a new module and one line in READERS. What the sender did wrong
stands in the package as findings; only a media type nobody reads is an error.
"""

from dataclasses import replace

from filing.adapters.packages.archive import Archive, read_archive
from filing.adapters.packages.eep import EepReader
from filing.adapters.packages.eep_zip import EepZipReader
from filing.adapters.packages.names import check_names, printable
from filing.adapters.packages.reader import (
    Parcel,
    Reader,
)
from filing.adapters.packages.record import RecordReader, read_record
from filing.adapters.packages.splitter import Sink
from filing.errors import UnsupportedMedia
from filing.ingest.receive import member_list_digest
from filing.model.digest import Digest
from filing.model.finding import Finding, Outcome, Place
from filing.model.limits import Limits
from filing.model.package import Content, Form, Package

READERS: tuple[Reader, ...] = (EepReader(), EepZipReader(), RecordReader())
_HEAD = 64


def read_package(body: Content, media_type: str, limits: Limits, sink: Sink) -> Package:
    """Read a body that is one package.

    body        as received, with its sha256 digest
    media_type  of the body, without parameters; "" to tell by its first bytes
    sink        where its files are staged

    Raises UnsupportedMedia when no reader takes it.
    """
    with body.open() as stream:
        head = stream.read(_HEAD)
    readers = [
        one for one in READERS if (media_type in one.media_types if media_type else one.reads(head))
    ]
    if not readers:
        raise UnsupportedMedia(
            f"no reader for {media_type or 'these bytes'!r}", "无法识别的封装形式"
        )
    for reader in readers:
        if not reader.documents:
            metadata = replace(body, member="eep.xml")
            parcel = Parcel(reader.forms[0], _sha256(body), body.size_bytes, metadata)
            return reader.read(parcel, limits, sink)
    return _read_zip(body, readers, limits, sink)


def read_parts(metadata: Content | None, files: tuple[Content, ...], limits: Limits) -> Package:
    """Read a delivery that came as parts: a metadata document and files.

    The package's digest is that of the member list (``member_list_digest``).
    """
    everything = ((metadata,) if metadata else ()) + files
    digest, size = member_list_digest(everything), sum(one.size_bytes for one in everything)
    found, refused = check_names((one.member for one in everything), limits.max_findings)
    findings = (*found, *_too_much(everything, limits))
    first = 1 if metadata else 0
    members = tuple(one for at, one in enumerate(files, start=first) if at not in refused)
    if metadata is None:
        findings += (_layout("no-metadata-document", "metadata", ""),)
        return _unread(Form.RECORD_PARTS, digest, size, members, findings)
    parcel = Parcel(Form.RECORD_PARTS, digest, size, metadata, members, findings)
    return read_record(parcel, limits)


def _read_zip(body: Content, readers: list[Reader], limits: Limits, sink: Sink) -> Package:
    """Unpack, single out the one metadata document at the top, and read it."""
    with body.open() as stream:
        archive = read_archive(stream, limits, sink)
    named = [
        (name, reader)
        for name in archive.names
        for reader in readers
        if name.lower() in reader.documents
    ]
    findings = archive.findings
    if len(named) != 1:
        form = (
            Form.EEP_ZIP if any(name.lower() == "eep.xml" for name, _ in named) else Form.RECORD_ZIP
        )
        if archive.names:
            findings += (_no_single_document(archive, named, readers),)
        return _unread(form, _sha256(body), body.size_bytes, archive.members, findings)
    name, reader = named[0]
    documents = [one for one in archive.members if one.member == name]
    others = tuple(one for one in archive.members if one.member != name)
    if not documents:
        # The archive has already said why it could not be unpacked.
        return _unread(reader.forms[0], _sha256(body), body.size_bytes, others, findings)
    parcel = Parcel(reader.forms[0], _sha256(body), body.size_bytes, documents[0], others, findings)
    return reader.read(parcel, limits, sink)


def _no_single_document(
    archive: Archive, named: list[tuple[str, Reader]], readers: list[Reader]
) -> Finding:
    """GD-1-13: there must be exactly one metadata document, at the top."""
    expected = " / ".join(name for reader in readers for name in reader.documents)
    if named:
        return _layout("several-metadata-documents", expected, ", ".join(name for name, _ in named))
    for name in archive.names:
        if any(name.lower().endswith(f"/{one}") for reader in readers for one in reader.documents):
            return _layout("misplaced-metadata", expected, name, name)
    return _layout("no-metadata-document", expected, ", ".join(archive.names[:5]))


def _layout(reason: str, expected: str, found: str, path: str = "") -> Finding:
    place = Place(printable(path), field=printable(path))
    return Finding("GD-1-13", Outcome.FAILED, place, reason, expected, printable(found))


def _too_much(contents: tuple[Content, ...], limits: Limits) -> list[Finding]:
    """ZX-4-2 for parts: the same bounds as in an archive."""
    findings = []
    if len(contents) > limits.max_members:
        findings.append(("too-many-members", "", limits.max_members, len(contents)))
    total = sum(one.size_bytes for one in contents)
    if total > limits.max_total_bytes:
        findings.append(("total-too-large", "", limits.max_total_bytes, total))
    for one in contents:
        if one.size_bytes > limits.max_member_bytes and len(findings) < limits.max_findings:
            limit = limits.max_member_bytes
            findings.append(("member-too-large", printable(one.member), limit, one.size_bytes))
    return [
        Finding("ZX-4-2", Outcome.FAILED, Place(path, field=path), reason, str(limit), str(found))
        for reason, path, limit, found in findings
    ]


def _unread(
    form: Form,
    digest: Digest,
    size_bytes: int,
    members: tuple[Content, ...],
    findings: tuple[Finding, ...],
) -> Package:
    return Package(form, digest, size_bytes, None, members, findings=findings, readable=False)


def _sha256(body: Content) -> Digest:
    digest = body.digest("sha256")
    if digest is None:
        raise ValueError(f"{body.member!r} was staged without a sha256 digest")
    return digest

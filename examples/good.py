"""Lawful samples, in any number, of every form an agency may send.

``good`` yields them one by one; each has its own 档号, 电子文件号 and 文件编号. The same
arguments give the same bytes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from examples import eep, record
from examples.documents import AGENCIES, Official, official
from examples.sample import Part, Sample, finish
from examples.signing import signer
from filing.model.agency import Agency
from filing.model.package import Form
from filing.rules.facts import Registration

EEP_NAME, RECORD_NAME = "eep.xml", "metadata.xml"
MEDIA_TYPES = {
    Form.EEP: "application/xml",
    Form.EEP_ZIP: "application/zip",
    Form.RECORD_ZIP: "application/zip",
    Form.RECORD_PARTS: "multipart/form-data",
}


def good(
    n: int,
    seed: int = 1,
    form: Form = Form.EEP,
    agency: Agency = AGENCIES[0],
    *,
    start: int = 0,
    sizes: Sequence[int] = (),
    annexes: int | None = None,
    suites: Sequence[str] = (),
    revisions: int = 0,
    corpus: Path | None = None,
) -> Iterator[Sample]:
    """Yield ``n`` lawful samples.

    start      number of the first one (from 0): a second run that begins where the
               first ended collides with nothing
    sizes      wanted bytes of the files of a record in turn: (8192, 40960, 204800)
    suites     signature suites of an EEP (examples.signing.SUITES); () is unsigned
    revisions  修改层 of an inline EEP

    The rest is passed to examples.documents.official.
    """
    for number in range(start, start + n):
        document = official(number, seed, agency, sizes=sizes, annexes=annexes, corpus=corpus)
        yield deliver(document, form, metadata(document, form, suites, revisions))


def metadata(
    document: Official, form: Form, suites: Sequence[str] = (), revisions: int = 0
) -> bytes:
    """The XML of ``document`` as ``form`` wants it."""
    if form in (Form.RECORD_ZIP, Form.RECORD_PARTS):
        return record.metadata(document)
    signers = tuple(signer(suite, document.agency.name) for suite in suites)
    return eep.package(document, signers, external=form is Form.EEP_ZIP, revisions=revisions)


def deliver(document: Official, form: Form, xml: bytes) -> Sample:
    """``xml`` and the files of ``document`` as one delivery, with the figures that are right."""
    body = b""
    parts: tuple[Part, ...] = ()
    if form is Form.EEP:
        body = xml
    elif form is Form.RECORD_PARTS:
        parts = (
            Part("metadata", RECORD_NAME, "application/xml", xml),
            *(Part("file", file.name, file.mime, file.body) for file in document.files),
        )
    else:
        name = EEP_NAME if form is Form.EEP_ZIP else RECORD_NAME
        body = eep.zipped({name: xml} | {file.name: file.body for file in document.files})
    return finish(
        Sample(
            name=f"{form}-{document.electronic_code}",
            form=form,
            media_type=MEDIA_TYPES[form],
            body=body,
            parts=parts,
            agency_id=document.agency.id,
            registration=Registration(1, len(document.files), document.total_bytes),
            archival_code=document.archival_code,
            electronic_code=document.electronic_code,
        )
    )

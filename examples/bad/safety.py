"""Faults of 安全性 (GD-4-x, ZX-4-x): dangerous, oversized or sent over a weak channel.

Nothing here is harmful. MARKER is a harmless text that a scanner set up for tests takes
for a virus; the archive bombs unpack to a few tens of megabytes.
"""

import io
import stat
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import replace

from examples import eep
from examples.bad.plan import Fault, Make, Members, archive, changed, edit, lawful, with_annex
from examples.documents import Official, pdf_file
from examples.good import deliver
from examples.pdf import make_pdf
from examples.sample import Sample
from filing.model.agency import Channel
from filing.model.package import Form

#: What a scanner in a test must call infected.
MARKER = b"FILING-SAMPLE-VIRUS-MARKER"
_TIME = (2026, 1, 1, 0, 0, 0)


def _infected(document: Official) -> Official:
    """The marker in a PDF comment, where a reader passes it over."""
    body = make_pdf(document.title, ("附件",), document.date)
    return with_annex(document, pdf_file("附件1.pdf", body + b"%" + MARKER + b"\n%%EOF\n"))


def _plain(document: Official) -> Sample:
    return replace(lawful()(document), channel=Channel.PLAIN)


PROCESS = (
    Fault("GD-4-2", "infected", "marker_in_an_annex", "附件1.pdf",
          changed(_infected, Form.RECORD_ZIP)),
    Fault("GD-4-3", "extra-file", "file_the_metadata_does_not_name", "说明.txt",
          archive(lambda m: m | {"说明.txt": "多余的文件\n".encode()}, counted=False)),
    Fault("GD-4-7", "weak-channel", "plain_http_where_mtls_is_agreed", "",
          _plain, agency="sample-mtls"),
)  # fmt: skip


def _named(name: str, form: Form = Form.RECORD_ZIP) -> Make:
    """Call the annex ``name``, in the metadata and in the ZIP alike."""

    def make(document: Official) -> Sample:
        annex = document.documents[-1].files[0]
        return lawful(form)(with_annex(document, replace(annex, name=name)))

    return make


PATHS = (
    Fault("ZX-4-1", "traversal", "path_climbs_out", "../附件1.pdf", _named("../附件1.pdf")),
    Fault("ZX-4-1", "traversal", "part_name_climbs_out", "../附件1.pdf",
          _named("../附件1.pdf", Form.RECORD_PARTS)),
    Fault("ZX-4-1", "absolute", "absolute_path", "/附件1.pdf", _named("/附件1.pdf")),
    Fault("ZX-4-1", "drive", "path_with_a_drive", "C:", _named("C:/附件1.pdf")),
    Fault("ZX-4-1", "backslash", "path_with_a_backslash", "附件1.pdf", _named("附件\\附件1.pdf")),
    Fault("ZX-4-1", "too-long", "name_of_five_hundred_characters", "附件",
          _named("附件" * 250 + ".pdf"), also=("GD-1-2", "GD-1-11")),
    Fault("ZX-4-1", "control-character", "line_feed_in_a_name", "说",
          archive(lambda m: m | {"说\n明.txt": b"x"}, counted=False)),
    Fault("ZX-4-1", "reserved-name", "name_of_a_device", "NUL.pdf", _named("NUL.pdf")),
)  # fmt: skip


def _written(entries: Iterable[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    """A ZIP of exactly these entries, doubles too."""
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of the double names wanted here
        with zipfile.ZipFile(target, "w") as made:
            for info, body in entries:
                made.writestr(info, body)
    return target.getvalue()


def _entry(name: str, method: int = zipfile.ZIP_STORED, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type, info.external_attr, info.create_system = method, mode << 16, 3
    return info


def _annex_as(method: int = zipfile.ZIP_STORED, mode: int = 0, body: bytes | None = None) -> Make:
    """Write the last member with another method, file type or content."""

    def change(members: Members) -> bytes:
        *others, last = members
        entries = [(_entry(name), members[name]) for name in others]
        return _written(
            [*entries, (_entry(last, method, mode), members[last] if body is None else body)]
        )

    return archive(change, counted=False)


def _bomb(document: Official) -> Sample:
    """An annex that grows from 33 kilobytes to 32 megabytes; its size is stated rightly."""
    body = make_pdf(document.title, ("附件",), document.date)
    grown = with_annex(document, pdf_file("附件1.pdf", body + b"\n" * (32 << 20)))
    return _annex_as(zipfile.ZIP_DEFLATED)(grown)


def _crowd(members: Members) -> bytes:
    return _written(
        [(_entry(name), body) for name, body in members.items()]
        + [(_entry(f"多余/{n}.txt"), b"") for n in range(3_000)]
    )


def _twice(members: Members) -> bytes:
    last = list(members)[-1]
    return _written([(_entry(name), members[name]) for name in (*members, last)])


def _twins(first: str, second: str) -> Make:
    """Two annexes whose names are told apart by a computer only."""

    def change(document: Official) -> Official:
        one = with_annex(document, replace(document.documents[-1].files[0], name=first))
        annex = one.documents[-1]
        other = replace(annex, title="附件2", files=(replace(annex.files[0], name=second),))
        return replace(one, documents=(*one.documents, other))

    return changed(change, Form.RECORD_ZIP)


def _headers(body: bytes | bytearray) -> tuple[int, int]:
    """Where the local and the central header of the last member begin (APPNOTE 4.3.7, 4.3.12)."""
    with zipfile.ZipFile(io.BytesIO(body)) as made:
        return made.infolist()[-1].header_offset, body.rindex(b"PK\x01\x02")


def _flagged(members: Members) -> bytes:
    """Set "encrypted" (bit 0 of the flags) in both headers of the last member."""
    body = bytearray(eep.zipped(members))
    local, central = _headers(body)
    body[local + 6] |= 0x01
    body[central + 8] |= 0x01
    return bytes(body)


def _understated(members: Members) -> bytes:
    """Say one byte less than the last member unpacks to, in both its headers."""
    *others, last = members
    body = bytearray(
        _written(
            [(_entry(name), members[name]) for name in others]
            + [(_entry(last, zipfile.ZIP_DEFLATED), members[last])]
        )
    )
    size, less = (n.to_bytes(4, "little") for n in (len(members[last]), len(members[last]) - 1))
    local, central = _headers(body)
    for at in (local + 22, central + 24):
        if body[at : at + 4] != size:
            raise ValueError("the size is not where it was looked for")
        body[at : at + 4] = less
    return bytes(body)


ARCHIVE = (
    Fault("ZX-4-2", "ratio", "annex_that_swells_a_thousandfold", "附件1.pdf", _bomb),
    Fault("ZX-4-2", "too-many-members", "three_thousand_files", "",
          archive(_crowd, counted=False)),
    Fault("ZX-4-2", "size-lies", "directory_understates_the_size", "附件1.pdf",
          archive(_understated, counted=False)),
    Fault("ZX-4-3", "link", "symbolic_link", "附件1.pdf",
          _annex_as(mode=stat.S_IFLNK | 0o777, body=b"/etc/hostname")),
    Fault("ZX-4-3", "special-file", "named_pipe", "附件1.pdf",
          _annex_as(mode=stat.S_IFIFO | 0o644)),
    Fault("ZX-4-4", "duplicate", "one_name_twice", "附件1.pdf", archive(_twice, counted=False)),
    Fault("ZX-4-4", "case-collision", "names_differ_in_case_only", "annex.pdf",
          _twins("Annex.pdf", "annex.pdf"),
          also=("GD-1-8",)),
    Fault("ZX-4-4", "look-alike", "names_differ_in_composition_only", "annex",
          _twins("annexe\u0301.pdf", "annex\u00e9.pdf")),
    Fault("ZX-4-4", "file-and-folder", "file_called_like_a_folder", "附件",
          _twins("附件", "附件/附件1.pdf")),
    Fault("ZX-4-5", "encrypted", "encrypted_member", "附件1.pdf",
          archive(_flagged, counted=False)),
    Fault("ZX-4-5", "unsupported-method", "packed_by_bzip2", "附件1.pdf",
          _annex_as(zipfile.ZIP_BZIP2)),
)  # fmt: skip

_HEAD = eep.XML_HEAD
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "样例"}">' for n in range(8))


def _with_notes(count: int) -> Make:
    """附注 may repeat without end; this one does."""
    return edit(("<文件数据>", "<附注/>" * count + "<文件数据>"))


def _layers(document: Official) -> Sample:
    """Lawful by schema, revised so often that elements stand over a hundred deep."""
    return deliver(document, Form.EEP, eep.package(document, revisions=40))


XML = (
    Fault("ZX-4-6", "doctype", "document_type_declared", "",
          edit((_HEAD, _HEAD + "<!DOCTYPE 电子文件封装包>\n"))),
    Fault("ZX-4-6", "doctype", "entity_that_reads_a_file", "",
          edit((_HEAD, _HEAD + '<!DOCTYPE 电子文件封装包 [<!ENTITY x SYSTEM '
                               '"file:///etc/hostname">]>\n'),
               ("<题名>", "<题名>&x;"))),
    Fault("ZX-4-6", "doctype", "entities_that_swell", "",
          edit((_HEAD, _HEAD + f"<!DOCTYPE 电子文件封装包 [{_LAUGHS}]>\n"),
               ("<题名>", "<题名>&l7;"))),
    Fault("ZX-4-7", "depth", "forty_revisions", "", _layers),
    Fault("ZX-4-7", "attribute-size", "attribute_of_sixty_kilobytes", "",
          edit(("<语种>", '<语种 说明="' + "样" * 20_000 + '">'))),
    Fault("ZX-4-7", "element-count", "a_quarter_million_notes", "", _with_notes(250_000)),
)  # fmt: skip


def _scripted(document: Official) -> Official:
    body = make_pdf(document.title, ("附件",), document.date, script="app.alert\\('sample'\\)")
    return with_annex(document, pdf_file("附件1.pdf", body))


ACTIVE = (
    Fault("ZX-4-8", "active-content", "pdf_with_javascript", "附件1.pdf",
          changed(_scripted, Form.RECORD_ZIP)),
)  # fmt: skip

INSIDE = (
    Fault("ZX-4-1", "traversal", "name_inside_leads_out_of_the_folder", "../正本.ofd",
          edit(("<计算机文件名>正本.ofd<", "<计算机文件名>../正本.ofd<"))),
)  # fmt: skip

FAULTS = PROCESS + PATHS + ARCHIVE + XML + ACTIVE + INSIDE

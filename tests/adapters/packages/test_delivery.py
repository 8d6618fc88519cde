"""Every form of delivery comes out as one kind of package."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.adapters.packages.delivery import READERS, read_package, read_parts
from filing.errors import UnsupportedMedia
from filing.evidence.hashing import sm3
from filing.ingest.receive import member_list_digest
from filing.model.limits import Limits
from filing.model.package import Form
from tests.adapters.packages.build import (
    MemorySink,
    a_content,
    a_document,
    a_record,
    a_zip,
    an_eep,
    an_encoding,
    codes,
)

LIMITS = Limits()


def read(body, media_type="application/zip"):
    return read_package(a_content(body), media_type, LIMITS, MemorySink())


def external(name, digest, keyword="sha256-base64Binary"):
    text = base64.b64encode(digest).decode()
    identifier = "e-" + name.replace("/", "-")
    return an_encoding(identifier, b"", name=name, extension=keyword, text=text)


def test_an_eep_beside_its_files_promises_their_digests():
    body = b"%PDF a file"
    encodings = (
        external("正文.pdf", hashlib.sha256(body).digest())
        + external("附件/表.pdf", sm3(body), "sm3-base64Binary")
        + an_encoding("inline", b"within")
    )
    eep = an_eep(a_document(1, encodings)).encode()
    package = read(a_zip({"eep.xml": eep, "正文.pdf": body, "附件/表.pdf": body}))
    assert package.form is Form.EEP_ZIP
    assert package.findings == package.schema_errors == ()
    first, second, third = package.components
    assert first.promised == first.content.digest("sha256")
    assert (second.promised.algorithm, second.promised.value) == ("sm3", sm3(body))
    assert (third.promised, third.content.body) == (None, b"within")
    assert [one.member for one in package.members] == ["正文.pdf", "附件/表.pdf"]
    assert package.metadata.member == "eep.xml"


def test_a_digest_is_thirty_two_bytes_and_not_its_hexadecimal():
    body = b"x"
    hexadecimal = hashlib.sha256(body).hexdigest().encode()
    eep = an_eep(a_document(1, external("a.pdf", hexadecimal))).encode()
    package = read(a_zip({"eep.xml": eep, "a.pdf": body}))
    assert codes(package.findings) == [("GD-2-7", "not-base64")]
    assert package.components[0].promised is None


def test_a_promised_file_that_is_not_there_is_none():
    eep = an_eep(a_document(1, external("a.pdf", bytes(32)))).encode()
    (component,) = read(a_zip({"eep.xml": eep})).components
    assert component.content is None
    assert component.promised.value == bytes(32)


def stated(algorithm, value):
    return f'<数字摘要 算法="{algorithm}">{value.hex()}</数字摘要>'


def test_record_metadata_is_read_the_same_from_a_zip_and_from_parts():
    body = b"a file"
    files = {"正文.ofd": stated("SM3", sm3(body)), "附件.pdf": ""}
    text = a_record(files).encode()
    zipped = read(a_zip({"元数据.xml": text, "正文.ofd": body, "附件.pdf": body}))
    parts = read_parts(
        a_content(text, "元数据.xml"),
        (a_content(body, "正文.ofd"), a_content(body, "附件.pdf")),
        LIMITS,
    )
    assert (zipped.form, parts.form) == (Form.RECORD_ZIP, Form.RECORD_PARTS)
    for package in (zipped, parts):
        assert package.findings == package.schema_errors == ()
        assert package.value("内容描述/题名") == "关于防汛工作的通知"
        first, second = package.components
        assert (first.identifier, first.extension, first.content.body) == ("1", "ofd", body)
        assert first.promised.value == sm3(body)
        assert second.promised is None
    assert zipped.fields == parts.fields
    everything = (zipped.metadata, *zipped.members)
    assert parts.digest == member_list_digest(everything)


def test_the_member_list_digest_is_that_of_sha256sum():
    contents = [a_content(b"2", "乙"), a_content(b"1", "a")]
    listing = b"".join(
        hashlib.sha256(body).hexdigest().encode() + b"  " + name.encode() + b"\n"
        for name, body in (("a", b"1"), ("乙", b"2"))
    )
    assert member_list_digest(contents).value == hashlib.sha256(listing).digest()


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"a.pdf": b"x"}, "no-metadata-document"),
        ({"eep.xml": b"<a/>", "metadata.xml": b"<a/>"}, "several-metadata-documents"),
        ({"eep.xml": b"<a/>", "EEP.xml": b"<a/>"}, "several-metadata-documents"),
        ({"包/eep.xml": b"<a/>"}, "misplaced-metadata"),
    ],
)
def test_there_is_exactly_one_metadata_document_at_the_top(members, reason):
    package = read(a_zip(members))
    assert ("GD-1-13", reason) in codes(package.findings)
    assert package.metadata is None
    assert not package.readable


def test_a_damaged_metadata_document_is_not_also_missing():
    raw = a_zip({"eep.xml": an_eep().encode()}, 0).replace(b"2015-06-01", b"2015-06-02")
    package = read(raw)
    assert codes(package.findings) == [("ZX-3-1", "bad-crc")]
    assert not package.readable


def test_parts_without_metadata_and_with_bad_names_say_so():
    one = a_content(b"1", "../a")
    package = read_parts(None, (one, a_content(b"2", "b"), a_content(b"3", "B")), LIMITS)
    assert codes(package.findings) == [
        ("GD-1-13", "no-metadata-document"),
        ("ZX-4-1", "traversal"),
        ("ZX-4-4", "case-collision"),
    ]
    assert [one.member for one in package.members] == ["b"]


def test_parts_are_held_to_the_limits():
    files = (a_content(b"12345", "a"), a_content(b"1", "b"))
    for limits in (
        Limits(max_members=2),
        Limits(max_member_bytes=4),
        Limits(max_total_bytes=20),
    ):
        found = codes(read_parts(a_content(b"<a/>" * 5, "m.xml"), files, limits).findings)
        assert "ZX-4-2" in {code for code, _ in found}


def test_without_a_media_type_the_first_bytes_tell():
    assert read(an_eep().encode(), "").form is Form.EEP
    assert read(a_zip({"eep.xml": an_eep().encode()}), "").form is Form.EEP_ZIP
    for body, media_type in ((b"words", ""), (b"<a/>", "text/plain")):
        with pytest.raises(UnsupportedMedia):
            read(body, media_type)


def test_every_form_has_a_reader():
    assert {form for reader in READERS for form in reader.forms} == set(Form)


def test_a_staged_file_reads_as_the_bytes_do(tmp_path):
    raw = a_zip({"eep.xml": an_eep().encode()})
    path = tmp_path / "package"
    path.write_bytes(raw)
    staged = a_content(raw)
    on_disk = type(staged)("package", len(raw), staged.digests, path)
    assert read_package(on_disk, "application/zip", LIMITS, MemorySink()) == read(raw)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_arrives_becomes_a_package(data):
    eep = an_eep().encode()
    record = a_record({"a": stated("SM3", bytes(32))}).encode()
    kind = data.draw(st.sampled_from(["eep", "eep.xml", "metadata.xml"]))
    raw = bytearray(eep if kind == "eep" else (eep if kind == "eep.xml" else record))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=4))
    if kind == "eep":
        package = read(bytes(raw), "application/xml")
    else:
        package = read(a_zip({kind: bytes(raw), "a": b"x"}))
    assert package.readable or package.findings
    assert all(one.code and one.reason for one in package.findings)

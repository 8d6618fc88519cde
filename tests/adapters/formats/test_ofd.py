import zipfile
import zlib

import pytest

from filing.adapters.formats import inspect
from filing.model.finding import Outcome
from tests.adapters.formats.made import OFD, a_content, an_ofd, ofd_members, zipped

SIGNATURES = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>"


def looked(**pieces):
    return inspect(a_content(an_ofd(**pieces)))


def with_members(more=(), without=(), **pieces):
    members = ofd_members(**pieces) | dict(more)
    return inspect(a_content(zipped({k: v for k, v in members.items() if k not in without})))


def test_an_ofd_is_told_by_its_structure():
    found = looked()
    assert (found.format.puid, found.format.version) == ("ofd", "1.0")
    assert found.format.basis == "ofd-structure"
    assert (found.opens, found.extensions, found.packed) == (Outcome.PASSED, ("ofd",), False)


@pytest.mark.parametrize(
    "namespace", [OFD, "http://www.ofdspec.org", "http://www.ofdspec.org/2018"]
)
def test_older_and_later_namespaces_are_read(namespace):
    assert looked(namespace=namespace).opens is Outcome.PASSED


def test_a_zip_with_another_ofd_xml_is_no_ofd():
    found = inspect(a_content(zipped({"OFD.xml": "<OFD xmlns='urn:other'/>"})))
    assert (found.format.puid, found.packed) == ("x-fmt/263", True)


def test_places_in_another_case_are_found():
    assert looked(prefix="DOC_0/").opens is Outcome.PASSED


@pytest.mark.parametrize("missing", ["Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"])
def test_a_missing_part_is_damage_and_is_named(missing):
    found = with_members(without=[missing])
    assert (found.format.puid, found.opens) == ("ofd", Outcome.FAILED)
    assert missing.rpartition("/")[2] in found.detail


def test_an_ofd_without_pages_does_not_open():
    document = f"<ofd:Document xmlns:ofd='{OFD}'><ofd:Pages/></ofd:Document>"
    assert with_members({"Doc_0/Document.xml": document}).opens is Outcome.FAILED


@pytest.mark.parametrize(
    "page",
    [
        "<ofd:Page>",
        "not xml",
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><ofd:Page>&b;</ofd:Page>",
    ],
)
def test_a_page_that_is_not_safe_xml_does_not_open(page):
    assert looked(page=page).opens is Outcome.FAILED


def test_one_flipped_bit_of_a_picture_is_found():
    picture = bytes(range(256)) * 40
    body = zipped(ofd_members() | {"Doc_0/Res/a.png": picture}, zipfile.ZIP_STORED)
    at = body.index(picture) + 5000
    found = inspect(a_content(body[:at] + bytes([body[at] ^ 4]) + body[at + 1 :]))
    assert found.opens is Outcome.FAILED
    assert "Doc_0/Res/a.png" in found.detail


def test_seals_are_counted():
    listing = (
        f"<ofd:Signatures xmlns:ofd='{OFD}'><ofd:MaxSignId>2</ofd:MaxSignId>"
        "<ofd:Signature ID='1' BaseLoc='a'/><ofd:Signature ID='2' BaseLoc='b'/></ofd:Signatures>"
    )
    found = with_members({"Doc_0/Signs/Signatures.xml": listing}, body=SIGNATURES)
    assert (found.signatures, found.opens) == (2, Outcome.PASSED)


def test_a_lost_list_of_seals_is_damage():
    assert looked(body=SIGNATURES).opens is Outcome.FAILED


def attached(name, content):
    listing = (
        f"<ofd:Attachments xmlns:ofd='{OFD}'><ofd:Attachment ID='1' Name='a'>"
        f"<ofd:FileLoc>{name}</ofd:FileLoc></ofd:Attachment></ofd:Attachments>"
    )
    document = "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
    more = {"Doc_0/Attachs/Attachments.xml": listing, f"Doc_0/Attachs/{name}": content}
    return with_members(more, document=document)


def test_an_attached_document_is_counted_and_harmless():
    found = attached("list.xml", "<a/>")
    assert (found.active, found.opens) == ("", Outcome.PASSED)
    assert found.detail == "1 页 / 1 page；1 个附件 / 1 attachment"


@pytest.mark.parametrize(
    ("name", "content"), [("list.xml", b"MZ\x90\0program"), ("run.bat", "echo"), ("a.JS", "x")]
)
def test_an_attached_program_is_active_content(name, content):
    assert name in attached(name, content).active


@pytest.mark.parametrize(
    "pieces",
    [
        {"more": {"Encryptions.xml": "<a/>"}},
        {"body": "<ofd:Encryptions>Encryptions.xml</ofd:Encryptions>"},
    ],
)
def test_an_encrypted_ofd_is_not_opened_and_says_so(pieces):
    found = with_members(**pieces)
    assert (found.encrypted, found.opens) == (True, Outcome.UNDETERMINED)


def test_an_entry_locked_by_zip_encryption_is_encryption():
    body = bytearray(an_ofd())
    for start, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        # Only the last entry, the page: OFD.xml itself stays readable.
        body[body.rindex(start) + at] |= 1
    found = inspect(a_content(bytes(body)))
    assert (found.encrypted, found.opens) == (True, Outcome.UNDETERMINED)


def test_a_shortened_ofd_is_still_known_as_one():
    body = an_ofd()
    found = inspect(a_content(body[:-40]))
    assert (found.format.puid, found.opens, found.packed) == ("ofd", Outcome.FAILED, False)


def test_a_directory_that_states_a_million_entries_is_not_believed():
    body = bytearray(an_ofd())
    end = body.rindex(b"PK\x05\x06")
    body[end + 8 : end + 12] = b"\xff\xff\xff\xff"
    assert inspect(a_content(bytes(body))).opens is Outcome.FAILED


def test_a_stated_size_smaller_than_the_content_is_found():
    body = bytearray(zipped({"OFD.xml": "<a>" + "b" * 5000 + "</a>"}))
    entry = body.rindex(b"PK\x01\x02")
    body[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    body[entry + 16 : entry + 20] = zlib.crc32(b"<a>bbbbbbb").to_bytes(4, "little")
    found = inspect(a_content(bytes(body)))
    assert found.opens is Outcome.FAILED

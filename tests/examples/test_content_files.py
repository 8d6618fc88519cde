import io
import zipfile

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from examples.ofd import NAMESPACE, make_ofd
from examples.pdf import make_pdf

OFD = {"ofd": NAMESPACE}
LINES = ("第一行，含 < & > 三个符号", "第二行")


def members_of(body):
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_place_an_ofd_names_is_there():
    members = members_of(make_ofd("标题", LINES * 40, size_bytes=50_000))
    entry = etree.fromstring(members["OFD.xml"])
    root = entry.findtext(".//ofd:DocRoot", namespaces=OFD)
    document = etree.fromstring(members[root])
    pages = [page.get("BaseLoc") for page in document.iterfind(".//ofd:Page", OFD)]
    assert len(pages) == 4
    for name in (*pages, "PublicRes.xml", "DocumentRes.xml"):
        etree.fromstring(members[f"Doc_0/{name}"])
    assert members["Doc_0/Res/letterhead.bmp"].startswith(b"BM")


def test_the_text_of_an_ofd_is_what_was_given():
    members = members_of(make_ofd("标题", LINES))
    page = etree.fromstring(members["Doc_0/Pages/Page_0/Content.xml"])
    assert [one.text for one in page.iterfind(".//ofd:TextCode", OFD)] == ["标题", *LINES]


def test_object_identifiers_of_an_ofd_are_unique():
    members = members_of(make_ofd("标题", LINES * 60, size_bytes=50_000))
    found = [
        one.get("ID")
        for name, body in members.items()
        if name.endswith(".xml")
        for one in etree.fromstring(body).iter()
        if one.get("ID")
    ]
    assert len(found) == len(set(found))


def test_a_pdf_opens_without_repair():
    with pikepdf.open(io.BytesIO(make_pdf("标题", LINES * 40, size_bytes=50_000))) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.pdf_version == "1.7"
        assert len(pdf.pages) == 3
        assert str(pdf.docinfo["/Title"]) == "标题"


def test_a_pdf_with_a_password_opens_with_it_alone():
    body = make_pdf("标题", LINES, password="sample")
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(body))
    with pikepdf.open(io.BytesIO(body), password="sample") as pdf:
        assert b"Tj" in pdf.pages[0].Contents.read_bytes()


def test_a_script_stands_in_the_catalogue():
    with pikepdf.open(io.BytesIO(make_pdf("标题", LINES, script="1"))) as pdf:
        assert pdf.Root.OpenAction.S == "/JavaScript"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 300_000), st.sampled_from([make_ofd, make_pdf]))
def test_a_file_is_as_large_as_asked_for(size, make):
    bare = len(make("标题", LINES))
    made = len(make("标题", LINES, size_bytes=size))
    assert made == bare if size <= bare else size <= made < size + 2048

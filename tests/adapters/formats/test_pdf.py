import io
import struct
import time
import zlib

import pikepdf
import pytest

from filing.adapters.formats import inspect
from filing.model.finding import Outcome
from filing.rules.catalogue import Text, halves
from tests.adapters.formats.made import a_content, a_pdf, a_stream, peak

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" %s/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def looked(*objects, **pieces):
    return inspect(a_content(a_pdf(*objects, **pieces)))


def claiming(attributes, packed=False):
    packet, filters = XMP % attributes, b""
    if packed:
        packet, filters = zlib.compress(packet), b"/Filter/FlateDecode"
    stream = a_stream(packet, filters)
    return looked(stream, catalog="/Metadata 5 0 R")


def test_a_plain_pdf_opens_and_its_pages_are_counted():
    found = looked()
    assert (found.opens, found.encrypted, found.active) == (Outcome.PASSED, False, "")
    assert found.detail.startswith("1 页 / 1 page")


@pytest.mark.parametrize(
    ("attributes", "puid", "name"),
    [
        (b'pdfaid:part="1" pdfaid:conformance="B"', "fmt/354", "PDF/A-1b"),
        (b'pdfaid:part="2" pdfaid:conformance="U"', "fmt/478", "PDF/A-2u"),
        (b"pdfaid:part='3' pdfaid:conformance='A'", "fmt/479", "PDF/A-3a"),
        (b'pdfaid:part="4"', "fmt/1910", "PDF/A-4"),
        (b'pdfaid:part="9" pdfaid:conformance="Z"', "fmt/276", "PDF/A-9z"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_claim_to_be_pdf_a_is_told_as_a_claim(attributes, puid, name, packed):
    found = claiming(attributes, packed)
    assert found.format.puid == puid
    assert name in found.format.name
    assert "自称" in found.format.name


def test_the_claim_is_read_from_elements_too():
    stream = a_stream(b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>")
    assert looked(stream, catalog="/Metadata 5 0 R").format.puid == "fmt/477"


def test_metadata_that_would_inflate_to_much_is_cut():
    stream = a_stream(zlib.compress(bytes(100 << 20)), b"/Filter/FlateDecode")
    assert looked(stream, catalog="/Metadata 5 0 R").format.puid == "fmt/276"


@pytest.mark.parametrize(
    ("pieces", "word"),
    [
        ({"catalog": "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"}, "JavaScript"),
        ({"catalog": "/OpenAction<</S/Launch/F(calc.exe)>>"}, "Launch"),
        ({"catalog": "/OpenAction<</S/GoTo/Next[<</S/Launch>>]>>"}, "Launch"),
        ({"catalog": "/AA<</WC<</S/JavaScript/JS(a)>>>>"}, "JavaScript"),
        ({"catalog": "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(b)>>]>>>>"}, "JavaScript"),
        ({"page": "/AA<</O<</S/JavaScript/JS(a)>>>>"}, "JavaScript"),
        ({"page": "/Annots[<</Subtype/Link/A<</S/Launch/F(a.exe)>>>>]"}, "Launch"),
        ({"page": "/Annots[<</Subtype/RichMedia>>]"}, "RichMedia"),
        ({"catalog": "/AcroForm<</XFA(a)/Fields[]>>"}, "XFA"),
        ({"catalog": "/AcroForm<</Fields[<</AA<</K<</S/JavaScript>>>>>>]>>"}, "JavaScript"),
        ({"catalog": "/Outlines<</First<</Title(a)/A<</S/Launch/F(a.exe)>>>>>>"}, "Launch"),
        (
            {"catalog": "/Outlines<</First<</Next<</First<</A<</S/JavaScript/JS(a)>>>>>>>>>>"},
            "JavaScript",
        ),
        ({"catalog": "/OpenAction<</S/J#61vaScript/JS(a)>>"}, "JavaScript"),
    ],
)  # fmt: skip
def test_what_would_run_is_active_content(pieces, word):
    found = looked(**pieces)
    assert word in found.active
    assert found.opens is Outcome.PASSED


@pytest.mark.parametrize(
    "pieces",
    [
        {"catalog": "/OpenAction[3 0 R/Fit]"},
        {"catalog": "/OpenAction<</S/GoTo/D[3 0 R/Fit]>>"},
        {"page": "/Annots[<</Subtype/Link/A<</S/URI/URI(https://example.org)>>>>]"},
    ],
)
def test_going_to_a_page_or_a_link_is_not(pieces):
    assert looked(**pieces).active == ""


def test_actions_hidden_in_object_streams_are_found():
    made = pikepdf.open(io.BytesIO(a_pdf(b"<</S/JavaScript/JS(a)>>", catalog="/OpenAction 5 0 R")))
    out = io.BytesIO()
    made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"JavaScript" not in out.getvalue()
    assert "JavaScript" in inspect(a_content(out.getvalue())).active


def test_what_would_run_is_named_in_each_language():
    """A script is a script in both; that an attachment is a program is said twice."""
    tree = "/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(run.exe)/EF<</F 5 0 R>>>>]>>>>"
    catalog = f"/OpenAction<</S/JavaScript/JS(a)>>{tree}"
    assert halves(looked(a_stream(b"text"), catalog=catalog).active) == Text(
        "JavaScript；附件是程序 run.exe", "JavaScript; attached program run.exe"
    )


def test_an_attached_program_is_active_and_a_document_is_not():
    tree = "/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(%s)/EF<</F 5 0 R>>>>]>>>>"
    harmless = looked(a_stream(b"<a/>"), catalog=tree % "list.xml")
    assert harmless.active == ""
    assert "1 个附件" in harmless.detail
    assert "run.exe" in looked(a_stream(b"text"), catalog=tree % "run.exe").active
    disguised = a_stream(zlib.compress(b"MZ" + bytes(500)), b"/Filter/FlateDecode")
    assert "list.xml" in looked(disguised, catalog=tree % "list.xml").active


def test_what_was_not_searched_to_its_end_is_not_called_searched():
    assert looked().searched
    notes = b"[" + b"<</Subtype/Text>>" * 100_001 + b"]"
    found = looked(notes, page="/Annots 5 0 R/AA<</O<</S/Launch/F(a.exe)>>>>")
    assert (found.searched, found.active) == (False, "Launch")
    found = looked(notes, page="/Annots 5 0 R")
    assert (found.opens, found.searched, found.active) == (Outcome.PASSED, False, "")


def test_an_array_that_many_pages_share_costs_its_length_once():
    pages, length = 300, 100_000
    kids = " ".join(f"{number} 0 R" for number in range(6, 6 + pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>/Annots 5 0 R>>"
    body = a_pdf(b"[" + b"1 " * length + b"]", *[page] * pages)
    body = body.replace(b"/Kids[3 0 R]", f"/Kids[{kids}]".encode())
    started = time.thread_time()
    assert not inspect(a_content(body)).searched
    assert time.thread_time() - started < 20


LYING = b"<</Length 10>>\nstream\n%s\nendstream"


@pytest.mark.parametrize("attached", [a_stream, lambda body: LYING % body])
def test_a_large_attachment_costs_no_memory_and_is_not_called_searched(attached, tmp_path):
    catalog = "/Names<</EmbeddedFiles<</Names[(a)<</F(scan.dat)/EF<</F 5 0 R>>>>]>>>>"
    staged = tmp_path / "large.pdf"
    staged.write_bytes(a_pdf(attached(b"scan line \n" * (10 << 20)), catalog=catalog))
    before = peak(again=True)
    found = inspect(a_content(staged))
    assert peak() - before < 40 << 10
    assert (found.opens, found.searched) == (Outcome.PASSED, False)


def a_pdf_of(number):
    """Objects packed into one stream, some four bytes each."""
    heads = b" ".join(b"%d %d" % (6 + at, at * 5) for at in range(number)) + b"\n"
    return _with_packed(heads, b"<<>> " * number, number)


def packed_pdf(text):
    """A file whose open action is ``text``, packed."""
    return _with_packed(b"6 0 ", text, 1)


def _with_packed(heads, texts, number):
    packed = zlib.compress(heads + texts)
    start = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (number, len(heads))
    body, _, _ = a_pdf(a_stream(packed, start), catalog="/OpenAction 6 0 R").rpartition(b"xref\n0")
    places = [body.index(b"%d 0 obj" % one) for one in range(1, 6)]
    rows = bytes(7) + b"".join(struct.pack(">BLH", 1, place, 0) for place in places)
    rows += b"".join(struct.pack(">BLH", 2, 5, min(at, 65_535)) for at in range(number))
    filters = b"/Type/XRef/Size %d/W[1 4 2]/Root 1 0 R/Filter/FlateDecode" % (6 + number)
    table = a_stream(zlib.compress(rows), filters)
    return b"%s%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        body, 6 + number, table, len(body),
    )  # fmt: skip


def test_a_small_file_of_a_million_objects_is_not_unpacked():
    assert inspect(a_content(a_pdf_of(1000))).searched
    body = a_pdf_of(700_000)
    before = peak(again=True)
    found = inspect(a_content(body))
    assert peak() - before < 150 << 10
    assert (found.opens, found.searched) == (Outcome.UNDETERMINED, False)


def test_an_odd_file_writes_nothing_into_the_log(caplog):
    body = a_pdf().replace(b"/Kids[3 0 R]", b"/Kids[3 0 R %s]" % (b"null " * 1000))
    assert inspect(a_content(body)).opens is Outcome.PASSED
    assert not caplog.records


def test_signed_signature_fields_are_counted_and_empty_ones_are_not():
    fields = "/AcroForm<</Fields[<</FT/Sig/T(a)/V<</Type/Sig>>>><</FT/Sig/T(b)>>]>>"
    assert looked(catalog=fields).signatures == 1


def test_circles_come_to_an_end():
    action = b"<</S/GoTo/Next 5 0 R>>"
    field = b"<</T(a)/Kids[6 0 R 5 0 R]>>"
    catalog = "/OpenAction 5 0 R/AcroForm<</Fields[6 0 R]>>"
    assert looked(action, field, catalog=catalog).opens is Outcome.PASSED


def test_oddly_typed_objects_do_not_stop_the_look():
    odd = "/OpenAction 7/AA[1]/Names 3/AcroForm(a)/Metadata 5"
    assert looked(catalog=odd, page="/Annots[1 (a) null]/AA/b").opens is Outcome.PASSED


def encrypted(**passwords):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(R=6, **passwords))
    return inspect(a_content(out.getvalue()))


def test_a_pdf_that_needs_a_password_is_encrypted_and_not_opened():
    found = encrypted(user="secret", owner="secret")
    assert (found.encrypted, found.opens) == (True, Outcome.UNDETERMINED)


def test_a_pdf_encrypted_without_a_password_is_encrypted_although_it_opens():
    """DA/T 47-2009 wants no encryption at all in what is kept."""
    found = encrypted(owner="secret")
    assert (found.encrypted, found.opens) == (True, Outcome.PASSED)


def test_a_pdf_whose_pages_are_gone_does_not_open():
    body = a_pdf().replace(b"/Kids[3 0 R]", b"/Kids[]     ")
    assert inspect(a_content(body)).opens is Outcome.FAILED


def test_a_pdf_cut_short_is_at_best_repaired():
    body = a_pdf()
    for end in range(20, len(body), 40):
        found = inspect(a_content(body[:end]))
        assert found.opens is Outcome.FAILED or "repairs" in found.detail, end


def test_a_header_that_stands_later_is_found():
    found = inspect(a_content(b"\n" * 40 + a_pdf()))
    assert found.format.puid == "fmt/276"


@pytest.mark.parametrize("end", [60, 200, -1, -8, -40])
def test_a_damaged_pdf_is_told_the_same_in_memory_and_staged(end, tmp_path):
    staged = tmp_path / "staged"
    staged.write_bytes(a_pdf()[:end])
    found = inspect(a_content(a_pdf()[:end]))
    assert found == inspect(a_content(staged))
    assert "stream" not in found.detail
    assert " content" not in found.detail

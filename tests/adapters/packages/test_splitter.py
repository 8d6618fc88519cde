"""The splitter sees what a full parse sees, whatever the bytes look like."""

import base64
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from filing.adapters.packages import safe_xml
from filing.adapters.packages.base64_run import read_inline
from filing.adapters.packages.inline import open_inline
from filing.adapters.packages.safe_xml import read
from filing.adapters.packages.splitter import Refused, split
from filing.model.limits import Limits
from tests.adapters.packages.build import MemorySink, a_document, an_eep, an_encoding

LIMITS = Limits()


def parts(raw, chunk=1 << 20, limits=LIMITS):
    """Everything the splitter found, without its slim document."""
    seen = split(io.BytesIO(raw), limits, "编码数据", MemorySink(), chunk)
    contents = {
        index: (one.content.body if one.content else None, one.offset, one.length, one.wrong)
        for index, one in seen.withheld.items()
    }
    return seen.names, seen.parents, seen.starts, seen.ends, seen.lines, contents, seen.slim


def refusal(raw, limits=LIMITS, chunk=1 << 20):
    with pytest.raises(Refused) as caught:
        read(io.BytesIO(raw), limits, "编码数据", MemorySink(), chunk)
    return caught.value.code, caught.value.reason


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "GBK", "GB2312"])
def test_where_the_bytes_are_cut_does_not_matter(encoding):
    odd = "<!-- 注 --><?x y?><![CDATA[QUJD]]>"
    documents = a_document(1, an_encoding("a", b"", text=f"QUJD&#13;\r\nQU&#x4a;D{odd}QQ=="))
    raw = an_eep(documents, encoding=encoding).encode(encoding.replace("2312", "K"))
    whole = parts(raw)
    for chunk in [*range(1, 40), 97, 255, 256, 257, 1000]:
        assert parts(raw, chunk) == whole
    (content,) = whole[5].values()
    assert content[0] == base64.b64decode("QUJDQUJDQUJDQQ==")


def test_the_region_of_inline_content_reads_back_as_the_same_bytes():
    odd = "<!-- 注 < & --><?x y?><![CDATA[QUJD]]>&#10;"
    documents = a_document(1, an_encoding("a", b"", text=f"QUJD\n{odd}QQ=="))
    raw = an_eep(documents).encode()
    ((body, offset, length, _),) = parts(raw)[5].values()
    for size in (1, 2, 3, 7, 1 << 20):
        assert b"".join(read_inline(io.BytesIO(raw), offset, length, size)) == body
    assert open_inline(io.BytesIO(raw), offset, length).read() == body
    with pytest.raises(OSError, match="no longer decodes"):
        open_inline(io.BytesIO(raw), offset - 3, length).read()
    with pytest.raises(ValueError, match="not Base64"):
        list(read_inline(io.BytesIO(raw), offset - 3, length))


@pytest.mark.parametrize("chunk", [1 << 12, 1 << 20])
@pytest.mark.parametrize(
    "raw",
    [
        b"<a>" + b"x" * 3_000_000 + b"</a>",
        b"<a>" + b"&#10;\n" * 500_000 + b"</a>",
        b"<a>" + b"<b>" + b"x" * 3_000_000 + b"</b></a>",
        b"<r>" + (b"<a>" + b"x" * 990 + b"<b/></a>") * 3_000 + b"</r>",
    ],
)
def test_long_text_costs_no_more_than_its_bytes(raw, chunk):
    began = time.thread_time()
    assert split(io.BytesIO(raw), LIMITS, chunk=chunk).slim == raw
    assert time.thread_time() - began < 2


def test_many_short_comments_in_content_cost_no_more_than_their_bytes():
    raw = b"QUJD" + b"<!---->" * 140_000 + b"QUJD"
    began = time.thread_time()
    assert b"".join(read_inline(io.BytesIO(raw), 0, len(raw))) == b"ABCABC"
    assert time.thread_time() - began < 3


def test_an_element_inside_is_no_content_whatever_its_length():
    for raw in (b"QUJD<a/>QUJD", b"QUJD<" + b"a" * 3_000_000):
        with pytest.raises(ValueError, match="not Base64"):
            list(read_inline(io.BytesIO(raw), 0, len(raw), 64))


space = st.sampled_from(["", " ", "\n", "\r\n", "\t ", " \n\n"])
remark = st.sampled_from(["", '<!-- 备注 <题名> ]]> " -->', "<?pi a='>'?>", "<!--'-->"])
quote = st.sampled_from(["'", '"'])
prefix = st.sampled_from(["", "e:", "封:"])


@st.composite
def documents(draw):
    """An EEP-like text with what XML lets vary, and the bytes it carries."""
    p, q = draw(prefix), draw(quote)
    bound = f"xmlns:{p[:-1]}" if p else "xmlns"
    out = [f"<{p}电子文件封装包{draw(space)} {bound}={q}urn:x{q}>"]
    bodies = []
    for number in range(draw(st.integers(0, 3))):
        value = draw(st.sampled_from(["通知", "a>b", "<![CDATA[<编码数据>]]>", "&lt;x&gt;", ""]))
        other = draw(quote)
        out += [draw(space), draw(remark), f"<{p}题名{draw(space)}>{value}</{p}题名{draw(space)}>"]
        out.append(f"<{p}被签名对象 eep版本 = {other}2>9/{other}>{draw(remark)}")
        body = draw(st.binary(max_size=40))
        text = base64.b64encode(body).decode()
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        between = ["\n", "&#13;\r\n", "<!-- x -->", " \t", "&#xA;", "<?p q?>"]
        joined = draw(st.sampled_from(between)).join(
            f"<![CDATA[{one}]]>" if draw(st.booleans()) else one for one in pieces
        )
        out.append(f"<{p}编码数据 编码数据ID={q}D{number}{q}>{joined}</{p}编码数据>")
        out.append(f"</{p}被签名对象><{p}签名 a={q}/{q}/>")
        bodies.append(body)
    out += [f"</{p}电子文件封装包>", draw(space), draw(remark)]
    encoding = draw(st.sampled_from(["UTF-8", "GB18030", "GBK"]))
    head = f"<?xml version='1.0' encoding={q}{encoding}{q} ?>{draw(space)}{draw(remark)}"
    return (head + "".join(out)).encode(encoding), encoding, bodies


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([1, 5, 64, 1 << 20]))
def test_it_agrees_with_a_plain_parse_of_the_whole_document(document, chunk):
    raw, encoding, bodies = document
    plain = etree.fromstring(raw, etree.XMLParser(remove_comments=True, remove_pis=True))
    elements = list(plain.iter())
    found = read(io.BytesIO(raw), LIMITS, "编码数据", MemorySink(), chunk)
    assert [etree.QName(one).localname for one in elements] == found.names
    for index, (one, mine) in enumerate(zip(elements, found.elements, strict=True)):
        assert one.tag == mine.tag
        assert dict(one.attrib) == dict(mine.attrib)
        if index in found.outline.withheld:
            content = found.outline.withheld[index].content
            assert base64.b64decode(one.text or "") == (content.body if content else b"")
            if content:
                kept = open_inline(io.BytesIO(raw), content.offset, content.length)
                assert kept.read() == content.body
        else:
            assert (one.text or "") == (mine.text or "")
        region = raw[found.outline.starts[index] : found.outline.ends[index]]
        assert region.startswith(b"<") and region.endswith(b">")
        assert raw[: found.outline.starts[index]].count(b"\n") + 1 == found.outline.lines[index]
        again = etree.fromstring(_bound(region.decode(encoding), plain.nsmap))
        assert _canonical(again[0]) == _canonical(_whole(raw, index))
    got = [one.content.body if one.content else b"" for one in found.outline.withheld.values()]
    assert got == bodies


def _canonical(element):
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def _bound(region, nsmap):
    names = "".join(f' xmlns{":" + key if key else ""}="{uri}"' for key, uri in nsmap.items())
    return f"<w{names}>{region}</w>"


def _whole(raw, index):
    whole = etree.fromstring(raw)
    return [one for one in whole.iter() if isinstance(one.tag, str)][index]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_bytes_changed_or_cut_are_read_or_refused_but_never_crash(data):
    raw = bytearray(an_eep().encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    cut = data.draw(st.integers(0, len(raw)))
    for some in (bytes(raw), bytes(raw[:cut])):
        try:
            read(
                io.BytesIO(some),
                LIMITS,
                "编码数据",
                MemorySink(),
                data.draw(st.sampled_from([3, 4096])),
            )
        except Refused as refused:
            assert refused.code in {"GD-3-1", "ZX-4-6", "ZX-4-7", "ZX-4-2"}


def test_a_right_bracket_inside_a_chinese_character_does_not_end_cdata():
    tricky = b"\x81\x5d]>"  # one GBK character whose second byte is "]", then "]>"
    inside = tricky + "<题名>不是元素</题名>".encode("gbk")
    raw = b'<?xml version="1.0" encoding="GBK"?><a><![CDATA[' + inside + b"]]><b/></a>"
    for chunk in (1, 7, 4096):
        assert read(io.BytesIO(raw), chunk=chunk).names == ["a", "b"]


def test_a_chinese_character_in_the_cdata_of_content_is_not_guessed_at():
    raw = "<a><编码数据 编码数据ID='x'><![CDATA[\u4e02]]></编码数据></a>"
    head = '<?xml version="1.0" encoding="GBK"?>'
    assert refusal((head + raw).encode("gbk")) == ("GD-3-1", "ambiguous-markup")


def test_a_document_that_lexer_and_parser_read_differently_is_refused(monkeypatch):
    def short_sighted(*arguments):
        seen = split(*arguments)
        seen.names[-1] = "other"
        return seen

    monkeypatch.setattr(safe_xml, "split", short_sighted)
    assert refusal(b"<a><b/></a>") == ("GD-3-1", "ambiguous-markup")


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"", ("GD-3-1", "empty")),
        (b" \n", ("GD-3-1", "empty")),
        (b"words", ("GD-3-1", "not-well-formed")),
        ("<a/>".encode("utf-16"), ("GD-3-1", "wrong-encoding")),
        (b'<?xml version="1.0" encoding="Shift_JIS"?><a/>', ("GD-3-1", "wrong-encoding")),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="GBK"?><a/>', ("GD-3-1", "wrong-encoding")),
        (b"<a>\xff\xfe</a>", ("GD-3-1", "wrong-encoding")),
        (b'<?xml version="1.0" encoding="GBK"?><a>\x81\x20</a>', ("GD-3-1", "wrong-encoding")),
        (b"<a><b></a></b>", ("GD-3-1", "not-well-formed")),
        (b"<a>", ("GD-3-1", "not-well-formed")),
        (b"<a/><b/>", ("GD-3-1", "not-well-formed")),
        (b"<a b=1/>", ("GD-3-1", "not-well-formed")),
        (b"<a><!-- ", ("GD-3-1", "not-well-formed")),
        (b"<a>< b/></a>", ("GD-3-1", "not-well-formed")),
        (b"<x:a/>", ("GD-3-1", "not-well-formed")),
        (b"<!DOCTYPE a><a/>", ("ZX-4-6", "doctype")),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', ("ZX-4-6", "doctype")),
        (b"<a>&x;</a>", ("ZX-4-6", "entity")),
        ("<编码数据>QQ&x;==</编码数据>".encode(), ("ZX-4-6", "entity")),
        ("<编码数据>QUJD".encode(), ("GD-3-1", "not-well-formed")),
        (b"<a>" * 65 + b"</a>" * 65, ("ZX-4-7", "depth")),
        (b'<a b="' + b"x" * 5000 + b'"/>', ("ZX-4-7", "attribute-size")),
        (b'<a b="' + b"x" * 500_000, ("ZX-4-7", "attribute-size")),
        (b"<a" + b"x" * 300 + b"/>", ("ZX-4-7", "attribute-size")),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_code(raw, wanted):
    assert refusal(raw) == wanted
    assert refusal(raw, chunk=5) == wanted


def test_a_document_without_an_element_is_shown_as_it_begins():
    with pytest.raises(Refused) as caught:
        raw = io.BytesIO(b" \n words and no element".ljust(90, b"."))
        read(raw, LIMITS, "编码数据", MemorySink())
    assert f"“{'words and no element'.ljust(40, '.')}”" in caught.value.found


def test_the_dot_of_an_archival_code_is_the_same_in_every_encoding():
    for encoding in ("GB2312", "GBK", "GB18030"):
        raw = f'<?xml version="1.0" encoding="{encoding}"?><a>'.encode() + b"\xa1\xa4</a>"
        assert read(io.BytesIO(raw)).root.text == "\u00b7"


def test_a_utf8_byte_order_mark_is_read_over():
    assert read(io.BytesIO(b"\xef\xbb\xbf<a><b/></a>")).names == ["a", "b"]


def test_limits_are_the_largest_value_still_accepted():
    two = "<编码数据>QUJD</编码数据>"
    raw = f"<a>{two}{two}</a>".encode()
    for name, value in [
        ("max_elements", 3),
        ("max_depth", 2),
        ("max_siblings", 2),
        ("max_members", 2),
        ("max_member_bytes", 3),
        ("max_total_bytes", 6),
    ]:
        read(io.BytesIO(raw), Limits(**{name: value}), "编码数据", MemorySink())
        code, _ = refusal(raw, Limits(**{name: value - 1}))
        assert code in {"ZX-4-2", "ZX-4-7"}


def test_metadata_is_limited_but_content_is_not_metadata():
    raw = b"<a>" + b"x" * 9000 + b"</a>"
    assert refusal(raw, Limits(max_metadata_bytes=8000), 100) == ("ZX-4-2", "metadata-too-large")
    long = f"<编码数据>{'QUJD' * 3000}</编码数据>".encode()
    read(io.BytesIO(long), Limits(max_metadata_bytes=8000), "编码数据", MemorySink(), 100)


def test_a_syntax_error_is_shown_at_its_line_of_the_received_document():
    text = "QUJD\n" * 50
    raw = f"<a>\n<编码数据>{text}</编码数据>\n<b x='1' x='2'/></a>".encode()
    with pytest.raises(Refused) as caught:
        read(io.BytesIO(raw), LIMITS, "编码数据", MemorySink())
    assert caught.value.line == 53


@pytest.mark.parametrize("mark", ["<!---->", "<?a?>", "<![CDATA[]]>"])
@pytest.mark.parametrize("element", ["编码数据", "题名"])
def test_markup_that_is_no_tag_is_counted_too(mark, element):
    limits = Limits(max_elements=20)
    text = f"<a><{element}>AAAA{mark * 20}</{element}></a>"
    assert read(io.BytesIO(text.encode()), limits, "编码数据", MemorySink()).names
    for chunk in (1 << 20, 7):
        more = f"<a>\n<{element}>AAAA{mark * 21}</{element}></a>".encode()
        with pytest.raises(Refused) as caught:
            read(io.BytesIO(more), limits, "编码数据", MemorySink(), chunk)
        found = caught.value
        assert (found.code, found.reason, found.line) == ("ZX-4-7", "element-count", 2)
        assert (found.found, found.expected) == ("21", "20")

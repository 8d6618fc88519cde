"""An EEP becomes a package with every field at its place."""

import base64
import os
import time
from pathlib import Path

import pytest

from filing.adapters.packages.delivery import read_package
from filing.model.limits import Limits
from filing.model.package import Form
from tests.adapters.packages.build import (
    NS,
    MemorySink,
    a_content,
    a_document,
    a_lock,
    a_signature,
    an_eep,
    an_encoding,
    blocks,
    codes,
    signed_object,
)

CORPUS = Path(os.environ.get("FILING_CORPUS", "../shared/corpus"))


def read(text, encoding="utf-8", limits=Limits()):  # noqa: B008 # frozen
    body = a_content(text.encode(encoding))
    return read_package(body, "application/xml", limits, MemorySink())


def test_a_lawful_package_is_read_whole():
    package = read(an_eep())
    assert package.form is Form.EEP
    assert package.readable
    assert package.findings == package.schema_errors == package.members == ()
    assert (package.eep_type, package.layers) == ("原始型", 0)
    assert package.metadata.member == "eep.xml"
    assert package.digest == package.metadata.digest("sha256")
    assert package.value("档号") == "A439-WS·2015·D30-003"
    assert package.value("档号/室编件号") == "0003"
    assert package.value("内容描述/主题词/@主题词表名称") == "综合表"
    assert package.value("版本") == package.value("被签名对象/@eep版本") == "2009"
    assert package.value("被签名对象/封装包创建单位") == "某厅"
    assert package.value("业务实体块/业务实体/业务行为") == "签发"
    assert [one.value for one in package.all("存储位置/脱机载体编号")] == [""]
    assert package.all("权限管理") == ()
    assert [one.action for one in package.activities] == ["签发"]
    assert [(one.kind, one.name) for one in package.agents] == [("个人", "张三")]
    assert [(one.of, one.source, one.target) for one in package.relations] == [
        ("record", "E-1", "E-0")
    ]


def test_a_component_has_its_bytes_and_the_region_they_stand_in():
    text = an_eep()
    (component,) = read(text).components
    content = component.content
    raw = text.encode()
    assert content.body == b"content of the file"
    region = raw[content.offset : content.offset + content.length]
    assert base64.b64decode(region) == content.body
    assert content.member == "修改0-文档1-编码1-数据"
    assert (component.document, component.sequence, component.role) == (
        "修改0-文档1",
        "1",
        "主文档",
    )
    assert (component.file_name, component.declared_size, component.extension) == (
        "正文.ofd",
        "19",
        "ofd",
    )


@pytest.mark.parametrize("encoding", ["GB18030", "GBK", "GB2312"])
def test_the_same_package_in_another_encoding_reads_the_same(encoding):
    plain = read(an_eep())
    other = read(an_eep(encoding=encoding), encoding.replace("2312", "K"))
    assert other.findings == ()
    assert other.fields == plain.fields
    assert other.identifiers == plain.identifiers


def test_places_have_line_path_with_positions_and_the_name_a_clerk_knows():
    two = a_document(1, an_encoding("a", b"1")) + "\n" + a_document(2, an_encoding("b", b"2"))
    second = read(an_eep(two)).all("文件数据/文档/题名")[1].place
    assert second.path == "eep.xml"
    assert second.field == "文件数据/文档/题名"
    assert second.xpath.endswith("/文件实体块/文件实体/文件数据/文档[2]/题名")
    first = read(an_eep(two)).all("文件数据/文档/题名")[0].place
    assert second.line == first.line + 1


def test_lines_are_those_of_the_received_document_behind_long_content():
    text = an_eep(a_document(1, an_encoding("a", bytes(10_000)) + "\n"))
    raw = text.encode()
    place = read(text).activities[0].place
    assert place.line == raw[: raw.index("<业务实体>".encode())].count(b"\n") + 1 > 100


def test_a_schema_error_stands_at_its_element_and_line():
    text = an_eep().replace("<文件组合类型>单件", "<文件组合类型>半件")
    (error,) = read(text).schema_errors
    assert (error.kind, error.element) == ("SCHEMAV_CVC_ENUMERATION_VALID", "文件组合类型")
    assert error.place.field == "形式特征/文件组合类型"
    assert error.place.xpath.endswith("/形式特征/文件组合类型")


def test_prefixed_elements_are_read_and_complained_of_at_their_place():
    text = an_eep(xmlns=f' xmlns:封="{NS}"').replace("单件", "半件")
    text = text.replace("</", "\0").replace("<?", "\1").replace("<", "<封:")
    package = read(text.replace("\0", "</封:").replace("\1", "<?"))
    assert package.findings == ()
    assert [one.place.field for one in package.schema_errors] == ["形式特征/文件组合类型"]
    assert package.value("内容描述/题名") == "关于防汛工作的通知"


@pytest.mark.parametrize(
    ("xmlns", "reason"),
    [("", "namespace-missing"), (' xmlns="urn:other"', "namespace-unknown")],
)
def test_a_forgotten_namespace_is_one_finding_and_the_rest_is_still_judged(xmlns, reason):
    package = read(an_eep(xmlns=xmlns).replace("单件", "半件"))
    assert codes(package.findings) == [("ZX-1-1", reason)]
    assert package.value("内容描述/题名") == "关于防汛工作的通知"
    assert [one.element for one in package.schema_errors] == ["文件组合类型"]


def test_another_root_is_not_an_eep():
    package = read("<目录/>")
    assert codes(package.findings) == [("ZX-1-1", "root-unknown")]
    assert not package.readable


@pytest.mark.parametrize(
    "text", ["不是", "QUJ", "QQ==QUJD", "QR==", "QUJD=", "QUJ*", "Q Q = = =", "&lt;&#0065;"]
)
def test_content_that_is_not_base64_is_found_at_its_place(text):
    package = read(an_eep(a_document(1, an_encoding("a", b"", text=text))))
    assert codes(package.findings) == [("GD-2-7", "not-base64")]
    assert package.findings[0].place.xpath.endswith("/编码/编码数据")
    assert package.components[0].content is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../正文.ofd", "traversal"),
        ("/etc/正文.ofd", "absolute"),
        ("C:正文.ofd", "drive"),
        ("附件\\正文.ofd", "backslash"),
        ("con.ofd", "reserved-name"),
        ("..", "traversal"),
    ],
)
def test_a_file_inside_may_not_be_called_what_no_member_of_an_archive_may(name, reason):
    package = read(an_eep(a_document(1, an_encoding("a", b"text", name=name))))
    assert codes(package.findings) == [("ZX-4-1", reason)]
    place = package.findings[0].place
    assert place.xpath.endswith("/编码/电子属性/计算机文件名")
    assert (place.field, place.line > 1) == (name, True)


@pytest.mark.parametrize("name", ["附件/正文.ofd", "长" * 200 + ".ofd", "\n 正文.ofd\n", ""])
def test_other_names_of_files_inside_are_not_complained_of(name):
    package = read(an_eep(a_document(1, an_encoding("a", b"text", name=name))))
    assert package.findings == ()


def test_an_empty_content_is_absent_and_no_fault_of_the_reader():
    package = read(an_eep(a_document(1, an_encoding("a", b"", text=" \n"))))
    assert package.findings == package.schema_errors == ()
    assert package.components[0].content is None


def test_identifiers_and_references_are_listed_with_duplicates():
    documents = a_document(1, an_encoding("a", b"1") + an_encoding("a", b"2"))
    package = read(an_eep(documents))
    assert [one[:2] for one in package.identifiers].count(("a", "编码")) == 2
    assert [one.content.member for one in package.components] == ["a-数据", "a-数据#2"]


def test_signatures_know_the_bytes_they_sign():
    signatures = f"<电子签名块>{a_signature('S1')}{a_signature('S2')}</电子签名块>"
    text = an_eep(after=signatures + a_lock("S2"))
    raw = text.encode()
    package = read(text)
    assert package.schema_errors == ()
    first, second, lock = package.signatures
    signed = raw[raw.index("<被签名对象".encode()) : raw.index("<电子签名块>".encode())]
    assert raw[slice(*first.region)] == raw[slice(*second.region)] == signed
    assert raw[slice(*lock.region)] == a_signature("S2").encode()
    assert (lock.lock, lock.locks, first.identifier) == (True, "S2", "S1")
    assert first.value == b"signed"
    assert first.certificates == (b"signed",)
    assert package.references[0][:2] == ("被锁定签名标识符", "S2")


def test_a_lock_that_names_no_signature_has_no_region():
    signatures = f"<电子签名块>{a_signature('S1')}</电子签名块>"
    package = read(an_eep(after=signatures + a_lock("修改0-文档1")))
    assert package.signatures[-1].region == (0, 0)


def revised(inner_signatures=""):
    old = a_document(1, an_encoding("old1", b"first") + an_encoding("old2", b"second"))
    inner = signed_object(f"<封装内容>{blocks(old, '旧题名')}</封装内容>")
    refers = ' 引用编码数据ID="old1-数据"'
    new = a_document(
        1,
        an_encoding("new1", b"", attributes=refers, text="") + an_encoding("new2", b"third"),
        layer=1,
    )
    content = (
        "<修改封装内容><修改标识符>修改1</修改标识符>"
        f"<原封装包>{inner}{inner_signatures}</原封装包>"
        f"<修订内容>{blocks(new)}</修订内容></修改封装内容>"
    )
    return an_eep(signed=signed_object(content, "修改型"))


def test_of_a_revision_the_outermost_layer_is_read_and_unchanged_files_are_found_below():
    package = read(revised())
    assert package.findings == package.schema_errors == ()
    assert (package.eep_type, package.layers) == ("修改型", 1)
    assert [one.value for one in package.all("内容描述/题名")] == ["关于防汛工作的通知"]
    first, second = package.components
    assert (first.refers_to, first.content.body) == ("old1-数据", b"first")
    assert (second.refers_to, second.content.body) == ("", b"third")
    assert [one.body for one in package.members] == [b"second"]
    assert package.members[0].is_inline


def test_inner_signatures_are_kept_with_the_inner_region():
    text = revised(f"<电子签名块>{a_signature('S0')}</电子签名块>")
    raw = text.encode()
    (inner,) = read(text).signatures
    begins = raw.index("<被签名对象".encode(), raw.index("<原封装包>".encode()))
    ends = raw.index("</被签名对象>".encode()) + len("</被签名对象>".encode())
    assert inner.region == (begins, ends)


def test_references_that_go_round_end_without_content():
    documents = a_document(
        1,
        an_encoding("a", b"", attributes=' 引用编码数据ID="b-数据"', text="")
        + an_encoding("b", b"", attributes=' 引用编码数据ID="a-数据"', text=""),
    )
    assert [one.content for one in read(an_eep(documents)).components] == [None, None]


def test_a_long_chain_of_references_is_followed_once():
    count = 3_900  # elements of one name in one element that are still accepted
    links = "".join(
        an_encoding(f"c{one}", b"", attributes=f' 引用编码数据ID="c{one + 1}-数据"', text="")
        for one in range(count)
    ).replace("></编码数据>", "/>")
    last = an_encoding(f"c{count}", b"", text="QUJD")
    began = time.thread_time()
    package = read(an_eep(a_document(1, last + links)))
    assert time.thread_time() - began < 2
    assert {one.content.body for one in package.components} == {b"ABC"}


def test_many_locks_find_their_signatures_without_a_search_each():
    count = 3_900
    signatures = "".join(a_signature(f"S{one}") for one in range(count))
    locks = "".join(a_lock(f"S{one}") for one in range(count))
    began = time.thread_time()
    package = read(an_eep(after=f"<电子签名块>{signatures}</电子签名块>{locks}"))
    assert time.thread_time() - began < 4
    assert all(one.region != (0, 0) for one in package.signatures)


def test_the_place_of_an_element_far_too_deep_is_no_longer_than_a_place_may_be():
    name = "深" * 80
    deep = f"<{name}>" * 55 + a_lock("S1") * 3 + f"</{name}>" * 55
    references = read(an_eep(after=deep)).references
    assert [value for _, value, _ in references] == ["S1"] * 3
    assert all(400 < len(place.xpath) < 1000 for _, _, place in references)


def test_unknown_elements_yield_no_field_and_one_complaint():
    package = read(an_eep().replace("<密级>", "<ext1>x</ext1><密级>"))
    assert package.all("内容描述/ext1") == ()
    assert len(package.schema_errors) == 1


def test_complaints_are_limited():
    bad = an_eep().replace("<文件数据>", "<文件数据>" + a_document(3, "") * 20)
    assert len(read(bad).schema_errors) > 5
    assert len(read(bad, limits=Limits(max_schema_errors=5)).schema_errors) == 5


def test_official_files_come_out_byte_for_byte():
    files = sorted(CORPUS.glob("*/*.ofd")) + sorted(CORPUS.glob("*/*.pdf"))
    if not files:
        pytest.skip("no sample files: set FILING_CORPUS")
    bodies = [one.read_bytes() for one in files]
    encodings = [an_encoding(f"f{at}", body) for at, body in enumerate(bodies)]
    package = read(an_eep(a_document(1, "".join(encodings))))
    assert [one.content.body for one in package.components] == bodies

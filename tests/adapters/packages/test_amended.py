"""Changes applied to documents, and the revision put around an EEP."""

import io
import re
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from examples import eep
from examples.documents import AGENCIES, official
from examples.signing import signer
from filing.adapters.packages.amend import amend, field_of
from filing.adapters.packages.amend_tree import Tree, escaped, unescaped
from filing.adapters.packages.amended import Amending
from filing.adapters.packages.delivery import read_package, read_parts
from filing.adapters.packages.eep import SCHEMA
from filing.adapters.packages.schemas import schema
from filing.adapters.staging import Staging
from filing.errors import BadRequest
from filing.ingest.receive import receiving
from filing.ingest.signatures import verify_signatures
from filing.model.correction import Change, ChangeKind, FileFact
from filing.model.finding import Outcome
from filing.model.limits import Limits

LIMITS = Limits()
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
SIGNED = "/电子文件封装包/被签名对象"
ORIGINAL, REVISED = f"{SIGNED}/封装内容", f"{SIGNED}/修改封装内容/修订内容"
RECORD = "/文件实体块/文件实体"
#: What XML can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


def read(staged):
    if staged.body is None:
        return read_parts(staged.metadata, staged.files, LIMITS)
    return read_package(staged.body, staged.media_type, LIMITS, staged.tray)


@contextmanager
def opened(tmp_path, body):
    """(amending, the opened delivery, its tray)."""
    staging = Staging(tmp_path / "staging", ("sha256",))
    try:
        with receiving(staging, "one", "application/xml", None, 1 << 40) as arriving:
            arriving.write(body)
            staged = arriving.finish({})
            amending = Amending(read, LIMITS)
            yield amending, amending.open(staged, owned=False), staged.tray
    finally:
        staging.close()


def title(top, text="新题名𠮷"):
    return Change(ChangeKind.SET, f"{top}{RECORD}/内容描述/题名", after=text)


def kept(tmp_path, body, *changes):
    """(the package kept, its document, the package received)."""
    with opened(tmp_path, body) as (amending, one, tray):
        applied = amending.apply(one, changes, {})
        package = amending.write(one, applied, "省档案馆", AT, tray)
        with package.metadata.open() as stream:
            return package, stream.read(), one.package


def signed_object(body, codec="utf-8"):
    """The bytes from the first < of 被签名对象 to its last >."""
    start = re.search("<(?:\\w+:)?被签名对象".encode(codec), body).start()
    end = body.rindex("被签名对象>".encode(codec)) + len("被签名对象>".encode(codec))
    return body[start:end]


SAMPLE = official(1, 1, AGENCIES[0], annexes=1)
PLAIN = eep.package(SAMPLE)
KEYS = (signer("sm2-sm3", SAMPLE.agency.name), signer("rsa-sha256", SAMPLE.agency.name))


def prefixed():
    text = PLAIN.decode()
    text = re.sub(r"<(/?)([\u4e00-\u9fff])", r"<\1e:\2", text)
    return text.replace("xmlns=", "xmlns:e=").encode()


def in_codec(name, codec):
    return PLAIN.decode().replace('encoding="UTF-8"', f'encoding="{name}"').encode(codec)


@pytest.mark.parametrize(
    ("body", "top", "codec"),
    [
        (PLAIN, ORIGINAL, "utf-8"),
        (b"\xef\xbb\xbf" + PLAIN, ORIGINAL, "utf-8"),
        (PLAIN.replace(b"\n", b"\r\n"), ORIGINAL, "utf-8"),
        (eep.package(SAMPLE, KEYS), ORIGINAL, "utf-8"),
        (eep.package(SAMPLE, KEYS, revisions=2), REVISED, "utf-8"),
        (in_codec("GB18030", "gb18030"), ORIGINAL, "gb18030"),
        (in_codec("GBK", "gbk"), ORIGINAL, "gbk"),
        (prefixed(), ORIGINAL, "utf-8"),
    ],
    ids=["plain", "bom", "crlf", "signed", "revised", "gb18030", "gbk", "prefixed"],
)
def test_a_revision_holds_the_original_verbatim_and_is_valid(tmp_path, body, top, codec):
    package, written, received = kept(tmp_path, body, title(top))
    assert signed_object(body, codec) in written
    document = etree.fromstring(
        re.sub(rb"^<\?xml.*?\?>", b"", written.decode(codec).encode()),
        etree.XMLParser(huge_tree=True),
    )
    schema(SCHEMA).assertValid(document)
    assert (package.eep_type, package.layers) == ("修改型", received.layers + 1)
    assert package.value("内容描述/题名") == "新题名𠮷"
    assert package.value("被签名对象/封装包创建单位") == "省档案馆"
    assert not package.findings
    files = [one.content.digest("sha256") for one in received.components]
    assert [one.content.digest("sha256") for one in package.components] == files
    assert all(one.refers_to for one in package.components)
    facts = verify_signatures(package, package.metadata, AT, ())
    assert {one.outcome for one in facts} <= {Outcome.PASSED}
    assert len(facts) == sum(1 for one in received.signatures if not one.lock)
    values = [value for value, _, _ in package.identifiers]
    assert len(values) == len(set(values))


def test_what_no_change_touches_stays_byte_for_byte(tmp_path):
    body = PLAIN.replace("<内容描述>".encode(), "<!-- 注 --><内容描述  >\n\t".encode())
    with opened(tmp_path, body) as (amending, one, _):
        before = amending.apply(one, (), {}).document()
        after = amending.apply(one, (title(ORIGINAL),), {}).document()
    assert after == before.replace(SAMPLE.title.encode(), "新题名𠮷".encode(), 1)


def test_an_added_element_stands_where_the_schema_wants_it(tmp_path):
    base = f"{ORIGINAL}{RECORD}"
    changes = [
        Change(ChangeKind.ADD, f"{base}/内容描述/{name}", after=name)
        for name in ("保密期限", "副题名", "主题词", "主题词[2]", "摘要")
    ]
    changes.append(Change(ChangeKind.ADD, f"{base}/权限管理/授权/授权对象", after="本单位"))
    changes.append(Change(ChangeKind.ADD, f"{base}/权限管理/授权/授权行为", after="浏览"))
    with opened(tmp_path, PLAIN) as (amending, one, _):
        applied = amending.apply(one, changes, {})
    assert applied.package.schema_errors == ()
    assert applied.package.value("权限管理/授权/授权行为") == "浏览"
    assert [one.value for one in applied.package.all("内容描述/主题词")] == ["主题词", "主题词[2]"]


@given(st.lists(st.tuples(st.sampled_from(["题名", "责任者", "摘要", "主送"]), TEXT), max_size=8))
def test_what_took_effect_gives_the_same_document_again_and_says_what_stood_there(steps):
    """Applied twice, changes as they took effect give the same; each says what it replaced."""
    text = re.sub(
        rb"(<\xe7\xbc\x96\xe7\xa0\x81\xe6\x95\xb0\xe6\x8d\xae [^>]*>)[^<]*", rb"\1", PLAIN
    )
    changes = [
        Change(ChangeKind.SET, f"{ORIGINAL}{RECORD}/内容描述/{name}", after=value)
        for name, value in steps
    ]
    done = amend(Tree(text, LIMITS), changes, SCHEMA, LIMITS)
    again = amend(Tree(text, LIMITS), done.changes, SCHEMA, LIMITS)
    assert again.tree.text == done.tree.text
    last = {}
    for (name, value), one in zip(steps, done.changes, strict=True):
        if name in last:
            assert one.before == last[name]
        last[name] = value
    found = etree.fromstring(done.tree.text)
    for name, value in last.items():
        names = f"{{{eep.NAMESPACE}}}内容描述/{{{eep.NAMESPACE}}}{name}"
        (element,) = found.findall(f".//{names}")
        assert (element.text or "") == value


@given(TEXT)
def test_escaped_text_reads_back(text):
    assert unescaped(escaped(text)) == text
    assert unescaped(escaped(text, quoted=True)[1:-1]) == text


@pytest.mark.parametrize("text", ["\x00", "\x1b", "\ufffe", "\ud800"])
def test_what_xml_cannot_hold_is_refused(text):
    with pytest.raises(BadRequest, match="cannot stand in XML"):
        escaped(text)


def test_nothing_that_looks_like_a_mark_is_taken_for_content(tmp_path):
    """Neither in the package as received nor in what a clerk writes."""
    with opened(tmp_path, PLAIN) as (amending, one, _):
        mark = f"@@{one.package.digest.hex[:32]}:0@@"
        applied = amending.apply(one, (title(ORIGINAL, mark),), {})
        assert applied.package.value("内容描述/题名") == mark
        with pytest.raises(BadRequest):
            place = one.package.components[0].place.xpath
            amending.apply(one, (Change(ChangeKind.SET, f"{place}/编码数据", after=mark),), {})


def test_a_replaced_file_stands_in_the_revision_and_the_old_one_below(tmp_path):
    with opened(tmp_path, PLAIN) as (amending, one, tray):
        old = one.package.components[-1].content
        spool = tray.open("file")
        spool.write(b"%PDF-1.7 new")
        new = spool.close()
        fact = FileFact("附件1.pdf", new.size_bytes, new.digests)
        change = Change(ChangeKind.REPLACE_FILE, member=old.member, new=fact)
        applied = amending.apply(one, (change,), {new.digests[0]: new})
        assert applied.changes[0].old.digests == old.digests
        package = amending.write(one, applied, "省档案馆", AT, tray)
        last = package.components[-1]
        assert (last.refers_to, last.content.digests) == ("", new.digests)
        assert old.digests in {each.digests for each in package.members}
        assert [each.refers_to != "" for each in package.components[:-1]] == [True] * 3


def test_the_field_of_a_place_is_its_path_below_the_record():
    assert field_of(f"{ORIGINAL}{RECORD}/档号/年度") == "档号/年度"
    assert field_of(f"{REVISED}/业务实体块/业务实体[2]/行为时间") == "业务实体块/业务实体/行为时间"
    assert field_of(f"{SIGNED}/封装包创建单位") == "被签名对象/封装包创建单位"
    assert field_of(f"{ORIGINAL}{RECORD}/内容描述/主题词[2]/@主题词表名称") == (
        "内容描述/主题词/@主题词表名称"
    )


def test_the_package_as_received_and_its_signatures_are_closed(tmp_path):
    body = eep.package(SAMPLE, KEYS, revisions=1)
    with opened(tmp_path, body) as (amending, one, _):
        for place in (f"{SIGNED}/修改封装内容/原封装包/被签名对象/封装包类型",
                      "/电子文件封装包/电子签名块/电子签名[1]/签名人",
                      "/电子文件封装包/锁定签名/签名人"):  # fmt: skip
            with pytest.raises(BadRequest, match="may be changed"):
                amending.apply(one, (Change(ChangeKind.SET, place, after="x"),), {})


def test_a_large_package_is_never_whole_in_memory(tmp_path):
    """48 MiB of content: opening, applying and writing stay within a few MiB."""
    import tracemalloc

    big = official(3, 1, AGENCIES[0], annexes=0, sent=True, sizes=(16 << 20,))
    body = io.BytesIO(eep.package(big)).getvalue()
    with opened(tmp_path, body) as (amending, one, tray):
        tracemalloc.start()
        try:
            package = amending.write(
                one, amending.apply(one, (title(ORIGINAL),), {}), "省档案馆", AT, tray
            )
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert package.metadata.size_bytes > len(body)
        assert most < 24 << 20

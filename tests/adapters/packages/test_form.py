"""The form of a record: made from the schema, whole, and true to the document."""

import re
from itertools import pairwise

import pytest

from examples.good import good
from filing.adapters.packages.form import FormReader
from filing.adapters.packages.schemas import grammar, schema_folder
from filing.model.form import Node, RecordForm, place_key
from filing.model.package import Form
from filing.rules.rule_set import load_rule_set
from tests.examples.reading import read

TABLE = load_rule_set().table
READER = FormReader(TABLE)
ROOTS = {"电子文件封装包": "eep-2009.xsd", "电子文件元数据": "record-2009.xsd"}


def a_document(form: Form = Form.EEP, **more: object) -> bytes:
    sample = next(good(1, form=form, **more))
    return sample.body or sample.parts[0].body


def a_form(document: bytes, *more: str) -> RecordForm:
    form = READER.form(document, frozenset(more))
    assert form is not None
    return form


def only(form: RecordForm, path: str) -> Node:
    (node,) = form.by_path[path]
    return node


@pytest.mark.parametrize("root", ROOTS)
def test_every_element_of_the_schema_appears(root):
    text = (schema_folder() / ROOTS[root]).read_text("utf-8")
    named = set(re.findall(r'<xs:element name="([^"]+)"', text))
    kinds = list(READER.kinds(root).walk())
    assert named <= {one.name for one in kinds}
    attributes = {f"@{one}" for one in re.findall(r'<xs:attribute name="([^"]+)"', text)}
    assert attributes <= {one.name for one in kinds}


@pytest.mark.parametrize("root", ROOTS)
def test_every_row_of_the_metadata_table_that_the_schema_has_is_described(root):
    paths = {one.path: one for one in READER.kinds(root).walk()}
    of_schema = grammar(ROOTS[root]).children
    for path, row in TABLE.elements.items():
        if not all(step in of_schema for step in path.split("/")) or path not in paths:
            continue
        kind = paths[path]
        assert (kind.en, kind.maximum, kind.open) == (
            row.en, row.max, tuple(row.listed.split("、")) if row.warn else (),
        )  # fmt: skip
    assert len(set(paths) & set(TABLE.elements)) > 60


@pytest.mark.parametrize("root", ROOTS)
def test_children_stand_in_the_order_of_the_metadata_table(root):
    kinds = {one.name: one for one in READER.kinds(root).walk() if one.children}
    for name, kind in kinds.items():
        order = list(TABLE.children[name])
        children = [one.name for one in kind.children]
        assert children == [one for one in order if one in children]
        assert all(order.index(a) < order.index(b) for a, b in pairwise(children))


def test_a_closed_list_of_the_schema_and_one_of_the_table_are_both_closed():
    kinds = {one.path: one for one in READER.kinds("电子文件封装包").walk()}
    assert kinds["形式特征/文件组合类型"].closed == ("单件", "组合文件")
    assert "公开" in kinds["内容描述/密级"].closed
    assert kinds["聚合层次"].closed == ("文件",)
    assert kinds["档号/保管期限"].open[0] == "永久"
    assert not kinds["档号/保管期限"].closed


@pytest.mark.parametrize("form", [Form.EEP, Form.RECORD_PARTS])
@pytest.mark.parametrize("annexes", [0, 2])
def test_every_field_the_reader_sees_has_its_place_and_value_in_the_form(form, annexes):
    sample = next(good(1, form=form, annexes=annexes))
    made = a_form(sample.body or sample.parts[0].body)
    package = read(sample)
    assert package.fields
    for field in package.fields:
        node = made.find(field.place.xpath, field.path)
        assert node is not None
        assert node.present
        assert node.kind.path == field.path
        assert node.key.startswith(place_key(field.place.xpath))
        if node.kind.type != "content":
            assert node.value == field.value


def test_a_correction_has_the_places_of_what_it_corrects():
    plain = a_form(a_document())
    revised = a_form(a_document(revisions=1))
    assert revised.above.endswith("/修改封装内容/修订内容")
    assert plain.above.endswith("/封装内容")
    for path in ("档号/保管期限", "内容描述/题名", "来源/立档单位名称"):
        assert only(plain, path).key == only(revised, path).key


def test_what_is_missing_has_a_place_and_whole_groups_do():
    text = a_document().decode("utf-8")
    without = re.sub(r"<保管期限>[^<]*</保管期限>", "", text, count=1)
    node = only(a_form(without.encode()), "档号/保管期限")
    assert not node.present
    assert node.kind.must == "value"
    assert node.xpath.endswith("/档号/保管期限")
    bare = re.sub(r"<来源>.*?</来源>", "", text, count=1, flags=re.DOTALL)
    group = only(a_form(bare.encode()), "来源")
    assert not group.present
    assert [one.kind.name for one in group.below][-1] == "立档单位名称"
    assert not any(one.present for one in group.walk())


def test_one_more_of_a_repeated_group_is_offered_where_it_is_wanted():
    document = a_document()
    blocks = a_form(document).by_path["业务实体块/业务实体"]
    assert all(one.present for one in blocks)
    more = a_form(document, "~/业务实体块/业务实体").by_path["业务实体块/业务实体"]
    assert len(more) == len(blocks) + 1
    assert not more[-1].present
    assert more[-1].xpath.endswith(f"/业务实体[{len(blocks) + 1}]")
    action = next(one for one in more[-1].below if one.kind.name == "业务行为")
    assert action.xpath == f"{more[-1].xpath}/业务行为"


def test_a_stranger_can_be_taken_out_and_a_mandatory_element_cannot():
    text = a_document().decode("utf-8")
    strange = text.replace("<电子文件号>", "<无此元素>x</无此元素><电子文件号>", 1)
    form = a_form(strange.encode())
    node = only(form, "无此元素")
    assert not node.known
    assert node.removable
    assert node.value == "x"
    assert not only(form, "电子文件号").removable
    assert only(form, "来源/全宗名称").removable


def test_a_finding_finds_its_field_by_place_by_name_and_when_it_is_missing():
    form = a_form(a_document())
    field = only(form, "内容描述/题名")
    assert form.find(field.xpath, "内容描述/题名") is field
    assert form.find("", "内容描述/题名") is field
    parent = only(form, "档号")
    missing = only(form, "档号/目录号")
    assert form.find(parent.xpath, "档号/目录号") is missing
    assert form.find(parent.xpath, "档号") is parent
    second = form.by_path["业务实体块/业务实体"][1]
    action = form.find(second.xpath, "业务实体块/业务实体/业务行为")
    assert action is not None
    assert action.xpath.startswith(second.xpath)
    assert form.find("", "没有的字段") is None


@pytest.mark.parametrize("document", [b"", b"<a", b"<other/>", b"\x00\x01", b"<!DOCTYPE a><a/>"])
def test_what_cannot_be_read_has_no_form(document):
    assert READER.form(document) is None


def test_the_original_inside_a_correction_is_not_for_the_form():
    form = a_form(a_document(revisions=1))
    (original,) = [one for one in form.root.walk() if one.kind.name == "原封装包"]
    assert original.present
    assert original.below == ()


def test_of_very_many_of_one_name_the_first_the_last_and_those_asked_for_are_there():
    words = "".join(f"<关键词>词{number}</关键词>" for number in range(1, 1_001)).encode()
    document = re.sub("<关键词>[^<]*</关键词>".encode(), b"", a_document())
    document = document.replace("<文种>".encode(), words + "<文种>".encode(), 1)
    place = only(a_form(document), "内容描述/文种").key.replace("文种", "关键词[700]")
    form = READER.form(document, places=frozenset({place}))
    assert form is not None
    shown = form.by_path["内容描述/关键词"]
    assert [one.value for one in shown] == [f"词{n}" for n in (*range(1, 201), 700, 1000)]
    assert {one.position: one.skipped for one in shown if one.skipped} == {200: 499, 700: 299}
    assert form.find(place, "内容描述/关键词") is form.places[place]

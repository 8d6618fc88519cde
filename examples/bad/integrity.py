"""Faults of 完整性 (GD-2-x, ZX-2-1): something is missing, uncounted or points nowhere."""

from dataclasses import replace

from examples import eep
from examples.bad.plan import Fault, changed, cut, edit, figures, replaced, with_file
from examples.documents import Official, archival_code
from examples.good import deliver
from examples.sample import Sample
from examples.signing import signer
from filing.model.package import Form

TOTALS = (
    Fault("GD-2-1", "items-differ", "two_items_stated", "",
          figures(lambda stated: replace(stated, items=2))),
    Fault("GD-2-2", "bytes-differ", "one_byte_more_stated", "",
          figures(lambda stated: replace(stated, total_bytes=(stated.total_bytes or 0) + 1))),
    Fault("GD-2-11", "files-differ", "one_file_more_stated", "",
          figures(lambda stated: replace(stated, files=(stated.files or 0) + 1))),
)  # fmt: skip


def _only_reviewed(document: Official) -> Official:
    """Keep 审核 and 用印: nobody drafted it, nobody signed it off."""
    return replace(
        document, steps=tuple(one for one in document.steps if one.action in ("审核", "用印"))
    )


ITEMS = (
    Fault("GD-2-3", "missing-element", "no_author", "责任者", cut("<责任者>.*?</责任者>")),
    Fault("GD-2-3", "missing-element", "no_offline_medium_element", "脱机载体编号",
          cut("<脱机载体编号>.*?</脱机载体编号>")),
    Fault("GD-2-3", "missing-element", "no_secrecy_in_a_metadata_document", "密级",
          cut("<密级>.*?</密级>", form=Form.RECORD_ZIP)),
    Fault("GD-2-4", "empty", "empty_title", "题名",
          edit(("<题名>{o.title}</题名>", "<题名></题名>"))),
    Fault("GD-2-4", "empty", "blank_author", "责任者",
          edit(("<责任者>{o.author}</责任者>", "<责任者> </责任者>"))),
    Fault("GD-2-5", "process-missing", "neither_drafted_nor_signed_off", "业务实体",
          changed(_only_reviewed)),
    Fault("GD-2-6", "gap", "second_document_numbered_three", "文档序号",
          edit(("<文档序号>2</文档序号>", "<文档序号>3</文档序号>"))),
    Fault("GD-2-6", "repeated", "both_documents_numbered_one", "文档序号",
          edit(("<文档序号>2</文档序号>", "<文档序号>1</文档序号>"))),
    Fault("GD-2-6", "missing-number", "second_document_without_number", "文档[2]",
          edit(("<文档序号>2</文档序号>", ""))),
)  # fmt: skip


def _empty_annex(document: Official) -> Official:
    return with_file(document, -1, replace(document.files[-1], body=b""))


CONTENT = (
    Fault("GD-2-7", "not-base64", "content_does_not_decode", "编码数据",
          edit(("-编码数据\">UEsDB", "-编码数据\">!!!!!"))),
    Fault("GD-2-7", "empty", "empty_annex", "附件1.pdf", changed(_empty_annex)),
    Fault("GD-2-7", "no-main-document", "annexes_only", "",
          edit(("<文档主从声明>主文档", "<文档主从声明>附属文档"))),
    Fault("GD-2-8", "attachment-missing", "composite_without_annex", "文件组合类型",
          lambda o: edit(("<文件组合类型>单件", "<文件组合类型>组合文件"))(
              replace(o, documents=o.documents[:1]))),
    Fault("GD-2-8", "attachment-unexpected", "single_item_with_annex", "文件组合类型",
          edit(("<文件组合类型>组合文件", "<文件组合类型>单件"))),
)  # fmt: skip


def _photograph(document: Official) -> Sample:
    """A 档号 of category 照片, which the agency does not file."""
    other = replace(document, archival_code=document.archival_code.replace("-WS·", "-ZP·"))
    return edit(("<类别号>WS</类别号>", "<类别号>ZP</类别号>"))(other)


def _year_1998(document: Official) -> Official:
    """The whole document, its dates included, moved to 1998."""
    rule = document.agency.rules[0]

    def moved(text: str) -> str:
        return text.replace(str(document.year), "1998", 1)

    return replace(
        document,
        year=1998,
        archival_code=archival_code(rule, 1998, document.retention, document.unit, document.item),
        number=moved(document.number),
        date=moved(document.date),
        steps=tuple(replace(step, at=moved(step.at)) for step in document.steps),
    )


SCOPE = (
    Fault("GD-2-9", "category-outside", "photographs_not_in_scope", "档号", _photograph),
    Fault("GD-2-9", "retention-outside", "permanent_where_ten_years_are_agreed", "档号",
          changed(lambda o: o), agency="sample-short-term"),
    Fault("GD-2-9", "year-outside", "year_before_the_first", "档号", changed(_year_1998)),
)  # fmt: skip

ENVELOPE = (
    Fault("GD-2-10", "missing-element", "no_encoding_description", "编码描述",
          cut("<编码描述>.*?</编码描述>")),
    Fault("GD-2-10", "missing-element", "no_decoding_keyword", "反编码关键字",
          cut("<反编码关键字>.*?</反编码关键字>")),
    Fault("GD-2-10", "empty-element", "no_packing_unit", "封装包创建单位",
          cut("<封装包创建单位>.*?</封装包创建单位>", "<封装包创建单位></封装包创建单位>")),
    Fault("GD-2-10", "missing-attribute", "no_version_in_the_signed_part", "被签名对象",
          edit((' eep版本="2009"', ""))),
)  # fmt: skip


def _lock_on_a_document(document: Official) -> Sample:
    """The lock names an identifier that exists but is no signature."""
    key = signer("rsa-sha256", document.agency.name)
    xml = eep.package(document, (key,)).decode("utf-8")
    xml = replaced(xml, "<被锁定签名标识符>修改0-签名1", "<被锁定签名标识符>修改0-文档1")
    return deliver(document, Form.EEP, xml.encode("utf-8"))


def _revision_to_nowhere(document: Official) -> Sample:
    """The revision names one more file, whose content no earlier layer holds."""
    xml = eep.package(document, revisions=1).decode("utf-8")
    here = "修改1-文档2-文档数据"
    start = xml.index(f'<文档数据 文档数据ID="{here}1">')
    last = xml[start : xml.index("</文档数据>", start) + len("</文档数据>")]
    more = last.replace(f"{here}1", f"{here}2").replace("修改0-文档2", "修改0-文档9")
    more = more.replace("附件1.pdf", "附件9.pdf")
    return deliver(document, Form.EEP, replaced(xml, last, last + more).encode("utf-8"))


REFERENCES = (
    Fault("ZX-2-1", "no-target", "step_by_an_unknown_agent", "机构人员标识符",
          edit(("<业务标识符>业务-1</业务标识符><机构人员标识符>{o.steps[0].agent}<",
                "<业务标识符>业务-1</业务标识符><机构人员标识符>人员-99<"))),
    Fault("ZX-2-1", "no-target", "step_on_an_unknown_record", "文件标识符",
          edit(("<文件标识符>{o.electronic_code}<", "<文件标识符>另一电子文件号<"))),
    Fault("ZX-2-1", "duplicate-id", "two_documents_of_one_identifier", "文档标识符",
          edit(("<文档标识符>修改0-文档2<", "<文档标识符>修改0-文档1<"))),
    Fault("ZX-2-1", "bad-id", "identifier_begins_with_a_digit", "文档标识符",
          edit(("<文档标识符>修改0-文档2<", "<文档标识符>2号文档<"))),
    Fault("ZX-2-1", "no-target", "revision_refers_to_content_that_is_not_there",
          "引用编码数据ID", _revision_to_nowhere),
    Fault("ZX-2-1", "wrong-target", "lock_names_a_document", "被锁定签名标识符",
          _lock_on_a_document, also=("GD-1-1",)),
)  # fmt: skip

FAULTS = TOTALS + ITEMS + CONTENT + SCOPE + ENVELOPE + REFERENCES

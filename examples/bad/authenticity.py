"""Faults of 真实性 (GD-1-x, ZX-1-x): the package is not what its sender says."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace

from examples import eep, record
from examples.bad.plan import (
    Fault,
    Make,
    archive,
    changed,
    cut,
    edit,
    lawful,
    replaced,
    rewritten,
    with_file,
)
from examples.documents import Official, agency, archival_code, ofd_file
from examples.good import EEP_NAME, deliver
from examples.sample import Sample
from examples.signing import Signer, expired, signer
from filing.model.package import Form


def _signed(change: Callable[[str, Official], str], suite: str = "rsa-sha256") -> Make:
    """Sign and lock, then change the text."""

    def make(document: Official) -> Sample:
        xml = eep.package(document, (signer(suite, document.agency.name),)).decode("utf-8")
        return deliver(document, Form.EEP, change(xml, document).encode("utf-8"))

    return make


def _locked(change: Callable[[str], str], suite: str = "rsa-sha256") -> Make:
    """Change the 电子签名 first, then lock it, so that only the signature is at fault."""

    def make(document: Official) -> Sample:
        key = signer(suite, document.agency.name)
        body = eep.original_object(document)
        made = eep.signature("修改0-签名1", key, body.encode("utf-8"), eep.packed_at(document))
        block = f"<电子签名块>{change(made)}</电子签名块>\n"
        # The lock is always sound, even where the signature under it is weak.
        sound = signer("rsa-sha256", document.agency.name)
        xml = eep.envelope(body, block, eep.lock(block, sound, document, 0))
        return deliver(document, Form.EEP, xml.encode("utf-8"))

    return make


def _certificate(text: str) -> Callable[[str], str]:
    start, end = "<证书>", "</证书>"
    return lambda made: made[: made.index(start)] + start + text + made[made.index(end) :]


def _stranger(made: str) -> str:
    other: Signer = signer("ecdsa-p256", "另一单位（样例）")
    return _certificate(base64.b64encode(other.certificate).decode())(made)


def _expired(document: Official) -> Sample:
    """Signed in 2025 by a certificate that ran out in 2012; the lock is sound."""
    body, at = eep.original_object(document), eep.packed_at(document)
    made = eep.signature("修改0-签名1", expired(document.agency.name), body.encode("utf-8"), at)
    block = f"<电子签名块>{made}</电子签名块>\n"
    lock = eep.lock(block, signer("rsa-sha256", document.agency.name), document, 0)
    return deliver(document, Form.EEP, eep.envelope(body, block, lock).encode("utf-8"))


SIGNATURES = (
    Fault(
        "GD-1-1", "digest-differs", "title_changed_after_signing", "电子签名",
        _signed(lambda xml, o: replaced(xml, o.title, o.title.replace("关于", "有关"))),
    ),
    Fault(
        "GD-1-1", "digest-differs", "sm2_title_changed_after_signing", "电子签名",
        _signed(lambda xml, o: replaced(xml, o.title, o.title.replace("关于", "有关")), "sm2-sm3"),
    ),
    Fault(
        "GD-1-1", "digest-differs", "signature_changed_after_locking", "锁定签名",
        _signed(lambda xml, o: replaced(
            xml, f"<签名人>{o.agency.name}</签名人>", "<签名人>他人</签名人>")),
    ),
    Fault("GD-1-1", "expired-certificate", "certificate_ran_out_before", "电子签名", _expired),
    Fault("GD-1-1", "weak-algorithm", "signed_with_sha1", "电子签名",
          _locked(lambda made: made, "rsa-sha1")),
    Fault("GD-1-1", "weak-algorithm", "signed_with_md5", "电子签名",
          _locked(lambda made: made, "rsa-md5")),
    Fault("GD-1-1", "unknown-rule", "rule_not_known", "电子签名",
          _locked(lambda made: rewritten(
              made, "(?<=<签名规则>).*?(?=</签名规则>)", "按本单位约定的方法签名"))),
    Fault("GD-1-1", "unknown-algorithm", "algorithm_not_known", "电子签名",
          _locked(lambda made: replaced(made, "1.2.840.113549.1.1.11", "1.3.6.1.4.1.99999.1"))),
    Fault("GD-1-1", "bad-certificate", "certificate_not_readable", "电子签名",
          _locked(_certificate("5LiN5piv6K+B5Lmm"))),
    Fault("GD-1-1", "key-unfit", "certificate_of_another_kind_of_key", "电子签名",
          _locked(_stranger)),
)  # fmt: skip

VALUES = (
    Fault("GD-1-2", "too-long", "title_too_long", "题名",
          changed(lambda o: replace(o, title="关于" + "汛期值守" * 150 + "的通知"))),
    Fault("GD-1-3", "wrong-type", "date_in_words", "日期",
          edit(("<日期>{o.date}</日期>", "<日期>二〇二五年春</日期>"))),
    Fault("GD-1-3", "wrong-type", "action_time_in_words", "行为时间",
          edit(("<行为时间>{o.steps[0].at}</行为时间>", "<行为时间>上午九点</行为时间>"))),
    Fault("GD-1-3", "wrong-type", "page_count_not_a_number", "页数",
          edit(("<语种>", "<页数>三页</页数><语种>"))),
    Fault("GD-1-3", "wrong-type", "packing_time_not_a_time", "封装包创建时间",
          cut("<封装包创建时间>.*?</封装包创建时间>", "<封装包创建时间>昨天</封装包创建时间>")),
    Fault("GD-1-4", "not-in-list", "secrecy_not_in_list", "密级",
          edit(("<密级>公开</密级>", "<密级>内部</密级>"))),
    Fault("GD-1-4", "not-in-list", "business_status_not_in_list", "业务状态",
          edit(("<业务状态>历史行为</业务状态>", "<业务状态>正在办理</业务状态>"))),
    Fault("GD-1-4", "not-in-list", "agent_kind_not_in_list", "机构人员类型",
          edit(("<机构人员类型>单位</机构人员类型>", "<机构人员类型>企业</机构人员类型>"))),
    Fault("GD-1-5", "after-today", "action_in_the_future", "行为时间",
          edit(("<行为时间>{o.steps[5].at}</行为时间>",
                "<行为时间>2199-01-01T09:00:00+08:00</行为时间>"))),
    Fault("GD-1-5", "out-of-range", "date_of_a_battle", "日期",
          edit(("<日期>{o.date}</日期>", "<日期>1066-10-14</日期>"))),
    Fault("GD-1-5", "out-of-range", "page_count_beyond_belief", "页数",
          edit(("<语种>", "<页数>900000</页数><语种>"))),
    Fault("GD-1-5", "classified-online", "classified_record", "密级",
          edit(("<密级>公开</密级>", "<密级>机密</密级><保密期限>10年</保密期限>"))),
    Fault("GD-1-5", "date-after-year", "dated_two_years_after_its_year", "日期",
          changed(lambda o: replace(
              o, year=2020, archival_code=o.archival_code.replace("2025", "2020")))),
    Fault("GD-1-6", "special-character", "zero_width_space_in_title", "题名",
          edit(("<题名>{o.title}", "<题名>关\u200b{o.title}"))),
    Fault("GD-1-6", "special-character", "private_use_character_in_author", "责任者",
          edit(("<责任者>{o.author}", "<责任者>\ue000{o.author}"))),
    Fault("GD-1-6", "special-character", "replacement_characters_in_receiver", "主送",
          edit(("<主送>", "<主送>\ufffd\ufffd"))),
)  # fmt: skip


def _item_changed(document: Official) -> Official:
    return replace(document, item=document.item + 500)


CODES = (
    Fault("GD-1-7", "lookalike-dot", "bullet_instead_of_middle_dot", "档号",
          edit(("-WS·{o.year}", "-WS•{o.year}"))),
    Fault("GD-1-7", "wrong-form", "legacy_code", "档号",
          changed(lambda o: replace(o, archival_code=f"SZ {o.item}-2-1305"))),
    Fault("GD-1-7", "item-width", "item_number_of_five_digits", "档号",
          edit(("-{o.item:04d}<全宗号>", "-{o.item:05d}<全宗号>"))),
    Fault("GD-1-7", "part-differs", "item_number_differs", "室编件号", changed(_item_changed)),
    Fault("GD-1-7", "part-differs", "retention_differs", "保管期限",
          edit(("<保管期限>永久</保管期限>", "<保管期限>30年</保管期限>"))),
    Fault("GD-1-7", "part-differs", "year_differs", "年度",
          edit(("<年度>{o.year}</年度>", "<年度>2024</年度>"))),
)  # fmt: skip


def _earlier(document: Official) -> Sample:
    """A lawful record of its own that already holds the 档号."""
    other = replace(document, electronic_code=document.electronic_code + "-1")
    return lawful()(other)


def _earlier_code(document: Official) -> Sample:
    item = document.item + 700
    code = archival_code(
        document.agency.rules[0], document.year, document.retention, document.unit, item
    )
    return lawful()(replace(document, item=item, archival_code=code))


def _other_digest(document: Official) -> Sample:
    """Promise the digest of other bytes; the file itself is sound."""
    xml = eep.package(document, external=True).decode("utf-8")
    found, other = (
        base64.b64encode(hashlib.sha256(body).digest()).decode()
        for body in (document.files[-1].body, b"other bytes")
    )
    return deliver(document, Form.EEP_ZIP, replaced(xml, found, other).encode("utf-8"))


def _other_hex(document: Official) -> Sample:
    xml = record.metadata(document).decode("utf-8")
    found, other = (
        hashlib.sha256(body).hexdigest() for body in (document.files[0].body, b"other bytes")
    )
    return deliver(document, Form.RECORD_PARTS, replaced(xml, found, other).encode("utf-8"))


def _without_last(members: dict[str, bytes]) -> dict[str, bytes]:
    return dict(list(members.items())[:-1])


CONTENT = (
    Fault("GD-1-8", "archival-code-held", "archival_code_already_filed", "档号",
          lawful(), before=(_earlier,)),
    Fault("GD-1-8", "electronic-code-held", "electronic_code_already_filed", "电子文件号",
          lawful(), before=(_earlier_code,)),
    Fault("GD-1-8", "file-name-twice", "two_files_of_one_name", "正本.ofd",
          changed(lambda o: with_file(o, 1, replace(o.files[1], name="正本.ofd")))),
    Fault("GD-1-10", "size-differs", "size_not_that_of_the_file", "正本.ofd",
          cut(r"<计算机文件大小>\d+</计算机文件大小>", "<计算机文件大小>77</计算机文件大小>")),
    Fault("GD-1-10", "format-differs", "pdf_called_ofd", "附件1.ofd",
          changed(lambda o: with_file(o, -1, ofd_file("附件1.ofd", o.files[-1].body)))),
    Fault("GD-1-10", "extension-differs", "name_of_another_format", "附件1.ofd",
          edit(("<计算机文件名>附件1.pdf<", "<计算机文件名>附件1.ofd<"))),
    Fault("GD-1-10", "format-differs", "decoding_keyword_of_another_format", "附件1.pdf",
          edit(("<反编码关键字>pdf</反编码关键字><编码数据 编码数据ID=\"修改0-文档2",
                "<反编码关键字>docx</反编码关键字><编码数据 编码数据ID=\"修改0-文档2"))),
    Fault("GD-1-11", "absent", "annex_not_in_the_zip", "附件1.pdf",
          archive(_without_last, Form.EEP_ZIP, counted=False)),
    Fault("GD-1-11", "misnamed", "annex_under_another_name", "附件1.pdf",
          archive(lambda m: _without_last(m) | {"附件一.pdf": m["附件1.pdf"]}, Form.EEP_ZIP)),
    Fault("GD-1-12", "wrong-statement", "other_version_stated", "版本",
          edit(("<版本>2009</版本>", "<版本>2012</版本>"))),
    Fault("GD-1-12", "type-disagrees", "type_and_description_disagree", "封装包类型",
          edit((eep.ORIGINAL_TYPE, eep.REVISED_TYPE))),
    Fault("GD-1-12", "unexpected-element", "element_of_ones_own", "内容描述",
          edit(("</内容描述>", "<自定义项>样例</自定义项></内容描述>"))),
    Fault("GD-1-12", "misplaced-element", "author_before_title", "内容描述",
          edit(("<责任者>{o.author}</责任者>", ""),
               ("<内容描述>", "<内容描述><责任者>{o.author}</责任者>"))),
    Fault("GD-1-12", "unexpected-attribute", "attribute_of_ones_own", "内容描述",
          edit(("<内容描述>", '<内容描述 来源="样例">'))),
    Fault("GD-1-12", "unexpected-text", "text_between_elements", "来源",
          edit(("<来源>", "<来源>样例"))),
    Fault("GD-1-13", "no-metadata-document", "zip_without_metadata", "",
          archive(lambda m: {name: m[name] for name in m if name != EEP_NAME}, Form.EEP_ZIP)),
    Fault("GD-1-13", "several-metadata-documents", "two_metadata_documents", "",
          archive(lambda m: m | {"metadata.xml": m[EEP_NAME]}, Form.EEP_ZIP)),
    Fault("GD-1-13", "misplaced-metadata", "metadata_in_a_folder", "",
          archive(lambda m: {("元数据/" if name == EEP_NAME else "") + name: body
                             for name, body in m.items()}, Form.EEP_ZIP)),
    Fault("GD-1-14", "digest-differs", "digest_of_other_bytes", "附件1.pdf", _other_digest),
    Fault("GD-1-14", "digest-differs", "hexadecimal_digest_of_other_bytes", "正本.ofd", _other_hex),
)  # fmt: skip

SENDER = (
    Fault("ZX-1-1", "namespace-missing", "no_namespace", "电子文件封装包",
          edit((f' xmlns="{eep.NAMESPACE}"', ""))),
    Fault("ZX-1-1", "namespace-unknown", "other_namespace", "电子文件封装包",
          edit((eep.NAMESPACE, "urn:example:eep"))),
    Fault("ZX-1-1", "root-unknown", "other_root", "eep.xml",
          edit(("<电子文件封装包 ", "<封装包 "), ("</电子文件封装包>", "</封装包>"))),
    Fault("ZX-1-2", "signature-absent", "unsigned_where_signing_is_agreed", "",
          lawful(), agency="sample-signed"),
    Fault("ZX-1-3", "name-not-sender", "name_of_another_agency", "立档单位名称",
          edit(("<立档单位名称>{o.agency.name}", "<立档单位名称>省文化样例厅"))),
    Fault("ZX-1-3", "fonds-not-sender", "fonds_of_another_agency", "全宗号",
          changed(lambda o: replace(
              o, fonds="Z110",
              archival_code=o.archival_code.replace(agency("sample-water").rules[0].fonds, "Z110"),
          ))),
)  # fmt: skip

FAULTS = SIGNATURES + VALUES + CODES + CONTENT + SENDER

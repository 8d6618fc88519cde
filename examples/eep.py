"""EEP packages: DA/T 48-2009 XML, original and revised layers, signed or not.

The XML is written as text, so that what is signed is exactly what is sent: the bytes
from the first ``<`` of 被签名对象 to its last ``>``. Element order follows DA/T 48
(and its XSD, schemas/packages/eep-2009.xsd).

Content travels inline as Base64, or beside the XML in a ZIP with its SHA-256 in
编码数据. How a package is delivered (Sample) is in examples.good.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from examples.documents import ARCHIVES_CODE, ARCHIVES_NAME, RETENTIONS, Document, File, Official
from examples.signing import Signer

NAMESPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"
DESCRIPTION = "本EEP根据中华人民共和国档案行业标准DA/T 48-2009《基于XML的电子文件封装规范》生成"
ORIGINAL_TYPE = "本封装包包含电子文件数据及其元数据，原始封装，未经修改"
REVISED_TYPE = (
    "本封装包包含电子文件数据及其元数据，系修改封装，在保留原封装包的基础上，添加了修改层"
)
INLINE_ENCODING = (
    "编码数据为计算机文件经Base64（IETF RFC 2045）编码所得；还原时先解码，再以反编码关键字为扩展名"
)
EXTERNAL_ENCODING = "仅提供SHA256摘要信息,文档数据在外部保存"
EXTERNAL_KEYWORD = "sha256-base64Binary"
SIGN_RULE = "对被签名对象元素的原始字节（自起始标签的“<”至结束标签的“>”）直接签名，不作规范化"
LOCK_RULE = "对被锁定的电子签名元素的原始字节（自起始标签的“<”至结束标签的“>”）直接签名，不作规范化"
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)


def element(name: str, value: object) -> str:
    """``<name>value</name>``, the value escaped."""
    return f"<{name}>{escape(str(value))}</{name}>"


def package(
    official: Official,
    signers: tuple[Signer, ...] = (),
    *,
    external: bool = False,
    revisions: int = 0,
) -> bytes:
    """Return the EEP of ``official``.

    signers     each writes one 电子签名 over 被签名对象; the first one's is locked;
                () leaves the package unsigned
    external    content beside the XML: 编码数据 then holds the SHA-256 of each file
    revisions   修改层 put around the original; each repeats the metadata, refers to the
                original content and is signed by the same signers
    """
    signed = original_object(official, external)
    signatures = _signature_block(signed, signers, official, 0)
    for layer in range(1, revisions + 1):
        signed = revised_object(official, signed, signatures, layer)
        signatures = _signature_block(signed, signers, official, layer)
    lock_text = lock(signatures, signers[0], official, revisions) if signers else ""
    return envelope(signed, signatures, lock_text).encode("utf-8")


def envelope(signed: str, signatures: str = "", locked: str = "") -> str:
    """电子文件封装包 around a 被签名对象."""
    return (
        f'{XML_HEAD}<电子文件封装包 xmlns="{NAMESPACE}">\n'
        f"{element('封装包格式描述', DESCRIPTION)}\n"
        f"{element('版本', 2009)}\n{signed}\n{signatures}{locked}</电子文件封装包>\n"
    )


def original_object(official: Official, external: bool = False) -> str:
    """被签名对象 of an original package (原始型)."""
    return (
        f'<被签名对象 eep版本="2009">\n{_statement(official, "原始型", ORIGINAL_TYPE, 0)}'
        f"<封装内容>\n{_blocks(official, 0, external)}</封装内容>\n</被签名对象>"
    )


def revised_object(official: Official, signed: str, signatures: str, layer: int) -> str:
    """被签名对象 of a revised package (修改型) around the previous one, kept as it was."""
    return (
        f'<被签名对象 eep版本="2009">\n{_statement(official, "修改型", REVISED_TYPE, layer)}'
        f"<修改封装内容>\n{element('修改标识符', f'修改{layer}')}\n<原封装包>{signed}{signatures}"
        f"</原封装包>\n<修订内容>\n{_blocks(official, layer, False)}</修订内容>\n"
        "</修改封装内容>\n</被签名对象>"
    )


def packed_at(official: Official, layer: int = 0) -> str:
    """封装包创建时间: a day after the last step, a week later for each layer."""
    last = datetime.fromisoformat(official.steps[-1].at)
    return (last + timedelta(days=1 + 7 * layer)).isoformat(timespec="seconds")


def _statement(official: Official, kind: str, description: str, layer: int) -> str:
    return (
        f"{element('封装包类型', kind)}\n{element('封装包类型描述', description)}\n"
        f"{element('封装包创建时间', packed_at(official, layer))}\n"
        f"{element('封装包创建单位', official.agency.name)}\n"
    )


def _blocks(official: Official, layer: int, external: bool) -> str:
    return (
        f"<文件实体块>\n<文件实体>\n{record_fields(official)}"
        f"<文件数据>\n{_documents(official, layer, external)}</文件数据>\n"
        "</文件实体>\n</文件实体块>\n"
        f"{business_block(official)}{agent_block(official)}"
    )


def record_fields(official: Official) -> str:
    """The children of 文件实体 before 文件数据, in order. Source: DA/T 46-2009."""
    e = element
    code = (
        f"{escape(official.archival_code)}{e('全宗号', official.fonds)}{e('年度', official.year)}"
        f"{e('保管期限', RETENTIONS[official.retention])}{e('机构或问题', official.unit)}"
        f"{e('类别号', 'WS')}{e('室编件号', official.item)}"
    )
    return (
        f"{e('聚合层次', '文件')}\n"
        f"<来源>{e('档案馆名称', ARCHIVES_NAME)}{e('档案馆代码', ARCHIVES_CODE)}"
        f"{e('全宗名称', official.agency.name)}{e('立档单位名称', official.agency.name)}</来源>\n"
        f"{e('电子文件号', official.electronic_code)}\n<档号>{code}</档号>\n"
        f"<内容描述>{e('题名', official.title)}{e('文件编号', official.number)}"
        f"{e('责任者', official.author)}{e('日期', official.date)}{e('文种', official.kind)}"
        f"{e('主送', official.receiver)}{e('密级', official.secrecy)}</内容描述>\n"
        f"<形式特征>{e('文件组合类型', official.aggregation)}{e('语种', '汉语')}"
        f"{e('稿本', '正本')}</形式特征>\n"
        f"<存储位置>{e('当前位置', '在线')}{e('脱机载体编号', '在线归档，无脱机载体')}</存储位置>\n"
        f"<权限管理>{e('控制标识', '控制')}</权限管理>\n"
        f"{e('信息系统描述', '协同办公系统（样例）')}\n"
    )


def _documents(official: Official, layer: int, external: bool) -> str:
    return "".join(
        _document(document, number, layer, external)
        for number, document in enumerate(official.documents, start=1)
    )


def _document(document: Document, number: int, layer: int, external: bool) -> str:
    name = f"文档{number}"
    versions = "".join(
        _encoding(file, f"{name}-文档数据{at}", layer, external)
        for at, file in enumerate(document.files, start=1)
    )
    return (
        f"<文档>{element('文档标识符', f'修改{layer}-{name}')}{element('文档序号', number)}"
        f"{element('文档主从声明', document.role)}{element('题名', document.title)}\n"
        f"{versions}</文档>\n"
    )


def _encoding(file: File, place: str, layer: int, external: bool) -> str:
    """One 文档数据 with its 编码; in a revised layer the content is referred to."""
    here = f"修改{layer}-{place}"
    target = ""
    if layer:
        data, target = "", f' 引用编码数据ID="修改0-{place}-编码1-编码数据"'
    elif external:
        data = base64.b64encode(hashlib.sha256(file.body).digest()).decode("ascii")
    else:
        data = base64.b64encode(file.body).decode("ascii")
    described = EXTERNAL_ENCODING if external else INLINE_ENCODING
    keyword = EXTERNAL_KEYWORD if external else file.extension
    return (
        f'<文档数据 文档数据ID="{here}"><编码 编码ID="{here}-编码1">{electronic(file)}\n'
        f"{element('编码描述', described)}{element('反编码关键字', keyword)}"
        f'<编码数据 编码数据ID="{here}-编码1-编码数据"{target}>{data}</编码数据>'
        "</编码></文档数据>\n"
    )


def electronic(file: File) -> str:
    """电子属性 of a file."""
    return (
        f"<电子属性>{element('格式信息', file.format)}{element('计算机文件名', file.name)}"
        f"{element('计算机文件大小', len(file.body))}"
        f"{element('文档创建程序', '协同办公系统（样例） 1.0')}</电子属性>"
    )


def business_block(official: Official) -> str:
    """业务实体块: every step of the process."""
    steps = "".join(
        f"<业务实体>{element('业务标识符', step.identifier)}"
        f"{element('机构人员标识符', step.agent)}{element('文件标识符', official.electronic_code)}"
        f"{element('业务状态', '历史行为')}{element('业务行为', step.action)}"
        f"{element('行为时间', step.at)}</业务实体>\n"
        for step in official.steps
    )
    return f"<业务实体块>\n{steps}</业务实体块>\n"


def agent_block(official: Official) -> str:
    """机构人员实体块: who took part, and which office each belongs to."""
    agents = "".join(
        f"<机构人员实体>{element('机构人员标识符', agent.identifier)}"
        f"{element('机构人员类型', agent.kind)}{element('机构人员名称', agent.name)}"
        "</机构人员实体>\n"
        for agent in official.agents
    )
    relations = "".join(
        f"<机构人员实体关系>{element('机构人员标识符', agent.identifier)}"
        f"{element('被关联机构人员标识符', agent.parent)}{element('关系', '隶属于')}"
        "</机构人员实体关系>\n"
        for agent in official.agents
        if agent.parent
    )
    return f"<机构人员实体块>\n{agents}{relations}</机构人员实体块>\n"


def _signature_block(signed: str, signers: Iterable[Signer], official: Official, layer: int) -> str:
    signatures = "".join(
        signature(
            f"修改{layer}-签名{number}", signer, signed.encode("utf-8"), packed_at(official, layer)
        )
        for number, signer in enumerate(signers, start=1)
    )
    return f"<电子签名块>{signatures}</电子签名块>\n" if signatures else ""


def signature(
    identifier: str, signer: Signer, signed: bytes, at: str, rule: str = SIGN_RULE
) -> str:
    """One 电子签名 over ``signed``."""
    return (
        f"<电子签名>{element('签名标识符', identifier)}"
        f"{_signature_body(signer, signed, at, rule)}</电子签名>"
    )


def lock(signatures: str, signer: Signer, official: Official, layer: int) -> str:
    """锁定签名 over the raw bytes of the first 电子签名."""
    end = signatures.index("</电子签名>") + len("</电子签名>")
    locked = signatures[signatures.index("<电子签名>") : end].encode("utf-8")
    return (
        f"<锁定签名>{element('被锁定签名标识符', f'修改{layer}-签名1')}"
        f"{_signature_body(signer, locked, packed_at(official, layer), LOCK_RULE)}</锁定签名>\n"
    )


def _signature_body(signer: Signer, signed: bytes, at: str, rule: str) -> str:
    return (
        f"{element('签名规则', rule)}{element('签名时间', at)}{element('签名人', signer.subject)}"
        f"{element('签名结果', base64.b64encode(signer.sign(signed)).decode())}"
        f"<证书块>{element('证书', base64.b64encode(signer.certificate).decode())}</证书块>"
        f"{element('签名算法标识', signer.oid)}"
    )


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A ZIP of ``members`` in order, stored, with one fixed time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), body)
    return target.getvalue()

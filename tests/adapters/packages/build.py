"""Packages built by hand for the readers' tests, and a sink that keeps everything in memory."""

import base64
import hashlib
import io
import zipfile

from filing.model.digest import Digest
from filing.model.package import Content

NS = "http://www.saac.gov.cn/standards/ERM/encapsulation"
_ORIGINAL = "本封装包包含电子文件数据及其元数据，原始封装，未经修改"
_REVISED = "本封装包包含电子文件数据及其元数据，系修改封装，在保留原封装包的基础上，添加了修改层"


class MemorySink:
    """Keeps the promise of staging, in memory."""

    def __init__(self):
        self.opened = []

    def open(self, member):
        self.opened.append(member)
        return _MemoryWriter(member)


class _MemoryWriter:
    def __init__(self, member):
        self.member, self.pieces = member, []

    def write(self, data):
        self.pieces.append(bytes(data))

    def close(self):
        return a_content(b"".join(self.pieces), self.member)


def a_content(body, member="package"):
    return Content(member, len(body), (Digest("sha256", hashlib.sha256(body).digest()),), body)


def base64_lines(body, width=76, end="\r\n"):
    text = base64.b64encode(body).decode()
    return end.join(text[at : at + width] for at in range(0, len(text), width))


def an_encoding(identifier, body, name="正文.ofd", extension="ofd", attributes="", text=None):
    text = base64_lines(body) if text is None else text
    return (
        f'<编码 编码ID="{identifier}"><电子属性><格式信息>OFD</格式信息>'
        f"<计算机文件名>{name}</计算机文件名>"
        f"<计算机文件大小>{len(body)}</计算机文件大小></电子属性><编码描述>Base64</编码描述>"
        f"<反编码关键字>{extension}</反编码关键字>"
        f'<编码数据 编码数据ID="{identifier}-数据"{attributes}>{text}</编码数据></编码>'
    )


def a_document(number, encodings, layer=0):
    return (
        f"<文档><文档标识符>修改{layer}-文档{number}</文档标识符><文档序号>{number}</文档序号>"
        f"<文档主从声明>主文档</文档主从声明><题名>关于防汛工作的通知</题名>"
        f'<文档数据 文档数据ID="修改{layer}-文档{number}-文档数据1">{encodings}</文档数据></文档>'
    )


def record_fields(title="关于防汛工作的通知"):
    return (
        "<聚合层次>文件</聚合层次><来源><立档单位名称>某厅</立档单位名称></来源>\n"
        "<电子文件号>E-1</电子文件号>\n"
        "<档号>A439-WS·2015·D30-003<全宗号>A439</全宗号><年度>2015</年度>"
        "<保管期限>30年</保管期限><室编件号>0003</室编件号></档号>\n"
        f"<内容描述><题名>{title}</题名><主题词 主题词表名称='综合表'>防汛</主题词>"
        "<责任者>某厅</责任者><日期>2015-06-01</日期><密级>公开</密级></内容描述>"
        "<形式特征><文件组合类型>单件</文件组合类型></形式特征>"
        "<存储位置><脱机载体编号></脱机载体编号></存储位置><权限管理/>"
    )


def blocks(documents, title="关于防汛工作的通知"):
    return (
        f"<文件实体块><文件实体>{record_fields(title)}<文件数据>{documents}</文件数据></文件实体>"
        "<文件实体关系><文件标识符>E-1</文件标识符><被关联文件标识符>E-0</被关联文件标识符></文件实体关系>"
        "</文件实体块>\n<业务实体块><业务实体><业务标识符>B1</业务标识符>"
        "<机构人员标识符>A1</机构人员标识符><文件标识符>E-1</文件标识符><业务状态>历史行为</业务状态>"
        "<业务行为>签发</业务行为><行为时间>2015-05-30</行为时间></业务实体></业务实体块>"
        "<机构人员实体块><机构人员实体><机构人员标识符>A1</机构人员标识符>"
        "<机构人员类型>个人</机构人员类型><机构人员名称>张三</机构人员名称></机构人员实体></机构人员实体块>"
    )


def signed_object(content, kind="原始型", attributes=""):
    described = _ORIGINAL if kind == "原始型" else _REVISED
    return (
        f'<被签名对象 eep版本="2009"{attributes}><封装包类型>{kind}</封装包类型>'
        f"<封装包类型描述>{described}</封装包类型描述><封装包创建时间>2026-01-05T10:00:00</封装包创建时间>"
        f"<封装包创建单位>某厅</封装包创建单位>{content}</被签名对象>"
    )


def a_signature(identifier, value=b"signed"):
    return f"<电子签名><签名标识符>{identifier}</签名标识符>{_signature_rest(value)}</电子签名>"


def a_lock(identifier):
    rest = _signature_rest(b"lock")
    return f"<锁定签名><被锁定签名标识符>{identifier}</被锁定签名标识符>{rest}</锁定签名>"


def _signature_rest(value):
    encoded = base64.b64encode(value).decode()
    return (
        f"<签名规则>r</签名规则><签名时间>2026-01-05T10:00:00</签名时间><签名人>某厅</签名人>"
        f"<签名结果>{encoded}</签名结果><证书块><证书>{encoded}</证书></证书块>"
        "<签名算法标识>1.2.156.10197.1.501</签名算法标识>"
    )


def an_eep(documents=None, signed=None, after="", encoding="UTF-8", xmlns=f' xmlns="{NS}"'):
    """The text of an EEP."""
    if documents is None:
        documents = a_document(1, an_encoding("修改0-文档1-编码1", b"content of the file"))
    if signed is None:
        signed = signed_object(f"<封装内容>{blocks(documents)}</封装内容>")
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<电子文件封装包{xmlns}>\n'
        "<封装包格式描述>DA/T 48-2009</封装包格式描述>\n<版本>2009</版本>\n"
        f"{signed}{after}</电子文件封装包>\n"
    )


def a_record(files, xmlns=' xmlns="urn:filing:record:2009"'):
    """The text of a DA/T 46 document; ``files``: name -> digest element or ""."""
    listed = "".join(
        f"<文件><计算机文件名>{name}</计算机文件名>{digest}</文件>"
        for name, digest in files.items()
    )
    document = f"<文档><文档主从声明>主文档</文档主从声明>{listed}</文档>"
    return f"<电子文件元数据{xmlns}>{blocks(document)}</电子文件元数据>"


def a_zip(members, method=zipfile.ZIP_DEFLATED):
    """A ZIP; ``members``: name or ZipInfo -> bytes, or a list of pairs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, body in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, body)
    return buffer.getvalue()


def codes(findings):
    return sorted({(one.code, one.reason) for one in findings})

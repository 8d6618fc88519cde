"""A metadata document of its own (schemas/packages/record-2009.xsd), files outside it.

The fields are those of an EEP's 封装内容; 文件数据 lists files with their digests
instead of carrying them. Never signed: it has no place for a signature.
"""

import hashlib

from gmalglib.sm3 import SM3

from examples.documents import Document, File, Official
from examples.eep import XML_HEAD, agent_block, business_block, element, record_fields

NAMESPACE = "urn:filing:record:2009"


def metadata(official: Official, digest: str = "SHA-256") -> bytes:
    """Return 电子文件元数据 for ``official``. ``digest`` is "SHA-256" or "SM3"."""
    documents = "".join(
        _document(document, number, digest)
        for number, document in enumerate(official.documents, start=1)
    )
    return (
        f'{XML_HEAD}<电子文件元数据 xmlns="{NAMESPACE}">\n<文件实体块>\n<文件实体>\n'
        f"{record_fields(official)}<文件数据>\n{documents}</文件数据>\n</文件实体>\n</文件实体块>\n"
        f"{business_block(official)}{agent_block(official)}</电子文件元数据>\n"
    ).encode()


def _document(document: Document, number: int, digest: str) -> str:
    files = "".join(_file(file, digest) for file in document.files)
    return (
        f"<文档>{element('文档标识符', f'文档{number}')}{element('文档序号', number)}"
        f"{element('文档主从声明', document.role)}{element('题名', document.title)}\n"
        f"{files}</文档>\n"
    )


def _file(file: File, digest: str) -> str:
    return (
        f"<文件>{element('计算机文件名', file.name)}{element('计算机文件大小', len(file.body))}"
        f"{element('格式信息', file.format)}{element('文档创建程序', '协同办公系统（样例） 1.0')}"
        f'<数字摘要 算法="{digest}">{_hex(file.body, digest)}</数字摘要></文件>\n'
    )


def _hex(body: bytes, digest: str) -> str:
    if digest == "SHA-256":
        return hashlib.sha256(body).hexdigest()
    sm3 = SM3()
    sm3.update(body)
    return bytes(sm3.value()).hex()

"""Read a metadata document of DA/T 46 with files beside it: in a ZIP, or as parts.

The document is schemas/packages/record-2009.xsd. 计算机文件名 is the path of the
file in the package; 数字摘要 promises its digest in hexadecimal.
"""

import re
from collections.abc import Iterator

from filing.adapters.packages import safe_xml
from filing.adapters.packages.reader import Parcel, looks_like_zip, unreadable
from filing.adapters.packages.schemas import grammar
from filing.adapters.packages.splitter import Refused, Sink
from filing.adapters.packages.walk import Walk, root_unknown
from filing.model.digest import Digest
from filing.model.limits import Limits
from filing.model.package import Component, Content, Field, Form, Package

SCHEMA = "record-2009.xsd"
_ROOT = "电子文件元数据"
_ALGORITHMS = {"SHA-256": "sha256", "SM3": "sm3"}
_HEX = re.compile(r"[0-9A-Fa-f]{64}")


class RecordReader:
    """Record metadata as a document of its own."""

    forms: tuple[Form, ...] = (Form.RECORD_ZIP, Form.RECORD_PARTS)
    media_types: tuple[str, ...] = ("application/zip", "multipart/form-data")
    documents: tuple[str, ...] = ("metadata.xml", "元数据.xml")

    def reads(self, head: bytes) -> bool:
        return looks_like_zip(head)

    def read(self, parcel: Parcel, limits: Limits, sink: Sink) -> Package:
        return read_record(parcel, limits)


def read_record(parcel: Parcel, limits: Limits) -> Package:
    """The package whose metadata document is a DA/T 46 record."""
    try:
        with parcel.metadata.open() as stream:
            document = safe_xml.read(stream, limits)
    except Refused as refused:
        return unreadable(parcel, refused)
    if document.names[0] != _ROOT:
        return unreadable(parcel, root_unknown(document, _ROOT))
    walk = Walk(document, grammar(SCHEMA), parcel.metadata.member)
    namespace = walk.namespace()
    record = walk.down(0, "文件实体块", "文件实体")
    return Package(
        form=parcel.form,
        digest=parcel.digest,
        size_bytes=parcel.size_bytes,
        metadata=parcel.metadata,
        members=parcel.members,
        fields=tuple(_fields(walk, record)),
        components=tuple(_components(walk, record, {one.member: one for one in parcel.members})),
        activities=tuple(walk.activities(0)),
        agents=tuple(walk.agents(0)),
        relations=tuple(walk.relations(0)),
        schema_errors=walk.complaints(SCHEMA, limits),
        findings=(*parcel.findings, *namespace),
        identifiers=walk.identifiers(),
        references=walk.references(),
    )


def _fields(walk: Walk, record: int) -> Iterator[Field]:
    if record >= 0:
        yield from walk.fields(record, "", frozenset())
    yield from walk.fields(0, "", frozenset(("文件实体",)))


def _components(walk: Walk, record: int, files: dict[str, Content]) -> Iterator[Component]:
    number = 0
    documents = walk.all(walk.child(record, "文件数据"), "文档")
    for position, document in enumerate(documents, start=1):
        above, numbered = walk.texts(document), walk.numbered(document)
        for one in walk.all(document, "文件"):
            number += 1
            own = walk.texts(one)
            name = own.get("计算机文件名", "")
            yield Component(
                identifier=str(number),
                document=above.get("文档标识符", "").strip() or str(position),
                sequence=above.get("文档序号", ""),
                role=above.get("文档主从声明", "").strip(),
                title=above.get("题名", ""),
                file_name=name,
                declared_size=own.get("计算机文件大小", ""),
                declared_format=own.get("格式信息", ""),
                extension=_extension(name),
                promised=_promised(walk, walk.child(one, "数字摘要")),
                content=files.get(name),
                refers_to="",
                place=walk.place(one, "文件数据/文档/文件"),
                numbered=numbered,
            )


def _extension(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return extension if dot and stem else ""


def _promised(walk: Walk, index: int) -> Digest | None:
    """The digest stated; None when absent or malformed (the validator says so)."""
    text = walk.text(index).strip()
    algorithm = _ALGORITHMS.get(str(walk.elements[index].get("算法"))) if index >= 0 else None
    return Digest(algorithm, bytes.fromhex(text)) if algorithm and _HEX.fullmatch(text) else None

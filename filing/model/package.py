"""A package as read: what the sender says, and the bytes that are there.

Readers (adapters/packages) build it; checks (rules) judge it. Nothing here is
corrected or trimmed: values stand as they were sent.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple

from filing.model.digest import Digest
from filing.model.finding import Finding, Place


class Form(StrEnum):
    """The forms a delivery may have; stable names used in reports and receipts."""

    EEP = "eep"  # one XML, content inline (DA/T 48)
    EEP_ZIP = "eep-zip"  # ZIP of eep.xml and files beside it
    RECORD_ZIP = "record-zip"  # ZIP of a DA/T 46 metadata document and files
    RECORD_PARTS = "record-parts"  # multipart: metadata document and files


@dataclass(frozen=True, slots=True)
class Content:
    """One file of the package, staged.

    member       path in the package; for content inline in an EEP the 编码数据ID
    body         the bytes when small, else the staged file
    digests      always sha256; sm3 too when the suites in force ask for it
    offset       for inline content: where its Base64 starts in the XML, in bytes
    length       for inline content: how long its Base64 is in the XML, in bytes
    """

    member: str
    size_bytes: int
    digests: tuple[Digest, ...]
    body: bytes | Path
    offset: int = -1
    length: int = -1

    def open(self) -> BinaryIO:
        """Open for reading from the start; the caller closes."""
        return io.BytesIO(self.body) if isinstance(self.body, bytes) else self.body.open("rb")

    def digest(self, algorithm: str) -> Digest | None:
        """The digest by ``algorithm``, or None if it was not computed."""
        return next((one for one in self.digests if one.algorithm == algorithm), None)

    @property
    def is_inline(self) -> bool:
        """True when the bytes stand as Base64 inside the metadata document."""
        return self.offset >= 0


class Field(NamedTuple):
    """One metadata value as sent. A tuple, because a package has some hundred.

    path    element names below 文件实体 without positions ("内容描述/题名",
            "文件数据/文档/题名"), or below 封装内容 for the other entities
            ("业务实体块/业务实体/行为时间"), or below 被签名对象/the root for the
            package's own ("被签名对象/封装包创建单位")
    value   text as it stands, not trimmed; "" for an empty element
    place   line and position
    """

    path: str
    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Component:
    """One computer file (编码) a record consists of, as the metadata describes it.

    identifier       编码ID, or its position ("1") where the form has no ids
    document         文档标识符 of the document it belongs to
    sequence         文档序号 as sent
    role             主文档, 附属文档 or ""
    title            文档's 题名, or ""
    file_name        计算机文件名 as sent
    declared_size    计算机文件大小 as sent
    declared_format  格式信息 as sent
    extension        反编码关键字 as sent, or the name's extension
    promised         digest the metadata promises for content outside the XML
    content          the bytes, or None when they are absent
    refers_to        引用编码数据ID in a revision layer, or ""
    place            of its 编码 element
    numbered         of its document's 文档序号, or of the document where that has none
    """

    identifier: str
    document: str
    sequence: str
    role: str
    title: str
    file_name: str
    declared_size: str
    declared_format: str
    extension: str
    promised: Digest | None
    content: Content | None
    refers_to: str
    place: Place
    numbered: Place


@dataclass(frozen=True, slots=True)
class Activity:
    """One 业务实体: who did what to which record, when."""

    identifier: str
    agent: str
    record: str
    status: str
    action: str
    at: str
    place: Place


@dataclass(frozen=True, slots=True)
class Agent:
    """One 机构人员实体."""

    identifier: str
    kind: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Relation:
    """One 文件实体关系 or 机构人员实体关系.

    of   "record" or "agent"
    """

    of: str
    source: str
    target: str
    place: Place


@dataclass(frozen=True, slots=True)
class PackageSignature:
    """One 电子签名 or 锁定签名 as it stands in an EEP.

    lock        True for 锁定签名; ``locks`` is then 被锁定签名标识符
    rule        签名规则 as sent
    value       签名结果, decoded; b"" if it was not Base64
    algorithm   签名算法标识 as sent (an OID, or a name)
    region      (start, end) byte offsets of the signed bytes in the XML as
                received: the 被签名对象 element, or for a lock the locked
                电子签名 element; (0, 0) when it was not found
    """

    identifier: str
    lock: bool
    locks: str
    rule: str
    signed_at: str
    signer: str
    value: bytes
    certificates: tuple[bytes, ...]
    algorithm: str
    region: tuple[int, int]
    place: Place


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One complaint of the XSD validator, untranslated.

    kind      libxml2's name ("SCHEMAV_CVC_ENUMERATION_VALID", …)
    message   its text
    element   local name of the element complained about
    """

    kind: str
    message: str
    element: str
    place: Place


@dataclass(frozen=True)
class Package:
    """A delivery, read.

    form            how it came
    digest          sha256 of the body as received; for RECORD_PARTS and ZIP see
                    ``member_digest``
    size_bytes      of the body as received
    metadata        the metadata document (eep.xml, …) as received; None when
                    there is none or it could not be singled out
    members         every other file found, in order of arrival
    findings        what the reader itself refuses (structure, safety, XML)
    readable        False when the metadata could not be parsed at all: checks on
                    its content then do not apply, and say so
    eep_type        封装包类型 (原始型, 修改型) or ""
    layers          number of 原封装包 layers below the outermost
    identifiers     every xs:ID value with its element's local name and place
    references      IDREF-like values to resolve: (element or attribute, value, place)
    """

    form: Form
    digest: Digest
    size_bytes: int
    metadata: Content | None
    members: tuple[Content, ...] = ()
    fields: tuple[Field, ...] = ()
    components: tuple[Component, ...] = ()
    activities: tuple[Activity, ...] = ()
    agents: tuple[Agent, ...] = ()
    relations: tuple[Relation, ...] = ()
    signatures: tuple[PackageSignature, ...] = ()
    schema_errors: tuple[SchemaError, ...] = ()
    findings: tuple[Finding, ...] = ()
    readable: bool = True
    eep_type: str = ""
    layers: int = 0
    identifiers: tuple[tuple[str, str, Place], ...] = ()
    references: tuple[tuple[str, str, Place], ...] = field(default=())

    @cached_property
    def by_path(self) -> dict[str, tuple[Field, ...]]:
        """Fields grouped by path, in document order."""
        grouped: dict[str, list[Field]] = {}
        for one in self.fields:
            grouped.setdefault(one.path, []).append(one)
        return {path: tuple(some) for path, some in grouped.items()}

    def all(self, path: str) -> tuple[Field, ...]:
        """Every field at ``path``; () when the element is absent."""
        return self.by_path.get(path, ())

    def value(self, path: str) -> str:
        """The first value at ``path``, stripped; "" when absent."""
        some = self.by_path.get(path)
        return some[0].value.strip() if some else ""

    def contents(self) -> Iterator[Content]:
        """Every content file: the components' and whatever else was found."""
        seen = set()
        for component in self.components:
            if component.content is not None:
                seen.add(component.content.member)
                yield component.content
        for member in self.members:
            if member.member not in seen:
                yield member

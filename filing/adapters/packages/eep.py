"""Read an EEP (DA/T 48-2009): one XML document, its files inline as Base64.

Of a revised package (修改型) the outermost layer is read; its unchanged files
are found in the layers below by 引用编码数据ID. Signatures of every layer are
kept with the byte region each signs.

Serves eep_zip.py too: there 编码数据 may hold the digest of a file beside the
document. Judges nothing; see filing.rules.
"""

import binascii
from collections.abc import Iterator
from dataclasses import replace

import pybase64

from filing.adapters.packages import safe_xml
from filing.adapters.packages.names import printable, what_is_unsafe
from filing.adapters.packages.reader import Parcel, looks_like_xml, unreadable
from filing.adapters.packages.schemas import grammar
from filing.adapters.packages.splitter import Refused, Sink, Withheld
from filing.adapters.packages.walk import Walk, root_unknown
from filing.model.digest import Digest
from filing.model.finding import Finding, Outcome, Place
from filing.model.limits import Limits
from filing.model.package import Component, Content, Field, Form, Package, PackageSignature

SCHEMA = "eep-2009.xsd"
CONTENT_ELEMENT = "编码数据"
_ROOT, _DATA = "电子文件封装包", CONTENT_ELEMENT
_SIGNATURES = frozenset(("电子签名块", "锁定签名"))
_CONTENTS = frozenset(("封装内容", "修改封装内容"))
#: 反编码关键字 that says 编码数据 is the digest of a file outside -> its algorithm.
EXTERNAL = {"sha256-base64binary": "sha256", "sm3-base64binary": "sm3"}


class EepReader:
    """EEP as one XML document."""

    forms: tuple[Form, ...] = (Form.EEP,)
    media_types: tuple[str, ...] = ("application/xml", "text/xml")
    documents: tuple[str, ...] = ()

    def reads(self, head: bytes) -> bool:
        return looks_like_xml(head)

    def read(self, parcel: Parcel, limits: Limits, sink: Sink) -> Package:
        return read_eep(parcel, limits, sink)


def read_eep(parcel: Parcel, limits: Limits, sink: Sink) -> Package:
    """The package whose metadata document is an EEP."""
    try:
        with parcel.metadata.open() as stream:
            document = safe_xml.read(stream, limits, _DATA, sink)
    except Refused as refused:
        return unreadable(parcel, refused)
    return eep_package(document, parcel, limits)


def eep_package(document: safe_xml.Document, parcel: Parcel, limits: Limits) -> Package:
    """The package a parsed EEP is, its content taken out of it."""
    if document.names[0] != _ROOT:
        return unreadable(parcel, root_unknown(document, _ROOT))
    return _Eep(Walk(document, grammar(SCHEMA), parcel.metadata.member), parcel).package(limits)


class _Eep:
    """One EEP, walked."""

    def __init__(self, walk: Walk, parcel: Parcel) -> None:
        self.walk, self.parcel = walk, parcel
        self.signed = walk.child(0, "被签名对象")
        revised = walk.child(self.signed, "修改封装内容")
        self.content = walk.child(revised, "修订内容")
        if revised < 0:
            self.content = walk.child(self.signed, "封装内容")
        self.record = walk.down(self.content, "文件实体块", "文件实体")
        self.beside = {one.member: one for one in parcel.members}
        self.findings: list[Finding] = []
        self.used: set[str] = set()
        self.resolved: dict[int, Content | None] = {}
        self.inline = dict(self._inline())
        self.by_identifier: dict[str, int] = {}
        for index in self.inline:
            if name := str(walk.elements[index].get("编码数据ID") or "").strip():
                self.by_identifier.setdefault(name, index)

    def package(self, limits: Limits) -> Package:
        walk, parcel = self.walk, self.parcel
        namespace = walk.namespace()
        errors = walk.complaints(SCHEMA, limits)
        components = tuple(self._components())
        content = self.content
        inner = (one for one in self.inline.values() if one and one.member not in self.used)
        return Package(
            form=parcel.form,
            digest=parcel.digest,
            size_bytes=parcel.size_bytes,
            metadata=parcel.metadata,
            members=(*parcel.members, *inner),
            fields=tuple(self._fields()),
            components=components,
            activities=tuple(walk.activities(content)),
            agents=tuple(walk.agents(content)),
            relations=tuple(walk.relations(content)),
            signatures=tuple(self._signatures()),
            schema_errors=errors,
            findings=(*parcel.findings, *namespace, *self.findings[: limits.max_findings]),
            eep_type=walk.of(self.signed, "封装包类型").strip(),
            layers=walk.names.count("原封装包"),
            identifiers=walk.identifiers(),
            references=walk.references(),
        )

    def _fields(self) -> Iterator[Field]:
        walk = self.walk
        yield from walk.fields(0, "", _SIGNATURES | {"被签名对象"})
        if self.signed >= 0:
            yield from walk.attributes(self.signed, "被签名对象")
            yield from walk.fields(self.signed, "被签名对象/", _CONTENTS)
        revised = walk.child(self.signed, "修改封装内容")
        if revised >= 0:
            yield from walk.fields(revised, "被签名对象/", frozenset(("原封装包", "修订内容")))
        if self.record >= 0:
            yield from walk.fields(self.record, "", frozenset((_DATA,)))
        if self.content >= 0:
            yield from walk.fields(self.content, "", frozenset(("文件实体",)))

    # files

    def _inline(self) -> Iterator[tuple[int, Content | None]]:
        """Every 编码数据 of every layer with its bytes; findings for those that are not Base64."""
        taken: set[str] = set()
        for index, one in sorted(self.walk.document.outline.withheld.items()):
            if one.wrong:
                self._not_base64(index, one.wrong)
            yield index, self._named(index, one, taken)

    def _named(self, index: int, one: Withheld, taken: set[str]) -> Content | None:
        """The content under its 编码数据ID, made unique where the sender repeats it."""
        if one.content is None:
            return None
        name = str(self.walk.elements[index].get("编码数据ID") or "").strip() or _DATA
        member, number = name, 1
        while member in taken or member in self.beside:
            number += 1
            member = f"{name}#{number}"
        taken.add(member)
        return replace(one.content, member=member)

    def _components(self) -> Iterator[Component]:
        walk = self.walk
        for document in walk.all(walk.child(self.record, "文件数据"), "文档"):
            above, numbered = walk.texts(document), walk.numbered(document)
            for data in walk.all(document, "文档数据"):
                for one in walk.all(data, "编码"):
                    yield self._component(above, numbered, one)

    def _component(self, above: dict[str, str], numbered: Place, one: int) -> Component:
        """One 编码. ``above`` is what its 文档 says of itself, ``numbered`` where its number is."""
        walk = self.walk
        data = walk.child(one, _DATA)
        own, attributes = walk.texts(one), walk.texts(walk.child(one, "电子属性"))
        extension, name = own.get("反编码关键字", ""), attributes.get("计算机文件名", "")
        algorithm = EXTERNAL.get(extension.strip().lower())
        promised, content = None, self._resolve(data)
        if algorithm:
            promised, content = self._promised(data, algorithm, content), self.beside.get(name)
        else:
            self._judge_name(one, name)
            if content is not None:
                self.used.add(content.member)
        return Component(
            identifier=str(walk.elements[one].get("编码ID") or ""),
            document=above.get("文档标识符", "").strip(),
            sequence=above.get("文档序号", ""),
            role=above.get("文档主从声明", "").strip(),
            title=above.get("题名", ""),
            file_name=name,
            declared_size=attributes.get("计算机文件大小", ""),
            declared_format=attributes.get("格式信息", ""),
            extension=extension,
            promised=promised,
            content=content,
            refers_to=self._refers_to(data),
            place=walk.place(one, "文件数据/文档/文档数据/编码"),
            numbered=numbered,
        )

    def _judge_name(self, one: int, name: str) -> None:
        """ZX-4-1 for a file inside: whoever takes it out may use its name as a path.

        How long it is matters to nobody here, and that it is empty is said elsewhere.
        """
        reason = what_is_unsafe(name.strip())
        if name.strip() and reason not in ("", "too-long"):
            shown = printable(name.strip())
            place = self.walk.place(self.walk.down(one, "电子属性", "计算机文件名"), shown)
            self.findings.append(Finding("ZX-4-1", Outcome.FAILED, place, reason, found=shown))

    def _refers_to(self, data: int) -> str:
        return (
            str(self.walk.elements[data].get("引用编码数据ID") or "").strip() if data >= 0 else ""
        )

    def _resolve(self, data: int) -> Content | None:
        """The bytes of a 编码数据, through 引用编码数据ID where it has none of its own."""
        passed: list[int] = []
        content = None
        while data >= 0 and data not in self.resolved:
            # Until it is known what it leads to, a circle leads to nothing.
            self.resolved[data] = None
            passed.append(data)
            content = self.inline.get(data)
            if content is not None:
                break
            data = self.by_identifier.get(self._refers_to(data), -1)
        else:
            content = self.resolved.get(data)
        # Chains may be long and share their ends: each is followed once.
        self.resolved.update(dict.fromkeys(passed, content))
        return content

    def _promised(self, data: int, algorithm: str, content: Content | None) -> Digest | None:
        """The digest that stands in place of the bytes: 32 bytes, in Base64."""
        if content is None:
            return None
        self.used.add(content.member)
        if content.size_bytes != 32:
            self._not_base64(
                data, f"{content.size_bytes} bytes", f"Base64 of 32 bytes ({algorithm})"
            )
            return None
        with content.open() as stream:
            return Digest(algorithm, stream.read(32))

    def _not_base64(self, index: int, found: str, expected: str = "Base64 (RFC 2045)") -> None:
        place = self.walk.place(index, f"文件数据/文档/文档数据/编码/{_DATA}")
        self.findings.append(
            Finding("GD-2-7", Outcome.FAILED, place, "not-base64", expected, found[:200])
        )

    # signatures

    def _signatures(self) -> Iterator[PackageSignature]:
        """Those of the outermost layer and its lock, then those of the layers below."""
        walk, signed, around = self.walk, self.signed, 0
        while signed >= 0:
            named: dict[str, int] = {}
            for one in walk.all(walk.child(around, "电子签名块"), "电子签名"):
                signature = self._signature(one, signed)
                named.setdefault(signature.identifier, one)
                yield signature
            for one in walk.all(around, "锁定签名"):
                wanted = walk.of(one, "被锁定签名标识符").strip()
                yield self._signature(one, named.get(wanted, -1) if wanted else -1)
            around = walk.down(signed, "修改封装内容", "原封装包")
            signed = walk.child(around, "被签名对象")

    def _signature(self, one: int, region: int) -> PackageSignature:
        """One signature. ``region`` is the element it signs or locks; -1 when there is none."""
        walk, outline = self.walk, self.walk.document.outline
        lock, of = walk.names[one] == "锁定签名", walk.texts(one).get
        certificates = [
            _decoded(walk.text(certificate))
            for block in walk.all(one, "证书块")
            for certificate in walk.all(block, "证书")
        ]
        return PackageSignature(
            identifier=of("签名标识符", "").strip(),
            lock=lock,
            locks=of("被锁定签名标识符", "").strip(),
            rule=of("签名规则", ""),
            signed_at=of("签名时间", ""),
            signer=of("签名人", ""),
            value=_decoded(of("签名结果", "")),
            certificates=tuple(certificates),
            algorithm=of("签名算法标识", ""),
            region=(outline.starts[region], outline.ends[region]) if region >= 0 else (0, 0),
            place=walk.place(one, "锁定签名" if lock else "电子签名块/电子签名"),
        )


def _decoded(text: str) -> bytes:
    """Base64 with white space; b"" when it is not."""
    try:
        return pybase64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""

"""OFD (GB/T 33190-2016): recognised by structure, followed to its last page.

Clause 7 of the standard: a ZIP with OFD.xml at its root, which names one document
root per DocBody, which names its pages. ``opens`` means that all of these are there
and well-formed and that every member of the ZIP has its checksum. Real producers
write other namespaces, absolute and relative places, and names in another case; all
of these are read and none is held against the file.

Seals are counted, not verified (GB/T 38540). Encrypted OFD is GM/T 0099.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from filing.adapters.formats import xml_part, zipped
from filing.adapters.formats.programs import is_program
from filing.adapters.formats.view import Budget, Bytes, Damaged, Exhausted, counted
from filing.adapters.formats.zipped import Directory, Member
from filing.model.finding import Outcome
from filing.model.inspection import Format, Inspection

NAMESPACES = ("http://www.ofdspec.org", "https://www.ofdspec.org")
MIME = "application/ofd"
_LIMIT_BYTES = 8 << 20
_MAX_PAGES = 50_000
_TOO_MUCH = "解压量超过上限，未查完 / inflates to too much to be checked"
_ENCRYPTION = frozenset({"Encryptions", "EncryptEntries", "EncryptInfo"})


@dataclass(slots=True)
class Walk:
    """One look at an OFD: its members by the places they are named by, what was found."""

    data: Bytes
    directory: Directory
    budget: Budget
    pages: int = 0
    signatures: int = 0
    attachments: int = 0
    programs: list[str] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)
    folded: dict[str, Member] = field(default_factory=dict)

    def member(self, base: str, place: str) -> Member:
        """The member ``place`` names, seen from the document ``base``."""
        for name in _candidates(base, place):
            if found := self.directory.get(name):
                return found
        if not self.folded:
            self.folded = {name.casefold(): one for name, one in self.directory.items()}
        for name in _candidates(base, place):
            if found := self.folded.get(name.casefold()):
                return found
        raise Damaged(f"缺少 {place} / {place} is missing")

    def document(self, base: str, place: str) -> tuple[str, etree._Element]:
        """The XML document ``place`` names, and its own name."""
        member = self.member(base, place)
        self.checked.add(member.name)
        part = zipped.read(self.data, member, _LIMIT_BYTES, self.budget)
        return member.name, xml_part.element(part, member.name)


def _candidates(base: str, place: str) -> Iterator[str]:
    """Where a place may point: absolute, beside its document, or below the root."""
    plain = place.strip().replace("\\", "/")
    if not plain.startswith("/"):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(base), plain))
    yield posixpath.normpath(plain.lstrip("/"))


def look(data: Bytes, directory: Directory) -> Inspection | None:
    """Inspect an OFD; None when this ZIP is none."""
    entry = directory.get("OFD.xml") or next(
        (one for name, one in directory.items() if name.casefold() == "ofd.xml"), None
    )
    if entry is None:
        return None
    walk = Walk(data, directory, zipped.allowance(data))
    try:
        root = xml_part.element(zipped.read(data, entry, _LIMIT_BYTES, walk.budget), entry.name)
    except Damaged as damage:
        return _inspection(_format(None), walk, Outcome.FAILED, str(damage))
    except Exhausted:
        return _inspection(_format(None), walk, Outcome.UNDETERMINED, _TOO_MUCH)
    if xml_part.local(root) != "OFD" or not _is_ours(xml_part.namespace(root)):
        return None
    walk.checked.add(entry.name)
    if _is_encrypted(root, directory):
        detail = "加密的 OFD，需要密钥才能阅读 / encrypted OFD, cannot be read without its key"
        return _inspection(_format(root), walk, Outcome.UNDETERMINED, detail, encrypted=True)
    return _inspection(_format(root), walk, *_follow(walk, entry.name, root))


def _is_ours(namespace: str) -> bool:
    return not namespace or namespace.startswith(NAMESPACES)


def _is_encrypted(root: etree._Element, directory: Directory) -> bool:
    return (
        any(member.encrypted for member in directory.values())
        or any(f"/{name}".casefold().endswith("/encryptions.xml") for name in directory)
        or any(xml_part.local(node) in _ENCRYPTION for node in root.iter("{*}*"))
    )


def _follow(walk: Walk, base: str, root: etree._Element) -> tuple[Outcome, str]:
    """Follow every document to its pages, then check what is left in the ZIP."""
    try:
        bodies = [node for node in root if xml_part.local(node) == "DocBody"]
        if not bodies:
            raise Damaged("OFD.xml 没有 DocBody / OFD.xml has no DocBody")
        for body in bodies:
            _body(walk, base, body)
        rest = (one for name, one in walk.directory.items() if name not in walk.checked)
        zipped.check_all(walk.data, rest, walk.budget)
    except Damaged as damage:
        return Outcome.FAILED, str(damage)
    except Exhausted:
        return Outcome.UNDETERMINED, _TOO_MUCH
    if not walk.pages:
        return Outcome.FAILED, "没有页面 / no pages"
    detail = counted(walk.pages, "页", "page")
    if walk.attachments:
        detail += f"；{counted(walk.attachments, '个附件', 'attachment')}"
    return Outcome.PASSED, detail


def _body(walk: Walk, base: str, body: etree._Element) -> None:
    """One DocBody: its document, its pages, attachments and seals."""
    root = text_of(body, "DocRoot")
    if not root:
        raise Damaged("DocBody 没有 DocRoot / DocBody has no DocRoot")
    name, document = walk.document(base, root)
    for node in below(document, "Pages", "Page"):
        walk.pages += 1
        if walk.pages > _MAX_PAGES:
            raise Exhausted
        member = walk.member(name, node.get("BaseLoc", ""))
        walk.checked.add(member.name)
        xml_part.check(zipped.chunks(walk.data, member, walk.budget), member.name)
    if place := text_of(document, "Attachments"):
        _attachments(walk, name, place)
    if place := text_of(body, "Signatures"):
        _, signatures = walk.document(base, place)
        walk.signatures += sum(1 for node in signatures if xml_part.local(node) == "Signature")


def _attachments(walk: Walk, base: str, place: str) -> None:
    """Count attachments and look whether one is a program."""
    try:
        name, listing = walk.document(base, place)
    except Damaged:
        # Producers name lists they never wrote; the pages do not need them.
        return
    for node in listing:
        if xml_part.local(node) != "Attachment":
            continue
        walk.attachments += 1
        where = text_of(node, "FileLoc")
        try:
            member = walk.member(name, where)
            first = next(zipped.chunks(walk.data, member, walk.budget), b"")
        except Damaged:
            raise Damaged(
                f"附件不存在或已损坏：{where} / attachment missing or damaged: {where}"
            ) from None
        if is_program(first[:64], member.name):
            walk.programs.append(member.name)


def text_of(node: etree._Element, name: str) -> str:
    """Text of the first child called ``name``, stripped; "" without one."""
    for child in node:
        if xml_part.local(child) == name:
            return (child.text or "").strip()
    return ""


def below(node: etree._Element, outer: str, inner: str) -> Iterator[etree._Element]:
    """The children called ``inner`` of the children called ``outer``."""
    for child in node:
        if xml_part.local(child) == outer:
            yield from (one for one in child if xml_part.local(one) == inner)


def _format(root: etree._Element | None) -> Format:
    version = "" if root is None else root.get("Version", "")
    archival = root is not None and root.get("DocType", "") == "OFD-A"
    name = "OFD 版式文件（OFD/A）" if archival else "OFD 版式文件"
    return Format("ofd", f"{name} / Open Fixed-layout Document", version, MIME, "ofd-structure")


def _inspection(
    kind: Format, walk: Walk, opens: Outcome, detail: str, encrypted: bool = False
) -> Inspection:
    return Inspection(
        format=kind,
        opens=opens,
        detail=detail or "已损坏 / damaged",
        encrypted=encrypted,
        active="；".join(
            f"附件是程序 {name} / attached program {name}" for name in walk.programs[:5]
        ),
        # Undetermined is what was not followed to its end.
        searched=opens is not Outcome.UNDETERMINED,
        signatures=walk.signatures,
        extensions=("ofd",),
    )


def damaged(data: Bytes, why: str) -> Inspection | None:
    """A ZIP that lost its directory, when its members' names say it was an OFD."""
    if not any(data.find(name, 0, 1 << 20) >= 0 for name in (b"OFD.xml", b"Doc_0/")):
        return None
    kind = Format("ofd", "OFD 版式文件 / Open Fixed-layout Document", "", MIME, "signature")
    return Inspection(kind, Outcome.FAILED, why, extensions=("ofd",))

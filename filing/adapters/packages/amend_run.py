"""The changes of one correction applied in order, to the document and to the files.

A file beside the document is exchanged by its name, one inside an EEP by letting its mark
stand in 编码数据. Where 编码数据 holds only the digest of a file beside it, the digest goes
with the file.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from filing.adapters.packages import eep, record
from filing.adapters.packages.amend import MARK, amend
from filing.adapters.packages.amend_bounds import must_be_name
from filing.adapters.packages.amend_tree import Tree
from filing.adapters.packages.amend_working import (
    KEPT_ELEMENTS,
    Working,
    is_eep,
    mark_of,
    marked_content,
    parcel_of,
    read_amended,
)
from filing.adapters.packages.names import check_names
from filing.adapters.packages.record import read_record
from filing.errors import BadRequest
from filing.model.correction import Change, ChangeKind, FileFact
from filing.model.digest import Digest
from filing.model.finding import Finding
from filing.model.limits import Limits
from filing.model.package import Content, Form, Package

FILES = frozenset({ChangeKind.REPLACE_FILE, ChangeKind.ADD_FILE, ChangeKind.REMOVE_FILE})
#: What the taking apart of a delivery refuses; no change to document or files undoes it.
_CONTAINER = ("ZX-3-", "ZX-4-", "GD-1-13")
#: Names of metadata documents, which no content file may take.
_DOCUMENTS = frozenset(("eep.xml", "metadata.xml", "元数据.xml"))


@dataclass(frozen=True)
class Applied:
    """A delivery with changes.

    package   as it would have been delivered
    changes   as they took effect: places, fields and "before" as they are
    text      the working document
    contents  what its marks name
    """

    package: Package
    changes: tuple[Change, ...]
    text: bytes
    contents: tuple[Content, ...]
    _tree: Tree | None = None

    def tree(self, limits: Limits) -> Tree:
        """``text`` with its elements found."""
        return self._tree or Tree(self.text, limits)

    def document(self) -> bytes:
        """The metadata document in UTF-8, content left out."""
        return MARK.sub(b"", self.text)


class Run:
    """The changes of one correction, in order."""

    def __init__(self, package: Package, original: Working, limits: Limits) -> None:
        self.original, self.limits, self.received = original, limits, package
        self.schema = eep.SCHEMA if is_eep(package.form) else record.SCHEMA
        self.tree, self.contents = original.tree(limits), original.contents
        self.members = files_beside(package)
        self.done: list[Change] = []

    def metadata(self, changes: Sequence[Change]) -> None:
        """Changes to the document."""
        if changes:
            found = amend(self.tree, changes, self.schema, self.limits)
            self.tree = found.tree
            self.done += found.changes

    def file(self, change: Change, files: Mapping[Digest, Content]) -> None:
        """A change to a file: beside the document, or inside it."""
        content = None
        if change.kind is not ChangeKind.REMOVE_FILE:
            if change.new is None or not change.new.digests:
                raise BadRequest("a file is missing", "缺少文件")
            content = files.get(change.new.digests[0])
            if content is None:
                raise BadRequest("the file's bytes are not kept", "没有该文件的内容")
        beside = change.member in self.members
        if is_eep(self.received.form) and not beside:
            index = self._element(self.tree, change.member)
            if index >= 0:
                self._inside(change, content, index)
                return
        if self.received.form == Form.EEP:
            raise _no_file(change.member)
        self._beside(change, content)

    def _element(self, tree: Tree, member: str) -> int:
        """The 编码数据 that holds ``member`` or goes by its name; -1 when there is none."""
        some = [index for index, name in enumerate(tree.names) if name == eep.CONTENT_ELEMENT]
        for index in some:
            number = marked_content(tree.own_text(index), self.original.key)
            if 0 <= number < len(self.contents) and self.contents[number].member == member:
                return index
        named = [
            index
            for index in some
            if tree.attributes(index).get("编码数据ID", ("", 0, 0))[0].strip() == member
        ]
        return named[0] if len(named) == 1 else -1

    def _inside(self, change: Change, content: Content | None, index: int) -> None:
        if content is None:
            raise BadRequest(
                "content inside the document goes with its element",
                "封装包内的内容数据不能单独删除，请删除相应元素",
            )
        if change.new is not None and change.new.name:
            must_be_name(change.new.name)
        tree = self.tree
        number = marked_content(tree.own_text(index), self.original.key)
        old = self.contents[number] if 0 <= number < len(self.contents) else None
        self._put(tree, index, replace(content, member=change.member))
        kind = ChangeKind.ADD_FILE if old is None else ChangeKind.REPLACE_FILE
        self.done.append(replace(change, kind=kind, old=_fact(old), before=None, after=None))

    def _put(self, tree: Tree, index: int, content: Content) -> None:
        """Let the mark of ``content`` stand in the element."""
        number = len(self.contents)
        self.contents = (*self.contents, replace(content, offset=0, length=0))
        self._fill(tree, index, mark_of(self.original.key, number))

    def _fill(self, tree: Tree, index: int, inside: bytes) -> None:
        """``inside`` in place of what stands in the element."""
        begins, empty = tree.tag(index)
        text = tree.text
        if empty:
            name = tree.written[index].encode()
            head = text[:begins].removesuffix(b"/>")
            text = head + b">" + inside + b"</" + name + b">" + text[begins:]
        else:
            start, end = tree.inside(index)
            text = text[:start] + inside + text[end:]
        self.tree = Tree(text, self.limits)

    def _beside(self, change: Change, content: Content | None) -> None:
        old = self.members.pop(change.member, None)
        if change.kind is not ChangeKind.ADD_FILE and old is None:
            raise _no_file(change.member)
        kind = change.kind
        if content is not None and change.new is not None:
            kind = ChangeKind.ADD_FILE if old is None else ChangeKind.REPLACE_FILE
            name = change.new.name
            if name in self.members or name.lower() in _DOCUMENTS:
                raise BadRequest(f"{name!r} is there already", f"已有同名文件“{name}”")
            found, _ = check_names((*self.members, name), 1)
            if found and name not in {one.member for one in self.received.members}:
                raise BadRequest(f"{name!r} is no name for a file", f"文件名“{name}”不合规定")
            self.members[name] = replace(content, member=name)
            self._promise({name, change.member}, content)
        self.done.append(replace(change, kind=kind, old=_fact(old), before=None, after=None))

    def _promise(self, names: set[str], content: Content) -> None:
        """In an EEP, 编码数据 of a file beside it holds the file's digest."""
        if not is_eep(self.received.form):
            return
        tree = self.tree
        for index, element in enumerate(tree.names):
            if element != "编码":
                continue
            named = tree.down(index, "电子属性", "计算机文件名")
            keyword = tree.down(index, "反编码关键字")
            data = tree.down(index, eep.CONTENT_ELEMENT)
            if min(named, keyword, data) < 0 or tree.own_text(named) not in names:
                continue
            algorithm = eep.EXTERNAL.get(tree.own_text(keyword).strip().lower(), "")
            digest = content.digest(algorithm) if algorithm else None
            if digest is not None:
                self._fill(tree, data, b64encode(digest.value))
            return

    def applied(self) -> Applied:
        """The delivery with all of it."""
        members = tuple(self.members.values())
        parcel = parcel_of(self.received, self.tree.text, members)
        parcel = replace(parcel, findings=container_findings(self.received.findings))
        if is_eep(self.received.form):
            package = read_amended(self.tree, self.contents, self.original.key, parcel, self.limits)
        else:
            package = read_record(parcel, self.limits)
        # Signatures are those of the package as received: no correction touches them.
        package = replace(package, signatures=self.received.signatures)
        tree = self.tree if len(self.tree.names) <= KEPT_ELEMENTS else None
        return Applied(package, tuple(self.done), self.tree.text, self.contents, tree)


def container_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those on the delivery's container; they stand however document and files change."""
    return tuple(one for one in findings if one.code.startswith(_CONTAINER))


def files_beside(package: Package) -> dict[str, Content]:
    """The files that stand beside the metadata document, by name."""
    found = {one.member: one for one in package.members if not one.is_inline}
    for one in package.components:
        if one.content is not None and not one.content.is_inline:
            found[one.content.member] = one.content
    return found


def _fact(content: Content | None) -> FileFact | None:
    return (
        None if content is None else FileFact(content.member, content.size_bytes, content.digests)
    )


def _no_file(member: str) -> BadRequest:
    return BadRequest(f"there is no file {member[:200]!r}", f"包内没有文件“{member[:200]}”")

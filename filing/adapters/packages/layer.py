"""Put a revision (修改型) around an EEP: the original verbatim, the corrected record beside it.

原封装包 is the 被签名对象 and 电子签名块 received, copied byte for byte, so that every
signature in it still holds over the same bytes. 修订内容 is the whole corrected record:
unchanged content is referred to by 引用编码数据ID, new content stands inline, and all
identifiers get the prefix of their layer, so that no xs:ID is given twice.

The revision carries no signature: the archive seals it, and what was changed, in the
record's statement (ADR 16). A document is written in the encoding of the original.

Source: DA/T 48-2009, 修改封装内容.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from filing.adapters.packages.amend_tree import Tree
from filing.adapters.packages.amend_working import Working, marked_content
from filing.adapters.packages.eep import SCHEMA
from filing.adapters.packages.schemas import grammar
from filing.model.limits import Limits
from filing.model.package import Content

_DESCRIPTION = "本EEP根据中华人民共和国档案行业标准DA/T 48-2009《基于XML的电子文件封装规范》生成"
_REVISED = "本封装包包含电子文件数据及其元数据，系修改封装，在保留原封装包的基础上，添加了修改层"
_PREFIX = re.compile(r"修改\d+-")
_CODECS = {"utf-8": "UTF-8", "ascii": "US-ASCII", "gb18030": "GB18030", "gbk": "GBK"}
#: Values that name an identifier without being typed so.
_LOOSE = frozenset(("文件标识符", "被关联文件标识符"))
_BASE64_BLOCK = 57 << 10  # a multiple of three, so that pieces join without padding
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes of the document received, from ``start`` to ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A file, as Base64."""

    content: Content


Piece = str | Region | Encoded


@dataclass(frozen=True, slots=True)
class Made:
    """Who makes the layer, and when (ISO 8601 with offset)."""

    unit: str
    at: str


class Layer:
    """One revision to be written.

    original   the document received, taken apart
    new        the working document with the changes, UTF-8
    contents   what its marks name: those of ``original``, then the new ones
    """

    def __init__(
        self, original: Working, new: Tree, contents: tuple[Content, ...], limits: Limits
    ) -> None:
        self.original, self.contents = original, contents
        self.old, self.new = original.marked_tree(limits), new
        self.typed = grammar(SCHEMA).typed["ID"]
        taken = [value for value, _ in _identifiers(self.old, self.typed)]
        self.taken = set(taken)
        self.repeated = _repeated(taken)
        self.places = {
            marked_content(self.old.own_text(index), original.key): index
            for index, name in enumerate(self.old.names)
            if name == "编码数据"
        }
        self.literal = {
            self.old.attributes(index).get("编码数据ID", ("", 0, 0))[0].strip(): literal
            for index, name in enumerate(self.old.names)
            if name == "编码数据" and (literal := self.old.own_text(index).strip())
        }
        self.number = 1
        while any(one == self.name or one.startswith(f"{self.name}-") for one in self.taken):
            self.number += 1
        self.renamed: Mapping[str, str] = self._renamed()

    @property
    def name(self) -> str:
        """修改标识符."""
        return f"修改{self.number}"

    @property
    def encoding(self) -> str:
        """Python's codec of what is written."""
        return self.original.codec

    def pieces(self, made: Made) -> Iterator[Piece]:
        """The document, in order."""
        old = self.old
        prefix = old.written[0].rpartition(":")[0]
        p = f"{prefix}:" if prefix else ""
        signed = old.down(0, "被签名对象")
        block = old.down(0, "电子签名块")
        yield f'<?xml version="1.0" encoding="{_CODECS[self.encoding]}"?>\n'
        yield f"<{p}电子文件封装包{_declared(self._namespaces(prefix))}>\n"
        yield _element(p, "封装包格式描述", _DESCRIPTION) + _element(p, "版本", "2009")
        yield f'<{p}被签名对象 eep版本="2009">\n'
        yield _element(p, "封装包类型", "修改型") + _element(p, "封装包类型描述", _REVISED)
        yield _element(p, "封装包创建时间", made.at) + _element(p, "封装包创建单位", made.unit)
        yield f"<{p}修改封装内容>\n{_element(p, '修改标识符', self.name)}<{p}原封装包>"
        yield Region(self._raw(old.starts[signed]), self._raw(old.ends[signed]))
        if block >= 0:
            yield Region(self._raw(old.starts[block]), self._raw(old.ends[block]))
        yield f"</{p}原封装包>\n"
        yield from self._revision(p)
        yield f"</{p}修改封装内容>\n</{p}被签名对象>\n</{p}电子文件封装包>\n"

    def _raw(self, at: int) -> int:
        return self.original.raw(at)

    # the record as corrected

    def _revision(self, p: str) -> Iterator[Piece]:
        new = self.new
        signed = new.down(0, "被签名对象")
        revised = new.down(signed, "修改封装内容")
        content = new.down(revised, "修订内容") if revised >= 0 else new.down(signed, "封装内容")
        # What the elements around it declared is said again, nearest last.
        around: dict[str, str] = {}
        for index in (signed, revised, content):
            if index >= 0:
                around |= _namespaces(new, index)
        yield f"<{p}修订内容{_declared(around)}>"
        at, end = new.inside(content)
        for start, stop, piece in self._changes(content):
            yield new.text[at:start].decode()
            yield from piece
            at = stop
        yield new.text[at:end].decode()
        yield f"</{p}修订内容>\n"

    def _changes(self, content: int) -> Iterator[tuple[int, int, list[Piece]]]:
        """What differs from the working document within ``content``: from, to, instead."""
        new = self.new
        start, end = new.starts[content], new.ends[content]
        for index, name in enumerate(new.names):
            if not start < new.starts[index] < end:
                continue
            if name == "编码数据":
                yield new.starts[index], new.ends[index], self._data(index)
            elif self.typed.get(name):
                found = new.attributes(index).get(self.typed[name])
                if found is not None:
                    value = self.renamed.get(found[0].strip(), found[0])
                    yield found[1], found[2], [f" {self.typed[name]}={_quoted(value)}"]
            elif name in self.typed or name in _LOOSE:
                value = new.own_text(index).strip()
                if value in self.renamed and not new.children[index]:
                    begins, stops = new.inside(index)
                    yield begins, stops, [escape(self.renamed[value])]

    def _data(self, index: int) -> list[Piece]:
        """编码数据 in the new layer: a reference where the content did not change."""
        new, name = self.new, self.new.written[index]
        attributes = new.attributes(index)
        own = attributes.get("编码数据ID", ("", 0, 0))[0].strip()
        refers = attributes.get("引用编码数据ID", ("", 0, 0))[0].strip()
        text = new.own_text(index)
        number = marked_content(text, self.original.key)
        head = f"<{name} 编码数据ID={_quoted(self.renamed.get(own, own))}"
        tail = f"</{name}>"
        if number < 0 and text.strip():
            # The digest of a file beside the document: the same as before, or a new one.
            if own and own not in self.repeated and self.literal.get(own) == text.strip():
                return [f"{head} 引用编码数据ID={_quoted(own)}>{tail}"]
            return [f"{head}>{escape(text.strip())}{tail}"]
        if number < 0:
            return [
                f"{head} 引用编码数据ID={_quoted(refers)}>{tail}" if refers else f"{head}>{tail}"
            ]
        if number >= len(self.original.contents):
            return [f"{head}>", Encoded(self.contents[number]), tail]
        held = self._held(number)
        if held:
            return [f"{head} 引用编码数据ID={_quoted(held)}>{tail}"]
        # Nothing can refer to it there, so it stands here once more.
        one = self.contents[number]
        return [f"{head}>", Region(one.offset, one.offset + one.length), tail]

    def _held(self, number: int) -> str:
        """The 编码数据ID under which the original holds a content; "" if not by one alone."""
        found = self.old.attributes(self.places[number]).get("编码数据ID")
        value = found[0].strip() if found else ""
        return "" if value in self.repeated else value

    # names

    def _renamed(self) -> dict[str, str]:
        """Identifier in the working document -> the one in this layer."""
        found: dict[str, str] = {}
        given = set(self.taken)
        for value, _ in _identifiers(self.new, self.typed):
            if not value or value in found:
                continue
            name = f"{self.name}-{_PREFIX.sub('', value, count=1)}"
            number = 1
            while name in given:
                number += 1
                name = f"{self.name}-{_PREFIX.sub('', value, count=1)}-{number}"
            given.add(name)
            found[value] = name
        return found

    def _namespaces(self, prefix: str) -> dict[str, str]:
        """The declarations of the original root; that of its own name is the right one."""
        key = f"xmlns:{prefix}" if prefix else "xmlns"
        return _namespaces(self.old, 0) | {key: grammar(SCHEMA).namespace}


def written(piece: Piece, raw: Content, encoding: str) -> Iterator[bytes]:
    """The bytes of a piece, a block at a time."""
    if isinstance(piece, str):
        yield piece.encode(encoding, "xmlcharrefreplace")
    elif isinstance(piece, Region):
        with raw.open() as stream:
            stream.seek(piece.start)
            left = piece.end - piece.start
            while left > 0 and (block := stream.read(min(_BLOCK, left))):
                left -= len(block)
                yield block
    else:
        with piece.content.open() as stream:
            while block := stream.read(_BASE64_BLOCK):
                yield b64encode(block)


def _identifiers(tree: Tree, typed: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Every xs:ID value outside signatures' own grammar, with its element."""
    for index, name in enumerate(tree.names):
        if name not in typed:
            continue
        if not typed[name]:
            yield tree.own_text(index).strip(), index
        elif (found := tree.attributes(index).get(typed[name])) is not None:
            yield found[0].strip(), index


def _repeated(values: list[str]) -> set[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for one in values:
        (twice if one in seen else seen).add(one)
    return twice


def _namespaces(tree: Tree, index: int) -> dict[str, str]:
    found = tree.attributes(index)
    return {
        name: value[0]
        for name, value in found.items()
        if name == "xmlns" or name.startswith(("xmlns:", "xml:"))
    }


def _declared(namespaces: Mapping[str, str]) -> str:
    return "".join(f" {name}={_quoted(value)}" for name, value in namespaces.items())


def _element(prefix: str, name: str, text: str) -> str:
    return f"<{prefix}{name}>{escape(text)}</{prefix}{name}>\n"


def _quoted(value: str) -> str:
    return '"' + escape(value, {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}) + '"'

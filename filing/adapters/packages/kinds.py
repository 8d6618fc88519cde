"""What a schema says of each element, joined with the metadata table: the kinds of a form.

Every element of the XSD appears, in its order; nothing is named here but what the
readers of packages also name. Source of numbers and English names: the schema's own
annotations (DA/T 46, DA/T 48) and schemas/metadata.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from lxml import etree

from filing.adapters.packages.schemas import schema_folder
from filing.model.form import Kind
from filing.rules.metadata_table import Element, MetadataTable

_XS = "{http://www.w3.org/2001/XMLSchema}"
#: Field paths begin anew below these, as in walk.py.
_TOPS = frozenset(("文件实体", "封装内容", "修订内容", "电子文件封装包", "电子文件元数据"))
#: Left out of paths, as in eep.py.
_PASSED = frozenset(("修改封装内容",))
#: The package as it was received: no correction enters it, and it may hold itself.
_CLOSED = frozenset(("原封装包",))
_TYPES = {
    "gYear": "year",
    "date": "date",
    "dateTime": "datetime",
    "positiveInteger": "whole",
    "nonNegativeInteger": "bytes",
    "hexBinary": "digits",
    "base64Binary": "content",
    "ID": "name",
    "IDREF": "name",
}


class _Reference(NamedTuple):
    """One element where another may hold it."""

    name: str
    least: int
    several: bool
    choice: bool


class _Value(NamedTuple):
    """What a simple type allows."""

    type: str = "text"
    closed: tuple[str, ...] = ()


class Kinds:
    """The kinds of one schema. ``root`` is that of the document element."""

    def __init__(self, name: str, root: str, table: MetadataTable) -> None:
        source = etree.parse(
            str(schema_folder() / name), etree.XMLParser(resolve_entities=False, no_network=True)
        ).getroot()
        self._elements = {str(one.get("name")): one for one in source.iterfind(f"{_XS}element")}
        self._simple = {str(one.get("name")): one for one in source.iterfind(f"{_XS}simpleType")}
        self._table = table
        self.schema = name
        self.root = self._kind(_Reference(root, 1, False, False), "")

    def _kind(self, of: _Reference, above: str) -> Kind:
        """The kind of an element in the one whose path is ``above``."""
        declared = self._elements[of.name]
        path = f"{above}/{of.name}" if above else of.name
        closed = of.name in _CLOSED
        children = () if closed else tuple(
            self._kind(one, _inside(of.name, path)) for one in self._references(declared)
        )  # fmt: skip
        value = self._value(declared)
        mixed = declared.find(f"{_XS}complexType[@mixed='true']") is not None
        kind = Kind(
            name=of.name,
            path=path,
            number=_annotated(declared, "appinfo"),
            en=_annotated(declared, "documentation", "en"),
            type=value.type,
            must="present" if of.least else "",
            closed=value.closed,
            text=mixed or not (children or closed),
            closed_group=closed,
            least=of.least,
            several=of.several,
            choice=of.choice,
            attributes=tuple(self._attributes(declared, path)),
            children=children,
        )
        return _joined(kind, self._table.elements.get(path))

    def _references(self, declared: etree._Element) -> Iterator[_Reference]:
        """What may stand in an element, each name once, in the order of the schema."""
        seen: set[str] = set()
        body = declared.find(f"{_XS}complexType")
        for one in [] if body is None else _particles(body, 1, False, False):
            if one.name not in seen:
                seen.add(one.name)
                yield one

    def _attributes(self, declared: etree._Element, path: str) -> Iterator[Kind]:
        for one in declared.iter(f"{_XS}attribute"):
            value = self._value(one)
            must = "present" if one.get("use") == "required" else ""
            name = f"@{one.get('name')}"
            kind = Kind(
                name=name,
                path=f"{path}/{name}",
                type=value.type,
                must=must,
                closed=value.closed,
                least=1 if must else 0,
            )
            yield _joined(kind, self._table.elements.get(kind.path))

    def _value(self, declared: etree._Element) -> _Value:
        """What the text of an element or attribute may be."""
        if fixed := declared.get("fixed"):
            return _Value("text", (fixed,))
        inside = declared.find(f"{_XS}simpleType")
        if inside is None:
            extension = declared.find(f"{_XS}complexType/{_XS}simpleContent/{_XS}extension")
            name = declared.get("type") if extension is None else extension.get("base")
            return self._named(str(name or ""))
        return self._restricted(inside)

    def _named(self, name: str) -> _Value:
        own = self._simple.get(name)
        if own is not None:
            return self._restricted(own)
        return _Value(_TYPES.get(name.rpartition(":")[2], "text"))

    def _restricted(self, simple: etree._Element) -> _Value:
        restriction = simple.find(f"{_XS}restriction")
        if restriction is None:
            return _Value()
        listed = restriction.iterfind(f"{_XS}enumeration")
        base = self._named(str(restriction.get("base")))
        return _Value(base.type, tuple(str(one.get("value")) for one in listed))


def unknown(above: Kind, name: str) -> Kind:
    """The kind of an element the schema does not know in one of the kind ``above``."""
    inside = _inside(above.name, above.path)
    return Kind(name=name, path=f"{inside}/{name}" if inside else name)


def _inside(name: str, path: str) -> str:
    """What the paths of its children begin with."""
    if name in _TOPS:
        return ""
    return path.rpartition("/")[0] if name in _PASSED else path


def _particles(of: etree._Element, least: int, several: bool, choice: bool) -> Iterator[_Reference]:
    """The element references in a content model; what bounds the groups around bounds them."""
    for one in of:
        if not isinstance(one.tag, str):
            continue
        fewest = min(least, int(one.get("minOccurs") or 1))
        more = several or one.get("maxOccurs", "1") != "1"
        if one.tag == f"{_XS}element":
            yield _Reference(str(one.get("ref")), 0 if choice else fewest, more, choice)
        elif one.tag == f"{_XS}sequence":
            yield from _particles(one, fewest, more, choice)
        elif one.tag == f"{_XS}choice":
            yield from _particles(one, fewest, more, True)


def _annotated(declared: etree._Element, item: str, language: str = "") -> str:
    """Text of an annotation, on one line; "" when there is none in that language."""
    key = "{http://www.w3.org/XML/1998/namespace}lang"
    for one in declared.iterfind(f"{_XS}annotation/{_XS}{item}"):
        if not language or one.get(key) == language:
            return " ".join((one.text or "").split())
    return ""


def _joined(kind: Kind, row: Element | None) -> Kind:
    """With what the metadata table says of it."""
    if row is None:
        return kind
    return replace(
        kind,
        number=row.number.strip("—") or kind.number,
        en=row.en or kind.en,
        type=row.type if row.type != "text" else kind.type,
        must=row.must or kind.must,
        maximum=row.max,
        closed=tuple(row.listed.split("、")) if row.error else kind.closed,
        open=tuple(row.listed.split("、")) if row.warn else (),
        when=(row.when[0], tuple(sorted(row.when[1]))) if row.when else ("", ()),
    )

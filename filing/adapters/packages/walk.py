"""Walk a parsed package document once: fields, places, identifiers, references.

Serves every XML form: what lies below 文件实体 has the same names in each.
Elements the grammar does not know at their place yield no field; the validator
has complained of them already, and a hostile tree costs nothing.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml import etree

from filing.adapters.packages.safe_xml import Document
from filing.adapters.packages.schemas import Grammar, Step, steps, validator, values
from filing.adapters.packages.splitter import Refused
from filing.model.finding import Finding, Outcome, Place
from filing.model.limits import Limits
from filing.model.package import Activity, Agent, Field, Relation, SchemaError

_LONGEST_XPATH = 500  # characters; some sixty elements of a lawful package
_ATTRIBUTE_STEP = re.compile(r"/@[^/]*$")


class Walk:
    """One document with its structure laid flat; indices are document order.

    path       member the document is, for places
    children   index -> indices of its child elements
    """

    def __init__(self, document: Document, grammar: Grammar, path: str) -> None:
        self.document, self.grammar, self.path = document, grammar, path
        self.names, self.elements = document.names, document.elements
        self.parents = document.outline.parents
        self.lines = document.outline.lines
        self.children: list[list[int]] = [[] for _ in self.names]
        for index, parent in enumerate(self.parents):
            if parent >= 0:
                self.children[parent].append(index)
        # The last step of each element's XPath; right once its parent is numbered.
        self._labels = list(self.names)
        self._numbered: set[int] = set()
        self._xpaths = {0: f"/{self.names[0]}"}

    # structure

    def child(self, index: int, name: str) -> int:
        """The first child of that name; -1 when absent (or ``index`` is -1)."""
        if index >= 0:
            for one in self.children[index]:
                if self.names[one] == name:
                    return one
        return -1

    def all(self, index: int, name: str) -> Iterator[int]:
        """The children of that name."""
        if index >= 0:
            yield from (one for one in self.children[index] if self.names[one] == name)

    def down(self, index: int, *names: str) -> int:
        """Follow first children by name; -1 when one is absent."""
        for name in names:
            index = self.child(index, name)
        return index

    def text(self, index: int) -> str:
        """The element's own text before its first child; "" when absent."""
        return (self.elements[index].text or "") if index >= 0 else ""

    def of(self, index: int, *names: str) -> str:
        """Text of a descendant; "" when absent."""
        return self.text(self.down(index, *names))

    def texts(self, index: int) -> dict[str, str]:
        """Name -> text of the children; of the first where a name repeats."""
        found: dict[str, str] = {}
        if index >= 0:
            for one in self.children[index]:
                found.setdefault(self.names[one], self.elements[one].text or "")
        return found

    # places

    def xpath(self, index: int) -> str:
        """Path by names, with positions where a name repeats among siblings.

        What stands deeper than any package goes has the path of what it stands in.
        """
        known = self._xpaths.get(index)
        if known is None:
            parent = self.parents[index]
            if parent not in self._numbered:
                self._number(parent)
            above = self.xpath(parent)
            # Many elements far down must not each cost the length of the way to them.
            deeper = len(above) > _LONGEST_XPATH
            known = self._xpaths[index] = above if deeper else f"{above}/{self._labels[index]}"
        return known

    def _number(self, parent: int) -> None:
        """Give its children their positions, where names repeat."""
        self._numbered.add(parent)
        children = self.children[parent]
        named = list(map(self.names.__getitem__, children))
        if len(set(named)) == len(named):
            return
        counts: dict[str, int] = {}
        positions = []
        for name in named:
            counts[name] = position = counts.get(name, 0) + 1
            positions.append(position)
        for one, name, position in zip(children, named, positions, strict=True):
            if counts[name] > 1:
                self._labels[one] = f"{name}[{position}]"

    def place(self, index: int, field: str) -> Place:
        """Where the element stands. ``field`` is its name path for a clerk."""
        if index < 0:
            return Place(self.path, 0, "", field)
        return Place(self.path, self.lines[index], self.xpath(index), field)

    def numbered(self, document: int) -> Place:
        """Where a 文档 has its 文档序号; the 文档 itself where it has none."""
        return self.place(max(document, self.child(document, "文档序号")), "文档序号")

    # values

    def fields(self, index: int, prefix: str, skip: frozenset[str]) -> list[Field]:
        """Every value below ``index``, in document order.

        prefix   path of ``index`` itself, "" or ending in "/"
        skip     names not to descend into
        """
        found: list[Field] = []
        below = steps(self.grammar, self.names[index], prefix, skip)
        if below:
            self._gather(found, index, self.xpath(index), below)
        return found

    def _gather(self, found: list[Field], index: int, above: str, known: dict[str, Step]) -> None:
        """Append the values below ``index`` to ``found``.

        above   XPath of ``index``
        known   what may stand in it; the rest is passed over
        """
        if index not in self._numbered:
            self._number(index)
        names, elements, labels = self.names, self.elements, self._labels
        document, lines = self.path, self.lines
        for one in self.children[index]:
            step = known.get(names[one])
            if step is None:
                continue
            path, has_value, attributes, below = step
            xpath = f"{above}/{labels[one]}"
            if has_value:
                value = self._own_text(one) if below else elements[one].text or ""
                found.append(Field(path, value, Place(document, lines[one], xpath, path)))
            if attributes:
                found.extend(self.attributes(one, path))
            if below:
                self._gather(found, one, xpath, below)

    def attributes(self, index: int, path: str) -> Iterator[Field]:
        """The element's attributes as fields ("主题词/@主题词表名称"); not identifiers."""
        for name, its_path in values(self.grammar, self.names[index], path):
            value = self.elements[index].get(name)
            if value is not None:
                yield Field(its_path, str(value), self.place(index, its_path))

    def _own_text(self, index: int) -> str:
        element = self.elements[index]
        return (element.text or "") + "".join(one.tail or "" for one in element)

    def identifiers(self) -> tuple[tuple[str, str, Place], ...]:
        """Every xs:ID value with its element's name and place, duplicates included."""
        return tuple((one, name, self.place(at, name)) for one, name, _, at in self._typed("ID"))

    def references(self) -> tuple[tuple[str, str, Place], ...]:
        """Every xs:IDREF value: (element or attribute, value, place)."""
        return tuple(
            (item, value, self.place(index, item)) for value, _, item, index in self._typed("IDREF")
        )

    def _typed(self, kind: str) -> Iterator[tuple[str, str, str, int]]:
        """Values of a simple type: (value, element, element or attribute, index)."""
        holders = self.grammar.typed[kind]
        for index in [at for at, name in enumerate(self.names) if name in holders]:
            name = self.names[index]
            item = holders[name]
            value = self.elements[index].get(item) if item else self.text(index)
            if value is not None:
                yield str(value).strip(), name, item or name, index

    # the entities beside the record

    def activities(self, content: int) -> Iterator[Activity]:
        """业务实体 below ``content``."""
        for one in self.all(self.child(content, "业务实体块"), "业务实体"):
            of = self.texts(one).get
            yield Activity(
                identifier=of("业务标识符", ""),
                agent=of("机构人员标识符", ""),
                record=of("文件标识符", ""),
                status=of("业务状态", ""),
                action=of("业务行为", ""),
                at=of("行为时间", ""),
                place=self.place(one, "业务实体块/业务实体"),
            )

    def agents(self, content: int) -> Iterator[Agent]:
        """机构人员实体 below ``content``."""
        for one in self.all(self.child(content, "机构人员实体块"), "机构人员实体"):
            of = self.texts(one).get
            yield Agent(
                identifier=of("机构人员标识符", ""),
                kind=of("机构人员类型", ""),
                name=of("机构人员名称", ""),
                place=self.place(one, "机构人员实体块/机构人员实体"),
            )

    def relations(self, content: int) -> Iterator[Relation]:
        """文件实体关系 and 机构人员实体关系 below ``content``."""
        for block, name, key, of in (
            ("文件实体块", "文件实体关系", "文件标识符", "record"),
            ("机构人员实体块", "机构人员实体关系", "机构人员标识符", "agent"),
        ):
            for one in self.all(self.child(content, block), name):
                ends = self.texts(one)
                source, target = ends.get(key, ""), ends.get(f"被关联{key}", "")
                yield Relation(of, source, target, self.place(one, f"{block}/{name}"))

    # the validator

    def namespace(self) -> tuple[Finding, ...]:
        """ZX-1-1: the root is in the namespace of its grammar.

        A document in none or a wrong one is moved into the right one, in
        memory, so that the other checks can still say what else is wrong.
        """
        found = etree.QName(self.elements[0]).namespace or ""
        wanted = self.grammar.namespace
        if found == wanted:
            return ()
        for name, element in zip(self.names, self.elements, strict=True):
            element.tag = f"{{{wanted}}}{name}"
        reason = "namespace-unknown" if found else "namespace-missing"
        place = self.place(0, self.names[0])
        return (Finding("ZX-1-1", Outcome.FAILED, place, reason, wanted, found[:200]),)

    def complaints(self, name: str, limits: Limits) -> tuple[SchemaError, ...]:
        """What the XSD ``name`` says of the document; () when it is valid."""
        with validator(name) as schema:
            if schema.validate(self.document.root):
                return ()
            said: Iterable[etree._LogEntry] = schema.error_log  # type: ignore[assignment] # stubs: no __iter__
            # Taken out: the log is the validator's, and whoever uses it next clears it.
            log = list(islice(said, limits.max_schema_errors))
        index_of = {element: index for index, element in enumerate(self.elements)}
        errors = []
        for entry in log:
            complained = self._complained(entry)
            index = -1 if complained is None else index_of.get(complained, -1)
            element = self.names[index] if index >= 0 else ""
            place = self.place(index, self._field(index))
            errors.append(SchemaError(str(entry.type_name), str(entry.message), element, place))
        return tuple(errors)

    def _complained(self, entry: etree._LogEntry) -> etree._Element | None:
        path = _ATTRIBUTE_STEP.sub("", str(getattr(entry, "path", None) or ""))
        if not path:
            return None
        prefixes = {key: uri for key, uri in self.document.root.nsmap.items() if key}
        try:
            found = self.document.root.getroottree().xpath(path, namespaces=prefixes or None)
        except etree.XPathError:
            return None
        first = found[0] if isinstance(found, list) and found else None
        return first if isinstance(first, etree._Element) else None

    def _field(self, index: int) -> str:
        """Name path below 文件实体, or below 封装内容 and the root for the rest."""
        steps: list[str] = []
        while index >= 0 and self.names[index] not in _TOPS:
            steps.append(self.names[index])
            index = self.parents[index]
        return "/".join(reversed(steps[:8]))


def root_unknown(document: Document, wanted: str) -> Refused:
    """ZX-1-1: the document is not what its reader reads."""
    found = document.names[0][:200]
    refused = Refused("ZX-1-1", "root-unknown", document.outline.lines[0], found, wanted)
    refused.field = found
    return refused


#: Elements below which field paths begin anew.
_TOPS = frozenset(("文件实体", "封装内容", "修订内容", "电子文件封装包", "电子文件元数据"))

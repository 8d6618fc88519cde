"""A metadata document as a form: what stands in it beside what the schema allows.

Takes the document without its Base64 content. What the schema asks for and the
document lacks is there as an empty place, with the XPath an addition would have.
Elements the schema does not know at their place are there too, so that they can
be taken out.

Judges nothing; the places and their order are those of walk.py and the schema.
"""

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from filing.adapters.packages import eep, record, safe_xml
from filing.adapters.packages.kinds import Kinds, unknown
from filing.adapters.packages.schemas import grammar
from filing.adapters.packages.splitter import Refused
from filing.adapters.packages.walk import Walk
from filing.model.form import SHOWN, Kind, Node, RecordForm, place_key
from filing.model.limits import Limits
from filing.rules.metadata_table import MetadataTable

_SCHEMAS = {"电子文件封装包": eep.SCHEMA, "电子文件元数据": record.SCHEMA}
_ABOVE = (("被签名对象", "修改封装内容", "修订内容"), ("被签名对象", "封装内容"), ())


class FormReader:
    """Makes forms by one metadata table; the schemas are read once."""

    def __init__(self, table: MetadataTable, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._kinds = {root: Kinds(name, root, table) for root, name in _SCHEMAS.items()}

    def kinds(self, root: str) -> Kind:
        """The whole schema whose document element is ``root``. Raises KeyError."""
        return self._kinds[root].root

    def form(
        self,
        document: bytes,
        more: frozenset[str] = frozenset(),
        places: frozenset[str] = frozenset(),
    ) -> RecordForm | None:
        """The form of ``document``; None when it cannot be read or has no schema here.

        more     keys of parents and names ("~/业务实体块/业务实体") of which one more,
                 empty, is wanted
        places   keys that are in the form however many of their name stand before them
        """
        try:
            read = safe_xml.read(io.BytesIO(document), self._limits)
        except Refused:
            return None
        kinds = self._kinds.get(read.names[0])
        if kinds is None:
            return None
        walk = Walk(read, grammar(kinds.schema), "")
        above = next(index for names in _ABOVE if (index := walk.down(0, *names)) >= 0 or not names)
        return RecordForm(kinds.schema, _Form(walk, kinds, more, places).root(), walk.xpath(above))


class _Form:
    """One document while its form is made."""

    def __init__(
        self, walk: Walk, kinds: Kinds, more: frozenset[str], places: frozenset[str]
    ) -> None:
        self.walk, self.kinds, self.more = walk, kinds, more
        self.far = frozenset(itertools.chain.from_iterable(map(_down_to, places)))

    def root(self) -> Node:
        node = self._present(0, self.kinds.root, 1, 1)
        stands = etree.QName(self.walk.elements[0]).namespace or ""
        wanted = grammar(self.kinds.schema).namespace
        if stands == wanted:
            return node
        kind = Kind("@xmlns", "@xmlns", closed=(wanted,), must="value", least=1)
        place = f"{node.xpath}/{kind.name}"
        own = Node(kind, place, present=True, value=stands, line=node.line)
        return replace(node, attributes=(own, *node.attributes))

    def _present(self, index: int, kind: Kind, position: int, count: int) -> Node:
        """The node of an element that stands in the document."""
        walk = self.walk
        xpath = walk.xpath(index)
        return Node(
            kind=kind,
            xpath=xpath,
            present=True,
            value=self._text(index, kind),
            line=walk.lines[index],
            position=position,
            count=count,
            attributes=tuple(self._attributes(index, kind, xpath)),
            below=tuple(self._below(index, kind, xpath)),
        )

    def _text(self, index: int, kind: Kind) -> str:
        if kind.type == "content" or kind.closed_group:
            return ""
        element = self.walk.elements[index]
        own = element.text or ""
        # Of an element with children, what stands between them is its own too (档号).
        between = "".join(one.tail or "" for one in element) if kind.is_group else ""
        # Where only elements may stand, white space means nothing.
        return own + between if kind.text else (own + between).strip()

    def _attributes(self, index: int, kind: Kind, xpath: str) -> Iterator[Node]:
        element, line = self.walk.elements[index], self.walk.lines[index]
        for one in kind.attributes:
            value = element.get(one.name[1:])
            yield Node(
                kind=one,
                xpath=f"{xpath}/{one.name}",
                present=value is not None,
                value=str(value or ""),
                line=line if value is not None else 0,
                count=0 if value is None else 1,
            )
        known = {one.name[1:] for one in kind.attributes}
        names = () if kind.closed_group else map(str, element.attrib)
        strange = (one for one in names if one not in known and not one.startswith("{"))
        for name in itertools.islice(strange, SHOWN):
            stranger = Kind(f"@{name}", f"{kind.path}/@{name}")
            value = str(element.get(name) or "")
            yield Node(stranger, f"{xpath}/@{name}", True, value, line, known=False)

    def _below(self, index: int, kind: Kind, xpath: str) -> Iterator[Node]:
        """What stands in an element or could, in the order of the schema; then strangers."""
        walk = self.walk
        standing: dict[str, list[int]] = {}
        for one in walk.children[index]:
            standing.setdefault(walk.names[one], []).append(one)
        for child in _offered(kind, frozenset(standing)):
            yield from self._of_name(child, standing.pop(child.name, []), xpath)
        if not kind.closed_group:
            for name in itertools.islice(standing, SHOWN):
                for node in self._of_name(unknown(kind, name), standing[name], xpath):
                    yield replace(node, known=False)

    def _of_name(self, kind: Kind, standing: list[int], above: str) -> Iterator[Node]:
        """The elements of one name in one parent, and the empty place for one more."""
        count = len(standing)
        shown = self._shown(f"{place_key(above)}/{kind.name}", count)
        for position, following in itertools.pairwise((*shown, count + 1)):
            node = self._present(standing[position - 1], kind, position, count)
            yield replace(node, skipped=following - position - 1)
        if not count or (kind.several and f"{place_key(above)}/{kind.name}" in self.more):
            step = f"{kind.name}[{count + 1}]" if count else kind.name
            yield absent(kind, f"{above}/{step}", count + 1, count)

    def _shown(self, key: str, count: int) -> Iterator[int]:
        """Positions among so many of one name: the first, the last, and what is asked for."""
        for position in range(1, count + 1):
            if position <= SHOWN or position == count or f"{key}[{position}]" in self.far:
                yield position


def _down_to(place: str) -> Iterator[str]:
    """A key and those of what it stands in."""
    while place:
        yield place
        place = place.rpartition("/")[0]


def absent(kind: Kind, xpath: str, position: int = 1, count: int = 0) -> Node:
    """The empty place of an element that is not there, with the places below it."""
    return Node(
        kind=kind,
        xpath=xpath,
        present=False,
        position=position,
        count=count,
        attributes=tuple(
            Node(one, f"{xpath}/{one.name}", present=False, count=0) for one in kind.attributes
        ),
        below=tuple(
            absent(one, f"{xpath}/{one.name}", count=0) for one in _offered(kind, frozenset())
        ),
    )


def _offered(kind: Kind, standing: frozenset[str]) -> Iterator[Kind]:
    """The children a form shows: of groups that exclude each other, the one that stands.

    Where none of them stands it is the first.
    """
    rivals = [one for one in kind.children if one.choice and one.is_group]
    chosen = [one for one in rivals if one.name in standing] or rivals[:1]
    for one in kind.children:
        if one not in rivals or one in chosen:
            yield one

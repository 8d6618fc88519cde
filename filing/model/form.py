"""The form of a record: what the schema allows, beside what stands in the document.

A ``Kind`` is one element or attribute as the schema and the metadata table describe
it; a ``Node`` is one place of the document where it stands, or might. Both are made
from the schema itself (adapters/packages/form.py), never written by hand.

Judges nothing and changes nothing; see filing.rules and filing.model.correction.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

#: What stands above the record itself; it differs between a package and its correction.
_ABOVE = re.compile(
    r"^/(?:电子文件元数据|电子文件封装包/被签名对象(?:/封装内容|/修改封装内容/修订内容))(?=/|$)"
)
_FIRST = re.compile(r"\[1\]")
_POSITION = re.compile(r"\[([0-9]{1,9})\]")
#: Elements of one name of which a form shows no more, but the last and what is asked for.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """One element (or, with a name beginning in "@", one attribute) of the schema.

    path      Field.path ("档号/保管期限")
    number    of the metadata table or the standard ("M12"), or ""
    en        English name
    type      text, year, date, datetime, whole, bytes, digits, name, content
    must      "value": present and not empty; "filled": not empty where it stands;
              "present": must stand; "" optional
    maximum   characters; 0 for no limit of its own
    closed    the only values allowed, () when there is no list
    open      values usual here; others are allowed
    when      (path, values): must have a value when the element there has one of these
    text      it has text of its own
    least     how many must stand in their parent
    several   more than one may stand
    choice    its parent may have another in its place
    closed_group   what stands in it is not for a form
    """

    name: str
    path: str
    number: str = ""
    en: str = ""
    type: str = "text"
    must: str = ""
    maximum: int = 0
    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    when: tuple[str, tuple[str, ...]] = ("", ())
    text: bool = True
    least: int = 0
    several: bool = False
    choice: bool = False
    closed_group: bool = False
    attributes: "tuple[Kind, ...]" = ()
    children: "tuple[Kind, ...]" = ()

    @property
    def is_group(self) -> bool:
        """Whether other elements stand in it."""
        return bool(self.children)

    def walk(self) -> "Iterator[Kind]":
        """This one and everything below it, in the order of the schema."""
        yield self
        yield from self.attributes
        for one in self.children:
            yield from one.walk()


@dataclass(frozen=True)
class Node:
    """One place of the document.

    kind       what the schema says of it; of an element it does not know only name and path
    xpath      where it stands, or would stand when it is added
    present    False: it is missing, and may be added here
    line       of the document as given; 0 when missing
    position   among the elements of its name, from 1
    count      how many of its name stand there
    skipped    how many of its name stand behind it that the form leaves out
    known      False when the schema has no such element here
    """

    kind: Kind
    xpath: str
    present: bool
    value: str = ""
    line: int = 0
    position: int = 1
    count: int = 1
    skipped: int = 0
    known: bool = True
    attributes: "tuple[Node, ...]" = ()
    below: "tuple[Node, ...]" = ()

    @property
    def removable(self) -> bool:
        """Whether the document would be no worse by the schema without it."""
        if not self.present:
            return False
        return not self.known or self.count > self.kind.least

    @property
    def key(self) -> str:
        """The place, the same in a package and in its correction."""
        return place_key(self.xpath)

    def walk(self) -> "Iterator[Node]":
        """This node and everything below it, attributes before children."""
        yield self
        yield from self.attributes
        for one in self.below:
            yield from one.walk()

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it stands in the document."""
        return not self.present and all(one.is_empty for one in self.below)


@dataclass(frozen=True)
class RecordForm:
    """A document as a form.

    schema   file name of the schema it was made from
    root     the document element
    above    XPath of the element that holds the record, its people and activities
    """

    schema: str
    root: Node
    above: str

    @cached_property
    def places(self) -> dict[str, Node]:
        """Every node by its key."""
        return {one.key: one for one in self.root.walk()}

    @cached_property
    def by_path(self) -> dict[str, tuple[Node, ...]]:
        """The nodes of each Field.path, in the order of the document."""
        grouped: dict[str, list[Node]] = {}
        for one in self.root.walk():
            grouped.setdefault(one.kind.path, []).append(one)
        return {path: tuple(some) for path, some in grouped.items()}

    def find(self, xpath: str, path: str) -> Node | None:
        """The node a finding is about: by its place, else by its field near that place.

        A finding about a missing element has the place of what it should stand in.
        """
        key = place_key(xpath) if xpath else ""
        exact = self.places.get(key)
        if exact is not None and (not path or exact.kind.path == path):
            return exact
        near = [one for one in self.by_path.get(path, ()) if one.key.startswith(key)]
        return next(iter(near or self.by_path.get(path, ())), exact)


def is_far(key: str) -> bool:
    """Whether a form leaves the place out unless it is asked for."""
    return any(int(one) > SHOWN for one in _POSITION.findall(key))


def place_key(xpath: str) -> str:
    """An XPath as findings write it, without what differs between layers of a package."""
    return _FIRST.sub("", _ABOVE.sub("~", xpath, count=1))

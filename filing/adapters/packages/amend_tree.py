"""A metadata document as text with its elements found in it, to be changed by splicing.

What no change touches stays byte for byte: white space, comments, order of attributes.
The document is UTF-8 and was read before by safe_xml.py, so that it is known to be
well formed; where each element begins and ends is the splitter's word.

Places are written as walk.py writes them: local names, with a position where a name
repeats among siblings. Decides nothing; see amend.py.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lxml import etree

from filing.adapters.packages.schemas import schema_folder
from filing.adapters.packages.splitter import split
from filing.errors import BadRequest
from filing.model.limits import Limits

_XS = "{http://www.w3.org/2001/XMLSchema}"
_STEP = re.compile(r"/(?P<name>[^/\[\]@]+)(?:\[(?P<position>[1-9][0-9]{0,5})\])?")
_ATTRIBUTE = re.compile(r"/@(?P<name>[^/\[\]@\s=<>\"']+)$")
_TAG_END = re.compile(rb"""<[^\s<>/]+(?:[^<>"']|"[^<"]*"|'[^<']*')*?(/?)>""")
_PAIR = re.compile(rb"""[ \t\r\n]+([^\s=<>/"']+)[ \t\r\n]*=[ \t\r\n]*("[^<"]*"|'[^<']*')""")
_SPECIAL = re.compile(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_REFERENCE = re.compile(r"&(#x[0-9A-Fa-f]+|#[0-9]+|lt|gt|amp|quot|apos);")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
#: What XML 1.0 cannot hold, however written. Source: XML 1.0, production 2.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a place. ``position`` is 0 where none is written."""

    name: str
    position: int

    def __str__(self) -> str:
        return f"{self.name}[{self.position}]" if self.position else self.name


def take_apart(xpath: str) -> tuple[tuple[Step, ...], str]:
    """(steps, name of the attribute or ""). Raises BadRequest for anything but a place."""
    _must_be_written(xpath)
    attribute = _ATTRIBUTE.search(xpath)
    path = xpath[: attribute.start()] if attribute else xpath
    steps = [Step(one["name"], int(one["position"] or 0)) for one in _STEP.finditer(path)]
    if not steps or "".join(f"/{one}" for one in steps) != path:
        raise BadRequest(f"{xpath[:200]!r} is not a place", f"“{xpath[:200]}”不是元数据位置")
    return tuple(steps), attribute["name"] if attribute else ""


class Tree:
    """One document. Made anew after every splice."""

    def __init__(self, text: bytes, limits: Limits) -> None:
        self.text = text
        self.outline = outline = split(io.BytesIO(text), limits)
        self.codec = outline.codec
        self.written = outline.names
        self.names = [one.rpartition(":")[2] for one in outline.names]
        self.parents, self.starts, self.ends = outline.parents, outline.starts, outline.ends
        self.children: list[list[int]] = [[] for _ in self.names]
        for index, parent in enumerate(self.parents):
            if parent >= 0:
                self.children[parent].append(index)

    # finding

    def named(self, parent: int, name: str) -> list[int]:
        """The children of that name."""
        return [one for one in self.children[parent] if self.names[one] == name]

    def down(self, index: int, *names: str) -> int:
        """Follow first children by name; -1 when one is absent."""
        for name in names:
            found = self.named(index, name) if index >= 0 else []
            index = found[0] if found else -1
        return index

    def follow(self, steps: tuple[Step, ...]) -> tuple[int, int]:
        """(deepest element there is on the way, number of steps that lead to it)."""
        if not steps or steps[0].name != self.names[0] or steps[0].position > 1:
            return -1, 0
        at = 0
        for taken, step in enumerate(steps[1:], start=1):
            some = self.named(at, step.name)
            if len(some) < max(step.position, 1):
                return at, taken
            at = some[max(step.position, 1) - 1]
        return at, len(steps)

    def xpath(self, index: int) -> str:
        """The place of an element."""
        steps: list[str] = []
        while index >= 0:
            parent, name = self.parents[index], self.names[index]
            some = self.named(parent, name) if parent >= 0 else [index]
            steps.append(f"{name}[{some.index(index) + 1}]" if len(some) > 1 else name)
            index = parent
        return "/" + "/".join(reversed(steps))

    # what stands there

    def tag(self, index: int) -> tuple[int, bool]:
        """(end of the start tag, whether it is an empty tag)."""
        found = _TAG_END.match(self.text, self.starts[index])
        if found is None:
            raise ValueError("an element without a start tag")
        return found.end(), bool(found[1])

    def inside(self, index: int) -> tuple[int, int]:
        """Where the inside begins and ends; an empty tag has none (both its end)."""
        begins, empty = self.tag(index)
        if empty:
            return begins, begins
        return begins, self.text.rindex(b"</", begins, self.ends[index])

    def gaps(self, index: int) -> list[tuple[int, int]]:
        """The stretches of text of its own: before, between and behind its children."""
        at, end = self.inside(index)
        found = []
        for one in self.children[index]:
            found.append((at, self.starts[one]))
            at = self.ends[one]
        return [*found, (at, end)]

    def own_text(self, index: int) -> str:
        """The element's own text, unescaped, children left out."""
        return "".join(unescaped(self.text[s:e], self.codec) for s, e in self.gaps(index))

    def attributes(self, index: int) -> dict[str, tuple[str, int, int]]:
        """Name as written -> (value, start of the white space before it, its end)."""
        found = {}
        for one in self._pairs(index):
            value = unescaped(one[2][1:-1], self.codec)
            found[one[1].decode(self.codec)] = (value, one.start(), one.end())
        return found

    def _pairs(self, index: int) -> Iterator[re.Match[bytes]]:
        end, _ = self.tag(index)
        return _PAIR.finditer(self.text, self.starts[index], end)


def unescaped(raw: bytes, codec: str = "utf-8") -> str:
    """Character data without comments, CDATA marks and references."""
    if b"\r" in raw:  # what every parser makes of it: XML 1.0, section 2.11
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"<" not in raw and b"&" not in raw:
        return raw.decode(codec)
    pieces, at, text = [], 0, raw.decode(codec)
    for one in _SPECIAL.finditer(text):
        pieces.append(_REFERENCE.sub(_character, text[at : one.start()]))
        pieces.append(one[1] or "")  # what stands in CDATA; nothing of a comment
        at = one.end()
    pieces.append(_REFERENCE.sub(_character, text[at:]))
    return "".join(pieces)


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if not name.startswith("#"):
        return _NAMED[name]
    return chr(int(name[2:], 16) if name[1] == "x" else int(name[1:]))


def escaped(text: str, *, quoted: bool = False) -> bytes:
    """``text`` as character data, or as an attribute's value with its quotes.

    Raises BadRequest for characters XML cannot hold.
    """
    _must_be_written(text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("\r", "&#13;")
    if quoted:
        text = text.replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")
        text = f'"{text}"'
    return text.encode()


def _must_be_written(text: str) -> None:
    if wrong := _ILLEGAL.search(text):
        code = f"U+{ord(wrong[0]):04X}"
        raise BadRequest(f"the character {code} cannot stand in XML", f"字符 {code} 不能写入 XML")


@cache
def order(schema: str) -> dict[str, tuple[str, ...]]:
    """Element -> the elements that may stand in it, in the order of the XSD ``schema``."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.parse(str(schema_folder() / schema), parser).getroot()
    return {
        str(element.get("name")): tuple(
            dict.fromkeys(str(one.get("ref")) for one in element.iterfind(f".//{_XS}element[@ref]"))
        )
        for element in root.iterfind(f"{_XS}element")
    }

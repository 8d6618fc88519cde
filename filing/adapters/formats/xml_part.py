"""XML inside a content file: parsed without DTD, entities, network or deep trees.

``element`` gives a tree for the small documents whose references we follow;
``check`` only wants to know whether XML is well-formed, ``runs`` whether a browser would
run something in it; both keep no tree and take any length and depth.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from lxml import etree

from filing.adapters import xml_complaints
from filing.adapters.formats.view import Budget, Damaged, Exhausted

#: Where a browser runs scripts, by namespace, whatever the prefix.
_RUN_IN = frozenset({"http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"})
#: Elements, ends of elements and attributes of a tree; each takes some hundred bytes.
_MOST_NODES = 400_000
#: Elements looked at for what runs: each is a call, and a file may hold a billion.
_MOST_LOOKED_AT = 2_000_000
_UNSEEN = re.compile(r"[\x00-\x20]+")


class _Found(Exception):
    """Nothing more need be read."""


class _Root:
    """A parser target that wants the name of the root and no more."""

    def __init__(self) -> None:
        self.name = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.name = tag
        raise _Found

    def close(self) -> None:
        return None


class _Silent:
    """A parser target that keeps nothing and refuses a document type."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Damaged("XML 含有 DTD / XML has a document type")

    def close(self) -> None:
        return None


def element(part: bytes, name: str) -> etree._Element:
    """Parse one document.

    name   for the message

    Raises Damaged when it is not well-formed or has a document type, Exhausted when its
    tree would be too large.
    """
    if part.count(b"<") + part.count(b"=") > _MOST_NODES:
        raise Exhausted
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(part, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _ill_formed(name, error) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Damaged(f"{name}：XML 含有 DTD / {name}: XML has a document type")
    return root


def _ill_formed(name: str, error: Exception) -> Damaged:
    said = xml_complaints.both(error, getattr(error, "lineno", None) or 0)
    zh, _, en = said.partition(" / ")
    return Damaged(f"{name}：XML 无法解析，{zh} / {name}: XML not well-formed, {en}")


class _Running(_Silent):
    """Stops at the first element that a browser would run, or when it has seen too many."""

    def __init__(self) -> None:
        self._budget = Budget(_MOST_LOOKED_AT)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._budget.spend(1)
        space, _, name = tag[1:].rpartition("}")
        if space in _RUN_IN and (name.lower() == "script" or any(map(_acts, attributes.items()))):
            raise _Found


def _acts(attribute: tuple[str, str]) -> bool:
    """Whether an attribute of a page or drawing runs something: a handler or an address."""
    name, value = attribute[0].lower(), _UNSEEN.sub("", attribute[1][:200]).lower()
    return name.startswith("on") or name == "srcdoc" or value.startswith("javascript:")


def check(pieces: Iterable[bytes], name: str) -> None:
    """Parse and forget.

    Raises Damaged where it is not well-formed or has a document type, Exhausted where one
    element holds too much.
    """
    _parse(pieces, name, _Silent())


def runs(pieces: Iterable[bytes]) -> bool:
    """Whether a browser would run something in it. Raises Damaged, Exhausted."""
    try:
        _parse(pieces, "XML", _Running())
    except _Found:
        return True
    return False


def _parse(pieces: Iterable[bytes], name: str, target: _Silent | _Root) -> None:
    parser = etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # lxml asks of a target only what it has
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        for piece in _bounded(pieces):
            parser.feed(piece)
        parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _ill_formed(name, error) from None


def _bounded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, until one element has too many attributes: the parser holds them all.

    No "<" stands in them as it is, so that they lie between two. Raises Exhausted.
    """
    held = 0
    for piece in pieces:
        last = piece.rfind(b"<")
        held = piece.count(b"=", max(last, 0)) + (held if last < 0 else 0)
        if held > _MOST_NODES:
            raise Exhausted
        yield piece


def local(node: etree._Element) -> str:
    """The name without its namespace; "" for a comment or instruction."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def namespace(node: etree._Element) -> str:
    """The namespace, or ""."""
    tag = node.tag if isinstance(node.tag, str) else ""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def root_namespace(start: bytes) -> str:
    """The namespace of the root of a document that begins with ``start``; "" without one."""
    # A tree would be refused for its depth, which says nothing of the root.
    root = _Root()
    with suppress(_Found, Damaged):
        _parse((start,), "XML", root)
    return root.name[1:].partition("}")[0] if root.name.startswith("{") else ""

"""XML inside a content file: parsed without DTD, entities, network or deep trees.

``element`` gives a tree for the small documents whose references we follow;
``check`` only wants to know whether XML is well-formed, keeps no tree and takes any
length.
"""

from collections.abc import Iterable

from lxml import etree

from filing.adapters.formats.view import Damaged


class _Silent:
    """A parser target that keeps nothing and refuses a document type."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Damaged("XML 含有 DTD / XML has a document type")

    def close(self) -> None:
        return None


def element(part: bytes, name: str) -> etree._Element:
    """Parse one document.

    name   for the message

    Raises Damaged when it is not well-formed or has a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(part, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Damaged(f"{name}：XML 无法解析 / XML not well-formed ({str(error)[:120]})") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Damaged(f"{name}：XML 含有 DTD / XML has a document type")
    return root


def check(pieces: Iterable[bytes], name: str) -> None:
    """Parse and forget. Raises Damaged as ``element`` does."""
    parser = etree.XMLParser(
        target=_Silent(),  # type: ignore[arg-type]  # lxml asks of a target only what it has
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        for piece in pieces:
            parser.feed(piece)
        parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Damaged(f"{name}：XML 无法解析 / XML not well-formed ({str(error)[:120]})") from None


def local(node: etree._Element) -> str:
    """The name without its namespace; "" for a comment or instruction."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def namespace(node: etree._Element) -> str:
    """The namespace, or ""."""
    tag = node.tag if isinstance(node.tag, str) else ""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def root_namespace(start: bytes) -> str:
    """The namespace of the root of a document that begins with ``start``; "" without one."""
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False
    )
    parser.feed(start)
    for _, root in parser.read_events():
        if isinstance(root, etree._Element):
            return namespace(root)
    return ""

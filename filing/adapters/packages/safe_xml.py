"""The one XML parser: hardened, limited, and sure of what it saw.

Every document goes through the splitter first, which refuses DTDs and enforces
the limits while only a buffer of it is in memory; then lxml parses what
remains with entities, network and DTD loading off. The two must agree on every
element name in document order: markup that one of them reads differently is
refused, never guessed at.

Does not validate; see schemas.py.
"""

import io
import threading
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree

from filing.adapters import xml_complaints
from filing.adapters.packages.splitter import CHUNK, Outline, Refused, Sink, split
from filing.model.limits import Limits

_LIMITS = Limits()
#: libxml2's own limit for the text of one element; the others we reach first.
_LONGEST_TEXT = 10_000_000
_thread = threading.local()


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document.

    root      without comments and processing instructions
    elements  every element in document order
    names     their local names, in the same order
    outline   where each stands in the bytes received, and the withheld content
    """

    root: etree._Element
    elements: list[etree._Element]
    names: list[str]
    outline: Outline


def parse(document: bytes, limits: Limits = _LIMITS) -> etree._Element:
    """Parse a small document. Raises Refused."""
    return read(io.BytesIO(document), limits).root


def read(
    stream: BinaryIO,
    limits: Limits = _LIMITS,
    withheld: str = "",
    sink: Sink | None = None,
    chunk: int = CHUNK,
) -> Document:
    """Parse the document in ``stream``; arguments as for ``splitter.split``.

    Raises Refused.
    """
    return parsed(split(stream, limits, withheld, sink, chunk), limits)


def parsed(outline: Outline, limits: Limits) -> Document:
    """Parse the slim document of an outline. Raises Refused."""
    _judge_breadth(outline, limits)
    root = _parse(outline)
    elements = list(root.iter())
    # The parser yields no comments and no processing instructions, so every tag is a name.
    names = _local([one.tag for one in elements], "}")
    # Most documents use no prefixes: their names are local as they are written.
    if names != outline.names and names != _local(outline.names, ":"):
        raise Refused("GD-3-1", "ambiguous-markup", 1, f"{len(names)} / {len(elements)}")
    return Document(root, elements, names, outline)


def _local(names: list[str], mark: str) -> list[str]:
    """The local part of each name; few names occur often, so each is cut once."""
    local = {name: name.rpartition(mark)[2] for name in set(names)}
    return [local[name] for name in names]


def _judge_breadth(outline: Outline, limits: Limits) -> None:
    """Refuse an element with too many children: the validator's time grows by their square."""
    if len(outline.parents) <= limits.max_siblings:
        return
    parent, children = Counter(outline.parents).most_common(1)[0]
    if children > limits.max_siblings:
        line = outline.lines[max(parent, 0)]
        limit = str(limits.max_siblings)
        raise Refused("ZX-4-7", "element-count", line, str(children), limit)


def _parse(outline: Outline) -> etree._Element:
    """Parse the slim document as UTF-8, whatever encoding it declares."""
    slim = outline.slim
    if outline.codec != "utf-8":
        try:
            slim = slim.decode(outline.codec).encode()
        except UnicodeDecodeError as error:
            line = outline.raw_line(slim.count(b"\n", 0, error.start) + 1)
            found = f"0x{slim[error.start : error.start + 4].hex()}"
            raise Refused("GD-3-1", "wrong-encoding", line, found, outline.codec) from error
    try:
        return etree.fromstring(slim, _parser())
    except etree.XMLSyntaxError as error:
        raise _refusal(error, outline) from error


def _parser() -> etree.XMLParser:
    """This thread's parser: lxml's must not be shared between threads."""
    parser: etree.XMLParser | None = getattr(_thread, "parser", None)
    if parser is None:
        parser = _thread.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
    return parser


def _refusal(error: etree.XMLSyntaxError, outline: Outline) -> Refused:
    """The parser's complaint as a refusal at its line of the received document."""
    line = outline.raw_line(error.lineno or 1)
    kinds = etree.ErrorTypes
    code = getattr(error, "code", 0)
    if code in (kinds.ERR_UNDECLARED_ENTITY, kinds.WAR_UNDECLARED_ENTITY):
        return Refused("ZX-4-6", "entity", line, xml_complaints.entity(error))
    said = xml_complaints.both(error)
    if code in (kinds.ERR_INVALID_ENCODING, kinds.I18N_CONV_FAILED):
        return Refused("GD-3-1", "wrong-encoding", line, said, outline.codec)
    if code in (kinds.ERR_RESOURCE_LIMIT, kinds.ERR_NAME_TOO_LONG):
        return Refused("ZX-4-2", "metadata-too-large", line, said, str(_LONGEST_TEXT))
    return Refused("GD-3-1", "not-well-formed", line, said)

"""The working document: a metadata document without its content, ready to be amended.

Where Base64 stood there is a mark that names the content; so text may be spliced while
what belongs to which element is never lost. The mark holds the first half of the
package's own digest, which no sender can have written into the package.

It is UTF-8 whatever the encoding received; what is kept in the end says its own.
"""

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pybase64

from filing.adapters.packages import safe_xml
from filing.adapters.packages.amend import MARK
from filing.adapters.packages.amend_tree import Tree
from filing.adapters.packages.eep import CONTENT_ELEMENT, eep_package
from filing.adapters.packages.reader import Parcel, unreadable
from filing.adapters.packages.splitter import ENCODINGS, Refused, Withheld
from filing.evidence.hashing import digest_bytes
from filing.model.limits import Limits
from filing.model.package import Content, Form, Package

_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[ \t\r\n].*?\?>", re.DOTALL)
_ENCODING = re.compile(rb"""encoding[ \t\r\n]*=[ \t\r\n]*["']([^"'>]*)["']""")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Cut:
    """One content left out: where its mark begins in ``marked``, and what stood there."""

    at: int
    mark: int
    offset: int
    length: int


#: A tree of more elements is made again rather than kept with an open delivery.
KEPT_ELEMENTS = 20_000


@dataclass(slots=True)
class Working:
    """A document taken apart; nothing of it changes.

    key       what its marks begin with
    codec     Python's name of the encoding received
    marked    in that encoding, marks in place of content
    text      the same in UTF-8
    cuts      in the order of the document
    contents  what the marks name, by number
    """

    key: str
    codec: str
    marked: bytes
    text: bytes
    cuts: tuple[Cut, ...]
    contents: tuple[Content, ...]
    _tree: Tree | None = None

    def tree(self, limits: Limits) -> Tree:
        """``text`` with its elements found."""
        tree = self._tree or Tree(self.text, limits)
        if len(tree.names) <= KEPT_ELEMENTS:
            self._tree = tree
        return tree

    def marked_tree(self, limits: Limits) -> Tree:
        """``marked`` with its elements found."""
        return self.tree(limits) if self.marked == self.text else Tree(self.marked, limits)

    def raw(self, at: int) -> int:
        """The offset in the document received of an offset in ``marked`` outside the marks."""
        moved = 0
        for one in self.cuts:
            if one.at >= at:
                break
            moved = one.offset + one.length - one.at - one.mark
        return at + moved


def working(package: Package, limits: Limits) -> Working | None:
    """The working document of a package that could be read; None when it is too large."""
    if package.metadata is None or not package.readable:
        return None
    key = package.digest.hex[:32]
    contents = tuple(
        sorted((one for one in package.contents() if one.is_inline), key=lambda one: one.offset)
    )
    left = package.metadata.size_bytes - sum(one.length for one in contents)
    if left > limits.max_metadata_bytes:
        return None
    marked, cuts = _marked(package.metadata, contents, key)
    codec = _codec(marked)
    text = marked.removeprefix(b"\xef\xbb\xbf").decode(codec).encode()
    declared = _DECLARATION.match(text)
    text = b'<?xml version="1.0" encoding="UTF-8"?>' + text[declared.end() if declared else 0 :]
    return Working(key, codec, marked, text, tuple(cuts), contents)


def _marked(raw: Content, contents: Iterable[Content], key: str) -> tuple[bytes, list[Cut]]:
    pieces, cuts, size, at = [], [], 0, 0
    with raw.open() as stream:
        for number, one in enumerate(contents):
            stream.seek(at)
            piece = stream.read(one.offset - at)
            mark = mark_of(key, number)
            pieces += [piece, mark]
            cuts.append(Cut(size + len(piece), len(mark), one.offset, one.length))
            size += len(piece) + len(mark)
            at = one.offset + one.length
        stream.seek(at)
        pieces.append(stream.read())
    return b"".join(pieces), cuts


def mark_of(key: str, number: int) -> bytes:
    """The mark of content ``number``."""
    return b"@@%b:%d@@" % (key.encode(), number)


def marked_content(text: str, key: str) -> int:
    """The number a mark names; -1 where there is none of ours."""
    found = MARK.fullmatch(text.strip().encode())
    return int(found[2]) if found and found[1].decode() == key else -1


def _codec(marked: bytes) -> str:
    """As splitter.py reads it: the document was taken by that reading before."""
    declared = _DECLARATION.match(marked[:256])
    name = _ENCODING.search(declared[0]) if declared else None
    return ENCODINGS[name[1].decode().lower()] if name else "utf-8"


def read_amended(
    tree: Tree, contents: tuple[Content, ...], key: str, parcel: Parcel, limits: Limits
) -> Package:
    """The package an amended EEP document is, its marks resolved.

    parcel   its metadata is the tree's text, its members the files beside it
    """
    try:
        # The tree is another's, too: what is withheld is noted apart.
        document = safe_xml.parsed(replace(tree.outline, withheld={}), limits)
    except Refused as refused:
        return unreadable(parcel, refused)
    for index, name in enumerate(document.names):
        if name != CONTENT_ELEMENT:
            continue
        element = document.elements[index]
        found = "".join(map(str, element.itertext()))
        number = marked_content(found, key)
        if 0 <= number < len(contents):
            content = contents[number]
            one = Withheld(content, content.offset, content.length)
        else:
            one = _literal(found)
        document.outline.withheld[index] = one
        element.text = None
    return eep_package(document, parcel, limits)


def _literal(text: str) -> Withheld:
    """Base64 that stands in the document itself: the digest of a file beside it, or junk."""
    try:
        body = pybase64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return Withheld(None, 0, 0, "Base64")
    if not body:
        return Withheld(None, 0, 0)
    return Withheld(Content("", len(body), digest_bytes(body), body, 0, 0), 0, 0)


def parcel_of(package: Package, metadata: bytes, members: tuple[Content, ...]) -> Parcel:
    """The parcel of a corrected delivery. Digest and size stay those of the delivery."""
    name = package.metadata.member if package.metadata else "metadata.xml"
    document = Content(name, len(metadata), (), metadata)
    return Parcel(package.form, package.digest, package.size_bytes, document, members, ())


def is_eep(form: Form) -> bool:
    """Whether the metadata document is an EEP."""
    return form in {Form.EEP, Form.EEP_ZIP}

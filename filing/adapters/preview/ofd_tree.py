"""The structure of an OFD (GB/T 33190-2016) as a tree: documents, pages, seals, attachments.

Follows the same references as the check does (formats/ofd.py), in bounded memory and
number; what is missing or damaged is said in its place instead of ending the look.

Renders nothing and verifies no seal.
"""

from collections.abc import Iterator
from itertools import islice

from lxml import etree

from filing.adapters.formats import xml_part, zipped
from filing.adapters.formats.ofd import Walk, below, text_of
from filing.adapters.formats.view import Bytes, Damaged, Exhausted
from filing.model.preview import Branch

#: Pages, seals and attachments listed of one document; the rest is counted.
SHOWN = 100
_TEXT_SHOWN = 400  # characters of one page
_FACTS = ("Title", "Author", "Creator", "CreatorVersion", "CreationDate", "ModDate", "Subject")


def ofd_tree(data: Bytes) -> tuple[Branch, ...]:
    """One branch for each document of the OFD. Raises nothing for bytes it does not like."""
    try:
        walk = Walk(data, zipped.read_directory(data), zipped.allowance(data))
        base, root = walk.document("", "OFD.xml")
        bodies = [node for node in root if xml_part.local(node) == "DocBody"]
        return tuple(_document(walk, base, one) for one in bodies[:SHOWN])
    except (Damaged, Exhausted) as damage:
        return (_damage(damage),)


def _document(walk: Walk, base: str, body: etree._Element) -> Branch:
    facts = tuple(_facts(body))
    place = text_of(body, "DocRoot")
    try:
        name, document = walk.document(base, place)
    except (Damaged, Exhausted) as damage:
        return Branch("document", place, below=(*facts, _damage(damage)))
    found = (
        *facts,
        *_pages(walk, name, document),
        *_listed(walk, name, text_of(document, "Attachments"), "Attachment", "attachment"),
        *_listed(walk, base, text_of(body, "Signatures"), "Signature", "signature"),
    )
    return Branch("document", name, below=found)


def _facts(body: etree._Element) -> Iterator[Branch]:
    """What the document says of itself."""
    for one in body:
        if xml_part.local(one) == "DocInfo":
            for name in _FACTS:
                if said := text_of(one, name):
                    yield Branch("fact", name, said[:_TEXT_SHOWN])


def _pages(walk: Walk, name: str, document: etree._Element) -> Iterator[Branch]:
    pages = list(below(document, "Pages", "Page"))
    shown = tuple(_page(walk, name, one) for one in pages[:SHOWN])
    yield Branch("pages", str(len(pages)), below=shown)


def _page(walk: Walk, name: str, page: etree._Element) -> Branch:
    """One page with the beginning of its text."""
    place = page.get("BaseLoc", "")
    try:
        _, content = walk.document(name, place)
    except (Damaged, Exhausted) as damage:
        return Branch("page", place, below=(_damage(damage),))
    pieces: list[str] = []
    for one in content.iter("{*}TextCode"):
        pieces.append((one.text or "").strip())
        if sum(map(len, pieces)) > _TEXT_SHOWN:
            break
    return Branch("page", place, " ".join(pieces)[:_TEXT_SHOWN])


def _listed(walk: Walk, base: str, place: str, item: str, kind: str) -> Iterator[Branch]:
    """The entries of a list in a document of its own."""
    if not place:
        return
    try:
        name, listing = walk.document(base, place)
    except (Damaged, Exhausted) as damage:
        yield Branch(kind, place, below=(_damage(damage),))
        return
    for one in islice((node for node in listing if xml_part.local(node) == item), SHOWN):
        if kind == "signature":
            yield _signature(walk, name, one)
        else:
            yield Branch(kind, one.get("Name", "") or one.get("ID", ""), text_of(one, "FileLoc"))


def _signature(walk: Walk, base: str, entry: etree._Element) -> Branch:
    """One seal or signature with what it says of itself; nothing is verified."""
    place = entry.get("BaseLoc", "")
    try:
        _, signature = walk.document(base, place)
    except (Damaged, Exhausted) as damage:
        return Branch("signature", place, below=(_damage(damage),))
    method = next(signature.iter("{*}SignatureMethod"), None)
    made = next(signature.iter("{*}SignatureDateTime"), None)
    said = [(one.text or "").strip() for one in (method, made) if one is not None]
    return Branch("signature", entry.get("Type", "") or place, " ".join(said)[:_TEXT_SHOWN])


def _damage(damage: Exception) -> Branch:
    return Branch("damage", "", str(damage) or "解压量超过上限 / inflates to too much")

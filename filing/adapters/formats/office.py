"""Office documents in a ZIP: Office Open XML (ISO/IEC 29500) and OpenDocument.

Opened means: every member has its checksum and the main parts are well-formed XML.
Which version it is, PRONOM says; here it is told that it is such a document, whether
it carries macros, and whether it is encrypted (OpenDocument names that in its
manifest; encrypted Office Open XML is no ZIP, see legacy).
"""

from filing.adapters.formats import xml_part, zipped
from filing.adapters.formats.view import Bytes, Damaged, Exhausted, counted
from filing.adapters.formats.zipped import Directory
from filing.model.finding import Outcome
from filing.model.inspection import Inspection

_MAIN_PARTS = ("[Content_Types].xml", "word/document.xml", "xl/workbook.xml",
               "ppt/presentation.xml", "META-INF/manifest.xml", "content.xml")  # fmt: skip
_MANIFEST_LIMIT_BYTES = 4 << 20
#: Parts of these types run, whatever they are called (ECMA-376, part 2, 10.1; [MS-OFFMACRO2]).
_RUNNING_TYPES = ("vbaproject", "vbadata", "macroenabled", "macrosheet")


def look(data: Bytes, directory: Directory) -> Inspection | None:
    """Inspect it, without ``format`` (PRONOM must say); None when it is no such document."""
    is_open_xml = "[Content_Types].xml" in directory and "_rels/.rels" in directory
    is_open_document = "mimetype" in directory and "META-INF/manifest.xml" in directory
    if not is_open_xml and not is_open_document:
        return None
    budget = zipped.allowance(data)
    active, searched = _active(directory), True
    try:
        if is_open_xml and not active:
            active = _typed_active(data, directory)
        encrypted = is_open_document and _manifest_says_encrypted(data, directory)
        for name in _MAIN_PARTS if not encrypted else ():
            if name in directory:
                xml_part.check(zipped.chunks(data, directory[name], budget), name)
        rest = (one for name, one in directory.items() if name not in _MAIN_PARTS)
        zipped.check_all(data, rest, budget)
        outcome, detail = Outcome.PASSED, counted(len(directory), "个部件", "part")
        if encrypted:
            outcome, detail = Outcome.UNDETERMINED, "加密，需要口令 / encrypted"
    except Damaged as damage:
        encrypted, outcome, detail = False, Outcome.FAILED, str(damage)
    except Exhausted:
        encrypted, searched = False, False
        outcome, detail = Outcome.UNDETERMINED, "解压量超过上限 / inflates to too much"
    return Inspection(
        None, outcome, detail, encrypted=encrypted, active=active, searched=searched,
        signatures=_signatures(directory),
    )  # fmt: skip


def _manifest_says_encrypted(data: Bytes, directory: Directory) -> bool:
    """OpenDocument 1.2, part 3, 4.4: encryption-data stands in the manifest."""
    manifest = directory["META-INF/manifest.xml"]
    budget = zipped.allowance(data)
    return b"encryption-data" in zipped.read(data, manifest, _MANIFEST_LIMIT_BYTES, budget)


def _active(directory: Directory) -> str:
    found: dict[str, None] = {}
    for name in directory:
        folded = name.casefold()
        if folded.endswith("vbaproject.bin") or folded.startswith(("basic/", "scripts/")):
            found["宏 / macros"] = None
        elif "/activex/" in folded:
            found["ActiveX"] = None
        elif "/embeddings/" in folded and folded.endswith(".bin"):
            found["嵌入的 OLE 对象 / embedded OLE object"] = None
    return "；".join(found)


def _typed_active(data: Bytes, directory: Directory) -> str:
    """Macros by the type of their part: the name is the sender's to choose. Raises Damaged."""
    listing = directory["[Content_Types].xml"]
    part = zipped.read(data, listing, _MANIFEST_LIMIT_BYTES, zipped.allowance(data))
    root = xml_part.element(part, listing.name)
    types = [node.get("ContentType", "").lower() for node in root.iterchildren("{*}*")]
    return "宏 / macros" if any(one in kind for kind in types for one in _RUNNING_TYPES) else ""


def _signatures(directory: Directory) -> int:
    return sum(
        1
        for name in directory
        if name.startswith("_xmlsignatures/sig") or name == "META-INF/documentsignatures.xml"
    )

"""What would run in a PDF, and what is attached or signed in it.

Looks where ISO 32000-1 lets actions stand (12.6): the catalogue, its names, outline,
forms and pages; each object once, so circles end, and only so many in all.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from filing.adapters.formats.programs import is_program
from filing.adapters.formats.view import Budget

MAX_OBJECTS = 100_000
#: Bytes of a stream that are taken into memory for its beginning; it is only to be had whole.
MAX_STREAM_BYTES = 8 << 20
#: Action types (ISO 32000-1, 12.6.4) that run, send or fetch something.
_RUNS = {"/JavaScript": "JavaScript", "/Launch": "Launch", "/ImportData": "ImportData",
         "/SubmitForm": "SubmitForm", "/Rendition": "Rendition"}  # fmt: skip


@dataclass(slots=True)
class Walk:
    """What a walk over the document found.

    repaired   asked whether streams are longer than they say
    unread     streams too long for their beginning to be looked at
    """

    budget: Budget
    repaired: Callable[[], bool] = lambda: False
    unread: int = 0
    active: dict[str, None] = field(default_factory=dict)  # ordered, each once
    signatures: int = 0
    attachments: int = 0
    seen: set[tuple[int, int]] = field(default_factory=set)

    def enter(self, node: Object) -> bool:
        """Count a visit; False for an object visited before."""
        self.budget.spend(1)
        if node.is_indirect:
            if node.objgen in self.seen:
                return False
            self.seen.add(node.objgen)
        return True


def get(node: object, key: str) -> object:
    """``node[key]``, or None when node is no dictionary or has no such key."""
    if isinstance(node, (Dictionary, Stream)):
        return node.get(key)
    return None


def _items(node: object, walk: Walk) -> Iterator[object]:
    """What an array holds; counted first, since many may share a long one."""
    if isinstance(node, Array):
        walk.budget.spend(len(node))
        yield from node.as_list()


def walk_document(document: Pdf, walk: Walk) -> None:
    """Look at everything that can act: the catalogue, its forms and names, the pages."""
    root = document.Root
    _action(get(root, "/OpenAction"), walk)
    _actions(root, walk)
    names = get(root, "/Names")
    if get(names, "/JavaScript") is not None:
        walk.active["JavaScript"] = None
    _embedded(get(names, "/EmbeddedFiles"), walk)
    _outline(get(get(root, "/Outlines"), "/First"), walk)
    form = get(root, "/AcroForm")
    if get(form, "/XFA") is not None:
        walk.active["XFA"] = None
    for one in _items(get(form, "/Fields"), walk):
        _fields(one, walk)
    for page in document.pages:
        walk.budget.spend(1)
        _actions(page.obj, walk)
        for note in _items(get(page.obj, "/Annots"), walk):
            _annotation(note, walk)


def _actions(node: object, walk: Walk) -> None:
    """The additional actions (/AA) of a dictionary."""
    extra = get(node, "/AA")
    if isinstance(extra, Dictionary) and walk.enter(extra):
        for _, action in extra.items():
            _action(action, walk)


def _action(first: object, walk: Walk) -> None:
    """One action and those after it. A destination (an array or name) is none."""
    waiting = [first]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array):
            waiting += [one for one in _items(node, walk) if isinstance(one, Dictionary)]
        if not isinstance(node, Dictionary) or not walk.enter(node):
            continue
        kind = node.get("/S")
        if isinstance(kind, Name) and str(kind) in _RUNS:
            walk.active[_RUNS[str(kind)]] = None
        elif get(node, "/JS") is not None:
            walk.active["JavaScript"] = None
        waiting.append(node.get("/Next"))


def _annotation(note: object, walk: Walk) -> None:
    if not isinstance(note, Dictionary) or not walk.enter(note):
        return
    _action(note.get("/A"), walk)
    _actions(note, walk)
    kind = note.get("/Subtype")
    if kind == Name.RichMedia:
        walk.active["RichMedia"] = None
    if kind == Name.FileAttachment:
        _file(note.get("/FS"), walk)


def _outline(top: object, walk: Walk) -> None:
    """An entry of the outline, those below it and those after it."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Dictionary) and walk.enter(node):
            _action(node.get("/A"), walk)
            waiting += [node.get("/Next"), node.get("/First")]


def _fields(top: object, walk: Walk) -> None:
    """A form field and those below it; a signed signature field is counted."""
    # A field may be its own annotation, so fields keep their own list of visits.
    seen: set[tuple[int, int]] = set()
    waiting = [top]
    while waiting:
        node = waiting.pop()
        walk.budget.spend(1)
        if not isinstance(node, Dictionary) or (node.is_indirect and node.objgen in seen):
            continue
        seen.add(node.objgen)
        if node.get("/FT") == Name.Sig and node.get("/V") is not None:
            walk.signatures += 1
        _action(node.get("/A"), walk)
        _actions(node, walk)
        waiting += _items(node.get("/Kids"), walk)


def _embedded(tree: object, walk: Walk) -> None:
    """The name tree of embedded files."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Dictionary) or not walk.enter(node):
            continue
        for one in _items(node.get("/Names"), walk):
            if isinstance(one, Dictionary):
                _file(one, walk)
        waiting += _items(node.get("/Kids"), walk)


def _file(specification: object, walk: Walk) -> None:
    """One attached file, by its name and first bytes."""
    if not isinstance(specification, Dictionary) or not walk.enter(specification):
        return
    walk.attachments += 1
    name = str(get(specification, "/UF") or get(specification, "/F") or "")
    stream = get(get(specification, "/EF"), "/F")
    if is_program(_first_bytes(stream, walk), name):
        walk.active[f"附件是程序 {name[:80]} / attached program {name[:80]}"] = None


def _first_bytes(stream: object, walk: Walk) -> bytes:
    """The first 64 bytes of a stream that is plain or deflated; else b""."""
    return start_of(stream, 64, walk)


def start_of(stream: object, limit_bytes: int, walk: Walk) -> bytes:
    """At most ``limit_bytes`` of a stream's content, without inflating the rest."""
    if not isinstance(stream, Stream):
        return b""
    length = stream.get("/Length")
    if not isinstance(length, int) or length > MAX_STREAM_BYTES or walk.repaired():
        walk.unread += 1
        return b""
    filters = stream.get("/Filter")
    if isinstance(filters, Array) and len(filters) == 1:
        filters = filters[0]
    raw = memoryview(stream.get_raw_stream_buffer())
    if filters is None:
        return bytes(raw[:limit_bytes])
    if filters != Name.FlateDecode:
        return b""
    try:
        return zlib.decompressobj().decompress(raw[: limit_bytes * 2 + 1024], limit_bytes)
    except zlib.error:
        return b""

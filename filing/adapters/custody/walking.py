"""One object's folder, walked: every file digested, everything else named.

Paths written anywhere in the object are not opened; only what the walk finds is. The walk
judges nothing, and shares no code with the hand that wrote.
"""

import stat

from filing.adapters.custody.reading import KEPT_BYTES, Reader, Unreadable
from filing.custody.expected import Seen, Walked

MAX_DEPTH = 128
#: Content kept of one object for its judge; what is beyond is read again when asked for.
KEPT_TOTAL = 4 << 20
#: Inventories and what is under seal/ are kept whatever is kept besides; at most so much each.
DOCUMENT_BYTES = 32 << 20


def walk(folder: str, reader: Reader) -> Walked:
    """Everything in ``folder``. Never raises for what it meets."""
    files: dict[str, Seen] = {}
    unread: dict[str, str] = {}
    odd: list[str] = []
    hollow: list[str] = []
    shared: dict[str, str] = {}
    folders: set[str] = set()
    by_inode: dict[int, str] = {}
    size = kept = 0
    waiting = [""]
    while waiting:
        place = waiting.pop()
        below = f"{folder}/{place}" if place else folder
        try:
            entries = reader.entries(below)
        except Unreadable as error:
            if not place and error.gone:
                return Walked(False)
            unread[place] = str(error)
            continue
        if not entries:
            hollow.append(place)
        is_seal = "/content/seal/" in f"{place}/"
        for name, kind, inode in sorted(entries):
            path = f"{place}/{name}" if place else name
            if kind == stat.S_IFDIR and path.count("/") < MAX_DEPTH:
                waiting.append(path)
                folders.add(path)
            elif kind != stat.S_IFREG:
                odd.append(path)
            elif inode in by_inode:
                # A second name of the same file: the same bytes, read once.
                shared[path] = by_inode[inode]
                files[path] = files[by_inode[inode]]
            else:
                document = is_seal or name == "inventory.json"
                most = DOCUMENT_BYTES if document else KEPT_BYTES
                try:
                    count, sha256, content = reader.digest(f"{below}/{name}", most)
                except Unreadable as error:
                    unread[path] = str(error)
                    continue
                by_inode[inode] = path
                size += count
                if content is not None and not document:
                    kept += count
                    content = content if kept <= KEPT_TOTAL else None
                files[path] = Seen(count, sha256, content)
    return Walked(
        there=True,
        files=files,
        unread=unread,
        odd=tuple(odd),
        hollow=tuple(hollow),
        shared=shared,
        folders=frozenset(folders),
        size_bytes=size,
    )

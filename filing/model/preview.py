"""What a page may show of a content file without handing it to the browser as it is.

Everything in it comes from a package and is hostile until shown as text.
"""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How a file can be shown."""

    IMAGE = "image"  # by the browser, as the media type found in its bytes
    PDF = "pdf"  # by the browser's own viewer
    OFD = "ofd"  # its structure, as a tree
    TEXT = "text"  # its beginning, as text
    NONE = "none"  # not at all: to be fetched and opened by the reader's own program


@dataclass(frozen=True, slots=True)
class Branch:
    """One thing in a structured file, with what belongs to it.

    kind   "document", "pages", "page", "attachment", "signature", "fact"; "damage" where
           it could not be followed
    name   as the file has it
    text   what it holds or says; cut short
    """

    kind: str
    name: str
    text: str = ""
    below: "tuple[Branch, ...]" = ()


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a content file.

    format      name of the format found in the bytes, or ""
    puid        PRONOM's identifier, or ""
    opens       outcome of opening it ("passed", "failed", "undetermined")
    detail      what opening found, in Chinese and English
    media_type  safe to be shown by the browser; "" when it is not
    text        TEXT: its beginning
    cut         there is more than is shown
    tree        OFD: its structure
    """

    way: Way
    format: str = ""
    puid: str = ""
    opens: str = ""
    detail: str = ""
    media_type: str = ""
    text: str = ""
    cut: bool = False
    tree: tuple[Branch, ...] = ()

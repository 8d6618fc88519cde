"""The shape of a value: what values mistyped in one way have in common.

Runs of digits become 9, of ASCII letters A, of both mixed X, of ideographs 文, of
other letters a, of white space one ␣; anything else stands as it is, once where
it repeats. A value of many parts has the shape … alone: free text has no shape
that another shares.
"""

import re
import unicodedata
from itertools import groupby

#: More parts than this are free text.
MAX_PARTS = 24
#: Only so much of a value is looked at.
MAX_LOOKED_AT = 400
FREE_TEXT = "…"
_WORD = re.compile(r"[0-9A-Za-z]+")
_KINDS = {"L": "a", "N": "9", "Z": "␣", "M": "a"}
#: Invisible or not to be written: told apart from visible marks, not from each other.
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


def shape_of(value: str) -> str:
    """The shape; "" for an empty value. At most MAX_PARTS characters."""
    if len(value) > MAX_LOOKED_AT:
        return FREE_TEXT
    text = _WORD.sub(_word, value)
    parts = [part for part, _ in groupby(_part(one) for one in text)]
    return "".join(parts) if len(parts) <= MAX_PARTS else FREE_TEXT


def _word(found: re.Match[str]) -> str:
    word = found[0]
    if word.isdigit():
        return "9"
    return "A" if word.isalpha() else "X"


def _part(character: str) -> str:
    if character in "9AX":
        return character
    if character in "\t\n\r\f\v":
        return "␣"
    kind = unicodedata.category(character)
    if kind == "Lo" and unicodedata.name(character, "").startswith("CJK"):
        return "文"
    if kind in _INVISIBLE:
        return "\u25cc"
    return _KINDS.get(kind[0], character)

"""What cannot be seen in a text, or looks like a plain space: found, and named by its code point.

Control and format characters (zero-width ones, those that turn the direction of reading
round), private and unassigned code points, every space but the plain one, and the letters
that are drawn as nothing. A text that came from outside is shown with each of them named,
so that nobody is shown one thing and keeps another.

Does not refuse anything; that is for the rules.
"""

import re
import unicodedata
from collections.abc import Callable

_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
#: Letters and marks by their category, drawn as nothing: joiner, fillers, blank braille.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
_DOUBTFUL = "([^ -~\u3400-\u9fff])"
#: How lines are laid out is no fault in a text of several lines: ends, tabs, indents.
_LAYOUT = "\r\n|[\t\n]|(?<=\n)\u3000+|\\A\u3000+(?=[^\n]*\n)"
_EACH, _BUT_LAYOUT = re.compile(_DOUBTFUL), re.compile(f"{_LAYOUT}|{_DOUBTFUL}")


def is_clean(text: str) -> bool:
    """Whether every character can be seen. Quick: it is asked of all that is shown."""
    return text.isprintable() and not _BLANK.search(text)


def named(text: str, sign: Callable[[str], str], *, layout: bool = True) -> str:
    """The text with ``sign("U+200B")`` in the place of each character that cannot be seen.

    layout   leave tabs, line ends and the indents of paragraphs as they are
    """
    if is_clean(text):
        return text
    looked_at = _BUT_LAYOUT if layout else _EACH
    return looked_at.sub(lambda found: _named(found[1], sign) if found[1] else found[0], text)


def in_words(text: str) -> str:
    """As ``named``, where nothing but text can stand: [U+200B]."""
    return named(text, "[{}]".format)


def _named(character: str, sign: Callable[[str], str]) -> str:
    drawn = unicodedata.category(character) not in _UNSEEN or _is_rare(character)
    if drawn and not _BLANK.match(character):
        return character
    return sign(f"U+{ord(character):04X}")


def _is_rare(character: str) -> bool:
    """Ideographs of planes 2 and 3, where a newer Unicode than Python's has more of them."""
    return 0x20000 <= ord(character) <= 0x3FFFF and ord(character) & 0xFFFE != 0xFFFE

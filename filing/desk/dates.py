"""A date in any usual writing, as YYYY-MM-DD; what could be two dates is none.

Read are year, month and day in this order, with any usual mark between them or as
eight digits, in ASCII, full-width or Chinese numerals. Refused: a year of two digits,
a month or day in front, a time of day beside it, a date without its day.
"""

import re
import unicodedata
from datetime import date

_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_WORDS = (
    re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]"),
    re.compile(r"(\d{4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{1,2})"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_TENS = re.compile(r"([二三]?)十([一二三四五六七八九]?)(?=[月日号])")
_DASHES = re.compile("[‐‑‒–—−]")
_LONGEST = 40


def normalised_date(text: str) -> str | None:
    """The date, or None where it is none, no day of the calendar, or ambiguous."""
    if len(text) > _LONGEST:
        return None
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text).strip())
    plain = _TENS.sub(_ten, plain).translate(_NUMERALS)
    for form in _WORDS:
        if found := form.fullmatch(plain):
            year, month, day = (int(one) for one in found.groups() if one.isdigit())
            try:
                return date(year, month, day).isoformat()
            except ValueError:
                return None
    return None


def _ten(found: re.Match[str]) -> str:
    """十 between numerals is a place, not a digit: 二十一 is 21, 十 is 10."""
    return (found[1] or "一") + (found[2] or "〇")

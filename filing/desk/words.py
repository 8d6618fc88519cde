"""Words to search by: pairs of ideographs, and whole runs of letters and digits.

Chinese has no spaces, and two characters are the usual query, so every pair of
neighbouring ideographs is a word; no dictionary is needed and a rare name is
never missed. A run of letters or digits is one word.

A word is kept as a number; two words may share one, so whoever searches looks
at the text again.
"""

import re
import unicodedata
import zlib

_HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
#: A longer run is nobody's query; its beginning stands for it.
_LONGEST_RUN = 64


def normalised(text: str) -> str:
    """One spelling: full-width and composed forms, letter case and white space made alike."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def words_of(text: str) -> tuple[int, ...]:
    """The different words of a normalised text, as numbers below 2**31; sorted."""
    found: set[str] = set()
    for run in _RUNS.findall(text):
        if not _is_han(run[0]):
            found.add(run[:_LONGEST_RUN])
        elif len(run) > 1:
            found.update(run[at : at + 2] for at in range(len(run) - 1))
    return tuple(sorted({zlib.crc32(one.encode()) >> 1 for one in found}))


def _is_han(character: str) -> bool:
    return re.match(f"[{_HAN}]", character) is not None

"""How a check says what it found: three words, so that check code stays short.

Each gives one Finding; ``code`` and ``reason`` must stand in schemas/checks (a test
reads the sources and looks them up). Text is cut and cleaned here, once.
"""

import functools
import re

from filing.model.finding import Finding, Outcome, Place

#: Longest ``found`` and ``expected``, in characters: a report is no copy of the content.
LIMIT = 200
NOWHERE = Place()
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Cut to LIMIT and replace lone surrogates, which JSON cannot carry."""
    if len(text) > LIMIT:
        text = text[: LIMIT - 1] + "…"
    # Printable text holds no surrogate, and is told faster.
    return text if text.isprintable() or text.isascii() else _SURROGATES.sub("\ufffd", text)


def failed(code: str, reason: str, place: Place, expected: str = "", found: str = "") -> Finding:
    """It is wrong."""
    return Finding(code, Outcome.FAILED, place, reason, clean(expected), clean(found))


def undetermined(
    code: str, reason: str, place: Place = NOWHERE, expected: str = "", found: str = ""
) -> Finding:
    """It could not be told."""
    if place is NOWHERE and not expected and not found:
        return _of_all(code, Outcome.UNDETERMINED, reason)
    return Finding(code, Outcome.UNDETERMINED, place, reason, clean(expected), clean(found))


def not_applicable(code: str, reason: str, place: Place = NOWHERE, expected: str = "") -> Finding:
    """There was nothing to judge, or (with a place) this one thing is judged elsewhere."""
    if place is NOWHERE and not expected:
        return _of_all(code, Outcome.NOT_APPLICABLE, reason)
    return Finding(code, Outcome.NOT_APPLICABLE, place, reason, clean(expected))


# Codes and reasons are few: most packages get the same answers.
@functools.lru_cache(maxsize=512)
def _of_all(code: str, outcome: Outcome, reason: str) -> Finding:
    """About the package as a whole, with nothing quoted."""
    return Finding(code, outcome, NOWHERE, reason)

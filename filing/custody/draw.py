"""Draw records by lot, so that anybody can draw the same again.

The log at size S numbers its entries from 0. With a seed, the n-th throw is the first 8
bytes of SHA-256("filing-draw/1" LF seed LF S LF n) as a big-endian number, modulo S; a
throw that hits an entry drawn before, or one that is no record, is passed over. What is
drawn depends on seed and log alone.

If k of the records are damaged, a share p = k/N, a draw of n misses them all with a
probability of at most (1 - p)^n. So a clean sample excludes, with 99 % confidence, any
share of p = 1 - 0.01^(1/n) and more; n ≥ ln 0.01 / ln(1 - p) the other way round.
"""

import hashlib
import math
from collections.abc import Iterator

from filing.errors import BadRequest

CONFIDENCE_PERCENT = 99
_MISS = 1 - CONFIDENCE_PERCENT / 100
#: A throw modulo S favours low entries by less than S / 2^64: nothing, for any archive.


def throws(seed: str, log_size: int) -> Iterator[int]:
    """Positions in the order they are drawn, each once; ends when all are drawn."""
    drawn: set[int] = set()
    number = 0
    while len(drawn) < log_size:
        text = f"filing-draw/1\n{seed}\n{log_size}\n{number}".encode()
        position = int.from_bytes(hashlib.sha256(text).digest()[:8], "big") % log_size
        number += 1
        if position not in drawn:
            drawn.add(position)
            yield position


def size_for(share: float) -> int:
    """How many to draw so that a clean sample excludes this damaged share (0 < share < 1)."""
    if not 0 < share < 1:
        raise BadRequest("a share lies between 0 and 1", "比例应在 0 与 1 之间")
    return math.ceil(math.log(_MISS) / math.log1p(-share))


def excluded_share(drawn: int, population: int) -> float:
    """The damaged share a clean draw excludes; 0 when everything was looked at, 1 for none."""
    if drawn >= population:
        return 0.0
    return 1 - float(_MISS ** (1 / drawn)) if drawn else 1.0

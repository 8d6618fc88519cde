"""Digests the seal states beside SHA-256 (SM3), computed from the bytes too.

Only asked for a record whose every byte has the SHA-256 the seal states: a file is then read a
second time, while it is still in memory where it is not too large. Small ones were kept.
"""

import json
from collections.abc import Iterator

from filing.adapters.custody.reading import AnyDigest, Unreadable
from filing.custody.expected import Stated, Walked
from filing.custody.judging import STATEMENT, sealed_places
from filing.evidence.hashing import running
from filing.model.custody import Answer, Fault

#: Stands before each digest in a statement that has any; canonical JSON knows no spaces.
_SM3 = b'"sm3":"'


def check_further(
    walked: Walked, stated: Stated, folder: str, reader: AnyDigest
) -> Iterator[Fault]:
    """Each digest that is not the one sealed."""
    text = walked.files[stated.logical[STATEMENT]].content or b""
    if _SM3 not in text:
        return
    for logical, one, _ in sealed_places(json.loads(text)):
        place = stated.logical[logical]
        for algorithm, sealed in one["digests"].items():
            if algorithm == "sha256":
                continue
            try:
                found = _computed(walked, place, folder, reader, algorithm)
            except Unreadable as error:
                yield Fault("CX-4-2", Answer.UNKNOWN, place, found=str(error))
                continue
            if found != sealed:
                yield Fault(
                    "CX-1-4", Answer.DAMAGED, place, f"{algorithm}:{sealed}", f"{algorithm}:{found}"
                )


def _computed(walked: Walked, place: str, folder: str, reader: AnyDigest, algorithm: str) -> str:
    content = walked.files[place].content
    if content is None:
        return reader.digest(f"{folder}/{place}", 0, algorithm)[1]
    whole = running(algorithm)
    whole.update(content)
    return whole.digest().hex()

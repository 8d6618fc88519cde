"""Inventories that differ only in digests, id and time are judged once.

Most objects of an archive have inventories of one form. What was judged of a form holds for
every inventory of it, since the rules know digests only as equal or not. An inventory of
another form, of several versions, or with any fault is judged by itself.

Only remembers; the rules are those of filing.adapters.ocfl.rules.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any  # JSON, looked at by the rules before

from filing.adapters.ocfl.document import Fault, parse
from filing.adapters.ocfl.rules import check_inventory
from filing.custody.expected import Stated

_DIGEST = re.compile(rb'"([0-9a-f]{64})"')
_CREATED = re.compile(rb'"created":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)"')
#: Larger ones are seldom two of a form.
_MOST_BYTES = 16 << 10
_NO_ID, _NO_TIME = b'"id":""', b'"created":""'


@dataclass(frozen=True, slots=True)
class Inventory:
    """One inventory without a fault.

    id         the object's
    document   of one form's inventories the first that was judged: its paths, not its digests,
               where it has one version only
    """

    id: str
    document: Mapping[str, Any]
    stated: Stated


@dataclass(frozen=True, slots=True)
class _Form:
    """What inventories of one form state; digests by the order of their first appearance."""

    document: Mapping[str, Any]
    logical: Mapping[str, str]
    digests: tuple[tuple[str, int], ...]


def read_inventory(content: bytes, object_id: str) -> tuple[Inventory | None, list[Fault]]:
    """An inventory by the rules; None and its faults where one is an error.

    object_id   whose it should be; "" to have its own document, digests and all
    """
    has_form = bool(object_id) and len(content) <= _MOST_BYTES
    found = _apart(content, object_id) if has_form else None
    if found is not None:
        texts, order, digests = found
        form = _judged(texts, order)
        if form is not None:
            stated = {path: digests[at] for path, at in form.digests}
            return Inventory(object_id, form.document, Stated(form.logical, stated)), []
    return _by_itself(content)


def _stated_by(root: Mapping[str, Any]) -> Stated:
    """What an inventory without faults states."""
    digests = {path: digest.lower() for digest, paths in root["manifest"].items() for path in paths}
    by_digest = {digest.lower(): paths[0] for digest, paths in root["manifest"].items()}
    state = root["versions"][root["head"]]["state"]
    logical = {path: by_digest[digest.lower()] for digest, paths in state.items() for path in paths}
    return Stated(logical, digests)


def _by_itself(content: bytes) -> tuple[Inventory | None, list[Fault]]:
    document, faults = parse(content)
    faults = faults or check_inventory(document)
    if not isinstance(document, dict) or any(one.is_error for one in faults):
        return None, faults
    return Inventory(document["id"], document, _stated_by(document)), faults


def _apart(
    content: bytes, object_id: str
) -> tuple[tuple[bytes, ...], tuple[int, ...], list[str]] | None:
    """(texts between digests, which digest follows each, digests); None if it has no form."""
    own = f'"id":"{object_id}"'.encode()
    times = _CREATED.findall(content)
    if content.count(own) != 1 or len(times) != 1 or not _is_moment(times[0]):
        return None
    if _NO_ID in content or _NO_TIME in content:
        return None  # would be taken for what is left out below
    pieces = _DIGEST.split(_CREATED.sub(_NO_TIME, content.replace(own, _NO_ID)))
    places: dict[bytes, int] = {}
    order = tuple([places.setdefault(one, len(places)) for one in pieces[1::2]])
    return tuple(pieces[::2]), order, [one.decode() for one in places]


def _is_moment(text: bytes) -> bool:
    try:
        return datetime.fromisoformat(text.decode()).utcoffset() is not None
    except ValueError:
        return False


# Forms are few; one that cannot be used is remembered as None.
@functools.lru_cache(maxsize=256)
def _judged(texts: tuple[bytes, ...], order: tuple[int, ...]) -> _Form | None:
    """A form judged, as an inventory of it with made-up digests, id and time."""
    digests = [f"{at:064x}" for at in range(max(order, default=-1) + 1)]
    content = texts[0]
    for at, text in zip(order, texts[1:], strict=True):
        content += f'"{digests[at]}"'.encode() + text
    content = content.replace(_NO_TIME, b'"created":"2000-01-01T00:00:00Z"')
    found, _ = _by_itself(content.replace(_NO_ID, b'"id":"urn:form"'))
    if found is None or len(found.document["versions"]) != 1:
        return None
    keys = len(found.document["manifest"]) + sum(
        len(one["state"]) for one in found.document["versions"].values()
    )
    # Each made-up value stands where a digest does, nowhere else.
    if keys != len(order) or found.id != "urn:form":
        return None
    numbered = tuple((path, int(one, 16)) for path, one in found.stated.digests.items())
    return _Form(found.document, found.stated.logical, numbered)

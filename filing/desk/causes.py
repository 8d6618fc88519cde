"""What makes two faults one cause: one correction may mend both.

The same agency, check, reason and field, and a value of the same shape. What
would be right is no part of it: it differs from record to record where a check
compares two values. A fault of a file, or of the package as a whole, has no
field; file names and digests differ in every record and say nothing of a cause.
"""

import hashlib
import re
from dataclasses import dataclass

from filing.model.desk import Fault
from filing.model.shape import shape_of

#: Element names hold letters alone; file names and ids hold digits, dots, hyphens.
_FIELD = re.compile(r"[^\W\d_]+(/[^\W\d_]+)*")
_ID_CHARACTERS = 32
#: Checks and reasons whose finding shows the whole value of the field, "" where there is none.
_OF_VALUES = frozenset(
    {
        ("GD-1-3", "wrong-type"),
        ("GD-1-4", "not-in-list"),
        ("GD-1-5", "after-today"),
        ("GD-1-5", "classified-online"),
        ("GD-1-5", "date-after-year"),
        ("GD-1-5", "out-of-range"),
        ("GD-1-7", "item-width"),
        ("GD-1-7", "lookalike-dot"),
        ("GD-1-7", "retention-unread"),
        ("GD-1-7", "wrong-form"),
        ("GD-1-8", "archival-code-held"),
        ("GD-1-8", "electronic-code-held"),
        ("GD-1-12", "type-disagrees"),
        ("GD-1-12", "wrong-statement"),
        ("GD-2-3", "missing-element"),
        ("GD-2-4", "empty"),
        ("ZX-1-3", "fonds-not-sender"),
        ("ZX-1-3", "name-not-sender"),
        ("ZX-2-1", "bad-id"),
    }
)


@dataclass(frozen=True, slots=True)
class CauseKey:
    """A cause without its members. ``id`` is the same wherever and whenever it is made."""

    agency_id: str
    code: str
    reason: str
    field: str
    shape: str

    @property
    def id(self) -> str:
        """A digest of the rest, in hex."""
        whole = hashlib.sha256()
        for part in (self.agency_id, self.code, self.reason, self.field, self.shape):
            text = part.encode()
            whole.update(len(text).to_bytes(4, "big") + text)
        return whole.hexdigest()[:_ID_CHARACTERS]


def shows_values(code: str, reason: str) -> bool:
    """Whether what such a finding shows is the value of its field, and not something about it."""
    return (code, reason) in _OF_VALUES


def cause_of(agency_id: str, fault: Fault) -> CauseKey:
    """The cause a fault belongs to."""
    field = fault.field if _FIELD.fullmatch(fault.field) else ""
    shape = shape_of(fault.found) if field else ""
    return CauseKey(agency_id, fault.code, fault.reason, field, shape)


def causes_of(agency_id: str, faults: tuple[Fault, ...]) -> dict[CauseKey, Fault]:
    """Each cause among the faults of one delivery, with the first fault of it."""
    found: dict[CauseKey, Fault] = {}
    for fault in faults:
        found.setdefault(cause_of(agency_id, fault), fault)
    return found

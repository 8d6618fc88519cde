"""An event as an entry of the log: one text, one leaf.

Canonical JSON (RFC 8785), like a record's statement; the leaf is the hash of these bytes.
A statement has another type, so that neither can pass for the other. Identifiers, codes
and counts stand here, never a person's name or a metadata value: the log is for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from filing.errors import NotGenuine
from filing.evidence.canonical import canonical, parse
from filing.evidence.members import moment_text, reading

TYPE = "filing-event/1"
MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """What happened.

    kind      of filing.model.events
    subject   what it happened to: the id of an audit, finding, record or location
    detail    canonical JSON values: no fractions
    """

    kind: str
    at: datetime
    who: str
    subject: str
    detail: Mapping[str, object]


def write(event: LoggedEvent) -> bytes:
    """The entry's bytes. Raises ValueError for what has no canonical form."""
    return canonical(
        {
            "type": TYPE,
            "kind": event.kind,
            "at": moment_text(event.at),
            "who": event.who,
            "subject": event.subject,
            "detail": dict(event.detail),
        }
    )


def read(content: bytes) -> LoggedEvent:
    """Read an entry back. Raises NotGenuine for bytes ``write`` cannot have written."""
    if len(content) > MAX_BYTES:
        raise NotGenuine(f"not a logged event: more than {MAX_BYTES} bytes")
    try:
        with reading(parse(content), "event") as of:
            of.constant("type", TYPE)
            detail = of.value("detail")
            if not isinstance(detail, dict):
                raise ValueError("event/detail: an object is expected")
            return LoggedEvent(
                of.text("kind"), of.moment("at"), of.text("who"), of.text("subject"), detail
            )
    except ValueError as error:
        raise NotGenuine(f"not a logged event: {error}") from None

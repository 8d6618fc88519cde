"""The log's second copy: one line for each entry and each checkpoint.

The database orders the log; this copy lies beside the objects it speaks of, so that the
log, every receipt and every checkpoint come back, byte for byte, from the store alone.
Canonical JSON (RFC 8785), a line each. Nothing here is believed for standing here: whoever
rebuilds holds each leaf to the statement or event it is of, and the root to a signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from filing.evidence.canonical import canonical, parse
from filing.evidence.members import Members, moment_text, reading

MAX_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Past:
    """One event of a submission's history, as the database kept it."""

    number: int
    kind: str
    at: datetime
    who: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Copied:
    """One entry of the log.

    record_id   the record it is of; "" for an event
    receipt     canonical bytes; b"" for an event
    event       the event's text, as filing.evidence.logged_event writes it; b"" for a record
    history     what happened to the record's submission until then
    """

    position: int
    leaf: bytes
    record_id: str = ""
    receipt: bytes = b""
    event: bytes = b""
    history: tuple[Past, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """One checkpoint, as it was signed."""

    size: int
    root: bytes
    note: str
    at: datetime


def write(line: Copied | Signed) -> bytes:
    """One line with its end."""
    if isinstance(line, Signed):
        members: dict[str, object] = {
            "size": line.size,
            "root": line.root.hex(),
            "note": line.note,
            "at": moment_text(line.at),
        }
        return canonical(members) + b"\n"
    members = {"position": line.position, "leaf": line.leaf.hex()}
    if line.event:
        members["event"] = line.event.decode()
    else:
        members["record"] = line.record_id
        members["receipt"] = line.receipt.decode()
        members["history"] = [_past(one) for one in line.history]
    return canonical(members) + b"\n"


def read(line: bytes) -> Copied | Signed:
    """A line back. Raises ValueError for one that ``write`` did not write, or not whole."""
    if not line.endswith(b"\n") or len(line) > MAX_BYTES:
        raise ValueError("not a whole line of the log's copy")
    with reading(parse(line[:-1]), "logbook") as of:
        if of.has("size"):
            return Signed(
                of.number("size"),
                bytes.fromhex(of.hexadecimal("root")),
                of.text("note"),
                of.moment("at"),
            )
        position, leaf = of.number("position"), bytes.fromhex(of.hexadecimal("leaf"))
        if of.has("event"):
            return Copied(position, leaf, event=of.text("event").encode())
        return Copied(
            position,
            leaf,
            record_id=of.text("record"),
            receipt=of.text("receipt").encode(),
            history=of.items("history", _read_past),
        )


def _past(one: Past) -> dict[str, object]:
    return {
        "number": one.number,
        "kind": one.kind,
        "at": moment_text(one.at),
        "who": one.who,
        "detail": dict(one.detail),
    }


def _read_past(value: object, where: str) -> Past:
    with reading(value, where) as of:
        return Past(
            of.number("number"), of.text("kind"), of.moment("at"), of.text("who"), _detail(of)
        )


def _detail(of: Members) -> dict[str, object]:
    found = of.value("detail")
    if not isinstance(found, dict):
        raise ValueError("logbook/detail: an object is expected")
    return found

"""What the database and the log say of one record: what an audit holds the store to.

Also what a look brings back from the store, and whom the archive trusts. Values only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from filing.custody.opened import Recent
from filing.model.record import Record
from filing.model.submission import Submission


@dataclass(frozen=True, slots=True)
class Expected:
    """One record, from the tables.

    record       None where the log has an entry whose record row is gone
    leaf_hash    None where the record's row names a place the log does not have
    leaf_record  the record the log's entry names; "" for an event's
    submission   None where it is gone
    receipt      None where it is gone
    note         the signed checkpoint that first covered it; "" where it is gone
    logged_at    when that was
    opened_by    the program that last opened its main copy and found it in order; "" if none
    opened_at    when that was
    """

    record_id: str
    position: int
    record: Record | None
    leaf_hash: bytes | None
    leaf_record: str
    submission: Submission | None
    receipt: bytes | None
    note: str
    logged_at: datetime | None
    size_bytes: int = 0
    opened_by: str = ""
    opened_at: datetime | None = None

    def was_opened(self, program: str, recent: Recent) -> bool:
        """Whether this very program found its content in order, recently enough."""
        at = self.opened_at
        return at is not None and self.opened_by == program and recent.since <= at <= recent.until


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys the archive signs or signed with, and what was taken from them.

    keys      certificates in DER, by their SHA-256 in hex
    revoked   fingerprints; with the time from which they do not count, None: never did
    origin    the log's name
    since     entries the log had when it was first written down who signs; None: it never was
    """

    keys: Mapping[str, bytes]
    revoked: Mapping[str, datetime | None]
    origin: str
    since: int | None = None

    def is_before(self, entries: int) -> bool:
        """Whether a log of so many entries is older than what is written down: a key that is
        not known then may have been the archive's."""
        return self.since is None or entries <= self.since


class Seen(NamedTuple):
    """One file of an object, read to its end.

    sha256   hex
    content  its bytes where they are few, else None
    """

    size_bytes: int
    sha256: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Walked:
    """Everything found in one object's folder.

    there    whether the folder is there at all
    files    by path below the folder
    unread   what could not be read, with the reason
    odd      links and other things that are neither file nor folder
    hollow   folders without anything in them
    shared   paths that are a second name of another path: the same bytes
    """

    there: bool
    files: Mapping[str, Seen] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    odd: tuple[str, ...] = ()
    hollow: tuple[str, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Stated:
    """What the object's inventory states, as far as it can be believed.

    logical   logical path -> content path, of the newest version
    digests   content path -> SHA-256, hex
    """

    logical: Mapping[str, str]
    digests: Mapping[str, str]

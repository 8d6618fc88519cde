"""A record as the archive keeps it: what identifies it, and where it stands."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What the database knows of one record; all of it stands in its seal statement too.

    statement_digest   "sha256:…" of the canonical statement, whose bytes are the log entry
    leaf_index         place in the log; None while the record is claimed but not logged
    stored_at          when it was logged; None as long
    """

    id: str
    submission_id: str
    agency_id: str
    fonds: str
    archival_code: str
    electronic_code: str
    title: str
    year: int
    retention: str
    package_digest: str
    statement_digest: str
    leaf_index: int | None = None
    stored_at: datetime | None = None

"""Events: part of a submission's history, written with what they describe.

A log line may be lost; an event may not. Every kind stands here and in
docs/events.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What can happen to a submission, as its agency may read it in the feed."""

    RECEIVED = "submission-received"  # kept; will be examined later
    REJECTED = "submission-rejected"  # examined; the report says why
    ACCEPTED = "submission-accepted"  # examined and sealed; not yet in the log
    RECEIPTED = "receipt-issued"  # stored, logged, receipt signed
    WITHDRAWN = "submission-withdrawn"  # by the agency


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    who      "agency:ID", "system", later "clerk:ID"
    detail   identifiers and counts only; never metadata values or names of people
    """

    agency_id: str
    submission_id: str
    kind: Kind
    at: datetime
    who: str
    detail: Mapping[str, object] = field(default_factory=dict)

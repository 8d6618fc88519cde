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

    RECEIVED = "submission-received"
    REJECTED = "submission-rejected"
    ACCEPTED = "submission-accepted"
    RECEIPTED = "receipt-issued"
    WITHDRAWN = "submission-withdrawn"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one kind says. ``detail`` names the members of Event.detail, each with its sense."""

    zh: str
    en: str
    detail: Mapping[str, str] = field(default_factory=dict)


MEANINGS: Mapping[Kind, Meaning] = {
    Kind.RECEIVED: Meaning("已收件，稍后检测", "kept; will be examined later"),
    Kind.REJECTED: Meaning(
        "检测未通过，详见报告",
        "examined and not accepted; the report says why",
        {"failed": "codes of the checks that failed"},
    ),
    Kind.ACCEPTED: Meaning(
        "检测通过并已封印，尚未记入日志",
        "examined and sealed; not yet in the log",
        {"record": "id of the record"},
    ),
    Kind.RECEIPTED: Meaning(
        "已入库、记入日志，回执已签名",
        "stored and logged, the receipt is signed",
        {"record": "id of the record", "leaf_index": "its place in the log, from 0"},
    ),
    Kind.WITHDRAWN: Meaning(
        "立档单位撤回", "taken back by the agency", {"reason": "why, in the agency's words"}
    ),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    who      "agency:ID", "system", later "clerk:ID"
    detail   as MEANINGS says; identifiers and counts, never metadata values or names of people
    """

    agency_id: str
    submission_id: str
    kind: Kind
    at: datetime
    who: str
    detail: Mapping[str, object] = field(default_factory=dict)

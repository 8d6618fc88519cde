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
    CORRECTED = "submission-corrected"
    RETURNED = "submission-returned"
    SUBSCRIPTION_ADDED = "subscription-added"
    SUBSCRIPTION_CHANGED = "subscription-changed"
    SUBSCRIPTION_SECRET_RENEWED = "subscription-secret-renewed"
    SUBSCRIPTION_HALTED = "subscription-halted"
    SUBSCRIPTION_REMOVED = "subscription-removed"


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
    Kind.CORRECTED: Meaning(
        "已更正，原件未动；更正前后的值见更正记载与回执",
        "corrected, what was received is untouched; the values before and after stand in the "
        "corrections and in the receipt",
        {
            "changes": "number of changes",
            "fields": "paths of the fields changed",
            "files": "number of files replaced, added or removed",
            "reason": "why, in the clerk's words",
        },
    ),
    Kind.RETURNED: Meaning(
        "退回立档单位，须重新移交",
        "sent back: the agency must send anew",
        {"reason": "why, in the clerk's words", "text": "the notice the agency reads"},
    ),
    Kind.SUBSCRIPTION_ADDED: Meaning(
        "新增通知订阅",
        "events of an agency are carried to one more place",
        {"agency": "the agency", "subscription": "its id", "means": "webhook or mail"},
    ),
    Kind.SUBSCRIPTION_CHANGED: Meaning(
        "变更、暂停或恢复通知订阅",
        "a subscription was changed, paused or resumed",
        {"agency": "the agency", "subscription": "its id", "standing": "active or paused"},
    ),
    Kind.SUBSCRIPTION_SECRET_RENEWED: Meaning(
        "更换通知订阅的密钥",
        "the secret that signs a subscription's messages was renewed",
        {"agency": "the agency", "subscription": "its id", "generation": "which secret it is"},
    ),
    Kind.SUBSCRIPTION_HALTED: Meaning(
        "通知长期无法送达，已停送，待人恢复",
        "a subscription failed for too long and waits for a person; nothing is lost",
        {"agency": "the agency", "subscription": "its id", "failures": "attempts in a row"},
    ),
    Kind.SUBSCRIPTION_REMOVED: Meaning(
        "删除通知订阅",
        "a subscription was removed",
        {"agency": "the agency", "subscription": "its id"},
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

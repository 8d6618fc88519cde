"""Events: part of a submission's history, written with what they describe.

A log line may be lost; an event may not. Every kind stands here and in
docs/events.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from filing.model.copy_events import COPIES
from filing.model.custody_events import CUSTODY
from filing.model.meaning import Meaning
from filing.model.setting_events import SETTINGS

__all__ = ["MEANINGS", "Event", "Kind", "Meaning"]


class Kind(StrEnum):
    """What can happen to a submission, as its agency may read it in the feed."""

    RECEIVED = "submission-received"
    REJECTED = "submission-rejected"
    ACCEPTED = "submission-accepted"
    RECEIPTED = "receipt-issued"
    WITHDRAWN = "submission-withdrawn"
    CORRECTED = "submission-corrected"
    RETURNED = "submission-returned"
    ASSIGNED = "submission-assigned"
    ACT_BEGUN = "act-begun"
    ACT_STOPPED = "act-stopped"
    ACT_RESUMED = "act-resumed"
    ACT_DONE = "act-done"
    SUBSCRIPTION_ADDED = "subscription-added"
    SUBSCRIPTION_CHANGED = "subscription-changed"
    SUBSCRIPTION_SECRET_RENEWED = "subscription-secret-renewed"
    SUBSCRIPTION_HALTED = "subscription-halted"
    SUBSCRIPTION_REMOVED = "subscription-removed"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_IN_LOCKED = "sign-in-locked"
    SIGN_IN_UNLOCKED = "sign-in-unlocked"
    SIGN_IN_LIMITED = "sign-in-limited"
    SESSIONS_ENDED = "sessions-ended"
    PASSWORD_CHANGED = "password-changed"
    PASSWORD_RESET = "password-reset"
    SECOND_FACTOR_SET = "second-factor-set"
    SECOND_FACTOR_ENDED = "second-factor-ended"
    PERSON_ADDED = "person-added"
    PERSON_DISABLED = "person-disabled"
    PERSON_ENABLED = "person-enabled"
    PERSON_LINKED = "person-linked"
    PERSON_UNLINKED = "person-unlinked"
    ROLES_GRANTED = "roles-granted"
    AGENCY_ADDED = "agency-added"
    AGENCY_CHANGED = "agency-changed"
    CREDENTIAL_ADDED = "credential-added"
    CREDENTIAL_REVOKED = "credential-revoked"
    RULES_CHANGED = "rules-changed"
    NOTICE_TEXT_CHANGED = "notice-text-changed"
    AUDIT_BEGUN = "audit-begun"
    AUDIT_PAUSED = "audit-paused"
    AUDIT_RESUMED = "audit-resumed"
    AUDIT_STOPPED = "audit-stopped"
    AUDIT_FINISHED = "audit-finished"
    FINDING_OPENED = "finding-opened"
    FINDING_CONFIRMED = "finding-confirmed"
    FINDING_CLEARED = "finding-cleared"
    FINDING_REPAIRED = "finding-repaired"
    FINDING_ACCEPTED = "finding-accepted"
    CUSTODY_POLICY_CHANGED = "custody-policy-changed"
    LOCATION_ADDED = "location-added"
    LOCATION_CHANGED = "location-changed"
    LOCATION_RETIRED = "location-retired"
    REPAIR_BEGUN = "repair-begun"
    RECORD_REPAIRED = "record-repaired"
    REPAIR_UNDONE = "repair-undone"
    REPAIR_IMPOSSIBLE = "repair-impossible"
    INDEX_REPAIRED = "index-repaired"
    REQUEST_ASKED = "request-asked"
    REQUEST_APPROVED = "request-approved"
    REQUEST_REFUSED = "request-refused"
    QUARANTINE_PURGED = "quarantine-purged"
    DRILL_FINISHED = "drill-finished"


MEANINGS: Mapping[Kind, Meaning] = {
    Kind.RECEIVED: Meaning("已收件，稍后检测", "kept; will be examined later"),
    Kind.REJECTED: Meaning(
        "检测未通过，详见报告",
        "examined and not accepted; the report says why",
        {"failed": "codes of the checks that failed"},
    ),
    Kind.ACCEPTED: Meaning(
        "检测通过并已封印，随后记入日志",
        "examined and sealed; entered in the log next",
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
    Kind.ASSIGNED: Meaning(
        "指定经办人与办理期限",
        "given to somebody to mend, or to nobody",
        {
            "assignee": "person it was given to; empty: to nobody",
            "due": "by which day; empty: none",
        },
    ),
    Kind.ACT_BEGUN: Meaning(
        "开始批量更正一类退件",
        "one correction is being applied to every reject of a cause",
        {"act": "id of the act", "cause": "id of the cause", "total": "rejects it began with"},
    ),
    Kind.ACT_STOPPED: Meaning(
        "批量更正已停止，可继续",
        "the act was stopped and may go on",
        {"act": "id of the act", "why": "asked, or not-allowed: its person may act no more"},
    ),
    Kind.ACT_RESUMED: Meaning("批量更正继续进行", "the act goes on", {"act": "id of the act"}),
    Kind.ACT_DONE: Meaning(
        "批量更正完成",
        "the act came to its end",
        {
            "act": "id of the act",
            "accepted": "rejects that were accepted",
            "rejected": "rejects that still fail",
            "skipped": "rejects left as they were",
        },
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
    Kind.SIGNED_IN: Meaning(
        "登录",
        "signed in",
        {
            "person": "who",
            "way": "`password`, `one-time-code` or `openid`",
            "failures": "failed attempts since the last sign-in",
        },
    ),
    Kind.SIGNED_OUT: Meaning("退出登录", "signed out", {"person": "who"}),
    Kind.SIGN_IN_FAILED: Meaning(
        "登录失败（连续失败只记首次，其后记入锁定或下次登录）",
        "an attempt failed; the first of a run, the others are counted in what follows it",
        {"person": "whose account"},
    ),
    Kind.SIGN_IN_LOCKED: Meaning(
        "连续登录失败，账号暂时锁定",
        "failed too often; the account waits",
        {"person": "whose account", "failures": "how many in a row", "seconds": "how long"},
    ),
    Kind.SIGN_IN_UNLOCKED: Meaning("解除锁定", "the wait was ended", {"person": "whose account"}),
    Kind.SIGN_IN_LIMITED: Meaning(
        "同一地址登录失败过多，暂停该地址登录",
        "too many failures from one address; it waits",
        {"failures": "how many"},
    ),
    Kind.SESSIONS_ENDED: Meaning(
        "结束登录会话",
        "sessions were ended by hand",
        {"person": "whose", "sessions": "how many"},
    ),
    Kind.PASSWORD_CHANGED: Meaning("本人修改密码", "changed their password", {"person": "whose"}),
    Kind.PASSWORD_RESET: Meaning(
        "重置密码并取消两步验证，下次登录须修改",
        "password reset and second factor ended; to be changed at the next sign-in",
        {"person": "whose"},
    ),
    Kind.SECOND_FACTOR_SET: Meaning("启用两步验证", "second factor set", {"person": "whose"}),
    Kind.SECOND_FACTOR_ENDED: Meaning("停用两步验证", "second factor ended", {"person": "whose"}),
    Kind.PERSON_ADDED: Meaning(
        "新增账号", "account added", {"person": "whose", "agency": "agency of an agency's clerk"}
    ),
    Kind.PERSON_DISABLED: Meaning("停用账号", "account disabled", {"person": "whose"}),
    Kind.PERSON_ENABLED: Meaning("恢复账号", "account enabled again", {"person": "whose"}),
    Kind.PERSON_LINKED: Meaning(
        "关联统一身份认证", "account linked to an outside identity", {"person": "whose"}
    ),
    Kind.PERSON_UNLINKED: Meaning(
        "取消关联统一身份认证", "account no longer linked", {"person": "whose"}
    ),
    Kind.ROLES_GRANTED: Meaning(
        "授予或收回角色",
        "roles granted or taken",
        {"person": "whose", "before": "roles before", "roles": "roles from now on"},
    ),
    **{Kind(kind): meaning for kind, meaning in CUSTODY.items()},
    **{Kind(kind): meaning for kind, meaning in COPIES.items()},
    **{Kind(kind): meaning for kind, meaning in SETTINGS.items()},
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

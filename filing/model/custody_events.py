"""What the kinds of custody say; each is an entry of the log as well."""

from collections.abc import Mapping

from filing.model.meaning import Meaning

CUSTODY: Mapping[str, Meaning] = {
    "audit-begun": Meaning(
        "完整性检查开始（记入日志）",
        "an integrity audit began; in the log",
        {
            "audit": "its id",
            "location": "where",
            "scope": "what was asked for",
            "scheduled": "by policy, not by a person",
            "log_size": "leaves of the log it answers for",
            "planned": "records it is going to look at",
        },
    ),
    "audit-paused": Meaning(
        "完整性检查暂停",
        "an audit was paused",
        {"audit": "its id", "location": "where"},
    ),
    "audit-resumed": Meaning(
        "完整性检查继续",
        "a paused audit goes on",
        {"audit": "its id", "location": "where"},
    ),
    "audit-stopped": Meaning(
        "完整性检查中止",
        "an audit was ended before its end",
        {"audit": "its id", "location": "where", "looked": "records looked at until then"},
    ),
    "audit-finished": Meaning(
        "完整性检查结束及其结果摘要",
        "an audit ended; the digest covers every answer it gave, in order",
        {
            "audit": "its id",
            "location": "where",
            "looked": "records",
            "intact": "of them",
            "damaged": "of them",
            "unknown": "of them, could not be told",
            "opened": "of those intact, their content opened",
            "faults": "damage of log, database and store as wholes",
            "doubts": "of these, could not be told",
            "files": "read",
            "bytes": "read",
            "result": "SHA-256 over the answers",
        },
    ),
    "finding-opened": Meaning(
        "发现问题，尚不能判定",
        "something could not be told",
        {
            "finding": "its id",
            "location": "where",
            "subject": "record id, or `log`, `database`, `store`, `clock`",
            "code": "of schemas/custody",
            "audit": "the audit that saw it; empty for a person's act",
        },
    ),
    "finding-confirmed": Meaning(
        "两次独立读取均确认损坏",
        "damage, seen by two independent reads",
        {
            "finding": "its id",
            "location": "where",
            "subject": "record id, or `log`, `database`, `store`, `clock`",
            "code": "of schemas/custody",
            "audit": "the audit that saw it; empty for a person's act",
        },
    ),
    "finding-cleared": Meaning(
        "问题已能判定，未见损坏",
        "could be told in the end; nothing was wrong",
        {
            "finding": "its id",
            "location": "where",
            "subject": "record id, or `log`, `database`, `store`, `clock`",
            "code": "of schemas/custody",
            "audit": "the audit that saw it; empty for a person's act",
        },
    ),
    "finding-repaired": Meaning(
        "损坏已修复并重新验证",
        "put right, and seen right again",
        {
            "finding": "its id",
            "location": "where",
            "subject": "record id, or `log`, `database`, `store`, `clock`",
            "code": "of schemas/custody",
            "audit": "the audit that saw it; empty for a person's act",
        },
    ),
    "finding-accepted": Meaning(
        "有人说明理由，接受现状",
        "somebody answers for leaving it so",
        {
            "finding": "its id",
            "location": "where",
            "subject": "record id, or `log`, `database`, `store`, `clock`",
            "code": "of schemas/custody",
            "audit": "empty",
            "reason": "why",
        },
    ),
    "custody-policy-changed": Meaning(
        "检查策略变更",
        "the promise about a location was changed",
        {
            "location": "where",
            "within_days": "every byte within so many days",
            "bytes_per_second": "at most; 0 without bound",
            "percent": "of the time at most",
            "from_hour": "first hour of the day",
            "to_hour": "the hour it ends before; equal: all day",
        },
    ),
}

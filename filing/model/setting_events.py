"""What the kinds of administration say: settings and credentials changed on the pages."""

from collections.abc import Mapping

from filing.model.meaning import Meaning

_CREDENTIAL = {
    "agency": "id of the agency",
    "kind": "token or certificate",
    "fingerprint": "SHA-256 of it",
    "reason": "why, in the administrator's words",
}

SETTINGS: Mapping[str, Meaning] = {
    "agency-added": Meaning(
        "新增立档单位",
        "an agency was added",
        {"agency": "id of the agency", "version": "the version made: 1"},
    ),
    "agency-changed": Meaning(
        "立档单位设置已更改",
        "what an agency may file, and how, was changed",
        {
            "agency": "id of the agency",
            "version": "the version made",
            "parts": "which parts differ from the version before",
        },
    ),
    "credential-added": Meaning(
        "为立档单位新增凭证",
        "an agency may be known by a new token or certificate",
        {**_CREDENTIAL, "last_day": "the last day it is good for; absent where it has no end"},
    ),
    "credential-revoked": Meaning(
        "凭证已吊销", "a token or certificate opens nothing any more", _CREDENTIAL
    ),
    "rules-changed": Meaning(
        "检测规则已更改",
        "what checks and fields ask was changed for an agency or a kind of record",
        {
            "agency": "id of the agency, empty for all",
            "category": "档案门类代码, empty for all",
            "document_type": "文种, empty for all",
            "version": "the version made",
            "checks": "number of checks set",
            "fields": "number of fields set",
        },
    ),
    "notice-text-changed": Meaning(
        "通知文本已更改",
        "the words of a notice were changed",
        {"notice": "kind of the event the notice tells of", "version": "the version made"},
    ),
}

"""What tuning may not weaken: two closed tables of check codes, and the fields that identify.

Every check of the catalogue stands in exactly one of them (a test says so): a check
that is new is in neither, and then nothing may be tuned. Making a check stricter is
always allowed.
"""

from collections.abc import Mapping

from filing.rules.catalogue import Text

#: Checks whose severity an archive may choose by agency and kind of record.
TUNABLE = frozenset(
    {"GD-1-3", "GD-1-4", "GD-1-6", "GD-2-1", "GD-2-2", "GD-2-5", "GD-2-6"}
    | {"GD-2-8", "GD-2-9", "GD-2-11", "GD-3-3", "GD-3-4"}
)

REASONS: Mapping[str, Text] = {
    "digest": Text(
        "摘要、签名和内容是否完整，是归档凭证的根基，不能放宽。",
        "Digests, signatures and the presence of content carry the evidence; never weakened.",
    ),
    "safety": Text(
        "涉及全馆系统和文件的安全，不能按单位放宽。",
        "It keeps the whole archive safe, so it is not weakened for one agency.",
    ),
    "identity": Text(
        "档号、电子文件号和移交单位须唯一可辨，否则无法入库。",
        "A record that cannot be told from others, or its sender, cannot be kept.",
    ),
    "structure": Text(
        "不合封装规范的包，今后无法按标准读出。",
        "A package that breaks the encapsulation standard cannot be read by it later.",
    ),
    "field": Text(
        "请在下方逐字段设置必填和长度，不能整项放宽。",
        "Set what is required, and how long it may be, field by field below.",
    ),
    "signature": Text(
        "是否必须签名，在立档单位页面设置。",
        "Whether a signature is required is set on the agency's page.",
    ),
    "secret": Text(
        "涉密文件不得经本系统移交。",
        "Classified records must not come over this network.",
    ),
    "never-fails": Text("任何包在本项都不会不通过。", "No package can fail this check."),
}

#: Check code -> why it may not be weakened (a key of REASONS).
PROTECTED: Mapping[str, str] = {
    "GD-1-1": "digest",
    "GD-1-2": "field",
    "GD-1-5": "secret",
    "GD-1-7": "identity",
    "GD-1-8": "identity",
    "GD-1-9": "never-fails",
    "GD-1-10": "safety",
    "GD-1-11": "digest",
    "GD-1-12": "structure",
    "GD-1-13": "structure",
    "GD-1-14": "digest",
    "ZX-1-1": "structure",
    "ZX-1-2": "signature",
    "ZX-1-3": "identity",
    "GD-2-3": "field",
    "GD-2-4": "field",
    "GD-2-7": "digest",
    "GD-2-10": "structure",
    "ZX-2-1": "structure",
    "GD-3-1": "structure",
    "GD-3-2": "never-fails",
    "GD-3-5": "never-fails",
    "GD-3-6": "never-fails",
    "GD-3-7": "never-fails",
    "GD-3-8": "safety",
    "ZX-3-1": "structure",
    "GD-4-1": "safety",
    "GD-4-2": "safety",
    "GD-4-3": "safety",
    "GD-4-4": "never-fails",
    "GD-4-5": "never-fails",
    "GD-4-6": "never-fails",
    "GD-4-7": "safety",
    "ZX-4-1": "safety",
    "ZX-4-2": "safety",
    "ZX-4-3": "safety",
    "ZX-4-4": "safety",
    "ZX-4-5": "safety",
    "ZX-4-6": "safety",
    "ZX-4-7": "safety",
    "ZX-4-8": "safety",
}

#: On these a finding refuses as the shipped catalogue says, whatever was tuned: by them a
#: record is told from others, or kept from this network.
GUARDED = frozenset(
    {"档号", "档号/全宗号", "档号/年度", "档号/保管期限", "电子文件号"}
    | {"来源/立档单位名称", "内容描述/密级"}
)

#: Longest value the records' own table takes; tuning may shorten, never lengthen.
NOT_LONGER = GUARDED

"""What is wrong with an agency's profile, before it is kept. Bounds are the tables' own."""

import re
from collections.abc import Iterator

from filing.model.agency import Agency, FilingRule
from filing.model.identifiers import FORMS
from filing.rules.catalogue import Text

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
#: 全宗号 by 档号 form: DA/T 22-2015, DA/T 13-2022.
_FONDS = {"dat22": re.compile(r"[A-Z0-9]{4}"), "dat13": re.compile(r"[A-Z][0-9]{3}")}
_CATEGORY = re.compile(r"[A-Z]{2}")
_RETENTION = re.compile(r"Y|D[0-9]{1,3}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_MOST = 100
_LONGEST_NAME = 200
_YEARS = 1000, 9999


def faults_of_new(agency: Agency) -> Iterator[Text]:
    """As ``faults``, of an agency to be added: what it is called for ever, too."""
    if not _ID.fullmatch(agency.id):
        yield Text(
            f"标识符“{agency.id[:70]}”不合要求："
            "只能用小写字母、数字，中间可用连字符，1 至 64 个字符",
            f"the id {agency.id[:70]!r} will not do: it takes small letters, digits and hyphens"
            " within, 1 to 64 in all",
        )
    yield from faults(agency)


def faults(agency: Agency) -> Iterator[Text]:
    """Everything wrong with what may be changed; nothing when it may be kept."""
    for one in (agency.name, *agency.names):
        if not _is_name(one):
            yield Text(
                f"名称“{one[:50]}”为空、过长或含不可见字符",
                f"the name {one[:50]!r} is empty, too long or has invisible characters",
            )
    if len(agency.names) > _MOST or len(agency.rules) > _MOST or len(agency.process) > _MOST:
        yield Text(f"每类至多 {_MOST} 项", f"at most {_MOST} of each kind")
    if agency.signature not in {"required", "optional"}:
        yield Text("签名要求须为必须或可选", "a signature is required or optional")
    for group in agency.process:
        if not group or len(group) > _MOST or not all(_is_name(one) for one in group):
            yield Text("业务行为的每组须有至少一个词", "each group of acts has one word at least")
    for one in agency.trusted_signers:
        if not _FINGERPRINT.fullmatch(one):
            yield Text(
                f"“{one[:70]}”不是证书指纹（64 位十六进制）",
                f"{one[:70]!r} is no certificate fingerprint of 64 hex digits",
            )
    fonds = [rule.fonds for rule in agency.rules]
    if len(set(fonds)) != len(fonds):
        yield Text("同一全宗号只能有一条规则", "one fonds has one rule")
    for rule in agency.rules:
        yield from _rule_faults(rule)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text == text.strip() and text.isprintable()


def _rule_faults(rule: FilingRule) -> Iterator[Text]:
    name = rule.fonds[:16]
    if not rule.forms or not set(rule.forms) <= set(FORMS):
        yield Text(f"全宗 {name}：请选择档号形式", f"fonds {name}: choose the archival code's form")
    elif not any(_FONDS[form].fullmatch(rule.fonds) for form in rule.forms):
        yield Text(
            f"全宗号“{name}”不合所选档号形式", f"{name!r} is no fonds number of the forms chosen"
        )
    if not rule.categories or not all(_CATEGORY.fullmatch(one) for one in rule.categories):
        yield Text(
            f"全宗 {name}：档案门类代码为两个大写字母",
            f"fonds {name}: a category is two capital letters",
        )
    if not rule.retentions or not all(_RETENTION.fullmatch(one) for one in rule.retentions):
        yield Text(
            f"全宗 {name}：保管期限代码为 Y 或 D 加年数",
            f"fonds {name}: a retention code is Y, or D and years",
        )
    if len(rule.categories) > _MOST or len(rule.retentions) > _MOST:
        yield Text(f"每类至多 {_MOST} 项", f"at most {_MOST} of each kind")
    if not _YEARS[0] <= rule.first_year <= _YEARS[1]:
        yield Text(f"全宗 {name}：起始年度须为四位", f"fonds {name}: a year has four digits")

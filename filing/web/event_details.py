"""What an event says beside its kind: labels and values in the page's language.

A member unknown here is shown under its own name, never left out. People are named by
whoever asks; nothing is looked up here.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from filing.model.custody import MAIN
from filing.web import formats
from filing.web.i18n import gettext, language, marked
from filing.web.words import word

_LABELS: Mapping[str, str] = {
    "accepted": marked("已接收"),
    "act": marked("操作"),
    "after": marked("之后的摘要"),
    "agency": marked("立档单位编号"),
    "answer": marked("结论"),
    "assignee": marked("经办人"),
    "audit": marked("完整性检查编号"),
    "before": marked("之前"),
    "bytes": marked("已读数据量"),
    "bytes_per_second": marked("读取速度上限"),
    "category": marked("档案门类代码"),
    "cause": marked("原因编号"),
    "changes": marked("更正处数"),
    "checks": marked("检测项"),
    "code": marked("问题代码"),
    "damaged": marked("损坏"),
    "differences": marked("不一致之处"),
    "document_type": marked("文种"),
    "doubts": marked("尚不能判定"),
    "drill": marked("演练编号"),
    "due": marked("期限"),
    "failed": marked("未通过的检测项"),
    "failures": marked("失败次数"),
    "faults": marked("整体问题"),
    "fields": marked("元数据项"),
    "files": marked("文件数"),
    "finding": marked("问题编号"),
    "fingerprint": marked("指纹"),
    "from_hour": marked("开始时刻"),
    "generation": marked("第几代密钥"),
    "intact": marked("完好"),
    "kind": marked("种类"),
    "last_day": marked("最后有效日"),
    "leaf_index": marked("日志序号"),
    "location": marked("存储位置"),
    "log_size": marked("日志条数"),
    "looked": marked("已检查件数"),
    "means": marked("送达方式"),
    "medium": marked("存储介质"),
    "notice": marked("通知种类"),
    "opened": marked("打开件数"),
    "parts": marked("更改的部分"),
    "percent": marked("占用时间上限"),
    "person": marked("账号"),
    "planned": marked("计划件数"),
    "reason": marked("理由"),
    "record": marked("档案标识符"),
    "records": marked("档案件数"),
    "rejected": marked("仍未通过"),
    "repair": marked("修复编号"),
    "request": marked("申请编号"),
    "result": marked("结果摘要"),
    "roles": marked("角色"),
    "rows": marked("更改的记录数"),
    "scheduled": marked("按策略自动进行"),
    "scope": marked("范围"),
    "seconds": marked("秒数"),
    "sessions": marked("会话数"),
    "skipped": marked("未动"),
    "source": marked("完好副本所在"),
    "standing": marked("状态"),
    "subject": marked("对象"),
    "subscription": marked("订阅编号"),
    "text": marked("退回说明"),
    "to_hour": marked("结束时刻"),
    "total": marked("涉及件数"),
    "unknown": marked("无法判定"),
    "version": marked("版本"),
    "way": marked("登录方式"),
    "why": marked("停止原因"),
    "within_days": marked("每隔天数"),
}
#: Members of a scope; those of the same name as above mean the same.
_SCOPE: Mapping[str, str] = {
    "depth": marked("打开内容"),
    "fonds": marked("全宗号"),
    "records": marked("档案标识符"),
    "sample": marked("随机抽样"),
    "seed": marked("抽样种子"),
    "size": marked("抽取件数"),
    "stored_from": marked("入库起日"),
    "stored_to": marked("入库止日"),
    "year": marked("年度"),
}
#: Values that are words of ours; the same word means the same wherever it stands.
_VALUES: Mapping[str, str] = {
    "accept-damage": marked("接受损坏"),
    "active": marked("送达中"),
    "anew": marked("全部重新打开"),
    "asked": marked("由人停止"),
    "bytes": marked("不打开，只核对字节"),
    "certificate": marked("证书"),
    "could-not-tell": marked("无法判定"),
    "damaged": marked("损坏"),
    "intact": marked("完好"),
    "local": marked("本机磁盘"),
    "mail": marked("电子邮件"),
    "not-allowed": marked("发起人不再有权限"),
    "one-time-code": marked("密码和验证码"),
    "openid": marked("统一身份认证"),
    "password": marked("密码"),
    "paused": marked("已暂停"),
    "purge-quarantine": marked("清除隔离文件"),
    "retire-location": marked("停用存储位置"),
    "s3": marked("对象存储"),
    "token": marked("令牌"),
    "webhook": marked("网络回调"),
    "whole": marked("打开本版程序尚未打开过的"),
}
_WORDED = frozenset({"act", "answer", "depth", "kind", "means", "medium", "standing", "way", "why"})
_PEOPLE = frozenset({"assignee", "person"})
_ROLES = frozenset({"before", "roles"})
_SIZES = frozenset({"bytes", "bytes_per_second"})
#: Numbers that are written as they are: an hour, a place in the log.
_PLAIN = frozenset({"from_hour", "to_hour", "generation", "version", "leaf_index", "year"})
_DAYS = frozenset({"due", "last_day", "stored_from", "stored_to"})
_PLACES = frozenset({"location", "source"})


def details(detail: Mapping[str, object], named: Callable[[str], str]) -> list[tuple[str, str]]:
    """Label and value of each member, in the order they were written.

    named   person id -> name to show, the id itself where nobody has it
    """
    return [(label(name), _said(name, value, named)) for name, value in detail.items()]


def label(name: str) -> str:
    """What a member of an event is called."""
    return gettext(_LABELS[name]) if name in _LABELS else name


def _said(name: str, value: object, named: Callable[[str], str]) -> str:
    if value is None or value == "" or value == ():
        return gettext("无")
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, int | float):
        return _number(name, value)
    if isinstance(value, Mapping):
        return _members(value, named)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        between = "、" if language() == "zh" else ", "
        return between.join(_said(name, one, named) for one in value)
    text = str(value)
    if name in _PEOPLE:
        return named(text)
    if name in _DAYS:
        return _day(text)
    if name in _PLACES and text == MAIN:
        return gettext("本馆主库")
    if name in _WORDED:
        return gettext(_VALUES[text]) if text in _VALUES else text
    return word(text) if name in _ROLES else text


def _members(value: Mapping[str, object], named: Callable[[str], str]) -> str:
    zh = language() == "zh"
    return ("；" if zh else "; ").join(
        (gettext(_SCOPE[name]) if name in _SCOPE else label(name))
        + ("：" if zh else ": ")
        + _said(name, one, named)
        for name, one in value.items()
    )


def _number(name: str, value: int | float) -> str:
    if name in _SIZES and isinstance(value, int):
        return formats.size(value)
    return str(value) if name in _PLAIN else formats.number(value)


def _day(text: str) -> str:
    try:
        return formats.date(date.fromisoformat(text))
    except ValueError:
        return text

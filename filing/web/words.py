"""What states, outcomes and roles are called on the pages: one word for one thing.

The words are the glossary's (docs/glossary.md). A value unknown here is shown as it is.
"""

from filing.model.desk import ActState, Rewrite
from filing.model.finding import Outcome
from filing.model.roles import Role
from filing.model.submission import State
from filing.web.i18n import gettext, marked

STATES: dict[str, str] = {
    State.RECEIVED: marked("已收件"),
    State.EXAMINED: marked("已检测"),
    State.REJECTED: marked("未通过"),
    State.CORRECTED: marked("已更正"),
    State.RETURNED: marked("已退回"),
    State.WITHDRAWN: marked("已撤回"),
    State.ACCEPTED: marked("已接收"),
    State.SEALED: marked("已封印"),
    State.STORED: marked("已入库"),
    State.LOGGED: marked("已记入日志"),
    State.RECEIPTED: marked("已出回执"),
}
OUTCOMES: dict[str, str] = {
    Outcome.PASSED: marked("通过"),
    Outcome.FAILED: marked("不通过"),
    Outcome.UNDETERMINED: marked("无法判定"),
    Outcome.NOT_APPLICABLE: marked("不适用"),
}
ROLES: dict[str, str] = {
    Role.AGENCY_CLERK: marked("立档单位档案员"),
    Role.ARCHIVE_CLERK: marked("档案馆业务员"),
    Role.ARCHIVIST: marked("档案管理员"),
    Role.SYSTEM_ADMINISTRATOR: marked("系统管理员"),
    Role.SECURITY_ADMINISTRATOR: marked("安全管理员"),
    Role.AUDITOR: marked("安全审计员"),
}
ACT_STATES: dict[str, str] = {
    ActState.RUNNING: marked("进行中"),
    ActState.STOPPED: marked("已停止"),
    ActState.DONE: marked("已完成"),
}
REWRITES: dict[str, str] = {
    Rewrite.VALUE: marked("全部改为同一值"),
    Rewrite.REPLACE: marked("替换其中一部分"),
    Rewrite.MAP: marked("逐值对照"),
    Rewrite.DATE: marked("日期规范化"),
    Rewrite.TRIM: marked("去除空白和不可见字符"),
}
#: Why an act on many leaves a member as it is.
LEFT: dict[str, str] = {
    "unchanged": marked("该方法不适用于此值"),
    "assigned-to-other": marked("已分派给他人，不改动"),
    "draft-of-other": marked("他人正在更正，不改动"),
    "draft-begun": marked("您已有手工更正的草稿，不改动"),
    "other-act": marked("另一批量更正正在处理"),
    "changed-meanwhile": marked("其间已有变动"),
    "not-allowed": marked("此项不得更正"),
    "kept-lost": marked("暂存内容缺失，须由系统管理员从备份恢复"),
    "not-mendable": marked("此处不能这样更正"),
    "failed": marked("多次处理未成"),
}
#: What a badge looks like: "good", "bad", "unsure" or "calm". Never by colour alone.
TONES: dict[str, str] = {
    State.REJECTED: "bad",
    State.RETURNED: "unsure",
    State.RECEIPTED: "good",
    Outcome.PASSED: "good",
    Outcome.FAILED: "bad",
    Outcome.UNDETERMINED: "unsure",
    ActState.RUNNING: "unsure",
    ActState.DONE: "good",
}
_ALL = {**STATES, **OUTCOMES, **ROLES, **ACT_STATES, **REWRITES}


def word(value: str) -> str:
    """The name of a state, outcome, role or way to rewrite, in the page's language."""
    return gettext(_ALL.get(value, value))


def left(why: str) -> str:
    """Why an act left a member as it is: words of their own, for "failed" is an outcome too."""
    return gettext(LEFT.get(why, why))


def tone(value: str) -> str:
    """How its badge looks."""
    return TONES.get(value, "calm")

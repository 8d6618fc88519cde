"""What the record page says of fields, locks and changes: sentences by slug.

A slug unknown here gets the plain sentence, never nothing.
"""

from filing.model.correction import Change, ChangeKind
from filing.model.form import Kind
from filing.rules.catalogue import Text, halves
from filing.rules.correction import CorrectionRules
from filing.web.i18n import gettext, language, marked, ngettext
from filing.web.submission.report import Told

_TYPES = {
    "year": marked("四位年份，如 2026"),
    "date": marked("日期，如 2026-01-31、20260131 或 2026年1月31日"),
    "datetime": marked("日期时间，如 2026-01-31T09:30:00，或日期"),
    "whole": marked("大于 0 的整数"),
    "bytes": marked("字节数（只写数字）"),
    "digits": marked("十六进制数字"),
    "name": marked("标识符，在包内不得重复"),
}
_KINDS = {
    ChangeKind.SET: marked("更正"),
    ChangeKind.ADD: marked("补充"),
    ChangeKind.REMOVE: marked("移除"),
    ChangeKind.REPLACE_FILE: marked("替换文件"),
    ChangeKind.ADD_FILE: marked("补充文件"),
    ChangeKind.REMOVE_FILE: marked("移除文件"),
}
_BRANCHES = {
    "document": marked("文档"),
    "pages": marked("页数"),
    "page": marked("页"),
    "attachment": marked("附件"),
    "signature": marked("签章"),
    "fact": marked("属性"),
    "damage": marked("损坏"),
}


def name_of(kind: Kind) -> str:
    """The field's name in the page's language."""
    chinese = kind.name.removeprefix("@")
    return kind.en.capitalize() if language() == "en" and kind.en else chinese


def other_name(kind: Kind) -> str:
    """Its name in the other language, to stand small beside the first; may be ""."""
    return kind.name.removeprefix("@") if language() == "en" and kind.en else kind.en


def hint(kind: Kind) -> str:
    """How to write a value."""
    said = [gettext(_TYPES[kind.type])] if kind.type in _TYPES else []
    if kind.open:
        said.append(gettext("常用值可从列表选取，也可另填"))
    path, values = kind.when
    if path:
        field = path.rpartition("/")[2]
        between = "、" if language() == "zh" else ", "
        said.append(
            gettext("“%(field)s”为 %(values)s 时必填", field=field, values=between.join(values))
        )
    return ("；" if language() == "zh" else "; ").join(said)


def limit(kind: Kind) -> str:
    """How long a value may be."""
    if not kind.maximum:
        return ""
    return ngettext("最多 %(n)s 个字符", "最多 %(n)s 个字符", kind.maximum)


def lock(slug: str, rules: CorrectionRules) -> str:
    """Why a field may not be corrected; "" when it may."""
    if not slug:
        return ""
    why = rules.why.get(slug)
    return gettext("此项不能在此更正。") if why is None else in_language(why)


def acts(told: Told, rules: CorrectionRules) -> str:
    """Who must act on a finding that cannot be mended on the page, and how; "" when it can."""
    remedy = rules.remedy(told.code, told.reason)
    return "" if remedy.actor == "page" else in_language(remedy.text)


def in_language(text: Text) -> str:
    """A text of the tables, in the page's language."""
    return text.en if language() == "en" else text.zh


def said(sentence: str) -> str:
    """What a reader of files said, in the page's language."""
    return in_language(halves(sentence))


def change_kind(change: Change) -> str:
    """What a change does, in a word."""
    return gettext(_KINDS[change.kind])


def branch(kind: str) -> str:
    """What a part of a structured file is called."""
    return gettext(_BRANCHES.get(kind, kind))

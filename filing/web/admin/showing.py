"""What the pages of administration share: a refusal in the form, a rehearsal in words.

A form is posted with ``do``: "preview" shows what it would do and comes back with
everything typed, "save" makes the change. What was refused comes back too.
"""

from collections.abc import Mapping

from flask import request

from filing.errors import FilingError
from filing.model.administration import Change, Rehearsal, SettingKind
from filing.model.people import Person
from filing.model.roles import Permission
from filing.web import errors
from filing.web.i18n import gettext, marked

PAGE = 50
#: What would become of a delivery, and how its badge looks.
CHANGES: Mapping[str, tuple[str, str]] = {
    Change.ACCEPTED: (marked("将由退回变为接收"), "good"),
    Change.REFUSED: (marked("将由接收变为退回"), "bad"),
    Change.UNKNOWN: (marked("无法判定"), "unsure"),
}
#: Why it could not be told.
UNKNOWN: Mapping[str, str] = {
    "too-large": marked("件过大，未试算"),
    "gone": marked("原件无法读取"),
    "differs": marked("当时的结果还取决于登记表、通道或馆藏，今日规则下结果已不同"),
}
KINDS: Mapping[str, str] = {
    SettingKind.AGENCY: marked("立档单位"),
    SettingKind.RULES: marked("检测规则"),
    SettingKind.NOTICE_TEXT: marked("通知文本"),
}
_MOST_DIGITS = 9


def status_of(error: FilingError) -> int:
    """The status of a page that shows this refusal."""
    return errors.status_of(error)


def wants_to_save() -> bool:
    """Whether the form at hand is to be kept; anything else is a preview."""
    return request.form.get("do") == "save"


def number(name: str) -> int:
    """A whole number of the form or address; -1 where it is none, which no version has."""
    text = request.values.get(name, "")
    plain = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if plain else -1


def lines(text: str) -> tuple[str, ...]:
    """The lines of a textarea that hold something."""
    return tuple(one.strip() for one in text.splitlines() if one.strip())


def words(text: str) -> tuple[str, ...]:
    """Words apart by spaces or Chinese and other separators, each once."""
    for mark in "，,、；;":
        text = text.replace(mark, " ")
    return tuple(dict.fromkeys(text.split()))


def told(words: Mapping[str, str]) -> dict[str, str]:
    """A table of words in the page's language."""
    return {one: gettext(name) for one, name in words.items()}


def rehearsal_shown(rehearsal: Rehearsal | None, by: Person) -> Mapping[str, object]:
    """A rehearsal for its template; links only for who may follow them."""
    return {
        "rehearsal": rehearsal,
        "changes": {one: (gettext(name), tone) for one, (name, tone) in CHANGES.items()},
        "unknown": told(UNKNOWN),
        "counts": {}
        if rehearsal is None
        else {one: rehearsal.count(Change(one)) for one in CHANGES},
        "may_follow": by.may(Permission.SEE_SUBMISSIONS),
    }

"""What every change of a setting has in common: who may, why, from which version."""

from collections.abc import Iterable

from filing.errors import BadRequest, ChangedMeanwhile, NotAllowed, NotFound
from filing.model.administration import Setting, SettingKind, Version
from filing.model.people import Person
from filing.model.roles import Permission
from filing.ports import Clock
from filing.rules.catalogue import Text

MAX_REASON = 1000
MAX_BODY = 1 << 20
MAX_KEY = 120
#: Whose versions a person may see and put back: any of these.
SEEN_BY = {
    SettingKind.AGENCY: (
        Permission.CHANGE_AGENCIES,
        Permission.CHANGE_CREDENTIALS,
        Permission.CHANGE_RULES,
    ),
    SettingKind.RULES: (Permission.CHANGE_RULES,),
    SettingKind.NOTICE_TEXT: (Permission.CHANGE_NOTICE_TEXTS,),
}


def need_any(by: Person, permissions: Iterable[Permission]) -> None:
    """Raises NotAllowed unless the person has one of them."""
    if not any(by.may(one) for one in permissions):
        raise NotAllowed("this account may not do this", "没有执行此操作的权限")


def refuse(faults: Iterable[Text]) -> None:
    """Raises BadRequest with the first few of what is wrong, if anything is."""
    some = list(faults)[:5]
    if some:
        raise BadRequest("; ".join(one.en for one in some), "；".join(one.zh for one in some))


def a_key(text: str) -> str:
    """What names an agency or a setting in an address. Raises NotFound for what cannot."""
    if len(text) > MAX_KEY or not text.isprintable():
        raise NotFound("there is no such thing", "没有此项")
    return text


def a_reason(text: str) -> str:
    """The reason as it is kept. Raises BadRequest where there is none."""
    found = text.strip()
    if not found:
        raise BadRequest("a change needs a reason", "请填写更改理由")
    if len(found) > MAX_REASON:
        raise BadRequest(f"a reason has at most {MAX_REASON} characters", "更改理由过长")
    if not "".join(found.split()).isprintable():
        raise BadRequest("a reason has no invisible characters", "更改理由含不可见字符")
    return found


def next_version(
    which: Setting, seen: int, body: str, reason: str, by: Person, clock: Clock
) -> Version:
    """The version that follows the one that was seen."""
    if len(body) > MAX_BODY:
        raise BadRequest("this is too long to be kept", "内容过长")
    return Version(which, seen + 1, body, a_reason(reason), by.who, clock.now())


def must_be(seen: int, standing: int) -> None:
    """Raises ChangedMeanwhile unless the version seen is the one in force."""
    if seen != standing:
        raise changed_meanwhile()


def changed_meanwhile() -> ChangedMeanwhile:
    """What whoever comes second is told."""
    return ChangedMeanwhile(
        "somebody else changed this meanwhile; nothing of yours was saved: look at it again",
        "此设置已被他人更改，您的修改未保存，请刷新后再改",
    )

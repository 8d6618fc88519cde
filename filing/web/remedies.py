"""A remedy as a form: what was chosen and typed, to a Remedy and back into hidden fields.

What is missing is said at its field. Does not apply anything; see filing.desk.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from filing.model.desk import Remedy, Rewrite
from filing.web.i18n import gettext
from filing.web.words import word

#: Most pairs of a map, and longest text of one value.
MOST_PAIRS, MOST_TEXT = 50, 4000
_OLD, _NEW = "old", "new"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form held. ``remedy`` is None where there are ``mistakes`` (field id -> sentence)."""

    remedy: Remedy | None
    mistakes: Mapping[str, str]


def read(form: MultiDict[str, str]) -> Typed:
    """Read the form of a cause's page."""
    mistakes: dict[str, str] = {}
    try:
        rewrite = Rewrite(form.get("rewrite", ""))
    except ValueError:
        return Typed(None, {f"rewrite-{Rewrite.VALUE}": gettext("请选择一种更正方法。")})
    remedy = Remedy(rewrite)
    if rewrite is Rewrite.VALUE:
        remedy = Remedy(rewrite, value=_text(form, "value", mistakes))
        if not remedy.value.strip() and not mistakes:
            mistakes["value"] = gettext("请填写新值。")
    elif rewrite is Rewrite.REPLACE:
        remedy = Remedy(
            rewrite, value=_text(form, "put", mistakes), search=_text(form, "search", mistakes)
        )
        if not remedy.search and not mistakes:
            mistakes["search"] = gettext("请填写要替换的文字。")
        elif remedy.search == remedy.value and not mistakes:
            mistakes["put"] = gettext("替换前后相同。")
    elif rewrite is Rewrite.MAP:
        remedy = Remedy(rewrite, mapping=_pairs(form, mistakes))
        if not remedy.mapping and not mistakes:
            mistakes[f"{_NEW}-0"] = gettext("请至少为一个值填写新值。")
    return Typed(None if mistakes else remedy, mistakes)


def hidden(remedy: Remedy) -> list[tuple[str, str]]:
    """The fields that bring a remedy along from page to page; ``read`` gives it back."""
    fields = [("rewrite", str(remedy.rewrite))]
    if remedy.rewrite is Rewrite.VALUE:
        fields.append(("value", remedy.value))
    elif remedy.rewrite is Rewrite.REPLACE:
        fields += [("search", remedy.search), ("put", remedy.value)]
    elif remedy.rewrite is Rewrite.MAP:
        for number, (old, new) in enumerate(remedy.mapping.items()):
            fields += [(f"{_OLD}-{number}", old), (f"{_NEW}-{number}", new)]
    return fields


def said(remedy: Remedy) -> str:
    """A remedy in words."""
    if remedy.rewrite is Rewrite.VALUE:
        return gettext("全部改为“%(value)s”", value=remedy.value)
    if remedy.rewrite is Rewrite.REPLACE and not remedy.value:
        return gettext("去掉其中的“%(search)s”", search=remedy.search)
    if remedy.rewrite is Rewrite.REPLACE:
        return gettext(
            "将其中的“%(search)s”替换为“%(value)s”", search=remedy.search, value=remedy.value
        )
    if remedy.rewrite is Rewrite.MAP:
        return gettext("按对照表改正 %(count)s 个值", count=len(remedy.mapping))
    return word(remedy.rewrite)


def _pairs(form: MultiDict[str, str], mistakes: dict[str, str]) -> dict[str, str]:
    """Old to new, as far as a new value was typed that is another."""
    found = {}
    for number in range(MOST_PAIRS):
        if f"{_OLD}-{number}" not in form:
            break
        old, new = form[f"{_OLD}-{number}"], _text(form, f"{_NEW}-{number}", mistakes)
        if new and new != old:
            found[old] = new
    return found


def _text(form: MultiDict[str, str], name: str, mistakes: dict[str, str]) -> str:
    text = form.get(name, "")
    if len(text) > MOST_TEXT:
        mistakes[name] = gettext("至多 %(most)s 字。", most=MOST_TEXT)
    elif any(ord(one) < 0x20 and one not in "\t\n\r" for one in text):
        mistakes[name] = gettext("含有不能写入元数据的控制字符。")
    return text

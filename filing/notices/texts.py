"""The words of a notice: a template with ``{name}`` where a value goes.

Whoever edits templates asks ``unknown`` first; ``fill`` leaves what it does not know
as it stands, so that a mistake is seen and no notice fails. Values are put in as plain
text, once: braces inside a value stay what they are.
"""

import re
from collections.abc import Mapping
from datetime import timedelta, timezone

from filing.model.events import Event
from filing.model.notices import About, Template

#: Names a template may use, each with its meaning in Chinese and English.
PLACEHOLDERS: Mapping[str, tuple[str, str]] = {
    "agency": ("立档单位名称", "the agency's name"),
    "archive": ("档案馆名称", "the archive's name"),
    "submission": ("移交标识符", "id of the submission"),
    "archival_code": ("档号", "archival code (档号)"),
    "electronic_code": ("电子文件号", "electronic record number (电子文件号)"),
    "time": ("时间（北京时间）", "when it happened, Beijing time"),
    "reason": ("理由", "the reason given"),
    "text": ("退回说明", "the text that goes with a return"),
    "checks": ("未通过的检测项目代码", "codes of the checks that failed"),
    "fields": ("更正的字段", "paths of the fields corrected"),
    "changes": ("更正处数", "number of changes"),
    "record": ("档案标识符", "id of the record"),
    "leaf_index": ("日志序号", "the record's place in the log"),
}
_PLACE = re.compile(r"\{([a-z_]+)\}")
_BEIJING = timezone(timedelta(hours=8))
_NOTHING = "—"
#: A notice names so many fields or checks; the rest is in the report.
_MOST = 50


def unknown(template: Template) -> tuple[str, ...]:
    """Names in ``template`` that stand for nothing, in order."""
    used = _PLACE.findall(template.title + template.body)
    return tuple(dict.fromkeys(one for one in used if one not in PLACEHOLDERS))


def fill(template: Template, values: Mapping[str, str]) -> Template:
    """The template with its values in place."""

    def put(found: re.Match[str]) -> str:
        return values.get(found[1], found[0])

    return Template(_PLACE.sub(put, template.title), _PLACE.sub(put, template.body).strip())


def values(event: Event, about: About, agency: str, archive: str, language: str) -> dict[str, str]:
    """What the placeholders stand for in the notice of one event."""
    between = "、" if language == "zh" else ", "

    def told(name: str) -> str:
        value = event.detail.get(name)
        if isinstance(value, list | tuple):
            more = "…" if len(value) > _MOST else ""
            value = between.join(str(one) for one in value[:_MOST]) + more
        return _NOTHING if value is None or value == "" else str(value)

    return {
        "agency": agency,
        "archive": archive,
        "submission": event.submission_id,
        "archival_code": about.archival_code or _NOTHING,
        "electronic_code": about.electronic_code or _NOTHING,
        "time": event.at.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M"),
        "reason": told("reason"),
        "text": told("text"),
        "checks": told("failed"),
        "fields": told("fields"),
        "changes": told("changes"),
        "record": told("record"),
        "leaf_index": told("leaf_index"),
    }

"""The text of a return (退回): what the agency must mend, made from the findings.

The frame around it (address, reason, time) comes from the archive's notice texts; this
is the part that speaks of the delivery itself. Pure text, one finding to a line.
"""

from collections.abc import Iterable

from filing.web.i18n import gettext
from filing.web.submission.report import Told

#: Findings of one check that are told one by one; the rest is counted.
SHOWN = 20
#: Characters of the whole text.
MOST = 9_000


def compose(told: Iterable[Told]) -> str:
    """The findings that refuse a delivery, by check, each with where and how to mend it."""
    by_check: dict[str, list[Told]] = {}
    for one in told:
        if one.refuses:
            by_check.setdefault(one.code, []).append(one)
    paragraphs = [_paragraph(number, some) for number, some in enumerate(by_check.values(), 1)]
    text = "\n\n".join(paragraphs)
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def _paragraph(number: int, some: list[Told]) -> str:
    first = some[0]
    lines = [f"{number}. {first.code} {first.check}"]
    lines += [f"   · {_line(one)}" for one in some[:SHOWN]]
    if len(some) > SHOWN:
        lines.append("   · " + gettext("另有 %(n)s 处同类问题，见检测报告。", n=len(some) - SHOWN))
    return "\n".join(lines)


def _line(one: Told) -> str:
    where = gettext("（%(path)s 第 %(line)s 行）", path=one.path, line=one.line) if one.line else ""
    return f"{one.message}{where} {one.remedy}".strip()

"""Dates, moments, sizes and numbers as people write them, by language.

Moments are shown in Chinese time (UTC+8, the year round); what is kept and signed
stays in UTC. Nothing here parses.
"""

from datetime import date as Day
from datetime import datetime, timedelta, timezone

from babel import dates, numbers
from markupsafe import Markup

from filing.web.i18n import language
from filing.web.unseen import marked

ZONE = timezone(timedelta(hours=8), "UTC+8")
_LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
_SPACE = Markup('<span class="unseen">␣</span>')
_UNITS = ("kB", "MB", "GB", "TB")


def locale() -> str:
    """Babel's name of the page's language."""
    return _LOCALES[language()]


def date(value: Day | None) -> str:
    """2026年3月9日, 9 Mar 2026; "" for none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(ZONE).date()
    return str(dates.format_date(value, "medium", locale=locale()))


def moment(value: datetime | None) -> str:
    """Day and time to the minute; "" for none."""
    if value is None:
        return ""
    pattern = "y年M月d日 HH:mm" if language() == "zh" else "d MMM y, HH:mm"
    return str(dates.format_datetime(value, pattern, tzinfo=ZONE, locale=locale()))


def day_of(value: datetime) -> Day:
    """The day a moment falls on, here."""
    return value.astimezone(ZONE).date()


def number(value: int | float) -> str:
    """With the separators of the language: 1,842."""
    return str(numbers.format_decimal(value, locale=locale()))


def percent(value: float) -> str:
    """A share between 0 and 1, as whole per cent; never 100 % before all is done."""
    whole = int(value * 100) if value < 1 else 100
    return str(numbers.format_percent(whole / 100, locale=locale()))


def size(value: int) -> str:
    """Bytes in the largest unit that leaves at least one, powers of 1000 as in every command."""
    amount, unit = float(value), "B"
    for larger in _UNITS:
        if round(amount, 1) < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{numbers.format_decimal(amount, '#,##0.#', locale=locale())} {unit}"


def visible(text: str | None) -> Markup:
    """A value whose ends and layout matter: white space at its ends, tabs and line ends are
    made visible too, beside what every page shows of a value (filing.web.unseen)."""
    if not text:
        return Markup("")
    inner = text.strip(" ")
    start = len(text) - len(text.lstrip(" "))
    ends = len(text) - (start + len(inner)) if inner else 0
    return _SPACE * start + marked(inner, layout=False) + _SPACE * ends

"""The first page of custody: the promise, whether it holds, and what the numbers say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from babel import dates
from flask import Blueprint, Response, request

from filing.model.custody import MAIN
from filing.model.custody_views import Hindrance, Overview
from filing.model.promise import Coverage
from filing.model.roles import Permission
from filing.web.charts import Chart, Series, bar, columns
from filing.web.custody.showing import Premises, scope_text, show
from filing.web.formats import ZONE, locale, number, size
from filing.web.i18n import gettext, language, marked
from filing.web.session import needs, person

_BINS = 9
_RECENT = 5
#: What an alarm says, and what is to be done about it.
ALARMS = {
    "broken": marked(
        "承诺已被打破：有副本超过约定天数没有完整重读。请放宽读取限制，或立即开始一次检查。"
    ),
    "will-break": marked("按目前的速度，承诺将被打破。请放宽读取限制，或立即开始一次检查。"),
    "too-slow": marked("策略允许的读取速度不足以按期读完全部字节。请放宽读取限制。"),
    "cannot-read": marked("有副本最近一次未能读取或判定，系统会自动重试。"),
}


@dataclass(frozen=True, slots=True)
class _Views:
    at: Premises

    @needs(Permission.SEE_CUSTODY)
    def page(self) -> Response:
        at, by = self.at, person()
        location = request.args.get("location", MAIN)[:40]
        overview = at.shown.overview(by, location)
        coverage = overview.coverage
        return show(
            at,
            "custody",
            coverage=coverage,
            overview=overview,
            location=location,
            locations=at.locations(),
            standings=at.copies.locations(by),
            good_drill=at.copies.last_good_drill(by),
            last_drill=next(iter(at.copies.drills(by, 1)), None),
            alarm=gettext(ALARMS[coverage.alarm]) if coverage.alarm else "",
            hindrance=_said(overview.hindrance),
            oldest_days=_age(overview),
            charts=list(_charts(overview)),
            recent=at.custody.audits(by, "", _RECENT),
            scope_text=scope_text,
        )


def _said(hindrance: Hindrance | None) -> str:
    if hindrance is None:
        return ""
    return hindrance.zh if language() == "zh" else hindrance.en


def _age(overview: Overview) -> int | None:
    """Days since the longest unread copy was read; None where there is none."""
    oldest = overview.coverage.oldest
    if oldest is None:
        return None
    return max((overview.today - oldest.astimezone(ZONE).date()).days, 0)


def _charts(overview: Overview) -> Iterator[Chart]:
    coverage = overview.coverage
    bins = list(_ages(coverage, overview.today))
    within = sum(copies for _, tone, copies in bins if tone == "good")
    late = sum(copies for _, tone, copies in bins if tone == "unsure")
    over = sum(copies for _, tone, copies in bins if tone == "bad")
    yield bar(
        "standing",
        gettext("副本距上次完整读取"),
        (gettext("状况"), gettext("副本数")),
        [
            (gettext("前三分之二期限内"), "good", within),
            (gettext("最后三分之一期限内"), "unsure", late),
            (gettext("已超期"), "bad", over),
        ],
        number,
    )
    yield columns(
        "ages",
        gettext("按距上次完整读取的天数"),
        (gettext("天数"), [text for text, _, _ in bins]),
        [
            Series(name, tone, [copies if one == tone else 0 for _, one, copies in bins])
            for name, tone in (
                (gettext("前三分之二"), "good"),
                (gettext("后三分之一"), "unsure"),
                (gettext("超期"), "bad"),
            )
        ],
        number,
    )
    yield columns(
        "rate",
        gettext("近 30 天每日读取量"),
        (gettext("日期"), [_day(one.day) for one in overview.read]),
        [Series(gettext("读取量"), "calm", [one.size_bytes for one in overview.read])],
        lambda value: size(int(value)),
        (gettext("如期读完所需"), float(coverage.needed * 86_400)) if coverage.needed else None,
    )
    yield columns(
        "found",
        gettext("近 12 周新发现的问题"),
        (gettext("自"), [_day(one.first) for one in overview.found]),
        [
            Series(gettext("损坏"), "bad", [one.damaged for one in overview.found]),
            Series(gettext("未能判定"), "unsure", [one.unknown for one in overview.found]),
        ],
        number,
    )


def _ages(coverage: Coverage, today: date) -> Iterator[tuple[str, str, int]]:
    """(days, tone, copies): equal parts of the promised time, and what is beyond it."""
    limit = coverage.policy.within_days
    edges = [limit * n // _BINS for n in range(_BINS + 1)]
    counts = [0] * _BINS
    over = 0
    for one in coverage.days:
        age = max((today - one.day).days, 0)
        if age > limit:
            over += one.copies
        else:
            counts[min(_bin(age, edges), _BINS - 1)] += one.copies
    for n, copies in enumerate(counts):
        if edges[n] < edges[n + 1] or copies:
            tone = "good" if n < _BINS * 2 / 3 else "unsure"
            yield f"{edges[n]}–{edges[n + 1]}", tone, copies
    yield f"> {limit}", "bad", over


def _bin(age: int, edges: Sequence[int]) -> int:
    return next(n for n in range(len(edges) - 1) if age <= edges[n + 1])


def _day(day: date) -> str:
    pattern = "M-d" if language() == "zh" else "d MMM"
    return str(dates.format_date(day, pattern, locale=locale()))


def add_to(blueprint: Blueprint, at: Premises) -> None:
    """Add this page."""
    blueprint.add_url_rule("", "dashboard", _Views(at).page)

"""Small charts as SVG, drawn here on the server; and the same numbers as rows of a table.

Colours and patterns are classes of the style sheet (static/custody.css): nothing stands
inline, and both colour schemes have contrast. A chart names itself to a screen reader;
whoever cannot see it reads the table beside it (templates/web/custody-parts.html).

Does not choose words or units: labels come in the language of the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDE, _HIGH = 420, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 8, 12, 26
_BAR_HIGH = 26
_HALF_LETTER = 3.4


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and what it draws.

    head   of the table: the first names the rows
    rows   as many cells as ``head``
    key    (tone, text) of what is told apart by colour; () when nothing is
    """

    title: str
    svg: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of bar: its name, how it looks ("good", "bad", "unsure", "calm"), its numbers."""

    name: str
    tone: str
    values: Sequence[float]


def columns(
    name: str,
    title: str,
    labels: tuple[str, Sequence[str]],
    series: Sequence[Series],
    shown: Callable[[float], str],
    limit: tuple[str, float] | None = None,
) -> Chart:
    """Upright bars, series on top of each other; ``limit`` is a line across.

    name     tells this chart from others of the page
    labels   what the rows are, and each one's name
    shown    a number as people read it
    """
    heads, ticks = labels
    sums = [sum(one.values[n] for one in series) for n in range(len(ticks))]
    top = _round_up(max([*sums, limit[1] if limit else 0, 1]))
    wide = (_WIDE - _LEFT - _RIGHT) / max(len(ticks), 1)
    parts = [*_grid(top, shown), *_names(ticks, wide)]
    for n in range(len(ticks)):
        below = 0.0
        for one in series:
            if one.values[n]:
                parts.append(_bar(one.tone, n, wide, below, one.values[n], top))
                below += one.values[n]
    if limit:
        at = _y(limit[1], top)
        parts.append(f'<path class="limit" d="M{_LEFT} {at:.1f}H{_WIDE - _RIGHT}"/>')
    rows = tuple(
        (str(tick), *(shown(one.values[n]) for one in series)) for n, tick in enumerate(ticks)
    )
    told_apart = [(one.tone, one.name) for one in series] if len(series) > 1 or limit else []
    if limit:
        told_apart.append(("limit", f"{limit[0]} {shown(limit[1])}"))
    head = (heads, *(one.name for one in series))
    return Chart(title, _svg(name, title, parts, _HIGH), head, rows, tuple(told_apart))


def bar(
    name: str,
    title: str,
    heads: tuple[str, str],
    parts: Sequence[tuple[str, str, float]],
    shown: Callable[[float], str],
) -> Chart:
    """One lying bar of shares: (name, tone, number). Shares of nothing are left out."""
    total = sum(value for _, _, value in parts)
    drawn, at = ['<rect class="rest" x="0" y="4" width="420" height="26" rx="2"/>'], 0.0
    for _, tone, value in parts:
        if total and value:
            # A share is never too small to be seen.
            wide = max(value / total * _WIDE, 3.0)
            wide = min(wide, _WIDE - at)
            drawn.append(
                f'<rect {_look(tone)} x="{at:.1f}" y="4" width="{wide:.1f}" height="{_BAR_HIGH}"/>'
            )
            at += wide
    rows = tuple((text, shown(value)) for text, _, value in parts)
    key = tuple((tone, f"{text} {shown(value)}") for text, tone, value in parts)
    return Chart(title, _svg(name, title, drawn, 34), heads, rows, key)


def _svg(name: str, title: str, parts: Sequence[str], high: int) -> Markup:
    hatch = (
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="hatch-back" width="6" height="6"/>'
        '<path class="hatch-line" d="M0 0V6"/></pattern></defs>'
    )
    drawn = "".join(parts).replace("%hatch%", f"{name}-hatch")
    return Markup(
        f'<svg class="chart" viewBox="0 0 {_WIDE} {high}" role="img"'
        f' aria-labelledby="{name}-title"><title id="{name}-title">{escape(title)}</title>'
        f"{hatch}{drawn}</svg>"
    )


def _look(tone: str) -> str:
    """What could not be told is hatched as well: never by colour alone."""
    return f'class="{tone}"' + (' fill="url(#%hatch%)"' if tone == "unsure" else "")


def _bar(tone: str, n: int, wide: float, below: float, value: float, top: float) -> str:
    x, broad = _LEFT + n * wide + wide * 0.15, wide * 0.7
    upper, lower = _y(below + value, top), _y(below, top)
    upper = min(upper, lower - 1.5)  # what is there is seen
    return (
        f'<rect {_look(tone)} x="{x:.1f}" y="{upper:.1f}" width="{broad:.1f}"'
        f' height="{lower - upper:.1f}"/>'
    )


def _grid(top: float, shown: Callable[[float], str]) -> list[str]:
    parts = []
    for value in (0, top / 2, top):
        at = _y(value, top)
        parts.append(f'<path class="grid" d="M{_LEFT} {at:.1f}H{_WIDE - _RIGHT}"/>')
        if value == int(value):
            parts.append(
                f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">'
                f"{escape(shown(value))}</text>"
            )
    return parts


def _names(ticks: Sequence[str], wide: float) -> list[str]:
    """Not more names than there is room for; the first and the last always, and no two nearer
    than the others, so that what stands between two may be more by the first."""
    last = len(ticks) - 1
    fewest = max(1, -(-len(ticks) // 6))
    step = next((one for one in (fewest, fewest + 1) if last % one == 0), fewest)
    named = {0, *range(last, step - 1, -step)}
    return [
        # The last one's column may be narrower than it is: it must not stand out of the picture.
        f'<text x="{min(_LEFT + (n + 0.5) * wide, _WIDE - _HALF_LETTER * len(one)):.1f}"'
        f' y="{_HIGH - 8}" text-anchor="middle">{escape(one)}</text>'
        for n, one in enumerate(ticks)
        if n in named
    ]


def _y(value: float, top: float) -> float:
    return _HIGH - _BOTTOM - value / top * (_HIGH - _TOP - _BOTTOM)


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, …"""
    power = 10.0 ** (len(str(int(value))) - 1)
    return next(one * power for one in (1, 2, 5, 10) if one * power >= value)

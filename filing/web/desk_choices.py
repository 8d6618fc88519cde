"""What the queue's filter offers to choose from, and how what was chosen reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from filing.model.desk import Counts
from filing.model.submission import State
from filing.web import formats
from filing.web.desk_filter import ALL, ME, NOBODY, Asked
from filing.web.directory import Wording
from filing.web.i18n import gettext
from filing.web.words import word

Options = list[tuple[str, str]]

QUEUE = "/desk"
#: States the queue may be narrowed to; those on the way pass within seconds.
_STATES = (State.REJECTED, State.RETURNED, State.WITHDRAWN, State.RECEIPTED)


@dataclass(frozen=True, slots=True)
class Chip:
    """One narrowing in force: what it says, and the address without it."""

    text: str
    without: str


def address(arguments: Mapping[str, str], cursor: str = "") -> str:
    """The queue's address with these arguments; empty ones are left out."""
    given = [(name, text) for name, text in (*arguments.items(), ("page", cursor)) if text]
    return f"{QUEUE}?{urlencode(given)}" if given else QUEUE


def options(
    wording: Wording,
    counts: Counts,
    agencies: Mapping[str, str],
    colleagues: Mapping[str, str],
    asked: Asked,
) -> dict[str, Options]:
    """What each list of the filter offers; what is chosen is always among it."""
    everything = ("", gettext("全部"))
    codes = {one for one, number in counts.by_code.items() if number} | {asked.filter.code} - {""}
    ordered = [one for one in wording.codes() if one in codes]
    found = {
        "agency": [everything, *agencies.items()],
        "code": [
            everything,
            *((one, _counted(f"{one} {wording.check(one)}", counts.by_code.get(one, 0)))
              for one in ordered),
        ],
        "state": [
            *((one if one != State.REJECTED else "", word(one)) for one in _STATES),
            (ALL, gettext("所有状态")),
        ],
        "assignee": [
            everything,
            (ME, gettext("本人")),
            (NOBODY, gettext("未分派")),
            *((one, name) for one, name in colleagues.items()),
        ],
    }  # fmt: skip
    for name, options in found.items():
        chosen = asked.arguments.get(name, "")
        if chosen and chosen not in dict(options):
            options.append((chosen, chosen))
    return found


def chips(asked: Asked, agencies: Mapping[str, str], names: Mapping[str, str]) -> list[Chip]:
    """The narrowings in force, in words."""
    said = {
        "agency": lambda text: gettext("单位：%(name)s", name=agencies.get(text, text)),
        "code": lambda text: gettext("检测项：%(code)s", code=text),
        "cause": lambda text: gettext("原因：%(id)s", id=text[:8]),
        "state": lambda text: gettext("状态：%(name)s", name=_states(text)),
        "assignee": lambda text: gettext("经办：%(name)s", name=_assignee(text, names)),
        "from": lambda text: gettext("自 %(day)s", day=text),
        "until": lambda text: gettext("至 %(day)s", day=text),
        "due": lambda text: gettext("期限至 %(day)s", day=text),
        "q": lambda text: gettext("含“%(text)s”", text=text),
    }
    return [
        Chip(said[name](text), address({**asked.arguments, name: ""}))
        for name, text in asked.arguments.items()
        if name not in asked.mistakes
    ]


def _states(text: str) -> str:
    return (
        gettext("所有状态")
        if text == ALL
        else "、".join(word(State(one)) for one in text.split(","))
    )


def _assignee(text: str, names: Mapping[str, str]) -> str:
    fixed = {ME: gettext("本人"), NOBODY: gettext("未分派")}
    return fixed.get(text) or names.get(text, text)


def _counted(text: str, number: int) -> str:
    return gettext("%(text)s（%(count)s）", text=text, count=formats.number(number))

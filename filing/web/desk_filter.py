"""The queue's filter as an address: readable arguments to a Filter and back.

What cannot be read is said at its field; nothing is guessed. An argument that is
left out does not narrow, except the state: the queue is of what stands rejected.

Does not know which agencies, codes or people there are.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from filing.model.desk import Filter
from filing.model.submission import State
from filing.web.i18n import gettext

#: Longest text looked for, and longest identifier taken from an address.
MOST_TEXT, MOST_IDENTIFIER = 100, 100
ALL = "all"
NOBODY = "-"
ME = "me"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_IDENTIFIERS = ("agency", "code", "cause", "assignee")
_DAYS = ("from", "until", "due")
ARGUMENTS = (*_IDENTIFIERS, *_DAYS, "state", "q")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for.

    arguments   as typed, for showing them again; empty ones are left out
    mistakes    field -> sentence; where there are any, ``filter`` is not to be used
    """

    filter: Filter
    arguments: Mapping[str, str]
    mistakes: Mapping[str, str]


def read(given: MultiDict[str, str], own_id: str) -> Asked:
    """Read the arguments of an address (or of a form that holds them).

    own_id   who asks; ``assignee=me`` stands for it, so that an address can be shared
    """
    arguments = {
        name: text
        for name in ARGUMENTS
        if (text := given.get(name, "").replace("\u3000", " ").strip())
    }
    mistakes: dict[str, str] = {}
    days = {name: _day(arguments.get(name, ""), name, mistakes) for name in _DAYS}
    for name in _IDENTIFIERS:
        if not _plain(arguments.get(name, ""), MOST_IDENTIFIER):
            mistakes[name] = gettext("无法识别的内容。")
    if not _plain(arguments.get("q", ""), MOST_TEXT):
        mistakes["q"] = gettext("至多 %(most)s 字，不含控制字符。", most=MOST_TEXT)
    first, last = days["from"], days["until"]
    if first and last and first > last:
        mistakes["until"] = gettext("截止日期早于起始日期。")
    assignee = arguments.get("assignee", "")
    chosen = Filter(
        agency_id=arguments.get("agency", ""),
        states=_states(arguments.get("state", ""), mistakes),
        code=arguments.get("code", ""),
        cause_id=arguments.get("cause", ""),
        assignee=own_id if assignee == ME else assignee,
        received_from=first,
        received_until=last,
        due=days["due"],
        text=arguments.get("q", ""),
    )
    return Asked(chosen, arguments, mistakes)


def written(chosen: Filter, own_id: str) -> dict[str, str]:
    """The arguments that ask for a filter; ``read`` gives it back."""
    several = ",".join(chosen.states) if chosen.states else ALL
    found = {
        "agency": chosen.agency_id,
        "state": "" if chosen.states == (State.REJECTED,) else several,
        "code": chosen.code,
        "cause": chosen.cause_id,
        "assignee": ME if own_id and chosen.assignee == own_id else chosen.assignee,
        "from": chosen.received_from.isoformat() if chosen.received_from else "",
        "until": chosen.received_until.isoformat() if chosen.received_until else "",
        "due": chosen.due.isoformat() if chosen.due else "",
        "q": chosen.text,
    }
    return {name: found[name] for name in ARGUMENTS if found[name]}


def _states(text: str, mistakes: dict[str, str]) -> tuple[State, ...]:
    if not text:
        return (State.REJECTED,)
    if text == ALL:
        return ()
    try:
        return tuple(dict.fromkeys(State(one) for one in text.split(",")))
    except ValueError:
        mistakes["state"] = gettext("没有这种状态。")
        return ()


def _day(text: str, name: str, mistakes: dict[str, str]) -> date | None:
    if not text:
        return None
    # fromisoformat alone also takes week dates and the basic format.
    if _DAY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    mistakes[name] = gettext("日期应写作 2026-03-09 的形式。")
    return None


def _plain(text: str, most: int) -> bool:
    return len(text) <= most and text.isprintable()

"""The queue in the database: pages by place, from whichever index narrows most.

A page takes two steps: candidates from one index, in order and without touching an
entry, then those entries by their key, narrowed by what that index does not hold.
Where much is passed over, only so many candidates are looked at; the page is then
short and says where to go on. So a page costs the same whatever the desk holds.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from filing.adapters.db import desk_rows as rows
from filing.adapters.db.desk_entries import among, by_places
from filing.adapters.db.desk_index import place_of, state_of
from filing.adapters.db.desk_words import rarest
from filing.desk.ports import Asked
from filing.desk.words import normalised, words_of
from filing.errors import BadRequest
from filing.model.desk import Entry, Page

#: Candidates looked at in the first step, how steps grow where none was found, and how many
#: for one page at most.
FIRST_STEP = 64
GROWTH = 4
LARGEST_STEP = 1024
MOST = 5000
_STATES = ("rejected", "returned", "withdrawn", "accepted")
_CURSOR = re.compile(r"([np]):(?:(\d{4}-\d\d-\d\d):)?(\d{1,19})")
#: (place,) where the newest comes first, (due, place) where the most urgent does.
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """An index to take candidates from.

    keys     columns that order it, the last one the place
    holds    what it narrows by, without the state
    state    its column of the state, or None where it has none
    rest     what has to be asked of each entry
    """

    keys: tuple[ColumnElement[Any], ...]
    holds: ColumnElement[bool]
    state: ColumnElement[Any] | None
    rest: tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True)
class Way:
    """Where a page begins and in which direction it reads.

    at         key behind which it begins; None from the start
    backwards  towards what was on the page before
    """

    at: Key | None
    backwards: bool


class _Reading:
    """One page being read from one source."""

    def __init__(self, asked: Asked, source: Source, way: Way, enough: int) -> None:
        self._asked, self._source, self._way = asked, source, way
        self._enough = enough
        self.found: list[tuple[Key, Entry]] = []
        self.at, self.looked_at, self.ended = way.at, 0, False

    def go_on(self, connection: Connection, step: int) -> None:
        """Look at the next ``step`` candidates."""
        way = Way(self.at, self._way.backwards)
        keys = _candidates(connection, self._asked, self._source, way, step)
        self.ended = len(keys) < step
        wanted = self._enough - len(self.found)
        self.found += _narrowed(connection, keys, self._source, way, wanted)
        self.looked_at += len(keys)
        self.at = keys[-1] if keys else self.at

    def next_step(self) -> int:
        """As many as the page still needs, by what was found so far; more where that is little."""
        if not self.found:
            return min(self.looked_at * GROWTH, LARGEST_STEP)
        needed = (self._enough - len(self.found)) * self.looked_at // len(self.found)
        return max(FIRST_STEP, min(needed * 5 // 4, LARGEST_STEP))


def page(connection: Connection, asked: Asked, cursor: str, limit: int) -> Page:
    """One page. Raises BadRequest."""
    way = _way(cursor, by_due=asked.due is not None)
    readings = [_Reading(asked, one, way, limit + 1) for one in _sources(connection, asked)]
    first = max(limit + 1, FIRST_STEP)
    for one in readings:
        one.go_on(connection, first)
    # Of two ways, the one that has come to its end, or found more on the same length.
    best = max(readings, key=lambda one: (one.ended, len(one.found)))
    while len(best.found) <= limit and best.looked_at < MOST and not best.ended:
        best.go_on(connection, best.next_step())
    return _page(best.found, limit, way, None if best.ended else best.at)


def _page(found: list[tuple[Key, Entry]], limit: int, way: Way, stopped_at: Key | None) -> Page:
    more = len(found) > limit
    shown = found[:limit]
    onwards = ""
    if more:
        onwards = _cursor("p" if way.backwards else "n", shown[-1][0])
    elif stopped_at is not None:
        onwards = _cursor("p" if way.backwards else "n", stopped_at)
    back = ""
    if way.at is not None:
        back = _cursor("n" if way.backwards else "p", shown[0][0] if shown else way.at)
    entries = tuple(entry for _, entry in shown)
    if way.backwards:
        return Page(entries[::-1], next=back, previous=onwards)
    return Page(entries, next=onwards, previous=back)


def _way(cursor: str, by_due: bool) -> Way:
    if not cursor:
        return Way(None, backwards=False)
    found = _CURSOR.fullmatch(cursor)
    if found is None or (found[2] is not None) != by_due or int(found[3]) >= 1 << 63:
        raise BadRequest("no page begins here", "翻页位置无效")
    try:
        key: Key = (int(found[3]),)
        if by_due:
            key = date.fromisoformat(found[2]), *key
    except ValueError as error:
        raise BadRequest("no page begins here", "翻页位置无效") from error
    return Way(key, backwards=found[1] == "p")


def _cursor(direction: str, key: Key) -> str:
    return ":".join((direction, *(str(one) for one in key)))


def _sources(connection: Connection, asked: Asked) -> list[Source]:
    """The indexes that may narrow most of what is asked: one, or two to be tried."""
    rest = _every_condition(asked, connection.dialect.name)
    given = {"agency": asked.agency_id, "code": asked.code, "cause": asked.cause_id,
             "assignee": asked.assignee}  # fmt: skip
    given = {name: one for name, one in given.items() if one}
    keys, holds, state, held = _base(asked, given)
    left = tuple(one for name, one in rest.items() if name not in held)
    base = Source(keys, holds, state, left)
    if not asked.text or asked.due is not None:
        return [base]
    words = words_of(normalised(asked.text))
    word = rarest(connection, words)
    if word is None:
        return [base]
    by_word = Source((rows.word.c.place,), rows.word.c.word == word, None, tuple(rest.values()))
    return [by_word, base] if given else [by_word]


def _base(
    asked: Asked, given: dict[str, str]
) -> tuple[tuple[ColumnElement[Any], ...], ColumnElement[bool], ColumnElement[Any], set[str]]:
    """Keys, condition and state of an index without words, and what it narrows by."""
    entry = rows.entry.c
    if asked.due is not None:
        holds = [entry.due <= asked.due]
        held = {"due"}
        if "agency" in given:
            holds.append(entry.agency_id == asked.agency_id)
            held.add("agency")
        elif "assignee" in given:
            holds.append(entry.assignee == _person(asked.assignee))
            held.add("assignee")
        return (entry.due, entry.place), and_(*holds), entry.state, held | {"state"}
    named = asked.assignee not in ("", "-")
    if "cause" in given and not named:
        member = rows.member.c
        return (member.place,), member.cause_id == asked.cause_id, member.state, {"cause", "state"}
    if "code" in given and not named:
        code = rows.code.c
        holds = [code.code == asked.code]
        held = {"code", "state"}
        if "agency" in given:
            holds.append(code.agency_id == asked.agency_id)
            held.add("agency")
        return (code.place,), and_(*holds), code.state, held
    conditions = {
        "agency": entry.agency_id == asked.agency_id,
        "assignee": entry.assignee == _person(asked.assignee),
    }
    chosen = [one for name, one in conditions.items() if name in given]
    holds_all = and_(*chosen) if chosen else and_(True)
    return (entry.place,), holds_all, entry.state, {"state", *conditions}


def _every_condition(asked: Asked, dialect: str) -> dict[str, ColumnElement[bool]]:
    """Everything asked, of an entry."""
    entry = rows.entry.c
    states = _states(asked)
    found: dict[str, ColumnElement[bool]] = {}
    if len(states) < len(_STATES):
        found["state"] = entry.state.in_(states)
    if asked.agency_id:
        found["agency"] = entry.agency_id == asked.agency_id
    if asked.assignee:
        found["assignee"] = entry.assignee == _person(asked.assignee)
    if asked.due is not None:
        found["due"] = entry.due <= asked.due
    if asked.code:
        code = rows.code.c
        found["code"] = exists().where(code.place == entry.place, code.code == asked.code)
    if asked.cause_id:
        member = rows.member.c
        found["cause"] = exists().where(
            member.place == entry.place, member.cause_id == asked.cause_id
        )
    if asked.text:
        find = func.instr if dialect == "sqlite" else func.strpos
        found["text"] = find(entry.words, normalised(asked.text)) > 0
    return found


def _candidates(
    connection: Connection, asked: Asked, source: Source, way: Way, limit: int
) -> list[Key]:
    """Keys in the page's direction, at most ``limit``."""
    query = _ordered(_ranged(select(*source.keys).where(source.holds), asked, source, way), source,
                     way).limit(limit)  # fmt: skip
    if source.state is None:
        return [tuple(one) for one in connection.execute(query)]
    parts = [
        [tuple(one) for one in connection.execute(query.where(source.state == state))]
        for state in _states(asked)
    ]
    falling = (len(source.keys) == 1) != way.backwards
    return list(islice(merge(*parts, reverse=falling), limit))


def _ranged(query: Select[Any], asked: Asked, source: Source, way: Way) -> Select[Any]:
    place = source.keys[-1]
    if asked.first is not None:
        query = query.where(place >= place_of(asked.first))
    if asked.end is not None:
        query = query.where(place < place_of(asked.end))
    if way.at is None:
        return query
    if len(source.keys) == 1:
        return query.where(place > way.at[0] if way.backwards else place < way.at[0])
    first = source.keys[0]
    if way.backwards:
        behind = or_(first < way.at[0], and_(first == way.at[0], place < way.at[1]))
        return query.where(first <= way.at[0], behind)
    behind = or_(first > way.at[0], and_(first == way.at[0], place > way.at[1]))
    return query.where(first >= way.at[0], behind)


def _ordered(query: Select[Any], source: Source, way: Way) -> Select[Any]:
    falling = (len(source.keys) == 1) != way.backwards
    return query.order_by(*(one.desc() if falling else one for one in source.keys))


def _narrowed(
    connection: Connection, keys: Sequence[Key], source: Source, way: Way, wanted: int
) -> list[tuple[Key, Entry]]:
    """The first ``wanted`` entries of the candidates that are all that is asked."""
    chosen = keys
    if source.rest and keys:
        # Which they are first: an entry is read only to be shown.
        place = rows.entry.c.place
        of_these = among(connection, place, [one[-1] for one in keys])
        query = select(place).where(of_these, *source.rest)
        found = set(connection.execute(query).scalars())
        chosen = [one for one in keys if one[-1] in found]
    entries = by_places(connection, [one[-1] for one in chosen[:wanted]])
    return [(one, entries[one[-1]]) for one in chosen[:wanted]]


def _states(asked: Asked) -> tuple[str, ...]:
    return tuple(sorted({state_of(one) for one in asked.states})) or _STATES


def _person(assignee: str) -> str:
    return "" if assignee == "-" else assignee

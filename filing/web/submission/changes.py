"""What a form sent back says: the fields that were typed in, as changes of the draft.

Each control's name carries its place and, in short, the value it was shown with. A
field left as it was shown is no change, even if somebody else has changed it since.

Decides nothing about who may change what; see filing.services.desk.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from filing.model.correction import Change, ChangeKind
from filing.model.form import Node
from filing.web.submission.fields import Sheet, mark

_NAME = re.compile(r"v-([0-9a-f]{12})-([0-9a-f]{12})")
#: Fields of one form that are looked at; a page has no more.
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Typed:
    """One field somebody typed in. ``key`` is its place in short."""

    key: str
    value: str


def typed(form: Iterable[tuple[str, str]]) -> tuple[Typed, ...]:
    """The fields whose value is not the one they were shown with."""
    found = []
    for number, (name, value) in enumerate(form):
        match = _NAME.fullmatch(name)
        if match is None or number > _MOST:
            continue
        plain = value.replace("\r\n", "\n")
        if mark(plain) != match[2]:
            found.append(Typed(match[1], plain))
    return tuple(found)


def changes_of(written: Iterable[Typed], sheet: Sheet) -> tuple[Change, ...]:
    """The changes that make the document say what was written."""
    found = []
    for one in written:
        row = sheet.rows.get(one.key)
        if row is None or row.lock:
            continue
        node = row.node
        if node.present and mark(node.value) != mark(one.value):
            found.append(_change(ChangeKind.SET, node, one.value))
        elif not node.present and one.value:
            found.append(_change(ChangeKind.ADD, node, one.value))
    return tuple(found)


def removal(key: str, sheet: Sheet) -> tuple[Change, ...]:
    """The change that takes an element out; none when there is no such element to take out."""
    node = sheet.nodes.get(key)
    if node is None or not node.removable:
        return ()
    return (_change(ChangeKind.REMOVE, node, None),)


def move(key: str, sheet: Sheet) -> tuple[Change, ...]:
    """The changes that put an element, with all it says, where the schema has it."""
    node = sheet.nodes.get(key)
    if node is None or not node.present:
        return ()
    values = [one for one in node.walk() if one.present and (one.value or not one.kind.is_group)]
    return (
        _change(ChangeKind.REMOVE, node, None),
        *(_change(ChangeKind.ADD, one, one.value) for one in values),
    )


def _change(kind: ChangeKind, node: Node, after: str | None) -> Change:
    # What stood there is found out where the change is applied; the draft's version says
    # that it is what the form showed.
    return Change(kind, xpath=node.xpath, field=node.kind.path, after=after)


@dataclass(frozen=True, slots=True)
class Clash:
    """A field typed in while somebody else changed the draft.

    now   what stands there; ``theirs`` tells whether that is not what the form showed
    """

    key: str
    label: str
    name: str
    mine: str
    now: str
    theirs: bool


def clashes(written: Iterable[Typed], shown: Mapping[str, str], sheet: Sheet) -> tuple[Clash, ...]:
    """Each field typed in, beside what stands there now.

    shown   key -> what the form showed there, in short
    """
    found = []
    for one in written:
        row = sheet.rows.get(one.key)
        now = "" if row is None else row.node.value
        found.append(
            Clash(
                key=one.key,
                label=one.key if row is None else row.label,
                name=f"v-{one.key}-{mark(now)}",
                mine=one.value,
                now=now,
                theirs=shown.get(one.key) != mark(now),
            )
        )
    return tuple(found)


def shown_values(form: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Key -> what each field of a form was shown with, in short."""
    found = {}
    for name, _ in form:
        if match := _NAME.fullmatch(name):
            found[match[1]] = match[2]
    return found

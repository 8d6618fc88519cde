"""Drafts: how changes gather until they are handed in, and how they are taken back.

A later change on the same place takes the place of the earlier one and keeps what stood
there first; one that leads back to what stood there is no change any more. Where the
structure changed in between, both stay, in their order: nothing is guessed.

Applies nothing; see filing.ingest.amending.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from filing.errors import BadRequest, NotFound
from filing.model.correction import Change, ChangeKind, Draft, DraftChange

MAX_CHANGES = 300
#: Characters of all values of a draft together, before and after.
MAX_CHARACTERS = 1_000_000
_STRUCTURAL = frozenset({ChangeKind.ADD, ChangeKind.REMOVE})
_OF_FILES = frozenset({ChangeKind.REPLACE_FILE, ChangeKind.ADD_FILE, ChangeKind.REMOVE_FILE})


class Drafts(Protocol):
    """Where drafts are; each call is one transaction."""

    def draft(self, submission_id: str) -> Draft:
        """The draft as it stands; one of version 0 where nobody began one."""

    def save(self, before: Draft, after: Draft) -> Draft:
        """Replace ``before`` by ``after`` unless somebody changed it since.

        Raises ChangedMeanwhile, WrongState (its submission is not to be corrected).
        """

    def drop(self, submission_id: str) -> None:
        """Forget a draft; none is no error."""


def taken_in(draft: Draft, new: Sequence[Change], who: str, at: datetime, act: str) -> Draft:
    """``draft`` with changes as they took effect, folded where that is the same.

    Raises BadRequest when it grows beyond the bounds.
    """
    changes, number = list(draft.changes), draft.next_number
    for one in new:
        changes = _fold(changes, DraftChange(number, one, who, at, act))
        number += 1
    return _bounded(replace(draft, changes=tuple(changes), by=who, at=at, next_number=number))


def appended(draft: Draft, new: Sequence[Change], who: str, at: datetime, act: str) -> Draft:
    """``draft`` with changes behind all others. Raises BadRequest as ``taken_in``."""
    added = tuple(
        DraftChange(draft.next_number + n, one, who, at, act) for n, one in enumerate(new)
    )
    return _bounded(
        replace(
            draft,
            changes=(*draft.changes, *added),
            by=who,
            at=at,
            next_number=draft.next_number + len(added),
        )
    )


def without(draft: Draft, number: int | None, who: str, at: datetime) -> Draft:
    """``draft`` with one change less, or with none. Raises NotFound.

    With a file goes what was set along with it: its name, size and digest.
    """
    if number is None:
        return replace(draft, changes=(), by=who, at=at)
    chosen = next((one for one in draft.changes if one.number == number), None)
    if chosen is None:
        raise NotFound(f"the draft has no change {number}", f"草稿中没有第 {number} 处更正")
    along = chosen.change.kind in _OF_FILES
    left = tuple(
        one
        for one in draft.changes
        if one is not chosen and not (along and (one.by, one.at) == (chosen.by, chosen.at))
    )
    return replace(draft, changes=left, by=who, at=at)


def _fold(changes: list[DraftChange], new: DraftChange) -> list[DraftChange]:
    if new.change.kind in _OF_FILES:
        return _fold_file(changes, new)
    at = _earlier(changes, new.change)
    if at < 0:
        return [*changes, new]
    earlier, rest = changes[at].change, [*changes[:at], *changes[at + 1 :]]
    if new.change.kind is ChangeKind.REMOVE:
        if earlier.kind is ChangeKind.ADD:
            return rest
        return [*rest, replace(new, change=replace(new.change, before=earlier.before))]
    after = new.change.after
    if earlier.kind is ChangeKind.SET and earlier.before == after:
        return rest
    folded = replace(earlier, after=after)
    # An element that was added stays where it was added: others may rest on it.
    if earlier.kind is ChangeKind.ADD:
        kept = replace(new, number=changes[at].number, change=folded)
        return [*changes[:at], kept, *changes[at + 1 :]]
    return [*rest, replace(new, change=folded)]


def _earlier(changes: list[DraftChange], new: Change) -> int:
    """Where the last change of the same place stands, with no structural one behind it; -1."""
    for at in range(len(changes) - 1, -1, -1):
        one = changes[at].change
        if one.xpath == new.xpath and one.kind in {ChangeKind.SET, ChangeKind.ADD}:
            return at
        if one.kind in _STRUCTURAL and "/@" not in one.xpath:
            return -1
    return -1


def _fold_file(changes: list[DraftChange], new: DraftChange) -> list[DraftChange]:
    for at in range(len(changes) - 1, -1, -1):
        one = changes[at].change
        if one.kind not in _OF_FILES or new.change.member not in {
            one.member,
            one.new.name if one.new else "",
        }:
            continue
        rest = [*changes[:at], *changes[at + 1 :]]
        if one.kind is ChangeKind.REMOVE_FILE:
            return [*changes, new]
        if new.change.kind is ChangeKind.REMOVE_FILE:
            if one.kind is ChangeKind.ADD_FILE:
                return rest
            return [*rest, replace(new, change=replace(one, kind=new.change.kind, new=None))]
        return [*rest, replace(new, change=replace(one, new=new.change.new))]
    return [*changes, new]


def _bounded(draft: Draft) -> Draft:
    if len(draft.changes) > MAX_CHANGES:
        raise BadRequest(
            f"more than {MAX_CHANGES} changes; return the delivery instead",
            f"更正超过 {MAX_CHANGES} 处，请退回立档单位",
        )
    size = sum(len(one.change.before or "") + len(one.change.after or "") for one in draft.changes)
    if size > MAX_CHARACTERS:
        raise BadRequest(f"more than {MAX_CHARACTERS} characters", "更正内容过长")
    return draft

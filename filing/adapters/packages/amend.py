"""Apply changes to a metadata document: each at its place, in the order they were made.

A place is that of the document as the changes before it left it. SET and ADD find out by
themselves what stands there: setting what is absent adds it, adding what is there and
may stand but once sets it. What was written of ``before`` is held to what stands there,
so that a change never lands on something else.

Reads no file and judges no value; see filing.ingest.correct.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from filing.adapters.packages import amend_bounds as bounds
from filing.adapters.packages.amend_tree import Step, Tree, escaped, order, take_apart
from filing.errors import BadRequest
from filing.model.correction import Change, ChangeKind
from filing.model.limits import Limits

#: Longest text of one element, in characters.
MAX_TEXT = 20_000
#: Longest piece of a removed element that is kept as "before", in characters.
MAX_REMOVED = 4_000
_CONTENT = "编码数据"
#: What stands in the document in place of content; see amend_working.py.
MARK = re.compile(rb"@@([0-9a-f]{32}):([0-9]{1,6})@@")
#: Below these the paths of fields begin anew, as in walk.py.
_TOPS = ("文件实体", "修订内容", "封装内容", "电子文件封装包", "电子文件元数据")


class Amended(NamedTuple):
    """A document changed, and the changes as they took effect."""

    tree: Tree
    changes: tuple[Change, ...]


class _Piece(NamedTuple):
    text: bytes
    changes: tuple[Change, ...]


def amend(tree: Tree, changes: Iterable[Change], schema: str, limits: Limits) -> Amended:
    """Apply metadata changes to a document in UTF-8.

    schema   name of the XSD whose order added elements follow

    Raises BadRequest where there is no such place, or where something else stands.
    """
    done: list[Change] = []
    for change in changes:
        piece = _Splice(tree, schema).of(change)
        if piece.text != tree.text:
            tree = Tree(piece.text, limits)
        done.extend(piece.changes)
    return Amended(tree, tuple(done))


def field_of(xpath: str) -> str:
    """The path of the field at a place, as Field.path has it ("档号/保管期限")."""
    steps, attribute = take_apart(xpath)
    names = [one.name for one in steps]
    for top in _TOPS:
        if top in names:
            names = names[len(names) - names[::-1].index(top) :]
            break
    path = "/".join(names)
    return f"{path}/@{attribute}" if attribute else path


class _Splice:
    """One change on one document."""

    def __init__(self, tree: Tree, schema: str) -> None:
        self.tree, self.schema = tree, schema

    def of(self, change: Change) -> _Piece:
        steps, attribute = take_apart(change.xpath)
        bounds.must_be_open(one.name for one in steps)
        at, taken = self.tree.follow(steps)
        if at < 0:
            raise _nowhere(change.xpath)
        whole = taken == len(steps)
        if change.kind is ChangeKind.REMOVE:
            if not whole:
                raise _nowhere(change.xpath)
            if attribute:
                return self._remove_attribute(change, at, attribute)
            return self._remove(change, at)
        if change.kind not in {ChangeKind.SET, ChangeKind.ADD} or change.after is None:
            raise BadRequest("a change says what is to stand there", "更正须写明更正后的内容")
        if len(change.after) > MAX_TEXT:
            raise BadRequest(f"more than {MAX_TEXT} characters", f"内容超过 {MAX_TEXT} 字")
        if not whole:
            return self._add(change, at, steps, taken, attribute)
        if attribute:
            return self._set_attribute(change, at, attribute)
        if change.kind is ChangeKind.ADD and self._repeats(steps, at):
            return self._add(change, self.tree.parents[at], steps, len(steps) - 1, "")
        return self._set(change, at)

    def _repeats(self, steps: tuple[Step, ...], at: int) -> bool:
        """Whether adding at an element that is there means one more before it."""
        return bool(steps[-1].position) and self.tree.parents[at] >= 0

    # text

    def _set(self, change: Change, at: int) -> _Piece:
        tree, after = self.tree, change.after or ""
        if tree.names[at] == _CONTENT:
            raise BadRequest("content is replaced as a file", "内容数据请以替换文件的方式更正")
        if tree.children[at] and after and not self._holds_text(at):
            raise BadRequest(
                f"{tree.names[at]} holds elements, not text", f"“{tree.names[at]}”只能含下级元素"
            )
        before = tree.own_text(at)
        _hold(change, before)
        gaps = tree.gaps(at)
        first, *others = gaps
        text = tree.text
        # From behind, so that places before keep theirs; white space between children stays.
        for start, end in reversed(others):
            if text[start:end].strip():
                text = text[:start] + text[end:]
        text = self._filled(text, at, first, escaped(after))
        done = replace(
            change, kind=ChangeKind.SET, xpath=tree.xpath(at), field=field_of(tree.xpath(at)),
            before=before, after=after,
        )  # fmt: skip
        return _Piece(text, (done,))

    def _filled(self, text: bytes, at: int, gap: tuple[int, int], inside: bytes) -> bytes:
        """``inside`` in place of ``gap``; an empty tag is opened for it."""
        end, empty = self.tree.tag(at)
        if not empty:
            return text[: gap[0]] + inside + text[gap[1] :]
        if not inside:
            return text
        name = self.tree.written[at].encode()
        tag = text[self.tree.starts[at] : end - 2].rstrip()
        return text[: self.tree.starts[at]] + tag + b">" + inside + b"</" + name + b">" + text[end:]

    def _holds_text(self, at: int) -> bool:
        return self.tree.names[at] == "档号"

    # attributes

    def _set_attribute(self, change: Change, at: int, name: str) -> _Piece:
        found, text = self.tree.attributes(at).get(name), self.tree.text
        after = change.after or ""
        bounds.must_be_value(self.schema, name, after)
        if found is None:
            bounds.must_know(self.schema, self.tree.names[at], name)
        written = b" " + name.encode() + b"=" + escaped(after, quoted=True)
        _hold(change, None if found is None else found[0])
        if found is None:
            end, empty = self.tree.tag(at)
            stop = end - (2 if empty else 1)
            text = text[:stop].rstrip() + written + text[stop:]
        else:
            text = text[: found[1]] + written + text[found[2] :]
        return _Piece(text, (self._about_attribute(change, at, name, found, after),))

    def _remove_attribute(self, change: Change, at: int, name: str) -> _Piece:
        found = self.tree.attributes(at).get(name)
        if found is None:
            raise _nowhere(change.xpath)
        bounds.must_be_value(self.schema, name, None)
        _hold(change, found[0])
        text = self.tree.text[: found[1]] + self.tree.text[found[2] :]
        return _Piece(text, (self._about_attribute(change, at, name, found, None),))

    def _about_attribute(
        self,
        change: Change,
        at: int,
        name: str,
        found: tuple[str, int, int] | None,
        after: str | None,
    ) -> Change:
        xpath = f"{self.tree.xpath(at)}/@{name}"
        kind = ChangeKind.SET if found is not None else ChangeKind.ADD
        return replace(
            change,
            kind=ChangeKind.REMOVE if after is None else kind,
            xpath=xpath,
            field=field_of(xpath),
            before=None if found is None else found[0],
            after=after,
        )

    # elements

    def _remove(self, change: Change, at: int) -> _Piece:
        tree = self.tree
        if tree.parents[at] < 0:
            raise BadRequest("the root cannot be removed", "不能删除根元素")
        bounds.must_hold_open(tree, at)
        start, end = tree.starts[at], tree.ends[at]
        before = (
            MARK.sub(b"", tree.own_text(at).encode()).decode()
            if not tree.children[at]
            else MARK.sub(b"", tree.text[start:end]).decode()[:MAX_REMOVED]
        )
        _hold(change, before)
        xpath = tree.xpath(at)
        # The white space before it goes with it, unless it stands in text of its parent.
        if not self._holds_text(tree.parents[at]):
            start = len(tree.text[:start].rstrip(b" \t\r\n"))
        done = replace(change, xpath=xpath, field=field_of(xpath), before=before, after=None)
        return _Piece(tree.text[:start] + tree.text[end:], (done,))

    def _add(
        self, change: Change, at: int, steps: tuple[Step, ...], taken: int, attribute: str
    ) -> _Piece:
        """Add what is missing from step ``taken`` on, in the element ``at``."""
        tree = self.tree
        _hold(change, None)
        missing = steps[taken:]
        if tree.children[at] and missing[0].position > len(tree.named(at, missing[0].name)) + 1:
            raise _nowhere(change.xpath)
        if any(one.position > 1 for one in missing[1:]):
            raise _nowhere(change.xpath)
        self._must_know(at, missing)
        bounds.must_be_value(self.schema, attribute, change.after)
        bounds.must_know(self.schema, missing[-1].name, attribute)
        prefix = tree.written[at].rpartition(":")[0]
        after = change.after or ""
        piece = b"" if attribute else escaped(after)
        for number, step in enumerate(reversed(missing)):
            name = (f"{prefix}:{step.name}" if prefix else step.name).encode()
            more = b""
            if attribute and not number:
                more = b" " + attribute.encode() + b"=" + escaped(after, quoted=True)
            piece = b"<" + name + more + b">" + piece + b"</" + name + b">"
        place = self._place(at, missing[0])
        text = tree.text
        if place < 0:
            _, empty = tree.tag(at)
            start = tree.inside(at)[1]
            text = self._filled(text, at, (start, start), piece) if empty else (
                text[:start] + piece + text[start:]
            )  # fmt: skip
        else:
            text = text[:place] + piece + text[place:]
        xpath = self._named(at, missing, attribute)
        done = replace(
            change, kind=ChangeKind.ADD, xpath=xpath, field=field_of(xpath), before=None,
            after=after,
        )  # fmt: skip
        return _Piece(text, (done,))

    def _must_know(self, at: int, missing: tuple[Step, ...]) -> None:
        known, parent = order(self.schema), self.tree.names[at]
        for step in missing:
            if step.name not in known.get(parent, ()):
                raise BadRequest(
                    f"{parent} holds no {step.name}", f"“{parent}”之内不能有“{step.name}”"
                )
            parent = step.name

    def _place(self, at: int, step: Step) -> int:
        """The offset where the new element begins; -1 at the end of its parent's inside."""
        tree = self.tree
        same = tree.named(at, step.name)
        if same and step.position and step.position <= len(same):
            return tree.starts[same[step.position - 1]]
        if same:
            return tree.ends[same[-1]]
        known = order(self.schema).get(tree.names[at], ())
        rank = known.index(step.name)
        behind = [one for one in tree.children[at] if tree.names[one] in known[:rank]]
        if behind:
            return tree.ends[behind[-1]]
        later = [one for one in tree.children[at] if tree.names[one] in known[rank + 1 :]]
        return tree.starts[later[0]] if later else -1

    def _named(self, at: int, missing: tuple[Step, ...], attribute: str) -> str:
        """The place of what was added, once it stands there."""
        first, *others = missing
        same = len(self.tree.named(at, first.name))
        position = min(first.position or same + 1, same + 1)
        own = f"{first.name}[{position}]" if same else first.name
        xpath = "/".join([self.tree.xpath(at), own, *(one.name for one in others)])
        return f"{xpath}/@{attribute}" if attribute else xpath


def _hold(change: Change, found: str | None) -> None:
    if change.before is not None and change.before != (found or ""):
        raise BadRequest(
            f"at {change.xpath[:200]} stands something else than {change.before[:80]!r}",
            f"“{change.field or change.xpath[:200]}”现有内容与更正所依据的不同",
        )


def _nowhere(xpath: str) -> BadRequest:
    return BadRequest(f"there is no place {xpath[:200]}", f"元数据中没有位置“{xpath[:200]}”")

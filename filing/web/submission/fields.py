"""The form as the page lays it out: groups and fields with findings, locks and changes.

Nothing is named here: which fields there are, and in which order, comes from the
schema (filing.model.form). A field's id and name are made from its place, so that
they stay the same when the page is asked for again.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from filing.model.correction import Draft, DraftChange
from filing.model.form import Node, RecordForm, place_key
from filing.web.submission import wording
from filing.web.submission.report import Told

#: Values longer than this get more than one line to write in.
_LONG = 60
_LONG_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One field.

    id       of its control; ``name`` carries the value the page was made with, in short
    lock     why it may not be corrected, or ""
    change   the newest change of the draft here; ``received`` is what stood there first
    widget   "select", "input" or "area"
    """

    node: Node
    id: str
    name: str
    label: str
    other: str
    hint: str
    limit: str
    required: bool
    widget: str
    lock: str
    told: tuple[Told, ...]
    change: DraftChange | None
    received: str | None

    @property
    def wrong(self) -> bool:
        """Whether a finding here keeps the delivery from being accepted."""
        return any(one.refuses for one in self.told)

    @property
    def misplaced(self) -> bool:
        """Whether it stands where it may not."""
        return _misplaced(self.told)


@dataclass(frozen=True, slots=True)
class Block:
    """A group of fields.

    rows    fields and groups in the order of the schema
    extra   optional ones that are not there, kept out of the way
    more    key by which one more of this group is asked for; "" when it may not repeat
    """

    node: Node
    id: str
    label: str
    other: str
    rows: "tuple[Row | Block, ...]"
    extra: "tuple[Row | Block, ...]"
    told: tuple[Told, ...]
    lock: str
    more: str

    @property
    def misplaced(self) -> bool:
        """Whether it stands where it may not."""
        return _misplaced(self.told)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole form. ``anchor`` leads from a finding to the field it is about, or is ""."""

    blocks: tuple[Row | Block, ...]
    rows: Mapping[str, Row]
    nodes: Mapping[str, Node]
    anchors: Mapping[str, str]


class _Layout:
    def __init__(
        self,
        told: Mapping[str, list[Told]],
        lock: Callable[[Node], str],
        draft: Draft,
        wanted: frozenset[str],
    ) -> None:
        self._told, self._lock, self._wanted = told, lock, wanted
        self._changes: dict[str, list[DraftChange]] = {}
        for one in draft.changes:
            if one.change.xpath:
                self._changes.setdefault(place_key(one.change.xpath), []).append(one)
        self.rows: dict[str, Row] = {}
        self.nodes: dict[str, Node] = {}

    def parts(self, node: Node) -> list["Row | Block"]:
        """A node as the page shows it: a field, a group, or what stands in a bare container."""
        told = tuple(self._told.get(node.key, ()))
        if not node.kind.is_group:
            return [self._row(node), *(self._row(one) for one in node.attributes)]
        kind = node.kind
        bare = not (kind.text or kind.several or node.attributes or node.value or told)
        if bare and node.known and all(one.kind.is_group for one in node.below):
            return [part for one in node.below for part in self.parts(one)]
        return [self._block(node, told)]

    def _block(self, node: Node, told: tuple[Told, ...]) -> Block:
        kind, key = node.kind, anchor(node.key)
        self.nodes[key] = node
        own = [self._row(node)] if kind.text or node.value else []
        parts: list[Row | Block] = [*own, *(self._row(one) for one in node.attributes)]
        parts += [part for one in node.below for part in self.parts(one)]
        shown = [one for one in parts if not self._is_extra(one)]
        several = kind.several and node.position == max(node.count, 1)
        return Block(
            node=node,
            id=f"g-{key}",
            label=wording.name_of(kind),
            other=wording.other_name(kind),
            rows=tuple(shown),
            extra=tuple(one for one in parts if self._is_extra(one)),
            told=() if own else told,
            lock=self._lock(node),
            more=_more(node) if several and node.present else "",
        )

    def _is_extra(self, part: "Row | Block") -> bool:
        """Whether it is neither there, nor asked for, nor missed."""
        node = part.node
        if node.present or part.told or node.key in self._wanted or node.kind.must == "value":
            return False
        if node.kind.least and not node.kind.choice:
            return False
        if isinstance(part, Block):
            return all(self._is_extra(one) for one in part.rows if one.told or one.node.present)
        return True

    def _row(self, node: Node) -> Row:
        kind, key = node.kind, anchor(node.key)
        changes = self._changes.get(node.key, [])
        told = tuple(self._told.get(node.key, ()))
        row = Row(
            node=node,
            id=f"f-{key}",
            name=f"v-{key}-{mark(node.value)}",
            label=wording.name_of(kind),
            other=wording.other_name(kind),
            hint=wording.hint(kind),
            limit=wording.limit(kind),
            required=kind.must in ("value", "filled"),
            widget=_widget(node),
            lock=self._lock(node),
            told=told,
            change=changes[-1] if changes else None,
            received=(changes[0].change.before or "") if changes else None,
        )
        self.rows[key] = row
        self.nodes.setdefault(key, node)
        return row


def lay_out(
    form: RecordForm,
    told: Iterable[Told],
    lock: Callable[[Node], str],
    draft: Draft,
    wanted: frozenset[str] = frozenset(),
) -> Sheet:
    """The form with everything that is said of its fields.

    lock     why a place may not be corrected, as a sentence, or ""
    wanted   keys of places that are to be shown although nothing stands there
    """
    grouped: dict[str, list[Told]] = {}
    anchors = {}
    for one in told:
        node = form.find(one.xpath, one.field) if one.xpath or one.field else None
        if node is not None:
            grouped.setdefault(node.key, []).append(one)
            kind = "f" if node.kind.text or not node.kind.is_group else "g"
            anchors[one.id] = f"{kind}-{anchor(node.key)}"
    layout = _Layout(grouped, lock, draft, wanted)
    blocks = tuple(layout.parts(form.root))
    return Sheet(blocks, layout.rows, layout.nodes, anchors)


def only_touched(parts: Iterable[Row | Block]) -> tuple[Row | Block, ...]:
    """Of a form only what has a finding or was changed, in its groups."""
    found: list[Row | Block] = []
    for part in parts:
        if isinstance(part, Row):
            found += [part] if part.told or part.change else []
            continue
        rows = only_touched((*part.rows, *part.extra))
        if rows or part.told:
            found.append(replace(part, rows=rows, extra=()))
    return tuple(found)


def _misplaced(told: Iterable[Told]) -> bool:
    return any(one.reason == "misplaced-element" for one in told)


def anchor(key: str) -> str:
    """A place in a few characters that may stand in an address."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def mark(value: str) -> str:
    """A value in a few characters; line ends count as one, as a browser sends them."""
    plain = value.replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _more(node: Node) -> str:
    above, _, step = node.key.rpartition("/")
    return f"{above}/{step.partition('[')[0]}"


def _widget(node: Node) -> str:
    kind = node.kind
    if kind.closed:
        return "select"
    long = len(node.value) > _LONG or "\n" in node.value
    return "area" if kind.maximum >= _LONG_LIMIT or (long and not kind.open) else "input"

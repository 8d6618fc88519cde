"""Write what documents show of the model: ``python -m filing.model.documents``.

docs/events.md as a whole, and the diagram of states in the life of a submission. Run it
from the checkout's root; a test compares the files with what this writes.
"""

from collections.abc import Iterator
from pathlib import Path

from filing.model.events import MEANINGS, Kind
from filing.model.submission import FINAL, TRANSITIONS, State

EVENTS, LIFE = "docs/events.md", "docs/life-of-a-submission.md"
_BEGIN, _END = "```mermaid\n", "```\n"

_HEAD = """# 事件 Events

<!-- python -m filing.model.documents -->

事件是归档提交的经历，与所述事实在同一事务中写入，按发生次序供立档单位读取（`GET /api/v1/events`）。
An event is part of a submission's history, written in the transaction that writes what it
describes, and read in order by the agency (`GET /api/v1/events`).

| 种类 Kind | 含义 Meaning | `detail` |
| --- | --- | --- |
"""


def events() -> str:
    """docs/events.md."""
    return _HEAD + "".join(_row(one) for one in Kind)


def _row(kind: Kind) -> str:
    meaning = MEANINGS[kind]
    detail = "; ".join(f"`{name}`: {sense}" for name, sense in meaning.detail.items())
    return f"| `{kind}` | {meaning.zh}<br>{meaning.en} | {detail} |\n"


def diagram() -> str:
    """The states and steps as a Mermaid diagram, readable as text too."""
    return _BEGIN + "".join(f"{line}\n" for line in _lines()) + _END


def _lines() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"  [*] --> {State.RECEIVED}"
    for (state, step), arrived in TRANSITIONS.items():
        yield f"  {state} --> {arrived}: {step}"
    for state in State:
        if state in FINAL:
            yield f"  {state} --> [*]"


def with_diagram(text: str) -> str:
    """``text`` with its one diagram replaced. Raises ValueError if it has none."""
    before, mark, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not mark or not end:
        raise ValueError("the document has no diagram to replace")
    return before + diagram() + after


def main() -> None:
    """Write them below the current folder."""
    Path(EVENTS).write_text(events(), encoding="utf-8")
    life = Path(LIFE)
    life.write_text(with_diagram(life.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

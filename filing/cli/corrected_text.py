"""What was corrected of a record, for people and for machines, from its statement.

Only what stands under seal is said; whoever changed something is named by the id the
archive knows, never by name.
"""

import json
from collections.abc import Mapping

from filing.evidence.corrections import Correction, FileOf, correction_json
from filing.evidence.statement import Statement

#: Longest value shown in a line; the JSON has it whole.
LONGEST = 120


def corrections_text(said: Statement) -> list[str]:
    """A line for the original, then lines for each correction; none for an uncorrected record."""
    if not said.corrections:
        return []
    lines = [
        f"△ 原件 as received: {said.package_digest}",
        f"  更正 {len(said.corrections)} 处 corrected in {len(said.corrections)} place(s):",
    ]
    for number, one in enumerate(said.corrections, start=1):
        lines.append(f"  {number}. {_what(one)}")
        lines.append(f"     {one.by}　{one.at:%Y-%m-%d %H:%M:%S} UTC　理由 why: {one.reason}")
    return lines


def corrections_as_dict(said: Statement) -> list[Mapping[str, object]]:
    """Every correction as the statement has it."""
    return [json.loads(correction_json(one)) for one in said.corrections]


def _what(one: Correction) -> str:
    if one.member:
        return f"{one.kind} {one.member}: {_file(one.old)} → {_file(one.new)}"
    return f"{one.kind} {one.field}（{one.xpath}）: {_shown(one.before)} → {_shown(one.after)}"


def _file(one: FileOf | None) -> str:
    return "—" if one is None else f"{one.name} {one.digests[0]}"


def _shown(text: str | None) -> str:
    if text is None:
        return "—"
    return f"“{text}”" if len(text) <= LONGEST else f"“{text[: LONGEST - 1]}…”"

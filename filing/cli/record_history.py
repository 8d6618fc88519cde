"""``filing audit history``: who touched a record, and could anyone have hidden it."""

import sys

import click

from filing.cli.output import EXIT, Output
from filing.evidence.members import blob_text
from filing.model.custody import Answer
from filing.model.custody_views import Proven, RecordHistory

_SAID = {
    Answer.INTACT: "已证明 proven",
    Answer.DAMAGED: "不成立 DOES NOT HOLD",
    Answer.UNKNOWN: "未能判定 could not tell",
}


@click.command()
@click.argument("record_id")
@click.pass_obj
def history(output: Output, record_id: str) -> None:
    """Every entry of the log about a record, each proven anew. 档案经历

    0 when all are proven, 1 when one does not hold, 3 when it could not be told.
    """
    found = output.shown().record(None, record_id)
    output.say(_machine(found), _human(found))
    code = {Answer.INTACT: "yes", Answer.DAMAGED: "no", Answer.UNKNOWN: "outside"}
    sys.exit(EXIT[code[found.answer]])


def _machine(found: RecordHistory) -> dict[str, object]:
    return {
        "record": found.record.id,
        "answer": found.answer,
        "checkpoint": found.newest.note if found.newest else None,
        "entries": [
            {
                "position": one.position,
                "kind": one.kind,
                "at": one.at.isoformat(),
                "who": one.who,
                "answer": one.answer,
            }
            for one in (found.sealed, *found.acts)
        ],
        "copies": [
            {"location": one.location, "answer": one.answer, "since": one.since.isoformat()}
            for one in found.copies
        ],
        "more": found.more,
    }


def _human(found: RecordHistory) -> str:
    lines = [f"{_SAID[found.answer]}  {found.record.id}  {found.record.archival_code}"]
    lines += [_line(one) for one in (found.sealed, *found.acts)]
    lines += [f"副本 copy {one.location}: {one.answer or '-'}" for one in found.copies]
    if found.newest is not None:
        newest = found.newest
        lines.append(f"检查点 checkpoint {newest.size}  根 root {blob_text(newest.root)}")
    return "\n".join(lines)


def _line(one: Proven) -> str:
    return (
        f"{one.position:>8}  {one.at:%Y-%m-%d %H:%M}Z  {one.kind}  {one.who}  {_SAID[one.answer]}"
    )

"""``filing store``: the database rebuilt from the store alone, and the drill of it."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from filing.cli.output import EXIT, Output
from filing.custody.rebuild import Rebuilt
from filing.errors import Misconfigured
from filing.evidence.members import blob_text
from filing.model.copies import Difference, Drill
from filing.model.custody import Answer


@click.group()
def store() -> None:
    """The store by itself. 存储"""


@store.command("rebuild-index")
@click.option("--into", default="", metavar="URL", help="Database; the archive's own without it.")
@click.option(
    "--from",
    "root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another storage root: a location that is a folder. 其他存储根",
)
@click.option("--finish", is_flag=True, help="Have stored but unlogged records logged anew. 补记")
@click.pass_obj
def rebuild_index(output: Output, into: str, root: Path | None, finish: bool) -> None:
    """Rebuild the database from the store; 1 when something did not hold. 重建数据库"""
    if output.cli.rebuild is None:
        raise Misconfigured("this command was put together without rebuilding")
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), TextColumn("{task.completed}"), TimeElapsedColumn()
    hidden = output.as_json or not console.is_terminal
    with Progress(*columns, console=console, disable=hidden) as bar:
        task = bar.add_task("重建 rebuild", total=None)

        def told(size: int) -> bool:
            bar.update(task, completed=size)
            return True

        done = output.cli.rebuild(output.cli.settings(), root, into, finish, told)
    output.say(_machine(done), _human(done, finish))
    whole = done.complete and not done.troubles and not (done.unlogged and not finish)
    sys.exit(EXIT["yes" if whole else "no"])


@store.command()
@click.option("--last", is_flag=True, help="Only show the last ones. 只看最近的结果")
@click.pass_obj
def drill(output: Output, last: bool) -> None:
    """Rebuild into a scratch place and compare with what stands. 重建演练

    0 when nothing differs, 1 when something does, 3 when it could not be told.
    """
    copies = output.copies()
    found = list(copies.drills(None, 10)) if last else [copies.drill(None)]
    good = copies.last_good_drill(None)
    output.say(
        {
            "drills": [drill_json(one) for one in found],
            "last_good": good.begun_at.isoformat() if good else None,
        },
        "\n".join(line for one in found for line in _drill_lines(one)),
    )
    if found:
        code = {Answer.INTACT: "yes", Answer.DAMAGED: "no", Answer.UNKNOWN: "outside"}
        sys.exit(EXIT[code[found[0].answer]])


def _machine(done: Rebuilt) -> dict[str, object]:
    return {
        "complete": done.complete,
        "entries": done.size,
        "records": done.records,
        "events": done.events,
        "checkpoints": done.checkpoints,
        "root": blob_text(done.root),
        "troubles": done.troubles,
        "shown": [_difference(one) for one in done.shown],
        "unlogged": done.unlogged,
        "unlogged_records": done.unlogged_shown,
    }


def _human(done: Rebuilt, finish: bool) -> str:
    lines = [
        f"日志 entries {done.size}：档案 records {done.records}，事件 events {done.events}，"
        f"检查点 checkpoints {done.checkpoints}",
        f"根 root {blob_text(done.root)}",
        f"不符 did not hold: {done.troubles}",
        *(f"  {one.subject} {one.column}: {one.stands} / {one.rebuilt}" for one in done.shown),
        f"存储中未入日志 stored and not in the log's copy: {done.unlogged}",
        *(f"  {one}" for one in done.unlogged_shown),
    ]
    if done.unlogged:
        lines.append(
            "启动服务时将补记 they are logged when the archive starts"
            if finish
            else "用 --finish 补记，将签发新的回执 --finish has them logged, with new receipts"
        )
    return "\n".join(lines)


def drill_json(one: Drill) -> dict[str, object]:
    """A drill for machines."""
    return {
        "drill": one.id,
        "begun_at": one.begun_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "answer": one.answer,
        "entries": one.log_size,
        "records": one.records,
        "compared": one.compared,
        "differences": one.differences,
        "shown": [_difference(each) for each in one.shown],
        "reason": one.reason,
    }


def _difference(one: Difference) -> dict[str, str]:
    return {
        "subject": one.subject,
        "column": one.column,
        "stands": one.stands,
        "rebuilt": one.rebuilt,
    }


def _drill_lines(one: Drill) -> list[str]:
    return [
        f"{one.begun_at:%Y-%m-%d %H:%M}Z  {one.answer}  日志 entries {one.log_size}，"
        f"比对 compared {one.compared}，不符 differences {one.differences}  {one.reason}",
        *(f"  {each.subject} {each.column}: {each.stands} / {each.rebuilt}" for each in one.shown),
    ]
